"""A smooth map kept to order 0, 1 or 2 around a place: what each order costs, and what it leaves out."""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.exercise import seeded

PointMap = Callable[[Tensor], Tensor]
REACH = 0.2  # the distance over which an estimated derivative is taken, normalised


def bent(z: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
    """A map as smooth as faces are: a stretch and two waves; float64 in, float64 out.

    Example:
        >>> bent(torch.zeros(2))
        tensor([0.2000, 0.0000])
    """
    x, y = z[..., 0], z[..., 1]
    return torch.stack([1.1 * x + 0.2 * torch.cos(2 * y), 0.9 * y + 0.25 * torch.sin(1.5 * x + y)], dim=-1)


def derivatives(map_: PointMap, at: Float[Tensor, "2"]) -> tuple[Tensor, Tensor, Tensor]:
    """Value (2), jacobian (2 2) and second derivatives (2 2 2) of a map, by automatic differentiation."""
    jacobian = torch.func.jacrev(map_)
    return map_(at), jacobian(at), torch.func.jacrev(jacobian)(at)


def expand(
    kept: tuple[Float[Tensor, "r 2"], Float[Tensor, "r 2 2"], Float[Tensor, "r 2 2 2"]],
    order: int,
    offsets: Float[Tensor, "n 2"],
) -> Float[Tensor, "r n 2"]:
    """Taylor's polynomial of an order, 0 to 2, at places relative to the one it was taken at, for r estimates of it."""
    value, jacobian, second = kept
    made = value[:, None].expand(-1, len(offsets), -1)
    if order >= 1:
        made = made + torch.einsum("rij,nj->rni", jacobian, offsets)
    if order >= 2:
        made = made + 0.5 * torch.einsum("rijk,nj,nk->rni", second, offsets, offsets)
    return made


def errors(
    order: int, distances: Sequence[float], noise: float = 0.0, *, draws: int = 200, seed: int = 0
) -> Float[Tensor, " d"]:
    """Root mean square error of an order on circles around a place.

    Args:
        order: 0 to 2.
        distances: radii of the circles, normalised.
        noise: spread of what is added to the value, as an estimate of it would be off; a derivative is read from
            differences over :data:`REACH`, so that its noise is larger by 1 / REACH for each order.
        draws: how often the noise is drawn.
        seed: of the noise.
    """
    dice, at = seeded(seed), torch.tensor([0.1, -0.2], dtype=torch.float64)
    kept = [
        each + noise / REACH**power * torch.randn(draws, *each.shape, generator=dice, dtype=each.dtype)
        for power, each in enumerate(derivatives(bent, at))
    ]
    value, jacobian, second = kept[0], kept[1], (kept[2] + kept[2].transpose(2, 3)) / 2  # xy and yx are one number
    angles = torch.arange(32, dtype=torch.float64) * (2 * math.pi / 32)
    radii = torch.tensor(distances, dtype=torch.float64)
    offsets = radii[:, None, None] * torch.stack([angles.cos(), angles.sin()], dim=-1)
    made = expand((value, jacobian, second), order, offsets.flatten(0, 1)).unflatten(1, (len(distances), 32))
    return (made - bent(at + offsets)).square().sum(-1).mean((0, 2)).sqrt()
