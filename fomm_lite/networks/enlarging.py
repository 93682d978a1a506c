"""Pictures larger than those a generator learnt to paint: painted small, with the detail of what is kept brought back.

A generator that was trained at 128 pixels knows eyes of ten pixels. At 256 its kernels see half of an eye, and what it
paints there, above all what it leaves of an eye that shuts, gets worse. So it paints at its own size, whatever the
picture's; the source is deformed at full size, which costs little, and gives back what was lost by shrinking.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.config import ModelConfig
from fomm_lite.types import Reconstruction

_TRUSTED = 0.5  # where at least this share is kept, all of its detail is


def painting_size(config: ModelConfig, size: int) -> int:
    """The side at which a picture of ``size`` pixels is painted: halved until ``painting_size`` is not exceeded.

    It is halved no further than the generator can halve what is left.
    """
    most, step = config.generator.painting_size, 2**config.generator.num_down_blocks
    while most is not None and size > most and size % (2 * step) == 0:
        size //= 2
    return size


def shrunk(source: Float[Tensor, "b c h w"], config: ModelConfig) -> Float[Tensor, "b c h2 w2"]:
    """The source as it is painted from: means of blocks of pixels, or itself."""
    factor = source.shape[-1] // painting_size(config, source.shape[-1])
    return source if factor == 1 else F.avg_pool2d(source, factor)


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # kept, see antialias_kernel
def side_weights(before: int, after: int, mode: str) -> Float[Tensor, "{after} {before}"]:
    """How much each of ``after`` pixels takes from each of ``before``, along one side: interpolation is linear."""
    rows = torch.eye(before, device="cpu")[None, None]
    return F.interpolate(rows, size=(before, after), mode=mode, align_corners=False)[0, 0].t().contiguous()


def _large(maps: Float[Tensor, "b c h2 w2"], size: int, mode: str) -> Float[Tensor, "b c {size} {size}"]:
    """Maps enlarged: as two products of matrices four times as fast as ``F.interpolate``."""
    weights = side_weights(maps.shape[-1], size, mode).to(maps)
    return weights @ maps @ weights.t()


def enlarged(
    small: Reconstruction, keep: Float[Tensor, "b 1 h2 w2"], deformed: Float[Tensor, "b c h w"]
) -> Reconstruction:
    """A small prediction at full size, with the detail of the deformed source where that is kept.

    Detail is what the deformed source has beyond its small self. It comes back in full where at least half of a pixel
    was kept, and fades to nothing where all is painted.

    Args:
        small: what was painted at the generator's size.
        keep: the share of the deformed source in its prediction.
        deformed: the source deformed at full size.
    """
    size = deformed.shape[-1]
    trust = _large((keep / _TRUSTED).clamp(max=1), size, "bilinear")
    detail = deformed - _large(small.deformed, size, "bicubic")
    prediction = torch.addcmul(_large(small.prediction, size, "bicubic"), trust, detail).clamp(0, 1)
    return Reconstruction(prediction, deformed, _large(small.painted, size, "bicubic").clamp(0, 1), small.motion)
