"""``fomm-lite inspect``: what a film says of itself, and whether it carries a watermark."""

from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import command


@command("inspect", "fomm-lite inspect out/animation.mp4", "fomm-lite inspect out/animation.mp4 --watermark 'my key'")
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A film: a video, a GIF, an animated WebP or PNG.")],
    watermark: Annotated[
        str | None, typer.Option(metavar="KEY", help="Look for the watermark that was put there with this key.")
    ] = None,
) -> None:
    """Show how a film says it was made, and look for a watermark.

    That a film says nothing proves nothing: a statement is easily removed.
    """
    import torch

    from fomm_lite.forensics.watermark import detect_watermark
    from fomm_lite.media.read import probe, stream_frames
    from fomm_lite.media.statement import read_statement

    info, told = probe(file), read_statement(file)
    print(f"{file}: {info.frames} frames of {info.width}x{info.height}, {info.fps:.4g} frames/s")
    if told is None:
        print("says nothing about how it was made")
    else:
        print(f"says it is {'synthetic' if told['synthetic'] else 'not synthetic'}, made by {told.get('made_by', '?')}")
        for name, value in (told.get("how") or {}).items():
            print(f"  {name}: {value}")
    if watermark is not None:
        mean, count = torch.zeros(()), 0
        for count, frame in enumerate(stream_frames(file), 1):  # noqa: B007 - counted for the mean
            mean = mean + (frame - mean) / count
        found = detect_watermark(mean[None], watermark)
        verdict = "found" if found.found else "not found"
        print(f"watermark of this key: {verdict} (score {found.score:.1f}; {found.threshold:g} counts as found)")
