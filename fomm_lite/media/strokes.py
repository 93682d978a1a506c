"""Lines, dots and letters painted straight into the pixels of a picture, their edges softened over one pixel.

Places are in pixels, (x, y), (0, 0) at the centre of the first one; what lies outside the picture is cut off.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

INK = np.full(3, 40 / 255, np.float32)

Pixels = Float[np.ndarray, "3 h w"]
Colour = Float[np.ndarray, " 3"]


def stroke(
    pixels: Pixels, start: Sequence[float], end: Sequence[float], radius: float, colour: Colour, hole: float = 0.0
) -> None:
    """Paint a line with round ends, a dot where start is end.

    Args:
        pixels: in [0, 1]; painted into.
        start: one end.
        end: the other.
        radius: half the width of the line.
        colour: in [0, 1].
        hole: of this radius stays free in the middle: a dot becomes a ring.
    """
    layered(pixels, start, end, [(radius, colour)], hole)


def layered(
    pixels: Pixels,
    start: Sequence[float],
    end: Sequence[float],
    layers: Sequence[tuple[float, Colour]],
    hole: float = 0.0,
) -> None:
    """Paint several strokes of one place upon each other, as one after the other would, in half the time.

    Args:
        pixels: in [0, 1]; painted into.
        start: one end.
        end: the other.
        layers: radius and colour of each, the lowest first.
        hole: likewise in all of them.
    """
    radius = max(radius for radius, _ in layers)
    left, right = _span(start[0], end[0], radius + 1, pixels.shape[2])
    top, bottom = _span(start[1], end[1], radius + 1, pixels.shape[1])
    across, down = np.arange(left, right)[None, :] - start[0], np.arange(top, bottom)[:, None] - start[1]
    along = (end[0] - start[0], end[1] - start[1])
    share = (across * along[0] + down * along[1]) / max(along[0] ** 2 + along[1] ** 2, 1e-8)
    share = share.clip(0, 1)
    distance = np.sqrt((across - share * along[0]) ** 2 + (down - share * along[1]) ** 2)
    window = pixels[:, top:bottom, left:right]
    for radius, colour in layers:
        cover = (radius + 0.5 - distance).clip(0, 1)
        if hole:
            cover *= (distance - hole + 0.5).clip(0, 1)
        window += cover * (colour[:, None, None] - window)


def strokes(pixels: Pixels, ends: Float[np.ndarray, "n 2 2"], radius: float, colour: Colour) -> None:
    """Paint many thin lines of one width and colour at once, a hundred times as fast as one by one.

    Args:
        pixels: in [0, 1]; painted into.
        ends: start and end of each line.
        radius: half the width of the lines, at most about 2 pixels: they end straight.
        colour: in [0, 1].
    """
    height, width = pixels.shape[1:]
    ways = np.abs(ends[:, 1] - ends[:, 0])
    steep = ways[:, 1] > ways[:, 0]
    ends = np.where(steep[:, None, None], ends[..., ::-1], ends)  # first the axis along which a line goes farther
    ends = np.where(ends[:, :1, :1] > ends[:, 1:, :1], ends[:, ::-1], ends)
    first, last = (np.rint(ends[:, end, 0]).clip(-1, max(height, width)).astype(int) for end in (0, 1))
    slope = (ends[:, 1, 1] - ends[:, 0, 1]) / np.maximum(ends[:, 1, 0] - ends[:, 0, 0], 1e-8)
    counts = last - first + 1
    line = np.repeat(np.arange(len(ends)), counts)
    along = np.arange(len(line)) + (first - counts.cumsum() + counts)[line]  # each pixel of each line on its first axis
    beside = ends[line, 0, 1] + (along - ends[line, 0, 0]) * slope[line]  # where the line is there on the other
    reach = int(1.42 * (radius + 0.5)) + 1
    others = np.floor(beside)[:, None] + np.arange(1 - reach, reach + 1)
    cover = radius + 0.5 - np.abs(others - beside[:, None]) / np.hypot(1, slope)[line, None]
    limits, across = np.where(steep, [[height], [width]], [[width], [height]])[:, line], np.where(steep, width, 1)[line]
    inside = (cover > 0) & (others >= 0) & (others < limits[1][:, None]) & ((along >= 0) & (along < limits[0]))[:, None]
    places = (along * across)[:, None] + others.astype(int) * (width + 1 - across)[:, None]
    places, painted = places[inside], np.zeros(height * width, np.float32)
    if not len(places):
        return
    np.maximum.at(painted, places, cover[inside].clip(max=1).astype(np.float32))
    rows = slice(places.min() // width, places.max() // width + 1)
    ink = torch.from_numpy(np.asarray(colour, np.float32))[:, None, None]
    torch.from_numpy(pixels[:, rows]).lerp_(ink, torch.from_numpy(painted.reshape(height, width)[rows]))


def write(
    pixels: Pixels,
    text: str,
    place: tuple[float, float],
    size: int,
    *,
    across: float = 0.5,
    down: float = 0.5,
    typeface: str = "",
) -> None:
    """Paint a line of text.

    Args:
        pixels: in [0, 1]; painted into.
        text: a few words.
        place: where a point of the text's box is to lie.
        size: of the letters.
        across: which point: 0 at the left side of the box, 1 at its right.
        down: 0 at its top, 1 at its bottom.
        typeface: a TrueType file; Pillow's own by default, which is there on every machine.
    """
    cover = _letters(text, size, typeface)
    left, top = round(place[0] - across * cover.shape[1]), round(place[1] - down * cover.shape[0])
    cover = cover[max(-top, 0) :, max(-left, 0) :]
    window = pixels[:, max(top, 0) :, max(left, 0) :][:, : cover.shape[0], : cover.shape[1]]
    window += cover[: window.shape[1], : window.shape[2]] * (INK[:, None, None] - window)


def text_width(text: str, size: int, typeface: str = "") -> int:
    """How wide a line of text is, in pixels."""
    return _letters(text, size, typeface).shape[1]


@cache
def _font(size: int, typeface: str) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(typeface, size) if typeface else ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@lru_cache(maxsize=256)
def _letters(text: str, size: int, typeface: str) -> Float[np.ndarray, "h w"]:
    """How much of each pixel the letters cover. Shared between pictures: never written to."""
    font = _font(size, typeface)
    canvas = Image.new("L", (int(font.getlength(text)) + 1, sum(font.getmetrics())))
    ImageDraw.Draw(canvas).text((0, 0), text, fill=255, font=font)
    return np.asarray(canvas, np.float32) / 255


def _span(one: float, other: float, reach: float, limit: int) -> tuple[int, int]:
    """First pixel, and the one after the last, within reach of two coordinates; none beyond the picture."""
    low, high = int(min(one, other) - reach), int(max(one, other) + reach) + 2
    return min(max(low, 0), limit), min(max(high, 0), limit)
