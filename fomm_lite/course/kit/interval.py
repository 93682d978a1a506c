"""How sure a mean or a ratio over some clips is: drawn again and again from the clips themselves."""

import torch
from jaxtyping import Float
from torch import Tensor


def interval(
    values: Float[Tensor, " n"], over: Float[Tensor, " n"] | None = None, *, draws: int = 2000, seed: int = 0
) -> tuple[float, float, float]:
    """A mean, or a ratio of two sums, with its bootstrap interval: low, value, high.

    Args:
        values: one number a clip; for two models on the same clips, their difference clip by clip.
        over: the denominators of a ratio of sums, one a clip.
        draws: how many times the n clips are drawn anew, with repetition.
        seed: of these draws.

    Returns:
        The 2.5th percentile of the draws, the value on the clips as they are, the 97.5th percentile.
    """
    weights = torch.ones_like(values) if over is None else over
    chosen = torch.randint(len(values), (draws, len(values)), generator=torch.Generator().manual_seed(seed))
    drawn = values[chosen].sum(1) / weights[chosen].sum(1)
    low, high = torch.quantile(drawn, torch.tensor([0.025, 0.975])).tolist()
    return low, float(values.sum() / weights.sum()), high
