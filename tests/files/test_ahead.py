"""Streams made ahead: same items, same errors, nothing left running."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.files.ahead import ahead


@pytest.fixture
def running() -> Callable[[], list[str]]:
    """The threads of this test that are at work: what a failed test's traceback still holds belongs to that test."""
    before = set(threading.enumerate())
    return lambda: [each.name for each in threading.enumerate() if each.name == "ahead" and each not in before]


def test_items_in_order_and_no_more_ready_than_asked(running: Callable[[], list[str]]) -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            made.append(item)
            yield item

    stream = ahead(items(), room=3)
    time.sleep(0.02)
    assert not made  # not before it is asked for
    assert next(stream) == 0
    deadline = time.monotonic() + 30
    while len(made) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(made) == 5  # the one taken, three that lie ready, one in hand
    assert list(stream) == list(range(1, 20))
    assert not running()


def test_the_next_item_is_made_while_one_is_used() -> None:
    made = [threading.Event() for _ in range(6)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for item in ahead(items(), room=1):
        assert made[min(item + 1, 5)].wait(timeout=30)  # would never come if both waited for each other


@pytest.mark.usefixtures("three_threads")
def test_whoever_makes_items_may_take_one_core_and_nobody_else_notices() -> None:
    seen: list[int] = []

    def items() -> Iterator[torch.Tensor]:
        for _ in range(3):
            yield torch.rand(300, 300) @ torch.rand(300, 300)  # large enough to be shared out
            seen.append(torch.get_num_threads())

    for _ in ahead(items(), threads=1):
        assert torch.get_num_threads() == 3
    assert seen == [1, 1, 1]
    another = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    another.start()
    another.join()
    assert seen[-1] == 3
    list(ahead(items()))
    assert seen[-3:] == [3, 3, 3]


@pytest.mark.usefixtures("three_threads")
def test_a_thread_that_has_computed_nothing_yet_keeps_its_cores() -> None:
    seen: list[int] = []

    def use() -> None:
        seen.extend(torch.get_num_threads() for _ in ahead(range(2), threads=1))

    user = threading.Thread(target=use)
    user.start()
    user.join()
    assert seen == [3, 3]


def test_a_number_of_threads_that_is_none_is_an_error_and_no_wait(running: Callable[[], list[str]]) -> None:
    with pytest.raises(RuntimeError, match="positive"):
        list(ahead(range(2), threads=0))
    assert not running()


def test_an_error_comes_where_its_item_would_have(running: Callable[[], list[str]]) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise InputError("got a break", "a whole clip", "cut it")

    stream = ahead(broken())
    assert next(stream) == 1
    with pytest.raises(InputError, match="got a break"):
        next(stream)
    assert not running()


@pytest.mark.parametrize("way", ["closed", "error"])
def test_stopping_early_stops_the_work(running: Callable[[], list[str]], way: str) -> None:
    closed: list[bool] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.append(True)

    stream = ahead(ahead(endless()))
    if way == "closed":
        next(stream)
        stream.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            for _ in stream:
                raise KeyboardInterrupt
        del stream
    assert closed == [True]
    assert not running()
