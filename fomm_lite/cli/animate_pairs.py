"""``fomm-lite animate --data``: many pairs of a folder's clips, listed or drawn, each a video."""

import csv
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fomm_lite.cli.animate import AnimateOptions, check_transfer, chosen_frames
from fomm_lite.cli.common import folder_split, free_name, load_at_size, tell, with_progress, write_text
from fomm_lite.data import folders
from fomm_lite.data.pairs_list import PairsList, draw_pairs, read_pairs_list
from fomm_lite.errors import InputError
from fomm_lite.media.read import probe, stream_frames
from fomm_lite.media.write import VideoWriter, write_image
from fomm_lite.model import FirstOrderModel

LIST = "pairs.csv"


@dataclass(frozen=True)
class PairsOptions:
    """Which pairs, and where their videos go.

    Attributes:
        data: the folder of clips.
        pairs: an official list; None draws pairs.
        num_pairs: the most of them.
        seed: of the draw.
        split: train, test or all.
        out: folder of the videos.
        png: write folders of frames instead.
    """

    data: Path | None
    pairs: Path | None
    num_pairs: int
    seed: int
    split: str
    out: Path
    png: bool = False


def animate_pairs_command(options: AnimateOptions, choice: PairsOptions) -> None:
    """Write a video for each pair, and the list of them; the source is the first frame of its clip.

    Pairs with a clip that cannot be read are named and passed over where there are others.

    Args:
        options: how to animate; source, driver and output are those of the pairs instead.
        choice: which pairs.

    Raises:
        InputError: bad options, no pair that could be animated, or a place that cannot be written.
    """
    check_transfer(options)
    if choice.data is None:
        raise InputError("got --pairs or --png without --data", "the folder that holds the clips", "add --data FOLDER")
    if choice.out.is_file():
        raise InputError(f"got {choice.out}, a file", "a folder for the videos", "choose another --out")
    found = _pairs(choice, choice.data)
    for name in found.missing:
        tell(f"left out the pairs with {name}: no such clip in {choice.data}")
    model, size = load_at_size(options.weights, options.device, options.size, showing=True)
    done: dict[str, tuple[Path, Path]] = {}
    broken: dict[Path, str] = {}
    wanted = found.pairs[: choice.num_pairs]
    for source, driving in with_progress(wanted, total=len(wanted), unit="pairs"):
        known = next((path for path in (source, driving) if path in broken), None)
        name = free_name(f"{driving.stem}-{source.stem}", done)
        if known is None:
            known, reason = _animate_pair(options, choice, model, size, (source, driving), name)
            if known is None:
                done[name] = (source, driving)
                continue
            broken[known] = reason
            tell(f"left out {known.name}: {reason}")
    if not done:
        raise InputError(
            f"got {len(wanted)} pairs, none of which could be animated", "clips that can be read", "see above"
        )
    write_text(choice.out / LIST, _listed(done, choice))
    left = f", {len(wanted) - len(done)} left out" if len(done) < len(wanted) else ""
    what = "folders of frames" if choice.png else "videos"
    print(f"wrote {len(done)} {what} and {LIST} to {choice.out}{left}")


def _pairs(choice: PairsOptions, data: Path) -> PairsList:
    """Listed or drawn."""
    split = folder_split(choice.split)
    if choice.pairs is not None:
        return read_pairs_list(choice.pairs, data, split)
    return draw_pairs(folders.clips(data, split), choice.num_pairs, choice.seed)


def _animate_pair(
    options: AnimateOptions,
    choice: PairsOptions,
    model: FirstOrderModel,
    size: int,
    pair: tuple[Path, Path],
    name: str,
) -> tuple[Path | None, str]:
    """Write one video; else which of the two clips is to blame, and why."""
    source, driving = pair
    own = replace(options, source=source, driving=driving)
    try:
        with closing(stream_frames(source, size, options.fit)) as frames:
            picture = next(frames)
    except InputError as error:
        return source, str(error)
    try:
        moving = chosen_frames(own, model, picture, size)
        if choice.png:
            with _folder_of_frames(choice.out / name) as draft:
                for index, frame in enumerate(moving):
                    write_image(draft / f"{index:07d}.png", frame)
            return None, ""
        with VideoWriter(choice.out / f"{name}.mp4", probe(driving).fps, driving if options.audio else None) as writer:
            for frame in moving:
                writer.append(frame)
    except InputError as error:
        return driving, str(error)
    return None, ""


@contextmanager
def _folder_of_frames(folder: Path) -> Iterator[Path]:
    """A hidden draft that becomes the folder when all frames are in it."""
    if folder.exists():
        raise InputError(f"got {folder}, which is there already", "a new folder", "choose another --out")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as draft:
        inside = Path(draft) / folder.name
        inside.mkdir()
        yield inside
        os.replace(inside, folder)


def _listed(done: dict[str, tuple[Path, Path]], choice: PairsOptions) -> str:
    """What was made, as a list that --pairs takes again."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("source", "driving", "made"))
    for name, (source, driving) in done.items():
        rows.writerow((source.name, driving.name, name if choice.png else f"{name}.mp4"))
    return text.getvalue()
