"""Which source goes with which driver: the official lists of pairs, or a draw where there is none."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fomm_lite.data.folders import Split, clips
from fomm_lite.errors import InputError
from fomm_lite.files.names import named
from fomm_lite.media.read import PICTURE_SUFFIXES, VIDEO_SUFFIXES, PathLike


@dataclass(frozen=True)
class PairsList:
    """Which source goes with which driver.

    Attributes:
        pairs: (source, driving) clips, in the order of the list.
        missing: names in the list that are no clips of the folder, each once; their pairs are left out.
    """

    pairs: tuple[tuple[Path, Path], ...]
    missing: tuple[str, ...]


def read_pairs_list(path: PathLike, folder: PathLike, split: Split | None = None) -> PairsList:
    """Read an official `pairs_list`: a CSV file with the columns `source` and `driving`; others are passed over.

    A name need not have the suffix of its clip, so that lists of videos serve folders of their frames.

    Args:
        path: the CSV file.
        folder: the data set, as in `clips`.
        split: as in :func:`~fomm_lite.data.folders.clips`; the official lists name clips of the test part.

    Commas, semicolons, tabs and bars are told apart by the heading; blanks around names, capitals in those of columns
    and clips, and folders before names make no difference where nothing else fits. Text is UTF-8, or UTF-16 as
    spreadsheets write it.

    Raises:
        InputError: an unreadable file, one without these columns or with a gap in them, or one without any pair of
            clips that are there; and as `clips`.
    """
    found = clips(folder, split)
    known = {_without_suffix(clip.name).lower(): clip for clip in reversed(found)}
    known |= {clip.name.lower(): clip for clip in reversed(found)}
    known |= {_without_suffix(clip.name): clip for clip in reversed(found)} | {clip.name: clip for clip in found}
    pairs: list[tuple[Path, Path]] = []
    missing: dict[str, None] = {}
    rows = _rows(named(path))
    for names in rows:
        matches = [_first_known(known, name) for name in names]
        missing |= {name: None for name, match in zip(names, matches, strict=True) if match is None}
        source, driving = matches
        if source and driving:
            pairs.append((source, driving))
    if not pairs:
        first = f" (no {next(iter(missing))})" if missing else ""
        raise InputError(
            f"got {path} with {len(rows)} pairs, none of clips in {folder}{first}", "names of its clips", "check both"
        )
    return PairsList(tuple(pairs), tuple(missing))


def draw_pairs(paths: Sequence[Path], count: int, seed: int = 0) -> PairsList:
    """Draw (source, driving) at random, no pair twice, for a data set without a list; a clip may drive itself.

    Args:
        paths: the clips.
        count: how many pairs; fewer where there are not as many.
        seed: of the draw.
    """
    everything = range(len(paths) ** 2)
    chosen = Random(seed).sample(everything, min(count, len(everything)))
    return PairsList(tuple((paths[pair // len(paths)], paths[pair % len(paths)]) for pair in chosen), ())


def _first_known(known: dict[str, Path], name: str) -> Path | None:
    """The clip that a name means: as it stands, without its suffix, whatever its capitals, or without its folder."""
    plain, last = _without_suffix(name), re.split(r"[/\\]", name)[-1]
    ways = (name, plain, name.lower(), plain.lower(), last, last.lower(), _without_suffix(last).lower())
    return next((known[way] for way in ways if way in known), None)


def _without_suffix(name: str) -> str:
    known = PICTURE_SUFFIXES + VIDEO_SUFFIXES
    return name[: name.rindex(".")] if name.lower().endswith(known) else name


def _rows(path: Path) -> list[tuple[str, str]]:
    """The names in the columns `source` and `driving`."""
    try:
        with path.open("rb") as data:
            encoding = _encoding(path, data.read(64))
        with path.open(newline="", encoding=encoding) as file:
            # a spreadsheet may say first what parts its columns
            heading = next((line for line in file if line.strip() and not line.startswith("sep=")), "")
            # spreadsheets of many countries write ";", since they have the comma in numbers
            delimiter = max(",;\t|", key=heading.count)
            columns = [name.strip().strip('"').lower() for name in heading.strip().split(delimiter)]
            if not {"source", "driving"} <= set(columns):
                raise InputError(
                    f"got {path} with the columns {', '.join(columns) or 'none'}", "source and driving", "name them so"
                )
            rows = []
            reader = csv.DictReader(file, columns, restval="", delimiter=delimiter, skipinitialspace=True)
            for row in reader:
                names = row["source"].strip(), row["driving"].strip()
                if not any(names):
                    continue
                if not all(names):
                    raise InputError(f"got line {reader.line_num + 1} of {path} with a gap", "two names", "fill it")
                rows.append(names)
            return rows
    except OSError as error:
        raise InputError(f"got {path}: {error.strerror}", "a CSV file", "check the path") from error
    except UnicodeError as error:
        raise InputError(f"got {path}, in an unknown encoding", "a CSV file in UTF-8", "export it as UTF-8") from error
    except csv.Error as error:
        raise InputError(f"got {path}: {error}", "a CSV file", "export it again") from error


def _encoding(path: Path, start: bytes) -> str:
    """UTF-16 where a spreadsheet says so by its first bytes, else UTF-8; what is no text at all is refused by name."""
    if start.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"got {path}, a spreadsheet's own file", "a CSV file", "export it as CSV (UTF-8)")
    if start.lstrip(b"\xef\xbb\xbf \r\n").lower().startswith((b"<!doctype", b"<html")):
        raise InputError(f"got {path}, a web page, not a list", "a CSV file", "download it again")
    return "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
