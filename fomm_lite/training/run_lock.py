"""One training at a time in a run's folder: two that write one checkpoint lose the work of one, and do not notice."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from fomm_lite.errors import InputError
from fomm_lite.training.processes import leads

NAME = ".lock"


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Keep other trainings out of a folder while the block runs; it may be entered again inside itself.

    The system holds the lock, and lets go of it however its holder ends: the file left behind means nothing, and a run
    whose process was killed goes on at once. A folder that is not there yet is made, and removed again where the block
    fails before anything is in it. Of several processes that train together, the leader holds it for all.

    Args:
        out: the run's folder.

    Raises:
        InputError: another training is using it, or it cannot be written.
    """
    if not leads():
        yield
        return
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        held = FileLock(out / NAME, is_singleton=True).acquire(timeout=0)
    except Timeout:
        raise InputError(
            f"got {out}, which another training is using", "a folder of its own", "wait for it, or choose another --out"
        ) from None
    except OSError as error:
        raise InputError(
            f"got {out}: {error.strerror}", "a folder that can be written", "choose another --out"
        ) from None
    try:
        with held:
            yield
    finally:
        if new and os.listdir(out) == [NAME]:
            with suppress(OSError):
                (out / NAME).unlink()
                out.rmdir()


def check_free(out: Path) -> None:
    """Refuse a folder in use before work is done for it; makes nothing.

    Raises:
        InputError: another training is using it.
    """
    if (out / NAME).exists():
        with alone_in(out):
            pass
