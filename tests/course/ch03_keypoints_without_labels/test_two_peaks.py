"""Two peaks over the temperature: cold chooses, hot does not, and the slope is that of a small change."""

import math

import pytest
import torch

from fomm_lite.course.ch03_keypoints_without_labels.two_peaks import over_temperatures, two_peaks
from fomm_lite.geometry import soft_argmax


def test_the_left_peak_is_the_higher_one():
    scores = two_peaks(17, 33, second=0.7)
    assert scores.argmax() == 8 * 33 + 8 and scores[8, 8] == pytest.approx(1)
    assert scores[8, 24] == pytest.approx(0.7) and scores[:, 17:].max() == scores[8, 24]


def test_a_cold_choice_is_sharp_and_a_hot_one_lies_in_the_middle():
    entropy, bias, slope = over_temperatures(torch.tensor([0.005, 100.0]), 17, 33)
    assert entropy[0] < 3 and entropy[1] == pytest.approx(math.log2(17 * 33), abs=0.01)
    assert bias[0] < 0.01 and bias[1] == pytest.approx(0.5, abs=0.01)
    assert slope.abs().max() < 0.01


def test_the_slope_is_what_a_small_change_of_the_right_half_does():
    temperature, step = 0.15, 1e-3
    (slope,) = over_temperatures(torch.tensor([temperature]), 16, 32)[2]

    def x_at(raised: float) -> float:
        scores = two_peaks(16, 32)
        scores[:, 16:] += raised
        return float(soft_argmax((scores / temperature).flatten().softmax(0).view(1, 1, 16, 32))[0, 0, 0])

    assert float(slope) == pytest.approx((x_at(step) - x_at(-step)) / (2 * step), rel=0.01)
