"""Taylor's formula of a map of the plane, to order 0, 1 or 2, by automatic differentiation (Eq. 1).

A map is any function of points (... 2) that returns points (... 2), each from its own point only.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.func import jacrev

from fomm_lite.errors import InputError

PlaneMap = Callable[[Float[Tensor, "*n 2"]], Float[Tensor, "*n 2"]]

ORDERS = (0, 1, 2)


def jacobian(plane_map: PlaneMap, point: Float[Tensor, " 2"]) -> Float[Tensor, "2 2"]:
    """The jacobian of a map at a point, by automatic differentiation.

    Args:
        plane_map: the map.
        point: (x, y).

    Returns:
        Row = output axis; its columns are where a small step right and a small step down lead.

    Example:
        >>> jacobian(lambda p: p.flip(-1), torch.zeros(2))
        tensor([[0., 1.],
                [1., 0.]])
    """
    return jacrev(plane_map)(point)


def finite_difference_jacobian(
    plane_map: PlaneMap, point: Float[Tensor, " 2"], step: float = 1e-4
) -> Float[Tensor, "2 2"]:
    """The jacobian of a map at a point by central differences: one column a step, right and down.

    Args:
        plane_map: the map.
        point: (x, y); in float64, or rounding eats the difference.
        step: half the distance between the two places that are compared.
    """
    steps = step * torch.eye(2, dtype=point.dtype)
    columns = [(plane_map(point + h) - plane_map(point - h)) / (2 * step) for h in steps]
    return torch.stack(columns, dim=1)


def expand(plane_map: PlaneMap, point: Float[Tensor, " 2"], order: int) -> PlaneMap:
    """The Taylor polynomial of a map around a point (Eq. 1, and one order less and more).

    Args:
        plane_map: the map T.
        point: (x, y), p.
        order: 0 keeps T(p); 1 adds the jacobian times z - p; 2 adds half the second derivative on (z - p, z - p).

    Returns:
        The polynomial, a map of points too.

    Raises:
        InputError: another order.

    Example:
        >>> square = lambda p: p**2
        >>> expand(square, torch.ones(2), 1)(torch.tensor([1.5, 1.0]))  # 1 + 2 x 0.5
        tensor([2., 1.])
    """
    if order not in ORDERS:
        raise InputError(f"got order {order}", "0, 1 or 2", "choose one of them")
    first = jacobian(plane_map, point) if order >= 1 else None
    second = jacrev(jacrev(plane_map))(point) if order == 2 else None
    return _polynomial(point, plane_map(point), first, second)


def all_orders(
    plane_map: PlaneMap, point: Float[Tensor, " 2"]
) -> tuple[Float[Tensor, "2 2"], tuple[PlaneMap, PlaneMap, PlaneMap]]:
    """The jacobian of a map at a point, and its Taylor polynomials of each order, each derivative found once.

    Args:
        plane_map: the map T.
        point: (x, y), p.
    """

    def twice(at: Float[Tensor, " 2"]) -> tuple[Tensor, Tensor]:
        found = jacrev(plane_map)(at)
        return found, found

    second, first = jacrev(twice, has_aux=True)(point)
    value = plane_map(point)
    zero, one, two = (_polynomial(point, value, *known) for known in ((None, None), (first, None), (first, second)))
    return first, (zero, one, two)


def _polynomial(
    point: Float[Tensor, " 2"],
    value: Float[Tensor, " 2"],
    first: Float[Tensor, "2 2"] | None,
    second: Float[Tensor, "2 2 2"] | None,
) -> PlaneMap:
    """The polynomial of the derivatives that are kept."""

    def polynomial(points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
        offsets = points - point
        result = value.expand_as(points)
        if first is not None:
            result = result + offsets @ first.T
        if second is not None:
            result = result + 0.5 * torch.einsum("ijk,...j,...k->...i", second, offsets, offsets)
        return result

    return polynomial


def error_at_distances(
    plane_map: PlaneMap, approximation: PlaneMap, point: Float[Tensor, " 2"], distances: Float[Tensor, " n"]
) -> Float[Tensor, " n"]:
    """How far an approximation is off at given distances from a point: the mean length of the error over a circle.

    Args:
        plane_map: the truth.
        approximation: what is compared with it.
        point: centre of the circles.
        distances: their radii.
    """
    angles = torch.arange(64, dtype=distances.dtype) * (math.tau / 64)
    directions = torch.stack([angles.cos(), angles.sin()], dim=-1)
    places = point + distances[:, None, None] * directions
    return (plane_map(places) - approximation(places)).norm(dim=-1).mean(dim=1)
