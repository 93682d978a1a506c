"""What happens to clips on their way through the world: encoded again, made smaller and larger again, sharpened."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.forensics.cues import noise_residual
from fomm_lite.media.clock import Clock
from fomm_lite.media.decode import video_frames
from fomm_lite.media.write import write_video

FPS = 25.0


def recompress(frames: Float[Tensor, "t 3 h w"], crf: int) -> Float[Tensor, "t 3 h w"]:
    """The clip after a trip through an H.264 file with colour at half resolution, as cameras and platforms write them.

    Args:
        frames: in [0, 1], with sides of even length.
        crf: 0 (finest) to 51; cameras are near 18, platforms between 23 and 32.

    Raises:
        InputError: an odd side, which H.264 would make even, or a quality out of range.
    """
    if frames.shape[-1] % 2 or frames.shape[-2] % 2:
        raise InputError(f"got {frames.shape[-1]}x{frames.shape[-2]} pixels", "sides of even length", "cut a row off")
    with tempfile.TemporaryDirectory() as folder:
        path = write_video(Path(folder) / "clip.mp4", frames, FPS, crf=crf)
        clock = Clock(Fraction(int(FPS)), len(frames))  # of a file that we wrote, nothing need be asked
        return torch.stack(list(video_frames(path, clock)))


def recompress_all(
    clips: Sequence[Float[Tensor, "_ 3 h w"]], crf: int, *, threads: int = 2
) -> list[Float[Tensor, "_ 3 h w"]]:
    """Each clip through a file of its own, as :func:`recompress`; some at a time, for the codecs do the work."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda clip: recompress(clip, crf), clips))


def rescale(frames: Float[Tensor, "t 3 h w"], share: float) -> Float[Tensor, "t 3 h w"]:
    """The clip made smaller and brought back to its size, bilinearly: as a thumbnail that is blown up.

    Args:
        frames: in [0, 1].
        share: of each side's length, above 0 and at most 1.

    Raises:
        InputError: a share outside.
    """
    if not 0 < share <= 1:
        raise InputError(f"got share {share}", "above 0 and at most 1", "pass for example share=0.75")
    height, width = frames.shape[-2:]
    small = (max(1, round(height * share)), max(1, round(width * share)))
    smaller = F.interpolate(frames, small, mode="bilinear", antialias=True, align_corners=False)
    return F.interpolate(smaller, (height, width), mode="bilinear", align_corners=False).clamp(0, 1)


def sharpen(frames: Float[Tensor, "t 3 h w"], amount: float) -> Float[Tensor, "t 3 h w"]:
    """The clip with ``amount`` times its own noise residual added: what a forger does who reads about cues.

    Example:
        >>> flat = torch.full((1, 3, 8, 8), 0.5)
        >>> torch.equal(sharpen(flat, 2.0), flat)
        True
    """
    return (frames + amount * noise_residual(frames)).clamp(0, 1)
