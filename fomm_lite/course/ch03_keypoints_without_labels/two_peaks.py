"""Two peaks in one map of scores: what the softmax temperature makes of the choice between them."""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, soft_argmax

LEFT, RIGHT = -0.5, 0.5  # where they are, x in normalised units
SECOND = 0.8  # height of the right one; the left one has 1


def two_peaks(height: int, width: int, second: float = SECOND) -> Float[Tensor, "{height} {width}"]:
    """A map of scores with two bumps side by side."""
    grid = coordinate_grid(height, width)
    left, right = ((grid - torch.tensor([x, 0.0])).square().sum(-1) for x in (LEFT, RIGHT))
    return torch.maximum((-left / 0.045).exp(), second * (-right / 0.045).exp())


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
        entropy = -(confidence * confidence.clamp_min(1e-12).log2()).sum()
        away = (place - torch.tensor([LEFT, 0.0])).norm()
        found.append(torch.stack([entropy.detach(), away.detach(), slope[:, width // 2 :].sum()]))
    entropies, biases, slopes = torch.stack(found).unbind(1)
    return entropies, biases, slopes
