"""Hidden folders in which files grow, each held by a lock: what a killed process left is told from what is in use.

The system lets go of a lock however its holder ends, so a draft whose lock can be had belongs to nobody any more. The
first draft that a process makes in a place sweeps such leftovers away there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

MARK = ".fomm-draft"
"""What the name of such a folder ends in."""

_LOCK = ".lock"
_swept: set[Path] = set()  # places that this process has looked through: a folder of 20,000 frames is read once


@contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside a file or folder that is to be made, gone when the block ends, however it ends.

    Args:
        target: what will be made; its parent must be there.

    Yields:
        The folder, with nothing of the caller's in it.

    Raises:
        OSError: a place that cannot be written.
    """
    if target.parent not in _swept:
        sweep(target.parent)
        _swept.add(target.parent)
    folder, lock = _held(target)
    try:
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def sweep(place: Path) -> None:
    """Remove what killed processes left in a folder; drafts that somebody holds stay, and so does all else."""
    with suppress(OSError):  # it may be swept by another at the same time, or belong to another user
        for entry in os.scandir(place):
            if entry.name.startswith(".") and entry.name.endswith(MARK) and entry.is_dir(follow_symlinks=False):
                _remove_if_left(Path(entry.path))


def _remove_if_left(folder: Path) -> None:
    if not (folder / _LOCK).exists():
        with suppress(OSError):  # killed before it had its lock, so it is empty; or just about to get it: see _held
            folder.rmdir()
        return
    lock = FileLock(folder / _LOCK)
    with suppress(Timeout, OSError):
        lock.acquire(timeout=0)
        try:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
    with suppress(OSError):
        folder.rmdir()  # where an open lock file cannot be removed, only now


def _held(target: Path) -> tuple[Path, FileLock]:
    """A new folder and its lock; made anew should a sweep have taken it for a leftover in between."""
    stem = target.stem.replace("%", "_")  # which FFmpeg would take for a number to come
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f".{stem}-", suffix=MARK, dir=target.parent))
        lock = FileLock(folder / _LOCK)
        with suppress(FileNotFoundError):
            lock.acquire()
            if (folder / _LOCK).exists():
                return folder, lock
            lock.release()
