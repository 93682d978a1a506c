"""``fomm-lite check-data``: what a folder of clips holds, before hours are spent on it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import command
from fomm_lite.errors import InputError


@command("check-data", "fomm-lite check-data my_clips/", "fomm-lite check-data my_clips/ --size 256 --every-frame")
def check_data(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Clips, or folders train and test of clips.")],
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Side of the training pictures in pixels.")] = 64,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Decode every frame, to find damage inside videos.")
    ] = False,
) -> None:
    """Look at a folder of clips before training on it.

    Says what is there, what would be left out and why, and what may spoil the training.
    """
    from fomm_lite.cli.common import with_progress
    from fomm_lite.data import checking

    def bar(paths: list[Path]) -> Iterable[Path]:
        return with_progress(paths, total=len(paths), unit="clips")

    report = checking.check_data(folder, size, every_frame=every_frame, progress=bar)
    print(report.table())
    if not report.of("train"):
        raise InputError(f"got {folder} without a usable clip to train on", "videos, folders of frames", "see above")
