"""A running mean of a model's weights: at any time about as good as the model would be after a cool-down.

While the learning rate is high, weights swing about the place they are drawn to; their mean over the last few hundred
steps lies near it. A training that averages can be stopped, or looked at, whenever one likes.
"""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from fomm_lite.model import FirstOrderModel


class Average:
    """Exponential means of all weights and running statistics.

    Args:
        model: what is averaged.
        keep: share of the mean that one step leaves; 0.995 is a mean over about 200 steps. Early on it is less, so that
            the first weights are soon forgotten.
    """

    def __init__(self, model: FirstOrderModel, keep: float) -> None:
        self.keep, self.steps = keep, 0
        self.tensors = {name: tensor.clone() for name, tensor in _numbers(model).items()}

    def take(self, model: nn.Module) -> None:
        """Take in the weights after one more step."""
        keep = min(self.keep, (1 + self.steps) / (10 + self.steps))
        now = _numbers(model)
        for name, tensor in self.tensors.items():
            tensor.lerp_(now[name], 1 - keep)
        self.steps += 1

    def model_like(self, model: FirstOrderModel) -> FirstOrderModel:
        """A copy of the model with the mean weights."""
        averaged = deepcopy(model)  # a new model would draw its first weights, and with them the run's random numbers
        averaged.load_state_dict(model.state_dict() | self.tensors)
        return averaged

    def state_dict(self) -> dict[str, Any]:
        """For a checkpoint."""
        return {"steps": self.steps, "tensors": self.tensors}

    def load_state_dict(self, state_dict: dict[str, Any], /) -> None:
        """Go on from a checkpoint."""
        self.steps = int(state_dict["steps"])
        for name, tensor in self.tensors.items():
            tensor.copy_(state_dict["tensors"][name])


@torch.no_grad()
def _numbers(model: nn.Module) -> dict[str, Tensor]:
    """What can be averaged: not the step counters."""
    return {name: each.detach() for name, each in model.state_dict().items() if each.is_floating_point()}
