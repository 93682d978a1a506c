"""A full disk, told in one line: libraries that write for us each have their own way to say it, or do not say it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fomm_lite.errors import InputError

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_SAID = ("no space left on device", "disk quota exceeded")


@contextmanager
def told_when_full(path: Path) -> Iterator[None]:
    """Turn whatever is raised in the block because the disk is full into one OSError that names file and device.

    Args:
        path: what is being written.

    Raises:
        OSError: the disk is full, or the user's share of it.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        if not _means_full(error):
            raise
        raise OSError(
            f"cannot write {path}: no space left on {device_of(path)}; make room there, or choose another place"
        ) from error


def device_of(path: Path) -> Path:
    """Where the file system is mounted that a path lies on."""
    place = path.absolute().parent
    while not place.exists():
        place = place.parent
    place = place.resolve()
    return next(folder for folder in (place, *place.parents) if folder.is_mount() or folder == folder.parent)


def _means_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came from, says so: torch buries the system's under one of its own."""
    while error is not None:
        number = getattr(error, "errno", None)
        if number in _FULL or any(words in str(error).lower() for words in _SAID):
            return True
        error = error.__cause__ or error.__context__
    return False
