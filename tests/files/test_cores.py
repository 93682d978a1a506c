"""Threads are chosen where nothing is said, by what other jobs leave."""

import os
import subprocess
import sys

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


def test_another_job_is_seen() -> None:
    everything = os.cpu_count() or 1
    alone = max(free_cores(everything) for _ in range(3))
    assert 0 < alone <= everything * 1.05
    busy = [sys.executable, "-c", "print('begun', flush=True)\nwhile True: pass"]
    jobs = [subprocess.Popen(busy, stdout=subprocess.PIPE) for _ in range(2 * everything)]
    try:
        for job in jobs:
            assert job.stdout is not None
            assert job.stdout.readline().strip() == b"begun"
        beside = sorted(free_cores(everything) for _ in range(3))[1]
    finally:
        for job in jobs:
            job.kill()
            job.communicate()
    assert beside < 0.8 * everything
