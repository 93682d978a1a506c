"""Ingredients of a trained model switched at test time: what moves when one is taken away and nothing is learnt.

A switch at test time asks another question than an ablation, which trains anew: not "can it be done without?" but "does
this model use it?".
"""

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.geometry import gaussian_heatmaps
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.dense_motion import DenseMotionNetwork


def switched(
    model: FirstOrderModel,
    *,
    temperature: float | None = None,
    keypoints: Sequence[int] | None = None,
    jacobians: bool = True,
    source_heatmaps: bool = True,
    hard_masks: bool = False,
) -> FirstOrderModel:
    """A copy of a trained model with some of its ingredients switched; without any it predicts the same.

    Args:
        model: left as it is.
        temperature: of the detector's softmax; the model's own by default.
        keypoints: the only ones, counted from 0, whose masks may explain a pixel beside the background; all by default.
        jacobians: False makes every jacobian the identity.
        source_heatmaps: False shows the motion network the driving Gaussians G_D alone, not G_D - G_S (Eq. 6).
            ``DenseMotion.heatmaps`` still says the difference.
        hard_masks: True gives each pixel to its likeliest mask alone.

    Raises:
        InputError: a temperature of 0 or less, or a keypoint that the model does not have.
    """
    if temperature is not None and temperature <= 0:
        raise InputError(f"got a temperature of {temperature}", "a number above 0", "small ones are sharp: try 0.01")
    count = model.config.num_keypoints
    strange = [index for index in keypoints or () if not 0 <= index < count]
    if strange:
        raise InputError(f"got the keypoints {strange}", f"numbers from 0 to {count - 1}", "count from 0")
    other = copy.deepcopy(model)
    if temperature is not None:
        other.config = dataclasses.replace(other.config, temperature=temperature)
        other.detector.config = other.config
    if not jacobians:
        other.detector.jacobian_head = None  # the detector then answers with identities
    if not source_heatmaps:
        _put_source_heatmaps_back(other.dense_motion)
    head = other.dense_motion.mask_head
    if keypoints is not None:
        kept = torch.zeros(count + 1, dtype=torch.bool)
        kept[[0, *(index + 1 for index in keypoints)]] = True
        head.register_forward_hook(lambda _, __, logits: logits.masked_fill(~kept[:, None, None], -torch.inf))
    if hard_masks:
        head.register_forward_hook(lambda _, __, logits: _winner(logits))
    return other


def _winner(logits: Float[Tensor, "b n h w"]) -> Float[Tensor, "b n h w"]:
    """Logits whose softmax is 1 for the largest and 0 for all others."""
    first = logits.argmax(dim=1, keepdim=True)
    return torch.full_like(logits, -torch.inf).scatter(1, first, 0.0)


def _put_source_heatmaps_back(network: DenseMotionNetwork) -> None:
    """Add G_S to the heatmaps that the motion network is about to see, so that G_D is left."""
    positions: list[Tensor] = []

    def remember(_: nn.Module, arguments: tuple[Any, ...]) -> None:
        positions[:] = [arguments[1].positions]

    def put_back(_: nn.Module, arguments: tuple[Tensor]) -> tuple[Tensor]:
        (evidence,) = arguments
        guesses = evidence.unflatten(1, (-1, 1 + network.config.num_channels)).clone()
        height, width = evidence.shape[2:]
        # map 0 is the background's, which is empty
        guesses[:, 1:, 0] += gaussian_heatmaps(positions[0], height, width, network.config.heatmap_variance)
        return (guesses.flatten(1, 2),)

    network.register_forward_pre_hook(remember)
    network.hourglass.register_forward_pre_hook(put_back)
