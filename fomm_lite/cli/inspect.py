"""``fomm-lite inspect``: what a film says of itself, and whether it carries a watermark."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import command


@command("inspect", "fomm-lite inspect out/animation.mp4", "fomm-lite inspect out/animation.mp4 --watermark 'my key'")
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A film or picture: a video, a GIF, a WebP or PNG.")],
    watermark: Annotated[
        str | None, typer.Option(metavar="KEY", help="Look for the watermark that was put there with this key.")
    ] = None,
) -> None:
    """Show how a film says it was made, its C2PA manifest, and look for a watermark.

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
    _print_manifest(file)
    if watermark is not None:
        mean, count = torch.zeros(()), 0
        for count, frame in enumerate(stream_frames(file), 1):  # noqa: B007 - counted for the mean
            mean = mean + (frame - mean) / count
        found = detect_watermark(mean[None], watermark)
        verdict = "found" if found.found else "not found"
        print(f"watermark of this key: {verdict} (score {found.score:.1f}; {found.threshold:g} counts as found)")


def _print_manifest(file: Path) -> None:
    """What a C2PA manifest says, where one can be read."""
    if find_spec("c2pa") is None:
        print("C2PA manifest: not looked for; pip install c2pa-python")
        return
    from fomm_lite.forensics.manifest import read_manifest

    manifest = read_manifest(file)
    if manifest is None:
        print("C2PA manifest: none")
        return
    says = "says it is synthetic" if manifest.synthetic else "does not say that it is synthetic"
    state = {
        "Trusted": "unchanged since it was signed, by somebody who is vouched for",
        "Valid": "unchanged since it was signed; nobody vouches for the signer",
    }.get(manifest.state, "does not fit this file: changed since it was signed, or wrongly signed")
    print(f"C2PA manifest: {says}, made by {manifest.made_by}, signed by {manifest.signed_by}; {state}")
