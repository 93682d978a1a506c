"""A linear map with a constant, fitted by least squares."""

import torch
from jaxtyping import Float
from torch import Tensor


def fit_line(inputs: Float[Tensor, "m i"], outputs: Float[Tensor, "m o"]) -> Float[Tensor, "i1 o"]:
    """The linear map with a constant that fits best in the sense of least squares; its last row is the constant."""
    return torch.linalg.lstsq(_with_one(inputs), outputs).solution


def apply_line(line: Float[Tensor, "i1 o"], inputs: Float[Tensor, "m i"]) -> Float[Tensor, "m o"]:
    """What the map of :func:`fit_line` says."""
    return _with_one(inputs) @ line


def _with_one(inputs: Float[Tensor, "m i"]) -> Float[Tensor, "m i1"]:
    return torch.cat([inputs, inputs.new_ones(len(inputs), 1)], dim=1)
