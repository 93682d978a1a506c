"""A training that is watched: it can be stopped in good order, and what goes wrong is said."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fomm_lite.config import TINY
from fomm_lite.course.ch06_losses_and_training.monitor import TrainingMonitor
from fomm_lite.errors import InputError
from fomm_lite.training import TrainingConfig
from fomm_lite.training.pairs import WorldClips


def test_a_stopped_training_leaves_a_checkpoint(tmp_path: Path) -> None:
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    config = TrainingConfig(size=32, steps=10_000, batch_size=2)
    monitor = TrainingMonitor(clips, TINY, config, tmp_path / "run")
    with pytest.raises(InputError, match="start it"):
        monitor.figure("nothing yet")
    monitor.start_button.click()
    deadline = time.monotonic() + 60
    while not monitor.curves_image.value and time.monotonic() < deadline:
        time.sleep(0.05)
    monitor.stop_button.click()
    monitor.join()
    assert (tmp_path / "run" / "checkpoint.pt").exists()
    assert "stopped" in monitor.readout.value
    figure = monitor.figure("curves, and below them the pairs of a step")
    assert figure.alt.startswith("curves") and figure.data[8:12] == b"WEBP"


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def endless(tmp_path: Path) -> Callable[[], TrainingMonitor]:
    """What a cell does that is run once, or twice: a monitor of one folder."""
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    config = TrainingConfig(size=32, steps=10_000, batch_size=2)
    return lambda: TrainingMonitor(clips, TINY, config, tmp_path / "run")


def last_step(monitor: TrainingMonitor) -> int:
    """Of those that its curves tell of."""
    return max((line[-1][0] for line in list(monitor.curves.values())), default=0)


def test_start_goes_on_after_a_stop(endless: Callable[[], TrainingMonitor]) -> None:
    monitor = endless()
    monitor.start_button.click()
    until(lambda: last_step(monitor) >= 2)
    monitor.stop_button.click()
    monitor.join()
    assert not monitor.start_button.disabled and monitor.stop_button.disabled
    stopped = last_step(monitor)
    monitor.start_button.click()
    assert monitor.start_button.disabled and not monitor.stop_button.disabled
    until(lambda: last_step(monitor) > stopped)
    monitor.stop_button.click()
    monitor.join()
    assert [step for step, _ in monitor.curves["reconstruction"]] == list(range(1, last_step(monitor) + 1))


def test_a_cell_that_is_run_twice_trains_once(endless: Callable[[], TrainingMonitor]) -> None:
    first = endless()
    first.start_button.click()
    until(lambda: last_step(first) >= 2)
    second = endless()
    second.start_button.click()
    until(lambda: last_step(second) >= 1)
    assert sum(thread.name == "training" for thread in threading.enumerate()) == 1
    assert "stopped" in first.readout.value and last_step(first) < last_step(second)
    second.stop_button.click()
    second.join()


def test_the_run_of_another_kernel_is_left_alone(endless: Callable[[], TrainingMonitor], tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"of another kernel")
    monitor = endless()
    for _ in range(2):  # pressing again changes nothing
        monitor.start_button.click()
        with pytest.raises(InputError, match="holds a run"):
            monitor.join()


def test_an_interrupt_ends_with_a_checkpoint(
    endless: Callable[[], TrainingMonitor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = endless()
    monitor.start_button.click()
    thread, joined = monitor._thread, []
    assert thread is not None

    def join() -> None:
        joined.append(True)
        if len(joined) == 1:
            raise KeyboardInterrupt
        threading.Thread.join(thread)

    monkeypatch.setattr(thread, "join", join)
    with pytest.raises(KeyboardInterrupt):
        monitor.join()
    assert not thread.is_alive() and (tmp_path / "run" / "checkpoint.pt").exists()
    assert "stopped" in monitor.readout.value


def test_what_ends_a_training_early_is_shown_and_raised(tmp_path: Path) -> None:
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    monitor = TrainingMonitor(clips, TINY, TrainingConfig(size=33, steps=1), tmp_path / "run")
    with pytest.raises(InputError):
        monitor.join()
    assert "InputError" in monitor.readout.value
