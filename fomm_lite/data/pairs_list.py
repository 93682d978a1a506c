"""Which source goes with which driver: the official lists of pairs, or a draw where there is none."""

import csv
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

    Commas, semicolons and tabs are told apart by the heading; blanks around names, and capitals in those of columns and
    clips, make no difference where nothing else fits.

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
    """The clip that a name means: as it stands, without its suffix, or whatever its capitals."""
    plain = _without_suffix(name)
    return next((known[way] for way in (name, plain, name.lower(), plain.lower()) if way in known), None)


def _without_suffix(name: str) -> str:
    known = PICTURE_SUFFIXES + VIDEO_SUFFIXES
    return name[: name.rindex(".")] if name.lower().endswith(known) else name


def _rows(path: Path) -> list[tuple[str, str]]:
    """The names in the columns `source` and `driving`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            heading = file.readline()
            # spreadsheets of many countries write ";", since they have the comma in numbers
            delimiter = max(",;\t", key=heading.count)
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
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"got {path}: {error}", "a CSV file in UTF-8", "export it again") from error
