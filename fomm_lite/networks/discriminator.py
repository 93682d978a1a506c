"""Real or made? A judgement for every patch of a picture, at several scales, for adversarial training."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from fomm_lite.config import DiscriminatorConfig
from fomm_lite.errors import InputError
from fomm_lite.geometry import gaussian_heatmaps
from fomm_lite.networks.layers import antialias_downsample
from fomm_lite.networks.states import matching

KERNEL = 4
_PARAMETRIZED = {  # what spectral norm adds to a convolution -> its name in official checkpoints
    "parametrizations.weight.original": "weight_orig",
    "parametrizations.weight.0._u": "weight_u",
    "parametrizations.weight.0._v": "weight_v",
}


@dataclass(frozen=True)
class PatchScores:
    """What a discriminator makes of pictures at one scale.

    Attributes:
        feature_maps: one (b c h w) a block, finest first; feature matching compares them.
        prediction_map: (b 1 h w), near 1 where a patch looks real and near 0 where it looks made.
    """

    feature_maps: list[Float[Tensor, "b _ _ _"]]
    prediction_map: Float[Tensor, "b 1 h w"]


class PatchBlock(nn.Module):
    """A 4 x 4 convolution without padding, instance norm unless it is the first, leaky relu, halved unless last."""

    def __init__(self, inputs: int, outputs: int, *, spectral: bool, norm: bool, halve: bool) -> None:
        super().__init__()
        self.conv = _convolution(inputs, outputs, KERNEL, spectral=spectral)
        self.norm = nn.InstanceNorm2d(outputs, affine=True) if norm else nn.Identity()
        self.halve = halve

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        x = F.leaky_relu(self.norm(self.conv(x)), 0.2)
        return F.avg_pool2d(x, 2) if self.halve else x


def _convolution(inputs: int, outputs: int, kernel: int, *, spectral: bool) -> nn.Module:
    """A convolution, its weight divided by the largest singular value where asked for."""
    conv = nn.Conv2d(inputs, outputs, kernel)
    return spectral_norm(conv) if spectral else conv


class PatchDiscriminator(nn.Module):
    """The discriminator of one scale."""

    def __init__(self, config: DiscriminatorConfig, inputs: int) -> None:
        super().__init__()
        count, spectral = config.num_blocks, config.spectral_norm
        widths = [inputs] + [
            min(config.max_features, config.block_expansion * 2**level) for level in range(1, count + 1)
        ]
        self.down_blocks = nn.ModuleList(
            PatchBlock(a, b, spectral=spectral, norm=level > 0, halve=level < count - 1)
            for level, (a, b) in enumerate(zip(widths, widths[1:], strict=False))
        )
        self.conv = _convolution(widths[-1], 1, 1, spectral=spectral)

    def forward(self, x: Float[Tensor, "b c h w"]) -> PatchScores:
        """Judge pictures with whatever is stacked onto them."""
        feature_maps = []
        for block in self.down_blocks:
            x = block(x)
            feature_maps.append(x)
        return PatchScores(feature_maps, self.conv(x))


class Discriminator(nn.Module):
    """One patch discriminator a scale, each on the picture shrunk to it.

    Args:
        config: every architectural choice.
        num_channels: of a picture.
        num_keypoints: of the model that is trained against; matters with ``config.use_keypoints`` only.

    Example:
        >>> discriminator = Discriminator(DiscriminatorConfig(block_expansion=4, max_features=8))
        >>> [scores] = discriminator(torch.rand(1, 3, 64, 64))
        >>> scores.prediction_map.shape
        torch.Size([1, 1, 2, 2])
    """

    def __init__(self, config: DiscriminatorConfig, num_channels: int = 3, num_keypoints: int = 10) -> None:
        super().__init__()
        self.config = config
        inputs = num_channels + (num_keypoints if config.use_keypoints else 0)
        self.scales = nn.ModuleList(PatchDiscriminator(config, inputs) for _ in config.scales)

    def smallest_side(self, scale: float) -> int:
        """The smallest picture, before shrinking, that leaves something to normalise in the last block."""
        side = KERNEL if self.config.num_blocks == 1 else KERNEL + 1
        for _ in range(self.config.num_blocks - 1):
            side = 2 * side + KERNEL - 1
        return round((side - 1) / scale) + 1

    def forward(
        self, image: Float[Tensor, "b c h w"], positions: Float[Tensor, "b k 2"] | None = None
    ) -> list[PatchScores]:
        """Judge pictures.

        Args:
            image: in [0, 1].
            positions: of the driving keypoints, needed with ``config.use_keypoints``; detach them, or the keypoints
                learn to please the discriminator.

        Returns:
            The scores of each of ``config.scales``.

        Raises:
            InputError: no positions where they are needed, or a picture too small for a single patch.
        """
        if self.config.use_keypoints and positions is None:
            raise InputError("got no keypoints", "their positions", "pass those of the driving frame")
        scores = []
        for scale, network in zip(self.config.scales, self.scales, strict=True):
            least = self.smallest_side(scale)
            if min(image.shape[2:]) < least:
                raise InputError(
                    f"got a picture of {image.shape[3]} x {image.shape[2]} for the discriminator at scale {scale:g}",
                    f"at least {least} pixels a side",
                    "use larger pictures or a smaller num_blocks",
                )
            x = antialias_downsample(image, scale)
            if self.config.use_keypoints and positions is not None:
                heatmaps = gaussian_heatmaps(positions, x.shape[2], x.shape[3], self.config.heatmap_variance)
                x = torch.cat([x, heatmaps], dim=1)
            scores.append(network(x))
        return scores


def official_discriminator_state(discriminator: Discriminator) -> dict[str, Tensor]:
    """The state of a discriminator under official names, as in an official checkpoint."""
    return {_official_name(name, discriminator.config): t for name, t in discriminator.state_dict().items()}


def load_official_discriminator(discriminator: Discriminator, state: Mapping[str, Any]) -> Discriminator:
    """Fill a discriminator with an official state dict, in place.

    Args:
        discriminator: built from ``DiscriminatorConfig.from_official``.
        state: the ``discriminator`` of an official checkpoint; a ``module.`` prefix is accepted.

    Returns:
        The discriminator, in evaluation mode.

    Raises:
        InputError: a tensor is missing, surplus or misshapen; it is named as in the state dict.
    """
    given = {name.replace("discs.1-0.", "discs.1."): value for name, value in state.items()}  # a file that said 1.0
    found = matching(given, official_discriminator_state(discriminator), module="discriminator")
    ours = {name: found[_official_name(name, discriminator.config)] for name in discriminator.state_dict()}
    discriminator.load_state_dict(ours)
    return discriminator.eval()


def _official_name(name: str, config: DiscriminatorConfig) -> str:
    """Official name of one of our tensors: scales go by their number there, with a dash for the point."""
    _, index, rest = name.split(".", 2)
    for ours, theirs in _PARAMETRIZED.items():
        rest = rest.replace(ours, theirs)
    scale = f"{config.scales[int(index)]:g}".replace(".", "-")
    return f"discs.{scale}.{rest}"
