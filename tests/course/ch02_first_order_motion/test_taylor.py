"""Taylor's formula against polynomials that it must give back, and against finite differences."""

import math

import pytest
import torch
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion import taylor
from fomm_lite.course.kit.linear import log_log_slope
from fomm_lite.errors import InputError

POINT = torch.tensor([0.3, -0.2], dtype=torch.float64)


def swirl(points: Tensor) -> Tensor:
    """A map with derivatives of every order."""
    x, y = points.unbind(-1)
    return torch.stack([torch.sin(2 * x) + 0.4 * y**2, torch.exp(0.5 * y) - 0.3 * x * y], dim=-1)


def quadratic(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([1 + 2 * x - y + x * y, 3 * y - 0.5 * x**2 + y**2], dim=-1)


def test_jacobian_is_the_one_on_paper() -> None:
    x, y = POINT.tolist()
    by_hand = torch.tensor([[2 * math.cos(2 * x), 0.8 * y], [-0.3 * y, 0.5 * math.exp(0.5 * y) - 0.3 * x]]).double()
    torch.testing.assert_close(taylor.jacobian(swirl, POINT), by_hand, atol=1e-7, rtol=1e-6)
    torch.testing.assert_close(taylor.finite_difference_jacobian(swirl, POINT), by_hand, atol=1e-7, rtol=1e-6)


def test_the_second_order_gives_a_quadratic_map_back_everywhere() -> None:
    places = torch.randn(5, 4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(taylor.expand(quadratic, POINT, 2)(places), quadratic(places))
    assert (taylor.expand(quadratic, POINT, 1)(places) - quadratic(places)).abs().max() > 0.1


def test_order_zero_is_the_value_at_the_point_and_order_one_is_exact_for_affine_maps() -> None:
    places = torch.randn(7, 2, dtype=torch.float64)
    assert torch.equal(taylor.expand(swirl, POINT, 0)(places), swirl(POINT).expand(7, 2))

    def tilt(points: Tensor) -> Tensor:
        return points @ torch.tensor([[1.0, 0.5], [-0.2, 2.0]], dtype=torch.float64) + 0.7

    torch.testing.assert_close(taylor.expand(tilt, POINT, 1)(places), tilt(places))


def test_all_orders_at_once_are_the_orders_one_by_one() -> None:
    places = torch.rand(7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    first, polynomials = taylor.all_orders(swirl, POINT)
    torch.testing.assert_close(first, taylor.jacobian(swirl, POINT), rtol=0, atol=0)
    for order, polynomial in enumerate(polynomials):
        torch.testing.assert_close(polynomial(places), taylor.expand(swirl, POINT, order)(places), rtol=0, atol=0)


@pytest.mark.parametrize("order", taylor.ORDERS)
def test_the_error_grows_with_one_power_more_than_the_order(order: int) -> None:
    distances = torch.logspace(-2.5, -1.2, 9, dtype=torch.float64)
    errors = taylor.error_at_distances(swirl, taylor.expand(swirl, POINT, order), POINT, distances)
    assert log_log_slope(distances, errors) == pytest.approx(order + 1, abs=0.05)


def test_an_error_is_the_mean_over_the_circle() -> None:
    errors = taylor.error_at_distances(
        lambda p: p, lambda p: torch.zeros_like(p), torch.zeros(2), torch.tensor([0.5, 2.0])
    )
    torch.testing.assert_close(errors, torch.tensor([0.5, 2.0]))


def test_there_is_no_third_order() -> None:
    with pytest.raises(InputError, match="order 3"):
        taylor.expand(swirl, POINT, 3)
