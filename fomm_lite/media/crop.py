"""Where a clip moves, and a square cut out of it there: raw footage becomes a clip to train on or to drive with.

No face detector is needed: what moves in front of a still camera is what matters. One box serves the whole clip, so
that no motion is added that was not there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError

_LOOKED_AT = 128  # pixels of the longer side while motion is searched for
_LEAST_CHANGE = 0.04  # of a colour in [0, 1], that counts as motion whatever the noise
_NOISES = 6.0  # or this many times the noise of the picture, which is the larger
_TAIL = 0.005  # of the motion that may lie outside the box at each of its sides
_NEAR = 13  # pixels of a window, of those that are looked at
_LINE = (0.85, 0.1, 0.1)
_LEAST_MOTION = 1e-4  # of all pixels of all frames, for a clip to move at all


@dataclass(frozen=True)
class CropBox:
    """A rectangle of pixels; it may reach out of the picture.

    Attributes:
        x: first column.
        y: first row.
        width: columns.
        height: rows.
    """

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        """As the command line takes it."""
        return f"{self.x},{self.y},{self.width},{self.height}"

    @staticmethod
    def parse(text: str) -> "CropBox":
        """Read ``x,y,w,h``.

        Raises:
            InputError: anything else, or an empty box.

        Example:
            >>> CropBox.parse("10,20,64,48")
            CropBox(x=10, y=20, width=64, height=48)
        """
        if not re.fullmatch(r"\s*-?\d+\s*(,\s*-?\d+\s*){3}", text):
            raise InputError(f"got the box {text!r}", "x,y,w,h in whole pixels", "write for example 420,80,500,500")
        box = CropBox(*map(int, text.split(",")))
        if box.width < 1 or box.height < 1:
            raise InputError(f"got the box {text!r}, which is empty", "a width and height of 1 or more", "enlarge it")
        return box


def moving_box(frames: Iterable[Float[Tensor, "3 h w"]], increase: float = 0.1) -> CropBox:
    """The square around what moves in a clip.

    Pixels move where they change from frame to frame by more than the noise does, and weigh by how much moves around
    them, so that a flicker far off counts for little. The box holds all of that weight but the outermost half hundredth
    at each side; it is then widened and made square.

    Args:
        frames: of one size, in [0, 1], streamed; two or more.
        increase: margin at each side, as a share of the moving part's width and height.

    Returns:
        A square, moved into the picture where it fits.

    Raises:
        InputError: fewer than two frames, nothing that moves, or a negative margin.
    """
    if increase < 0:
        raise InputError(f"got a margin of {increase}", "0 or more", "use for example 0.1")
    before: Tensor | None = None
    count, height, width = 0, 0, 0
    motion = torch.zeros(0, 0)
    for frame in frames:
        count += 1
        height, width = frame.shape[1:]
        small = _small(frame)
        if before is None:
            motion = torch.zeros(small.shape[1:], dtype=torch.float64)
        else:
            motion += _moving(small, before)
        before = small
    if count < 2:
        raise InputError(f"got a clip of {count} frames, which shows no motion", "two or more", "give a box yourself")
    if motion.sum() < _LEAST_MOTION * motion.numel() * (count - 1):
        raise InputError("got a clip in which nothing moves", "something that does", "give a box yourself")
    motion = motion * _around(motion)
    (left, right), (top, bottom) = _extent(motion.sum(0), width), _extent(motion.sum(1), height)
    across, down = increase * (right - left), increase * (bottom - top)
    # no margin where there is no picture
    left, right = max(0, round(left - across)), min(width, round(right + across))
    top, bottom = max(0, round(top - down)), min(height, round(bottom + down))
    return moved_inside(square(CropBox(left, top, right - left, bottom - top)), width, height)


def square(box: CropBox) -> CropBox:
    """The smallest square with the same centre that holds a box.

    Example:
        >>> square(CropBox(0, 10, 40, 20))
        CropBox(x=0, y=0, width=40, height=40)
    """
    side = max(box.width, box.height)
    return CropBox(box.x - (side - box.width) // 2, box.y - (side - box.height) // 2, side, side)


def moved_inside(box: CropBox, width: int, height: int) -> CropBox:
    """A box moved into a picture as far as it fits; along a side that it is too long for it is centred.

    Example:
        >>> moved_inside(CropBox(-5, 70, 40, 40), width=100, height=100)
        CropBox(x=0, y=60, width=40, height=40)
    """

    def place(start: int, length: int, room: int) -> int:
        return min(max(start, 0), room - length) if length <= room else (room - length) // 2

    return CropBox(place(box.x, box.width, width), place(box.y, box.height, height), box.width, box.height)


def cut(frame: Float[Tensor, "3 h w"], box: CropBox, size: int | None = None) -> Float[Tensor, "3 h2 w2"]:
    """What a box shows; outside the picture its border is repeated.

    Args:
        frame: in [0, 1].
        box: at least partly in the picture.
        size: side to resize to, with antialiasing; None keeps the pixels as they are.

    Raises:
        InputError: a box wholly outside the picture.
    """
    height, width = frame.shape[1:]
    if box.x >= width or box.y >= height or box.x + box.width <= 0 or box.y + box.height <= 0:
        raise InputError(f"got the box {box} outside a picture of {width}x{height}", "one that meets it", "move it")
    columns = torch.arange(box.x, box.x + box.width).clamp(0, width - 1)
    rows = torch.arange(box.y, box.y + box.height).clamp(0, height - 1)
    shown = frame[:, rows[:, None], columns]
    if size is None or shown.shape[1:] == (size, size):
        return shown
    resized = F.interpolate(shown[None], (size, size), mode="bicubic", antialias=True, align_corners=False)
    return resized[0].clamp(0, 1)


def outlined(frame: Float[Tensor, "3 h w"], box: CropBox) -> Float[Tensor, "3 h w"]:
    """A frame with a box drawn on it: what the box leaves out is pale, and a line runs along its inner border.

    Args:
        frame: in [0, 1].
        box: at least partly in the picture.
    """
    height, width = frame.shape[1:]
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    line = max(1, round(min(height, width) / 150))
    shown = 0.35 * frame + 0.65
    shown[:, top:bottom, left:right] = torch.tensor(_LINE)[:, None, None]
    inside = (slice(None), slice(top + line, bottom - line), slice(left + line, right - line))
    shown[inside] = frame[inside]
    return shown


def _small(frame: Float[Tensor, "3 h w"]) -> Float[Tensor, "3 h2 w2"]:
    """The frame shrunk to what is looked at; fine noise is gone from it."""
    scale = min(1.0, _LOOKED_AT / max(frame.shape[1:]))
    size = [max(1, round(side * scale)) for side in frame.shape[1:]]
    if scale == 1:
        return frame
    return F.interpolate(frame[None], size, mode="bilinear", antialias=True, align_corners=False)[0]


def _moving(frame: Float[Tensor, "3 h w"], before: Float[Tensor, "3 h w"]) -> Float[Tensor, "h w"]:
    """1 where the picture moves, 0 elsewhere; single pixels without moving neighbours are noise."""
    change = (frame - before).abs().amax(0)
    least = max(_LEAST_CHANGE, _NOISES * float(change.median()))
    active = (change > least).double()
    around = F.avg_pool2d(active[None], 3, stride=1, padding=1, count_include_pad=False)[0]
    return active * (around > 0.25)


def _around(motion: Float[Tensor, "h w"]) -> Float[Tensor, "h w"]:
    """How much moves near each pixel."""
    return F.avg_pool2d(motion[None], _NEAR, stride=1, padding=_NEAR // 2)[0]


def _extent(motion: Float[Tensor, " n"], length: int) -> tuple[float, float]:
    """From where to where along one side most of the motion lies, in pixels of the clip."""
    share = motion.cumsum(0) / motion.sum()
    first = int((share > _TAIL).nonzero()[0])
    last = int((share >= 1 - _TAIL).nonzero()[0])
    pixel = length / len(motion)
    return first * pixel, (last + 1) * pixel
