"""A training that is asked to stop: the signals that ask, and how they become a request that the loop can answer."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECOND_THOUGHT = 1.0  # seconds; a launcher may pass on the Ctrl-C that the terminal has sent already


@contextmanager
def finish_step_on_interrupt() -> Iterator[threading.Event]:
    """Turn a first Ctrl-C, and SIGTERM, into a request: the event is set, the step finished, a checkpoint written.

    SIGTERM is what a cluster sends before it takes the machine back. A second Ctrl-C, a second or more after the first,
    interrupts at once. Outside the main thread, where signals do not arrive, nothing changes.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    first = time.monotonic()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal hands over
        nonlocal first
        if number == signal.SIGINT and asked.is_set() and time.monotonic() - first >= SECOND_THOUGHT:
            raise KeyboardInterrupt
        if not asked.is_set():
            first = time.monotonic()
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
