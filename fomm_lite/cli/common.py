"""What several commands need: a model on a device, a clip that can be read twice, progress, files in one piece."""

import os
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor
from tqdm import tqdm

from fomm_lite import animation
from fomm_lite.cli.grid import grid_frame
from fomm_lite.config.architecture import MOST_SIZE
from fomm_lite.data import folders
from fomm_lite.errors import InputError
from fomm_lite.files.ahead import ahead
from fomm_lite.files.atomic import written_whole
from fomm_lite.files.names import named
from fomm_lite.media.crop import CropBox, cut
from fomm_lite.media.read import PICTURE_SUFFIXES, probe, stream_frames
from fomm_lite.model import FirstOrderModel
from fomm_lite.weights import load_model, read_header

USUAL_SIZE = 256
FOLDER_SPLITS: dict[str, folders.Split | None] = {"train": "train", "test": "test", "all": None}
Item = TypeVar("Item")


def choose_device(name: str) -> torch.device:
    """A device by name; ``auto`` is a CUDA device where there is one, else the CPU.

    Raises:
        InputError: an unknown device, or one that this machine or this PyTorch does not have.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InputError(f"got the device {name!r}", "auto, cpu, cuda or mps", "choose one of these") from None
    there = {
        "cpu": 1,
        "cuda": torch.cuda.device_count() if torch.cuda.is_available() else 0,
        "mps": int(torch.backends.mps.is_available()),
    }.get(device.type, 0)
    if (device.index or 0) >= there:
        raise InputError(f"got the device {name!r}, which is not here", "a device of this machine", "use --device cpu")
    return device


def load_at_size(weights: str, device: str, size: int | None, *, showing: bool = False) -> tuple[FirstOrderModel, int]:
    """A model and the size of pictures it is to be given.

    Args:
        weights: a shipped name or a path.
        device: as for :func:`choose_device`.
        size: in pixels; None takes the size that the weights were trained for.
        showing: None takes the size that the weights look best at, if they say one: with a motion size, the motion does
            not depend on the picture's, and films can be larger than training pictures.

    Raises:
        InputError: bad weights, a bad device, or a size that the networks cannot take.
    """
    config, about = read_header(weights)
    if size is None:
        step = config.size_multiple
        trained = about.get("size", max(step, USUAL_SIZE // step * step))
        size = about.get("film_size", trained) if showing else trained
        if type(size) is not int or not 0 < size <= MOST_SIZE:
            raise InputError(f"got the size {size!r} in {weights}", f"1 to {MOST_SIZE} pixels", "say --size")
    config.check_size(size, size)
    model = load_model(weights, device=choose_device(device))
    # a tenth faster on CPUs, for small and official models alike
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs do not know it
    return model, size


@dataclass(frozen=True)
class ClipFile:
    """A clip on disk as an iterable of frames (3 h w), decoded anew, and ahead, each time it is walked through.

    Attributes:
        path: anything that ``stream_frames`` takes.
        size: side of the frames in pixels.
        fit: pad to a square instead of cutting one out.
        start: seconds to leave out at the beginning.
        end: the second to stop at.
        box: cut this out instead, in pixels of the clip.
    """

    path: Path
    size: int
    fit: bool = False
    start: float | None = None
    end: float | None = None
    box: CropBox | None = None

    def __iter__(self) -> Iterator[Float[Tensor, "3 h w"]]:
        if self.box is None:
            frames = stream_frames(self.path, self.size, self.fit, start=self.start, end=self.end)
            return ahead(frames, threads=1)
        whole, box = stream_frames(self.path, start=self.start, end=self.end), self.box
        return ahead((cut(frame, box, self.size) for frame in whole), threads=1)


def moved_frames(
    model: FirstOrderModel,
    picture: Float[Tensor, "3 h w"],
    driver: Iterable[Tensor],
    *,
    absolute: bool,
    adapt_scale: bool,
    best_frame: str | None,
    batch: int,
    grid: bool,
    smooth: float = 0.0,
    alpha: Float[Tensor, "1 h w"] | None = None,
) -> Iterator[Float[Tensor, "c h2 w2"]]:
    """The frames to write, streamed: while one is written, the next ones are read and computed.

    Whatever is wrong with the input shows at the call, before output is touched.

    Args:
        model: loaded.
        picture: what is moved.
        driver: what moves it, at the same size.
        absolute: copy the driver's keypoints instead of its movement.
        adapt_scale: scale the driver's movement to the source.
        best_frame: "auto", the number of a driving frame, or None for the first.
        batch: frames computed together.
        grid: show the intermediate pictures beside each frame.
        smooth: frames over which resting keypoints are averaged.
        alpha: of the picture; the frames, unless they show the grid, have it too.

    Raises:
        InputError: a driver that cannot be read, or a best frame that it does not have.
    """
    initial = int(best_frame) if best_frame not in (None, "auto") else 0
    if best_frame == "auto":
        initial = animation.best_frame(model, picture, driver, batch=batch)
        tell(f"best frame: {initial}")
    frames = animation.animation_frames(
        model, picture, driver, not absolute, adapt_scale, batch=batch, best_frame=initial, smooth=smooth
    )
    first = next(frames)

    def shown(frame: animation.AnimationFrame) -> Float[Tensor, "c h2 w2"]:
        if grid:
            return grid_frame(frame)
        return (frame.prediction if alpha is None else animation.transparent(model, frame, alpha)).cpu()

    return ahead(shown(frame) for frame in chain([first], frames))


def with_progress(items: Iterable[Item], *, total: int | None, unit: str) -> Iterator[Item]:
    """The items, with a bar on stderr where that is a terminal; ``total`` may be unknown, or a little off."""
    with tqdm(items, total=total, unit=f" {unit}", disable=None) as bar:
        yield from bar


def folder_split(name: str) -> folders.Split | None:
    """The part of a folder that --split names; None for all of it.

    Raises:
        InputError: another name.
    """
    if name not in FOLDER_SPLITS:
        raise InputError(f"got --split {name}", "one of " + ", ".join(FOLDER_SPLITS), "choose one of these")
    return FOLDER_SPLITS[name]


def clips_at(path: Path) -> list[Path]:
    """One clip, or those of a data set; a folder of nothing but stills is one clip.

    Raises:
        InputError: a folder without clips.
    """
    path = named(path)
    if not path.is_dir():
        return [path]
    found = folders.clips(path)
    if any(clip.is_dir() or clip.suffix.lower() not in PICTURE_SUFFIXES or clip.parent != path for clip in found):
        return found
    try:
        return [path] if probe(found[0]).frames == 1 else found
    except InputError:  # the caller says so when it comes to this clip
        return found


def free_name(wanted: str, taken: Collection[str], *, other: str | None = None) -> str:
    """A name that is not taken: the wanted one, then the other, then the wanted one numbered."""
    name, number = wanted, 2
    if name in taken and other is not None:
        name = other
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def check_writable(path: Path) -> None:
    """Refuse a file that could not be written later, before work is done for it; makes nothing.

    Raises:
        InputError: a folder of that name, or no place where it could be made.
    """
    there = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir() or not there.is_dir() or not os.access(there, os.W_OK):
        raise InputError(f"got {path}", "a file in a folder that can be written", "choose another path")


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; missing folders are made.

    Raises:
        InputError: a place that cannot be written.
    """
    with written_whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def tell(line: str) -> None:
    """A remark that is no result: on stderr."""
    print(line, file=sys.stderr)
