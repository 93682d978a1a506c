"""Keypoints of two pictures as numbers: what heatmaps and deformed sources show of them only in traces."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.types import Keypoints

_HIDDEN = 128
_SCALE = 5.0  # positions, jacobians and their changes are spread by some 0.2


class KeypointEmbedding(nn.Module):
    """A small network on positions, jacobians and their changes from source to driving; it begins by saying nothing.

    Args:
        num_keypoints: K.
        outputs: how many numbers come out.
    """

    def __init__(self, num_keypoints: int, outputs: int) -> None:
        super().__init__()
        sizes = (12 * num_keypoints, _HIDDEN, _HIDDEN, outputs)
        first, between, last = (nn.Linear(a, b) for a, b in pairwise(sizes))
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(first, nn.ReLU(), between, nn.ReLU(), last)

    def forward(self, kp_source: Keypoints, kp_driving: Keypoints) -> Float[Tensor, "b c"]:
        """Embed each pair.

        Args:
            kp_source: keypoints of the source.
            kp_driving: keypoints to move to.
        """
        turns = kp_source.jacobians - torch.eye(2).to(kp_source.jacobians)
        numbers = (
            kp_driving.positions - kp_source.positions,
            kp_driving.jacobians - kp_source.jacobians,
            kp_source.positions,
            turns,
        )
        embedded: Tensor = self.layers(_SCALE * torch.cat([each.flatten(1) for each in numbers], dim=1))
        return embedded
