"""A training that is asked to stop: the signals that ask, and how they become a request that the loop can answer."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

SECOND_THOUGHT = 1.0  # seconds; a launcher may pass on the Ctrl-C that the terminal has sent already
_ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass
class Request:
    """Whether somebody has asked to stop.

    Attributes:
        signal: the number of the signal that asked first; 0 while none has.
    """

    signal: int = 0


@contextmanager
def finish_step_on_interrupt() -> Iterator[Request]:
    """Turn a first Ctrl-C, SIGTERM or SIGHUP into a request: the step is finished, a checkpoint written.

    SIGTERM is what a cluster sends before it takes the machine back, SIGHUP what a terminal sends that is closed; one
    that is ignored, as `nohup` does, stays ignored. A second Ctrl-C, a second or more after the first, interrupts at
    once. Outside the main thread, where signals do not arrive, nothing changes.
    """
    asked = Request()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    first = time.monotonic()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal hands over
        nonlocal first
        if number == signal.SIGINT and asked.signal and time.monotonic() - first >= SECOND_THOUGHT:
            raise KeyboardInterrupt
        if not asked.signal:
            first, asked.signal = time.monotonic(), number

    wanted = [number for number in _ASKING if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in wanted}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
