"""A training that is watched: it can be stopped in good order, and what goes wrong is said."""

import time
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
    assert figure.alt.startswith("curves") and figure.data.startswith(b"\x89PNG")


def test_what_ends_a_training_early_is_shown_and_raised(tmp_path: Path) -> None:
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    monitor = TrainingMonitor(clips, TINY, TrainingConfig(size=33, steps=1), tmp_path / "run")
    with pytest.raises(InputError):
        monitor.join()
    assert "InputError" in monitor.readout.value
