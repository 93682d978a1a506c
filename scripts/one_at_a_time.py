"""Set-ups of one environment wait for each other, with the standard library alone."""

from __future__ import annotations  # setup_env.py imports this with whatever Python there is

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def alone(venv: Path) -> Iterator[None]:
    """Waits until no other set-up works on the environment, and keeps others waiting.

    The system holds the lock, and lets go of it however its holder ends; the file left behind means nothing.
    """
    with open(str(venv) + ".lock", "a", encoding="utf-8") as file:
        os.set_inheritable(file.fileno(), True)
        if not seized(file.fileno()):
            print(f"[set-up] another set-up is at work on {venv.name}: waiting until it has finished", flush=True)
            while not seized(file.fileno()):
                time.sleep(0.2)
        yield


def seized(file: int) -> bool:
    """Takes the system's lock on an open file, unless somebody else has it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
