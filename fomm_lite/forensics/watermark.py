"""A spread-spectrum watermark: a faint pattern known only to the holder of a key, added to many frequencies at once.

Each coefficient is changed far less than the picture varies there, so nobody sees it; but over a thousand coefficients
the changes add up and what the picture does averages out (Cox, Kilian, Leighton and Shamoon 1997). The frequencies are
those of the 8 x 8 block cosine transform, in the middle: lower ones are seen, higher ones are thrown away by codecs.
"""

import hashlib
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.forensics.cues import grey

BLOCK = 8
MIDDLE = tuple((v, u) for v in range(BLOCK) for u in range(BLOCK) if 2 <= u + v <= 5)
"""Rows and columns of the coefficients that carry the mark."""
_ROWS, _COLUMNS = [v for v, _ in MIDDLE], [u for _, u in MIDDLE]


@dataclass(frozen=True)
class Detection:
    """What was found under a key.

    Attributes:
        score: correlation of picture and pattern in standard deviations of what an unmarked picture, or another key,
            gives: a standard normal number there.
        threshold: from which score on the mark counts as found.
    """

    score: float
    threshold: float

    @property
    def found(self) -> bool:
        """Whether the mark counts as found."""
        return self.score >= self.threshold


def cosine_basis(size: int = BLOCK) -> Float[Tensor, "{size} {size}"]:
    """The orthonormal cosine transform (DCT-II): row u holds the wave of u half periods.

    Example:
        >>> basis = cosine_basis()
        >>> torch.allclose(basis @ basis.T, torch.eye(8), atol=1e-6)
        True
    """
    place, wave = torch.arange(size) + 0.5, torch.arange(size)[:, None]
    basis = torch.cos(math.pi * wave * place / size) * math.sqrt(2 / size)
    basis[0] /= math.sqrt(2)
    return basis


def block_coefficients(images: Float[Tensor, "t h w"]) -> Float[Tensor, "t n 8 8"]:
    """Cosine coefficients of all whole 8 x 8 blocks, row by row; the rest at the right and below is skipped."""
    rows, columns = images.shape[-2] // BLOCK, images.shape[-1] // BLOCK
    cut = images[:, : rows * BLOCK, : columns * BLOCK].unflatten(1, (rows, BLOCK)).unflatten(3, (columns, BLOCK))
    blocks = cut.transpose(2, 3).flatten(1, 2)
    basis = cosine_basis().to(images)
    return basis @ blocks @ basis.T


def key_pattern(key: str, blocks: int) -> Float[Tensor, "{blocks} m"]:
    """Signs +1 and -1 for each marked coefficient of each block, from a key, the same on every machine."""
    count = blocks * len(MIDDLE)
    stream = hashlib.shake_256(key.encode()).digest(-(-count // 8))
    bits = [byte >> place & 1 for byte in stream for place in range(8)][:count]
    return torch.tensor(bits).view(blocks, len(MIDDLE)).float() * 2 - 1


def embed_watermark(frames: Float[Tensor, "t 3 h w"], key: str, *, strength: float = 0.016) -> Float[Tensor, "t 3 h w"]:
    """The clip with the key's pattern added to the brightness of every frame.

    Args:
        frames: in [0, 1], at least 8 x 8.
        key: a secret text; whoever knows it can find the mark, and remove it.
        strength: what is added to or taken from each coefficient; with 18 of 64 changed, the picture changes by
            0.53 times it (root mean square): 41.4 dB at 0.016.

    Raises:
        InputError: frames smaller than a block, or an empty key.
    """
    rows, columns = _layout(frames, key)
    coefficients = torch.zeros(rows * columns, BLOCK, BLOCK)
    coefficients[:, _ROWS, _COLUMNS] = strength * key_pattern(key, rows * columns)
    basis = cosine_basis()
    blocks = (basis.T @ coefficients @ basis).view(rows, columns, BLOCK, BLOCK)
    pattern = blocks.transpose(1, 2).reshape(rows * BLOCK, columns * BLOCK).to(frames)
    marked = frames.clone()
    marked[..., : rows * BLOCK, : columns * BLOCK] += pattern
    return marked.clamp(0, 1)


def carrying_coefficients(frames: Float[Tensor, "t 3 h w"]) -> Float[Tensor, "n k"]:
    """The coefficients of the mean frame's n blocks in which a mark would lie, in the order of :data:`MIDDLE`."""
    return block_coefficients(grey(frames.mean(0))[None])[0][:, _ROWS, _COLUMNS]


def detect_watermark(frames: Float[Tensor, "t 3 h w"], key: str, *, threshold: float = 4.0) -> Detection:
    """Look for a key's pattern: correlate it with the coefficients, and say how unlikely chance is.

    Frames are averaged first: the mark is the same in all of them, while what moves averages out. Large coefficients
    are clipped, so that a few strong edges do not drown the many small votes.

    Args:
        frames: in [0, 1], of the size at embedding: undo any resizing first.
        key: the secret text.
        threshold: from which score on it counts as found; 4 is passed by chance once in 30 000 times.

    Raises:
        InputError: frames smaller than a block, or an empty key.
    """
    rows, columns = _layout(frames, key)
    carried = carrying_coefficients(frames)
    limit = 3 * carried.abs().median().clamp(min=1e-4)
    votes = carried.clamp(-limit, limit) * key_pattern(key, rows * columns).to(carried)
    noise = votes.square().mean().sqrt().clamp(min=1e-12)
    return Detection(float(votes.mean() / noise * math.sqrt(votes.numel())), threshold)


def _layout(frames: Tensor, key: str) -> tuple[int, int]:
    rows, columns = frames.shape[-2] // BLOCK, frames.shape[-1] // BLOCK
    if rows == 0 or columns == 0:
        size = f"{frames.shape[-1]}x{frames.shape[-2]}"
        raise InputError(f"got frames of {size}", f"{BLOCK}x{BLOCK} pixels or more", "use larger frames")
    if not key:
        raise InputError("got an empty key", "a secret text", "choose one that nobody guesses")
    return rows, columns
