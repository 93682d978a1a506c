"""Work done ahead: while one step of a stream waits for its disk or its processor, the step before goes on."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Lock, Thread
from typing import Generic, TypeVar

from fomm_lite.files.cores import take_threads

Item = TypeVar("Item")

ROOM = 2
_SAYING = Lock()  # one at a time says how many threads PyTorch has: for a moment all that begin would believe it
_PATIENCE = 0.1  # seconds after which a full queue is looked at again: has whoever takes from it gone?


class _Ended(Generic[Item]):
    """Behind the last item: why there are no more."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def ahead(items: Iterable[Item], room: int = ROOM, *, threads: int | None = None) -> Iterator[Item]:
    """The same items in the same order, made in a thread while the last ones are used.

    Nothing is started before the first item is asked for. An error comes out where its item would have. Whoever stops
    early, by closing the iterator or by an error of its own, stops the thread, which is waited for.

    Args:
        items: made one by one; a generator is closed in its thread when nobody wants more.
        room: how many may lie ready: memory does not grow with the stream.
        threads: of PyTorch that may make an item; None for as many as usual. Who only reads needs one: a second team of
            threads waits for its next work by keeping its cores busy, which slows down whoever uses the items.

    Example:
        >>> list(ahead(range(3)))
        [0, 1, 2]
    """
    ready: Queue[Item | _Ended[Item]] = Queue(room)
    begun, unwanted = Event(), Event()

    def offer(item: Item | _Ended[Item]) -> None:
        while not unwanted.is_set():
            with suppress(Full):
                ready.put(item, timeout=_PATIENCE)
                return

    def make() -> None:
        error: BaseException | None = None
        iterator: Iterator[Item] | None = None
        try:
            try:
                if threads is not None:
                    take_threads(threads)
            finally:
                begun.set()
            iterator = iter(items)
            for item in iterator:
                offer(item)
                if unwanted.is_set():
                    break
        except BaseException as caught:  # noqa: BLE001 - raised again where it is waited for
            error = caught
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()
        offer(_Ended(error))

    def begin() -> None:
        """Start the thread and wait until it has said its number; ours stays, for threads to come too."""
        if threads is None:
            thread.start()
            return
        with _SAYING:
            usual = take_threads()
            try:
                thread.start()
                begun.wait()
            finally:
                take_threads(usual)

    thread = Thread(target=make, name="ahead", daemon=True)
    try:
        begin()
        while not isinstance(item := ready.get(), _Ended):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        with suppress(Empty):
            while True:
                ready.get_nowait()
        if thread.ident is not None:
            thread.join()
