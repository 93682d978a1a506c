"""Motions of order 0, 1 and 2 from two maps, and what polynomials leave of a motion."""

import pytest
import torch

from fomm_lite import load_model
from fomm_lite.course.ch12_going_further import orders, second_order
from fomm_lite.course.kit.linear import log_log_slope
from fomm_lite.geometry import coordinate_grid, keypoint_motions
from fomm_lite.worlds import faces


def kept(map_, at):
    value, jacobian, second = orders.derivatives(map_, at)
    return value[None], jacobian[None], second[None] / 2


def mirrored(z):
    return orders.bent(z.flip(-1)).flip(-1) + 0.1


@pytest.mark.parametrize("order", [0, 1, 2])
def test_from_driving_to_source_the_error_grows_by_one_power_more_than_the_order(order):
    at, radii, errors = torch.tensor([0.1, -0.2], dtype=torch.float64), [0.01, 0.02, 0.04], []
    angles = torch.arange(16, dtype=torch.float64) * 0.4
    for radius in radii:
        reference = at + radius * torch.stack([angles.cos(), angles.sin()], dim=-1)
        driving, source = orders.bent(reference), mirrored(reference)
        made = second_order.motions(kept(mirrored, at), kept(orders.bent, at), order, driving[None])
        errors.append(float((made[0, 0] - source).norm(dim=-1).mean()))
    assert log_log_slope(radii, errors) == pytest.approx(order + 1, abs=0.1)


def test_order_1_is_the_library_s():
    dice = torch.Generator().manual_seed(0)
    places, bends = torch.rand(2, 3, 2, generator=dice), torch.rand(2, 3, 2, 2, 2, generator=dice)
    jacobians = torch.eye(2) + 0.2 * torch.rand(2, 3, 2, 2, generator=dice)
    source, driving = zip(places, jacobians, bends, strict=True)
    grid = coordinate_grid(4, 5)
    library = keypoint_motions(places[:1], jacobians[:1], places[1:], jacobians[1:], grid)[0]
    assert torch.allclose(second_order.motions(source, driving, 1, grid), library, atol=1e-5)


def test_a_polynomial_motion_is_left_over_by_lower_orders_only():
    grid, (x, y) = coordinate_grid(32, 32), coordinate_grid(32, 32).unbind(-1)
    quadratic = grid + torch.stack([0.3 * x * y, 0.2 * x], dim=-1)
    places, seen = torch.tensor([[0.1, 0.2], [-0.3, 0.0]]), x < 0.4
    left = [float(second_order.left_over(quadratic, seen, places, order)) for order in range(3)]
    assert left[0] > 1.5 * left[1] > 0.01 and left[2] < 1e-6


def test_numbers_of_a_shipped_model_are_in_seconds_and_pixels():
    model = load_model("faces-64").eval()
    clip = faces(2, frames=2, size=64, stride=12)
    assert all(0 < each < 1 for each in second_order.seconds_a_picture(model, clip.frames[0], tries=1))
    zero, first, second = second_order.gain(model, [clip])
    assert 32 > zero > first > second > 0
