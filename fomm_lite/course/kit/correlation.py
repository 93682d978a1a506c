"""Whether two series rise and fall together: as numbers (Pearson), or in their order alone (Spearman)."""

import torch
from jaxtyping import Float
from torch import Tensor


def pearson(first: Float[Tensor, " n"], second: Float[Tensor, " n"]) -> float:
    """Correlation: 1 where two series rise and fall together, 0 where they have nothing to do with each other."""
    return float(torch.corrcoef(torch.stack([first, second]))[0, 1])


def spearman(first: Float[Tensor, " n"], second: Float[Tensor, " n"]) -> float:
    """Rank correlation: 1 where one series always rises with the other, 0 without connection, -1 for the opposite.

    Equal values share the mean of their ranks.

    Args:
        first: two or more values, not all equal.
        second: likewise.

    Example:
        >>> spearman(torch.tensor([1., 2., 3.]), torch.tensor([10., 100., 1000.]))
        1.0
    """
    return round(pearson(_ranks(first), _ranks(second)), 12)


def _ranks(values: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """Ranks from 0; ties share their mean rank."""
    smaller = (values[:, None] > values[None, :]).double().sum(1)
    equal = (values[:, None] == values[None, :]).double().sum(1)
    return smaller + (equal - 1) / 2
