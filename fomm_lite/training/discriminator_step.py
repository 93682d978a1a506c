"""Adversarial training: the discriminator's turn, after each step of the model.

A step of the model asks the discriminator for its opinion (:class:`.objective.Objective`) and leaves it as it
is; a step of the discriminator shows it the same pair and leaves the model as it is. Each has an optimiser of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.networks.discriminator import Discriminator
from fomm_lite.training import losses


class DiscriminatorObjective(nn.Module):
    """What a discriminator minimises, as a module: what is wrapped to train in several processes.

    Args:
        discriminator: what is trained.
        weight: of its loss.
    """

    def __init__(self, discriminator: Discriminator, weight: float) -> None:
        super().__init__()
        self.discriminator, self.weight = discriminator, weight

    def forward(
        self,
        driving: Float[Tensor, "b c h w"],
        prediction: Float[Tensor, "b c h w"],
        positions: Float[Tensor, "b k 2"],
    ) -> Float[Tensor, ""]:
        """The loss, weighted: nothing reaches the model that made the prediction.

        Args:
            driving: real frames.
            prediction: what the model made of them.
            positions: keypoints of the driving frames.
        """
        batch = len(driving)
        # one pass for both: pictures do not see each other in it, as norms are those of one picture
        pictures = torch.cat([driving, prediction.detach()])
        scores = self.discriminator(pictures, positions.detach().repeat(2, 1, 1))
        maps = [each.prediction_map.float() for each in scores]
        real, made = [each[:batch] for each in maps], [each[batch:] for each in maps]
        return self.weight * losses.lsgan_discriminator(real, made)


@contextmanager
def asking_for_no_gradient(network: nn.Module | None) -> Iterator[None]:
    """Gradients pass through the network to its input and none is gathered for its parameters."""
    if network is None:
        yield
        return
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)
