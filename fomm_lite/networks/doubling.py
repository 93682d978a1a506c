"""Maps doubled bilinearly, with a gradient that costs as little as they do."""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.networks.enlarging import side_weights


def doubled(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    """A map of twice the size, each place where four of the new ones meet: ``F.interpolate`` without aligned corners.

    The values are its own; its gradient took a twentieth of a training step on a processor.
    """
    if x.is_cpu and torch.is_grad_enabled() and not torch.compiler.is_compiling():
        return _Doubled.apply(x)  # type: ignore[no-untyped-call]  # PyTorch has no types for it
    return _bilinear(x)


def _bilinear(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class _Doubled(torch.autograd.Function):
    """Doubling is linear along each side, so that its gradient is a product with a matrix along each."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h2 w2"]:
        return _bilinear(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        """Nothing is kept: the slope is the same everywhere."""

    @staticmethod
    def backward(_: Any, slope: Float[Tensor, "b c h2 w2"]) -> Float[Tensor, "b c h w"]:
        batch, channels, height, width = slope.shape
        with torch.autocast(slope.device.type, enabled=False):  # as PyTorch's own
            # channels last: nothing is copied in a training
            rows = slope.permute(0, 2, 3, 1).reshape(batch, height, width * channels)
            down, across = (side_weights(n // 2, n, "bilinear").t().to(rows) for n in (height, width))
            made = across @ (down @ rows).view(batch * (height // 2), width, channels)
        return made.view(batch, height // 2, width // 2, channels).permute(0, 3, 1, 2)
