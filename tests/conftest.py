"""What every test starts from: the same random numbers, no network, and figures drawn without a window."""

import os
import random
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

# Hypothesis draws the same examples each time and times none of them: a red run can be repeated, a slow machine passes.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None, max_examples=50)
settings.load_profile("repeatable")

# No network: here at once, and in every process that is begun from here, kernels of notebooks among them.
OFFLINE = Path(__file__).parent / "offline"


def pytest_configure() -> None:
    """Once a process, before anything of the tests is imported."""
    if share := _share_of_cores():
        torch.set_num_threads(share)
        os.environ.setdefault("OMP_NUM_THREADS", str(share))  # for the commands and kernels that tests begin
    if str(OFFLINE) not in (path := os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), *path]))
        runpy.run_path(str(OFFLINE / "sitecustomize.py"))


def _share_of_cores() -> int:
    """The cores for each of several processes of tests, whose threads else wait for each other; 0 for a single one."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // processes) if processes > 1 else 0


@pytest.fixture(autouse=True)
def same_start() -> None:
    """Seeds the global generators, for code under test that does not take a generator."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def no_windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draws figures off screen and closes them.

    The variable is set for each test, not for the session: a notebook's kernel that inherited it would show no figure.
    """
    monkeypatch.setenv("MPLBACKEND", "agg")
    if (plt := sys.modules.get("matplotlib.pyplot")) is not None:
        plt.switch_backend("agg")
    yield
    if (plt := sys.modules.get("matplotlib.pyplot")) is not None:
        plt.close("all")


@pytest.fixture
def three_threads() -> Iterator[None]:
    """Lets PyTorch use three threads, however many cores there are: more than one, and no number that it chooses."""
    usual = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(usual)
