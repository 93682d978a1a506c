"""``fomm-lite animate``: a picture and a clip in, a video out."""

import time
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import (
    DEFAULT_WEIGHTS,
    AbsoluteOption,
    AdaptScaleOption,
    AudioOption,
    BatchOption,
    BestFrameOption,
    DeviceOption,
    FitOption,
    GridOption,
    SizeOption,
    WeightsOption,
    check_transfer,
    command,
)
from fomm_lite.files.shipped import asset

DEFAULT_SOURCE = "sources/face.png"
DEFAULT_DRIVING = "drivers/face.mp4"
DEFAULT_VIDEO = Path("out/animation.mp4")


@command(
    "animate",
    "fomm-lite animate",
    "fomm-lite animate --source me.jpg --driving talk.mp4 --out me.mp4 --fit",
    "fomm-lite animate --source me.jpg --driving talk.mp4 --best-frame auto --grid",
)
def animate(
    source: Annotated[
        Path | None, typer.Option(metavar="I", help="Picture to move; by default a shipped face.")
    ] = None,
    driving: Annotated[
        Path | None,
        typer.Option(metavar="V", help="Clip whose motion is taken: a video, a GIF, a folder of frames."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="O", help="File to write: .mp4, .mov, .mkv, .webm, .gif or .webp.")
    ] = DEFAULT_VIDEO,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    absolute: AbsoluteOption = False,
    adapt_scale: AdaptScaleOption = False,
    best_frame: BestFrameOption = None,
    audio: AudioOption = True,
    grid: GridOption = False,
    fit: FitOption = False,
    device: DeviceOption = "auto",
    batch: BatchOption = 4,
    size: SizeOption = None,
) -> None:
    """Animate a picture with the motion of a clip. Without options: the shipped pair."""
    check_transfer(absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame)
    from fomm_lite.cli.common import ClipFile, load_at_size, moved_frames, with_progress
    from fomm_lite.media.read import probe, read_image
    from fomm_lite.media.write import VideoWriter

    started = time.perf_counter()
    source = asset(DEFAULT_SOURCE) if source is None else source
    driving = asset(DEFAULT_DRIVING) if driving is None else driving
    model, size = load_at_size(weights, device, size, showing=True)
    picture, info = read_image(source, size, fit), probe(driving)
    frames = moved_frames(
        model, picture, ClipFile(driving, size, fit),
        absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame, batch=batch, grid=grid,
    )  # fmt: skip
    count = 0
    with VideoWriter(out, info.fps, driving if audio else None) as writer:
        for frame in with_progress(frames, total=info.frames, unit="frames"):
            writer.append(frame)
            count += 1
    spent = time.perf_counter() - started
    print(f"wrote {out}: {count} frames, {count / info.fps:.1f} s at {info.fps:.4g} frames/s, made in {spent:.1f} s")
