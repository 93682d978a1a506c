"""``fomm-lite animate``: a picture and a clip in, a video out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import animation_frames, best_frame
from fomm_lite.cli.common import ClipFile, load_at_size, tell, with_progress
from fomm_lite.cli.grid import grid_frame
from fomm_lite.errors import InputError
from fomm_lite.media.read import probe, read_image
from fomm_lite.media.write import VideoWriter
from fomm_lite.model import FirstOrderModel


@dataclass(frozen=True)
class AnimateOptions:
    """What the user asked for, one field an option of the command line.

    Attributes:
        source: a picture.
        driving: a clip.
        out: the video to write; its suffix chooses the format.
        weights: a shipped name or a path.
        absolute: copy the driver's keypoints instead of its movement.
        adapt_scale: scale the driver's movement to the source.
        best_frame: "auto", the number of a driving frame, or None for the first.
        audio: keep the driver's sound.
        grid: show the intermediate pictures beside the result.
        fit: pad source and driver to a square instead of cutting one out.
        device: where to compute.
        batch: frames computed together.
        size: of the pictures, or None for the size that the weights look best at.
    """

    source: Path
    driving: Path
    out: Path
    weights: str
    absolute: bool = False
    adapt_scale: bool = False
    best_frame: str | None = None
    audio: bool = True
    grid: bool = False
    fit: bool = False
    device: str = "auto"
    batch: int = 4
    size: int | None = None


def animate_command(options: AnimateOptions) -> None:
    """Do it, and say what was written.

    Raises:
        InputError: bad input of any kind; no file is left behind.
    """
    check_transfer(options)
    started = time.perf_counter()
    model, size = load_at_size(options.weights, options.device, options.size, showing=True)
    source = read_image(options.source, size, options.fit)
    info = probe(options.driving)
    frames = chosen_frames(options, model, source, size)
    count = 0
    with VideoWriter(options.out, info.fps, options.driving if options.audio else None) as writer:
        for frame in with_progress(frames, total=info.frames, unit="frames"):
            writer.append(frame)
            count += 1
    spent = time.perf_counter() - started
    rate = f"{count / info.fps:.1f} s at {info.fps:.4g} frames/s"
    print(f"wrote {options.out}: {count} frames, {rate}, made in {spent:.1f} s")


def check_transfer(options: AnimateOptions) -> None:
    """Refuse options of relative motion where absolute motion is asked for.

    Raises:
        InputError: as said.
    """
    for name, given in (("--adapt-scale", options.adapt_scale), ("--best-frame", options.best_frame is not None)):
        if options.absolute and given:
            raise InputError(
                f"got --absolute and {name}", "one of the two", f"leave out {name}: it needs relative motion"
            )


def chosen_frames(
    options: AnimateOptions, model: FirstOrderModel, source: Float[Tensor, "3 h w"], size: int
) -> Iterator[Float[Tensor, "3 h2 w2"]]:
    """The frames to write, streamed; whatever is wrong with the input shows at the call, before output is touched.

    Args:
        options: what the user asked for; its ``source`` and ``out`` are not looked at.
        model: loaded.
        source: the picture to move.
        size: of source and driver.

    Raises:
        InputError: a driver that cannot be read, or a best frame that it does not have.
    """
    driver = ClipFile(options.driving, size, options.fit)
    frames = animation_frames(
        model,
        source,
        driver,
        relative=not options.absolute,
        adapt_scale=options.adapt_scale,
        batch=options.batch,
        best_frame=_initial_frame(options, model, source, driver),
    )
    first = next(frames)
    return (grid_frame(frame) if options.grid else frame.prediction.cpu() for frame in chain([first], frames))


def _initial_frame(options: AnimateOptions, model: FirstOrderModel, source: Tensor, driver: ClipFile) -> int:
    """The driving frame that relative motion starts from."""
    wanted = options.best_frame or "0"
    if wanted == "auto":
        found = best_frame(model, source, driver, batch=options.batch)
        tell(f"best frame: {found}")
        return found
    try:
        return int(wanted)
    except ValueError:
        raise InputError(f"got --best-frame {wanted!r}", "auto or a frame number", "count frames from 0") from None
