"""A linear map with a constant, fitted by least squares; and the power with which one thing grows with another."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor


def fit_line(
    inputs: Float[Tensor, "m i"], outputs: Float[Tensor, "m o"], weights: Float[Tensor, " m"] | None = None
) -> Float[Tensor, "i1 o"]:
    """The linear map with a constant that fits best in the sense of least squares; its last row is the constant.

    Args:
        inputs: a row each.
        outputs: likewise.
        weights: how much the square of each counts; all alike by default.
    """
    rows = _with_one(inputs)
    if weights is not None:
        root = weights.sqrt()[:, None]
        rows, outputs = rows * root, outputs * root
    return torch.linalg.lstsq(rows, outputs).solution


def apply_line(line: Float[Tensor, "i1 o"], inputs: Float[Tensor, "m i"]) -> Float[Tensor, "m o"]:
    """What the map of :func:`fit_line` says."""
    return _with_one(inputs) @ line


def log_log_slope(
    distances: Float[Tensor, " n"] | Sequence[float], errors: Float[Tensor, " n"] | Sequence[float]
) -> float:
    """The power with which an error grows: slope of the least-squares line through the logarithms.

    Args:
        distances: above 0, at least two of them.
        errors: above 0.

    Example:
        >>> round(log_log_slope([0.1, 0.2, 0.4], [0.03, 0.12, 0.48]), 6)
        2.0
    """
    x = torch.as_tensor(distances, dtype=torch.float64).log()
    y = torch.as_tensor(errors, dtype=torch.float64).log()
    x = x - x.mean()
    return float((x @ (y - y.mean())) / (x @ x))


def _with_one(inputs: Float[Tensor, "m i"]) -> Float[Tensor, "m i1"]:
    return torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
