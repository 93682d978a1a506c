"""A detector small enough to read: a logistic regression on standardised cues."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.errors import InputError


@dataclass(frozen=True)
class Detector:
    """Weighs standardised cues; made by :func:`fit_detector`.

    Attributes:
        mean: of each cue over the training clips.
        deviation: of each cue over the training clips.
        weights: how much one deviation of a cue speaks for "fake", in log odds.
        bias: log odds of a clip with average cues.
    """

    mean: Float[Tensor, " d"]
    deviation: Float[Tensor, " d"]
    weights: Float[Tensor, " d"]
    bias: Float[Tensor, ""]

    def scores(self, cues: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        """Log odds of "fake": above 0 where the detector finds it likelier than not, in the mix it was trained on."""
        return ((cues - self.mean) / self.deviation) @ self.weights + self.bias


def fit_detector(cues: Float[Tensor, "n d"], fake: Bool[Tensor, " n"], *, penalty: float = 0.01) -> Detector:
    """Fit by maximum likelihood with a small penalty on the squared weights; the same result every time.

    The loss is convex: from any start, Newton-like steps (L-BFGS on all clips at once) find the one minimum.

    Args:
        cues: of the training clips.
        fake: which of them are fake.
        penalty: half of it times the sum of squared weights is added to the mean negative log likelihood; above 0, or
            separable clips would drive the weights to infinity.

    Raises:
        InputError: clips of one kind only, or cues that are not finite.
    """
    if fake.all() or not fake.any():
        raise InputError(f"got {int(fake.sum())} fakes among {len(fake)} clips", "both kinds", "add the other kind")
    if not torch.isfinite(cues).all():
        raise InputError("got cues with NaN or infinite values", "numbers", "check the clips they were measured on")
    cues = cues.detach().double()
    mean, deviation = cues.mean(0), cues.std(0).clamp(min=1e-9)
    standard, target = (cues - mean) / deviation, fake.double()
    weights = torch.zeros(cues.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=200, tolerance_grad=1e-9, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = F.binary_cross_entropy_with_logits(standard @ weights + bias, target)
        value = value + penalty / 2 * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call, unused-ignore]
        return value

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[arg-type, unused-ignore]
    parts = (mean, deviation, weights.detach(), bias.detach())
    return Detector(*(part.float() for part in parts))
