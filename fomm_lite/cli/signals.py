"""Requests to stop other than Ctrl-C: what a cluster or a closed terminal sends ends a command in good order too."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALLED = 128  # an exit code above it is the number of a signal more, as shells count
ASKING = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no second


class Stopped(KeyboardInterrupt):
    """Somebody asked the command to stop; as with Ctrl-C, every `with` and `finally` on the way out cleans up.

    Args:
        signal_number: which signal asked.
    """

    def __init__(self, signal_number: int) -> None:
        self.signal_number = signal_number
        super().__init__(signal_number)


@contextmanager
def stopping_on_signals() -> Iterator[list[int]]:
    """Let SIGTERM and SIGHUP interrupt the block as Ctrl-C does.

    Only the first does: a closing session sends several, and the cleaning up must not be cut short. A signal that is
    ignored stays ignored, as `nohup` wants it. Outside the main thread, where signals do not arrive, nothing changes.

    Yields:
        The signals that have arrived, which libraries on the way may have turned into an exception of their own.
    """
    arrived: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield arrived
        return

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal hands over
        arrived.append(number)
        if len(arrived) == 1:
            raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in ASKING if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield arrived
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
