"""Watching a training."""

import dataclasses
from pathlib import Path

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import TINY
from fomm_lite.course import live
from fomm_lite.data.pairs import WorldClips
from fomm_lite.errors import InputError
from fomm_lite.training import TrainingConfig, train


@pytest.fixture(scope="module")
def clips() -> WorldClips:
    return WorldClips("faces", "train", 4, frames=4, size=32, stride=4)


def test_losses_are_kept_and_one_picture_is_shown(
    clips: WorldClips, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = live.LivePicture()
    train(clips, TINY, TrainingConfig(size=32, steps=3, batch_size=4), tmp_path, on_step=watcher, progress_bar=False)
    assert [step for step, _ in watcher.losses["reconstruction"]] == [1, 2, 3]
    assert len(watcher.keypoints) == 3
    assert "Image" in capsys.readouterr().out  # shown once, when it is finished


def test_a_run_that_breaks_off_leaves_its_curve() -> None:
    def breaks(seen: live.LivePicture) -> None:
        seen.keypoints.append((1, 0.1))
        raise InputError("got a loss of nan", "a number", "lower the rate")

    assert live.sick_run(breaks).losses["reconstruction"] == [(2, float("inf"))]


def test_zero_order_copies_answer_with_identities() -> None:
    model = FirstOrderModel(dataclasses.replace(TINY)).eval()
    torch.nn.init.normal_(model.detector.jacobian_head.weight)  # type: ignore[union-attr]
    image = torch.rand(1, 3, 32, 32)
    other = live.zero_order(model)
    assert torch.equal(other.detect(image).jacobians, torch.eye(2).expand(1, 10, 2, 2))
    assert not torch.equal(model.detect(image).jacobians, other.detect(image).jacobians)
    assert torch.equal(model.detect(image).positions, other.detect(image).positions)


def test_an_untrained_model_is_no_better_than_copying() -> None:
    held_out = WorldClips("faces", "validation", 2, frames=6, size=32, stride=1)
    torch.manual_seed(0)
    assert live.held_out_ratio(FirstOrderModel(TINY).eval(), held_out) > 0.9
