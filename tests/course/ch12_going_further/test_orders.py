"""Orders of Taylor's series: derivatives by hand, growth of errors, where noise wins."""

import math

import pytest
import torch

from fomm_lite.course.ch12_going_further import orders
from fomm_lite.course.kit.linear import log_log_slope

DISTANCES = [0.025, 0.05, 0.1]


def test_derivatives_are_those_written_down_by_hand():
    x, y = at = torch.tensor([0.3, -0.4], dtype=torch.float64)
    value, jacobian, second = orders.derivatives(orders.bent, at)
    wave = 0.25 * math.cos(1.5 * x + y)
    assert torch.allclose(value, orders.bent(at))
    assert jacobian.flatten().tolist() == pytest.approx([1.1, -0.4 * math.sin(2 * y), 1.5 * wave, 0.9 + wave])
    bend = -0.25 * math.sin(1.5 * x + y)
    flat = [0, 0, 0, -0.8 * math.cos(2 * y), 2.25 * bend, 1.5 * bend, 1.5 * bend, bend]
    assert second.flatten().tolist() == pytest.approx(flat)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_errors_grow_by_one_power_more_than_the_order(order):
    assert log_log_slope(DISTANCES, orders.errors(order, DISTANCES, draws=1)) == pytest.approx(order + 1, abs=0.05)


def test_at_the_keypoint_only_the_value_s_noise_is_left():
    for order in (1, 2):
        near = orders.errors(order, [1e-6], noise=0.01, draws=4000)
        assert float(near) == pytest.approx(0.01 * math.sqrt(2), rel=0.05)


def test_a_derivative_that_is_noisier_than_large_is_better_left_out():
    little, much = ([float(orders.errors(order, [0.4], noise)) for order in (1, 2)] for noise in (0.002, 0.04))
    assert little[1] < 0.7 * little[0]
    assert much[1] > 1.2 * much[0]
