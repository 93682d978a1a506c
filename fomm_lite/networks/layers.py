"""Blocks that the networks are made of, and the anti-aliased shrinking in front of them."""

from collections.abc import Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.config import HourglassConfig
from fomm_lite.networks.doubling import doubled


def exact(like: Tensor) -> torch.autocast:
    """Switch mixed precision off: coordinates need all their digits (bfloat16 has three, a keypoint moves by less)."""
    return torch.autocast(like.device.type, enabled=False)


def at_least_single(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Single precision for what came out of a layer in half precision; anything wider stays as it is."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def laid_out_for(conv: nn.Conv2d, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """The same maps in the memory layout of a layer's weights: once here, not in every layer that reads them."""
    last, weight = torch.channels_last, conv.weight
    return x.contiguous(memory_format=last) if weight.is_contiguous(memory_format=last) else x


class ConvBlock(nn.Module):
    """Convolution, batch norm, relu, at one resolution."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, *, norm: bool = True) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(outputs) if norm else nn.Identity()

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        return F.relu(self.norm(self.conv(x)))


class DownBlock(ConvBlock):
    """A block that halves: by averaging after it (original), or by its own stride (light, a quarter of the work)."""

    def __init__(self, inputs: int, outputs: int, *, light: bool, norm: bool = True) -> None:
        super().__init__(inputs, outputs, stride=2 if light else 1, norm=norm)
        self.light = light

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        x = super().forward(x)
        return x if self.light else F.avg_pool2d(x, 2)


class UpBlock(ConvBlock):
    """A block that doubles: nearest before it (original), or bilinearly after it (light, a quarter of the work)."""

    def __init__(self, inputs: int, outputs: int, *, light: bool, norm: bool = True) -> None:
        super().__init__(inputs, outputs, norm=norm)
        self.light = light

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        if self.light:
            return doubled(super().forward(x))
        return super().forward(F.interpolate(x, scale_factor=2))


class ResBlock(nn.Module):
    """Two pre-activated 3 x 3 convolutions added to their input."""

    def __init__(self, channels: int, *, norm: bool = True) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(channels) if norm else nn.Identity()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Apply the block."""
        y = self.conv1(F.relu(self.norm1(x)))
        return x + self.conv2(F.relu(self.norm2(y)))


class Hourglass(nn.Module):
    """A U-Net: halve ``num_blocks`` times, come back up, with a skip connection at each level.

    The output has the input's size and ``outputs`` channels: the last level's features beside the input itself.
    """

    def __init__(self, inputs: int, config: HourglassConfig) -> None:
        super().__init__()
        widths = [inputs] + [
            min(config.max_features, config.block_expansion * 2**level) for level in range(1, config.num_blocks + 1)
        ]
        self.down_blocks = nn.ModuleList(
            DownBlock(a, b, light=config.light_blocks) for a, b in zip(widths, widths[1:], strict=False)
        )
        up_blocks = []
        for level in reversed(range(config.num_blocks)):
            deepest = level == config.num_blocks - 1
            inner = widths[level + 1] * (1 if deepest else 2)  # below the deepest level there is no skip to join
            outer = min(config.max_features, config.block_expansion * 2**level)
            up_blocks.append(UpBlock(inner, outer, light=config.light_blocks))
        self.up_blocks = nn.ModuleList(up_blocks)
        self.outputs = config.block_expansion + inputs

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h w"]:
        """Features at the input's size."""
        maps = [x]
        for block in self.down_blocks:
            maps.append(block(maps[-1]))
        return self.up(maps.pop(), maps)

    def up(self, x: Float[Tensor, "b c h w"], skips: Sequence[Tensor]) -> Float[Tensor, "b c2 h2 w2"]:
        """From the narrowest map to the input's size; each of the larger maps, from the input on, joins its equal."""
        for block, skip in zip(self.up_blocks, reversed(skips), strict=True):
            x = torch.cat([block(x), skip], dim=1)
        return x


OFFICIAL_STEP = 4  # no official configuration shrinks more than this


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # it is kept, and must serve in trainings too
def antialias_kernel(scale: float) -> Float[Tensor, "n n"]:
    """The Gaussian that removes what shrinking by ``scale`` would alias; sums to 1.

    Sigma is (1/scale - 1) / 2 pixels and the kernel spans four sigmas to either side, as in the official code.
    """
    sigma = (1 / scale - 1) / 2
    reach = round(sigma * 4)
    offsets = torch.arange(-reach, reach + 1, dtype=torch.float32, device="cpu")
    row = torch.exp(-(offsets**2) / (2 * sigma**2))
    kernel = row[:, None] * row[None, :]
    return kernel / kernel.sum()


def antialias_downsample(image: Float[Tensor, "b c h w"], scale: float) -> Float[Tensor, "b c h2 w2"]:
    """Blur, and keep every (1/scale)-th pixel, starting with the first.

    A whole step, not interpolation by a factor, keeps the sample positions exact: interpolation by a factor once made
    official trainings diverge between PyTorch versions.

    Args:
        image: pictures.
        scale: the inverse of an integer; 1 returns the image.
    """
    if scale == 1:
        return image
    kernel, step, channels = antialias_kernel(scale).to(image), round(1 / scale), image.shape[1]
    kernel, reach = kernel.expand(channels, 1, -1, -1), len(kernel) // 2
    if step <= OFFICIAL_STEP:
        # in the official order, down to the rounding: detectors amplify a last digit about a hundred times
        return F.conv2d(image, kernel, padding=reach, groups=channels)[:, :, ::step, ::step]
    # larger kernels: kept pixels only, and channels last, which is a hundred times faster on CPUs
    image = image.contiguous(memory_format=torch.channels_last)
    return F.conv2d(image, kernel, stride=step, padding=reach, groups=channels)
