"""Norms: each by hand, and rankings that they change."""

import pytest
import torch

from fomm_lite import load_model
from fomm_lite.course.ch12_going_further import norms
from fomm_lite.worlds import puppets


def test_each_norm_is_taken_over_x_and_y_and_then_averaged():
    gaps = torch.tensor([[[3.0, 4.0], [0.0, 0.0]], [[0.0, -1.0], [0.0, 0.0]]])
    found = norms.summaries(gaps)
    means = [found[f"{name}, mean"] for name in norms.NORMS]
    assert means == pytest.approx([(7 + 1) / 4, (5 + 1) / 4, (4 + 1) / 4])
    assert found["L2, median"] == 0.0


def test_gaps_are_those_of_driven_frames_and_small_for_a_trained_model():
    clips = [puppets(2, frames=3, size=32, stride=2), puppets(5, frames=2, size=32)]
    gaps = norms.gaps(load_model("ablation-baseline"), clips, "judge-puppets")
    assert gaps.shape[0] == 3 and gaps.shape[2] == 2
    assert 0 < float(gaps.abs().mean()) < 4
