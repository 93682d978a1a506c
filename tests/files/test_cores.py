"""Threads are chosen where nothing is said, by what other jobs leave."""

import multiprocessing
import os

import pytest
import torch

from fomm_lite.files import cores
from fomm_lite.files.cores import SAID_BY, choose_threads, free_cores


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """PyTorch's number of threads, as it would be on four idle cores with nothing said."""
    number = [4]
    monkeypatch.setattr(torch, "get_num_threads", lambda: number[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda chosen: number.__setitem__(0, chosen))
    for name in SAID_BY:
        monkeypatch.delenv(name, raising=False)
    return number


@pytest.mark.parametrize(("free", "chosen"), [(3.9, 4), (3.4, 3), (2.0, 2), (1.7, 1), (0.4, 1)])
def test_as_many_as_are_free(threads: list[int], monkeypatch: pytest.MonkeyPatch, free: float, chosen: int) -> None:
    monkeypatch.setattr(cores, "free_cores", lambda _: free)
    assert choose_threads() == threads[0] == chosen


@pytest.mark.parametrize("name", SAID_BY)
def test_what_was_said_stays(threads: list[int], monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(cores, "free_cores", lambda _: 1.0)
    monkeypatch.setenv(name, "4")
    assert choose_threads() == 4


def _burn(started: "multiprocessing.synchronize.Event", stop: "multiprocessing.synchronize.Event") -> None:
    started.set()
    while not stop.is_set():
        sum(range(1000))


def test_another_job_is_seen() -> None:
    everything = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    alone = max(free_cores(everything) for _ in range(3))
    assert 0 < alone <= everything * 1.05
    jobs = []
    for _ in range(2 * everything):
        started = context.Event()
        jobs.append(context.Process(target=_burn, args=(started, stop), daemon=True))
        jobs[-1].start()
        started.wait()
    try:
        beside = sorted(free_cores(everything) for _ in range(3))[1]
    finally:
        stop.set()
        for job in jobs:
            job.join()
    assert beside < 0.8 * everything
