"""Two peaks in one map of scores: what the softmax temperature makes of the choice between them."""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, soft_argmax

DISTANCE = 1.0  # from one to the other, in normalised units
SECOND = 0.8  # height of the right one; the left one has 1
PEAK_WIDTH = 0.15  # normalised units


def two_peaks(
    height: int, width: int, second: float = SECOND, distance: float = DISTANCE
) -> Float[Tensor, "{height} {width}"]:
    """A map of scores with two bumps side by side, as far left of the middle as right of it.

    Args:
        height: of the map.
        width: likewise.
        second: height of the right bump; the left one has 1.
        distance: between them, in normalised units.
    """
    grid = coordinate_grid(height, width)

    def peak(x: float) -> Tensor:
        return (-(grid - torch.tensor([x, 0.0])).square().sum(-1) / (2 * PEAK_WIDTH**2)).exp()

    return torch.maximum(peak(-distance / 2), second * peak(distance / 2))


def entropy(confidence: Float[Tensor, "*n"]) -> Float[Tensor, ""]:
    """Of all entries of a confidence map, in bits."""
    return -(confidence * confidence.clamp_min(1e-12).log2()).sum()


def over_temperatures(
    values: Float[Tensor, " n"], height: int, width: int
) -> tuple[Float[Tensor, " n"], Float[Tensor, " n"], Float[Tensor, " n"]]:
    """Entropy of the confidence map in bits, how far its mean is from the higher peak, and what the lower one feels.

    The last is the slope of the position's x when all scores of the right half are raised a little.

    Args:
        values: temperatures.
        height: of the map.
        width: likewise.
    """
    found = []
    for temperature in values:
        scores = two_peaks(height, width).requires_grad_()
        confidence = (scores / temperature).flatten().softmax(0)
        place = soft_argmax(confidence.view(1, 1, height, width))[0, 0]
        (slope,) = torch.autograd.grad(place[0], scores, retain_graph=True)
        away = (place - torch.tensor([-DISTANCE / 2, 0.0])).norm()
        found.append(torch.stack([entropy(confidence).detach(), away.detach(), slope[:, width // 2 :].sum()]))
    entropies, biases, slopes = torch.stack(found).unbind(1)
    return entropies, biases, slopes
