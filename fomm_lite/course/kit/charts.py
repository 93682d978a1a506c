"""Small charts for explorers, square as their pictures are: a line in two scales, painted in a millisecond."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit import palette
from fomm_lite.course.kit.palette import DASHES, TYPEFACE
from fomm_lite.course.kit.panels import BLUE, ORANGE, dashed
from fomm_lite.media.draw import PAPER
from fomm_lite.media.strokes import stroke, strokes, write

PINK = palette.rgb(palette.PINK)
LINES = (BLUE, ORANGE, PINK)
_PALE = np.full(3, 0.85)
_SIDE, _LETTERS = 512, 32  # the letters of a picture of that side; all else grows and shrinks with it as well

_BOX = (124, _SIDE - 20), (_SIDE - 84, 20)  # what letters leave of it
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Scale = tuple[float, float]
Colour = Float[np.ndarray, " 3"]


class SquareChart:
    """A square piece of paper with two scales.

    Args:
        across: left and right end.
        up: lower and upper end.
        side: in pixels, two for each of the page.
        logarithmic: both scales are: equal steps are equal factors. Ends are above 0 then, and so is what is drawn.
    """

    def __init__(self, across: Scale, up: Scale, side: int = _SIDE, *, logarithmic: bool = False) -> None:
        self._pixels, self._scale = np.full((3, side, side), PAPER, np.float32), side / _SIDE
        self._measure = math.log10 if logarithmic else float
        self._ends = [tuple(map(self._measure, scale)) for scale in (across, up)]
        self._box = [(self._scale * start, self._scale * end) for start, end in _BOX]

    def grid(self, across: Sequence[float], up: Sequence[float], name: str) -> None:
        """Lines at some values, the values beside them, and what the horizontal scale measures."""
        (left, right), (bottom, top) = self._box
        for value in across:
            x = self._place(value, 0)
            stroke(self._pixels, (x, bottom), (x, top), 1.0, _PALE)
            self._write(f"{value:g}", (x, bottom + 4), down=0)
        for value in up:
            y = self._place(value, 1)
            stroke(self._pixels, (left, y), (right, y), 1.0, _PALE)
            self._write(_power(value) if self._measure is math.log10 else f"{value:g}", (left - 8, y), across=1)
        self._write(name, (self._pixels.shape[2] / 2, self._pixels.shape[1] - 2), down=1)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, *, width: float = 2.0) -> None:
        """A line through points in the dashes of its colour; what lies beyond the scales is drawn at their ends."""
        places = np.array([[self._place(x, 0), self._place(y, 1)] for x, y in points])
        order = next((number for number, each in enumerate(LINES) if each is colour), 0)
        strokes(self._pixels, dashed(places, DASHES[order]), width, colour)

    def dot(self, x: float, y: float, colour: Colour) -> None:
        """A dot."""
        place = (self._place(x, 0), self._place(y, 1))
        stroke(self._pixels, place, place, 8.0, colour)

    def upright(self, x: float, colour: Colour) -> None:
        """A line from top to bottom."""
        at = self._place(x, 0)
        stroke(self._pixels, (at, self._box[1][0]), (at, self._box[1][1]), 1.6, colour)

    def where(self, x: float, y: float) -> tuple[float, float]:
        """The normalised place of a point on the picture."""
        across, down = (
            2 * self._place(value, axis) / (self._pixels.shape[1] - 1) - 1 for axis, value in enumerate((x, y))
        )
        return across, down

    def values(self, place: tuple[float, float]) -> tuple[float, float]:
        """What the scales say at a normalised place; beyond their ends, what they say there."""
        found = []
        for part, (low, high), (start, end) in zip(place, self._ends, self._box, strict=True):
            share = ((part + 1) / 2 * (self._pixels.shape[1] - 1) - start) / (end - start)
            value = low + min(max(share, 0.0), 1.0) * (high - low)
            found.append(10.0**value if self._measure is math.log10 else value)
        return found[0], found[1]

    @property
    def picture(self) -> Float[Tensor, "3 h w"]:
        """What was drawn."""
        return torch.from_numpy(self._pixels)

    def _write(self, text: str, place: tuple[float, float], *, across: float = 0.5, down: float = 0.5) -> None:
        """Paint a line of text in the typeface of the figures."""
        write(self._pixels, text, place, round(_LETTERS * self._scale), across=across, down=down, typeface=TYPEFACE)

    def _place(self, value: float, axis: int) -> float:
        """Where a value lies, in pixels."""
        (low, high), (start, end) = self._ends[axis], self._box[axis]
        bottom = 10.0**low if self._measure is math.log10 else low
        share = (self._measure(max(value, bottom)) - low) / (high - low)
        return start + min(share, 1.0) * (end - start)


def _power(value: float) -> str:
    """A power of ten in few letters, and other numbers as they are."""
    power = math.log10(value)
    return f"{value:g}" if value >= 0.01 or power != round(power) else f"10{str(round(power)).translate(_RAISED)}"
