"""How many cores there are for us: two threads that wait for each other beside another job are slower than one."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

SAID_BY = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_LOOK = 0.05  # seconds
_NEARLY = 0.25  # of a core: what measuring may miss


def free_cores(wanted: int) -> float:
    """How many cores' time this process gets when it asks for some: fewer than wanted where others compute too.

    Measured for a twentieth of a second, since load averages know the last minutes, our own work among it, and Windows
    has none.

    Args:
        wanted: how many threads ask.
    """
    with ThreadPoolExecutor(wanted) as pool:
        return sum(pool.map(_share, range(wanted)))


def _share(_: int) -> float:
    """The part of a core that one thread gets."""
    block, start, used = bytes(2**18), time.perf_counter(), time.thread_time()
    while (passed := time.perf_counter() - start) < _LOOK:
        hashlib.sha256(block)  # large enough that Python lets others run meanwhile
    return (time.thread_time() - used) / passed


def take_threads(number: int | None = None) -> int:
    """Let PyTorch use so many threads for what is asked of it here, and in threads that begin later without saying any.

    Args:
        number: of threads; None for as many as now.

    Returns:
        How many there were.
    """
    import torch  # here: this module is loaded by what must start at once

    now = torch.get_num_threads()  # asked first: a thread that has never asked takes the usual number at its first work
    torch.set_num_threads(now if number is None else number)
    return now


def choose_threads() -> int:
    """Let PyTorch use the cores that are free now, unless somebody has said how many.

    Only ever fewer than it would use: a number that was set before stays where it is lower.

    Returns:
        The number of threads in use.
    """
    import torch  # here: this module is loaded by what must start at once

    usual = torch.get_num_threads()
    if usual > 1 and not any(os.environ.get(name) for name in SAID_BY):
        torch.set_num_threads(min(usual, max(1, int(free_cores(usual) + _NEARLY))))
    return torch.get_num_threads()
