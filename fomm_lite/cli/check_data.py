"""``fomm-lite check-data``: what a folder of clips holds, before hours are spent on it."""

from collections.abc import Iterable
from pathlib import Path

from fomm_lite.cli.common import with_progress
from fomm_lite.data.checking import check_data
from fomm_lite.errors import InputError


def check_data_command(folder: Path, *, size: int, every_frame: bool) -> None:
    """Print clips, frames and sizes of each part, what is left out and why, and what may spoil a training.

    Raises:
        InputError: no such folder, no clips, or not one that can be used.
    """

    def bar(paths: list[Path]) -> Iterable[Path]:
        return with_progress(paths, total=len(paths), unit="clips")

    report = check_data(folder, size, every_frame=every_frame, progress=bar)
    print(report.table())
    if not report.of("train"):
        raise InputError(f"got {folder} without a usable clip to train on", "videos, folders of frames", "see above")
