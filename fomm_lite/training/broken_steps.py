"""Steps whose loss or gradient is no finite number: left out and said; the second in a row ends a run."""

import sys
from collections.abc import Sequence
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from tqdm.auto import tqdm

from fomm_lite.errors import InputError
from fomm_lite.training.processes import greatest
from fomm_lite.training.progress import State


class BrokenSteps:
    """Looks at losses and gradients before they reach the weights.

    Args:
        accelerator: of the run; its processes agree.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self.accelerator = accelerator
        self.before, self.reason = False, ""  # whether the last step was left out, and what was wrong with it

    def loss(self, loss: Tensor) -> bool:
        """Whether the loss is broken, in any process."""
        broken = not bool(torch.isfinite(loss))
        if not greatest(self.accelerator, broken)[0]:
            return False
        self.reason = f"a loss of {float(loss.detach()) if broken else 'nan in another process'}"
        return True

    def gradient(self, optimiser: Any) -> bool:
        """Whether what an optimiser is about to follow is broken: alike in all processes, which have shared it."""
        weights = [weight for group in optimiser.param_groups for weight in group["params"]]
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        # The scaler of half precision looks for itself, and tries a smaller scale. Squares are added up twelve times as
        # fast as the greatest entry is found; entries above 1e19, whose squares are infinite, lead nowhere either.
        if self.accelerator.scaler is not None or nn.utils.get_total_norm(gradients).isfinite():
            return False
        self.reason = "a gradient that is NaN or infinite"
        return True

    def settle(self, done: bool, model: nn.Module, buffers: Sequence[Tensor], state: State) -> None:
        """End a step; one that is not done leaves no trace in the model.

        Args:
            done: whether the weights were changed.
            model: what is trained.
            buffers: its running statistics from before the step.
            state: of the run.

        Raises:
            InputError: the step before was left out, too. Nothing is written: the last checkpoint stays good.
        """
        if not done:
            if self.before:
                raise InputError(
                    f"got {self.reason} at step {state.step}, the second in a row",
                    "a finite number",
                    "begin another run with --start and a lower --learning-rate",
                )
            for buffer, kept in zip(model.buffers(), buffers, strict=True):
                buffer.copy_(kept)
            state.left_out += 1
            if self.accelerator.is_main_process:
                tqdm.write(f"left out step {state.step}: {self.reason}", file=sys.stderr)
        self.before = not done
