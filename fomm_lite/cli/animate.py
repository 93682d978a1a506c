"""``fomm-lite animate``: a picture and a clip in, a video out."""

import time
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import (
    DEFAULT_BATCH,
    DEFAULT_WEIGHTS,
    AbsoluteOption,
    AdaptScaleOption,
    AudioOption,
    BatchOption,
    BestFrameOption,
    DeviceOption,
    EndOption,
    FitOption,
    GridOption,
    LabelOption,
    SizeOption,
    SmoothOption,
    StartOption,
    WatermarkOption,
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
    "fomm-lite animate --source me.png --driving talk.mp4 --start 12 --end 20.5 --smooth 3 --out me.webm",
)
def animate(
    source: Annotated[
        Path | None, typer.Option(metavar="I", help="Picture to move, or a clip of it; by default a shipped face.")
    ] = None,
    source_frame: Annotated[int, typer.Option(metavar="N", min=0, help="Which frame of a clip is the source.")] = 0,
    driving: Annotated[
        Path | None,
        typer.Option(metavar="V", help="Clip whose motion is taken: a video, a GIF, a folder of frames."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="O", help="File to write: .mp4, .mov, .mkv, .webm, .gif, .webp or .apng.")
    ] = DEFAULT_VIDEO,
    start: StartOption = None,
    end: EndOption = None,
    box: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Cut this out of the driving clip, in pixels.")
    ] = None,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    absolute: AbsoluteOption = False,
    adapt_scale: AdaptScaleOption = False,
    best_frame: BestFrameOption = None,
    smooth: SmoothOption = 0.0,
    audio: AudioOption = True,
    grid: GridOption = False,
    label: LabelOption = False,
    watermark: WatermarkOption = None,
    fit: FitOption = False,
    device: DeviceOption = "auto",
    batch: BatchOption = DEFAULT_BATCH,
    size: SizeOption = None,
) -> None:
    """Animate a picture with the motion of a clip. Without options: the shipped pair.

    The film says in its metadata that it is synthetic and how it was made; `fomm-lite inspect` shows it.
    """
    check_transfer(absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame)
    from fomm_lite.cli.common import ClipFile, load_at_size, moved_frames, with_progress
    from fomm_lite.cli.marking import marked, said
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.media.crop import CropBox, square
    from fomm_lite.media.read import clip_part, probe, read_alpha, read_frame
    from fomm_lite.media.write import VideoWriter, keeps_alpha

    started = time.perf_counter()
    source = asset(DEFAULT_SOURCE) if source is None else source
    driving = asset(DEFAULT_DRIVING) if driving is None else driving
    check_not_input(out, source, driving)
    cut_out = None if box is None else square(CropBox.parse(box))
    model, size = load_at_size(weights, device, size, showing=True)
    picture, info = read_frame(source, source_frame, size, fit), probe(driving)
    alpha = read_alpha(source, size, fit) if source_frame == 0 and keeps_alpha(out) else None
    begins, total = clip_part(info, start, end)
    frames = moved_frames(
        model, picture, ClipFile(driving, size, fit, start, end, cut_out),
        absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame, batch=batch, grid=grid, smooth=smooth,
        alpha=alpha,
    )  # fmt: skip
    count = 0
    how = {
        "source": source, "driving": driving, "absolute": absolute, "adapt_scale": adapt_scale, "size": size,
        "label": label, "watermark": watermark is not None,
    }  # fmt: skip
    comment = said("animate", weights, how)
    with VideoWriter(out, info.fps, driving if audio else None, audio_start=begins, comment=comment) as writer:
        for frame in with_progress(frames, total=total, unit="frames"):
            writer.append(marked(frame, label, watermark))
            count += 1
    spent = time.perf_counter() - started
    print(f"wrote {out}: {count} frames, {count / info.fps:.1f} s at {info.fps:.4g} frames/s, made in {spent:.1f} s")
