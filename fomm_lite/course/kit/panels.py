"""Pictures that explorers are put together from: maps in colour, flow, bent grids and small charts.

Sizes are in pixels of the picture, two of which are one of the page: charts are sharp on every screen.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit import palette
from fomm_lite.course.kit.palette import DASHES, LINES, TYPEFACE
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import PAPER, enlarge
from fomm_lite.media.strokes import Pixels, stroke, strokes, text_width, write

# corners of a scale from dark violet over green to yellow: lightness grows evenly, as in viridis
_SCALE = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
BLUE, ORANGE = palette.rgb(palette.BLUE), palette.rgb(palette.ORANGE)
_PALE, _ZERO = np.full(3, 0.85), np.full(3, 0.47)  # lines of a scale, and the one at 0
_LETTERS = 26
DASH = 3.2  # pixels: the width of a line
NAME_HEIGHT = 34
CHART = (840, 560)
_NEGATIVE, _POSITIVE = (127, 59, 8), (45, 0, 75)  # the ends of matplotlib's PuOr


@cache
def _scale() -> Float[Tensor, "256 3"]:
    """The colours of amounts 0 to 1."""
    corners = torch.tensor(_SCALE).float() / 255
    place = torch.linspace(0, len(_SCALE) - 1, 256)
    low = place.floor().long().clamp(max=len(_SCALE) - 2)
    return torch.lerp(corners[low], corners[low + 1], (place - low)[:, None])


def framed(picture: Float[Tensor, "3 h w"], side: int) -> Float[Tensor, "3 h2 w2"]:
    """The picture at ``side`` pixels with a thin grey border, for maps that are white where nothing happens."""
    bordered = enlarge(picture, side)
    if bordered is picture:
        bordered = picture.clone()
    frame(bordered)
    return bordered


def frame(picture: Float[Tensor, "3 h w"]) -> None:
    """A thin grey border, on the picture itself."""
    for edge in (picture[:, :2], picture[:, -2:], picture[:, :, :2], picture[:, :, -2:]):
        edge.fill_(0.7)


def heat(amounts: Float[Tensor, "h w"]) -> Float[Tensor, "3 h w"]:
    """A map of amounts, 0 to 1, in colour: dark is 0, yellow is 1."""
    return _scale()[(amounts.detach().cpu().clamp(0, 1) * 255).round().long()].permute(2, 0, 1)


def signed(values: Float[Tensor, "h w"], limit: float = 1.0) -> Float[Tensor, "3 h w"]:
    """A map of signed values: white is 0, violet ``limit`` or more, brown as much below."""
    share = (values.detach().cpu() / limit).clamp(-1, 1)[None]
    ends = [torch.tensor(colour).float().view(3, 1, 1) / 255 for colour in (_NEGATIVE, _POSITIVE)]
    return 1 + share.clamp(max=0).abs() * (ends[0] - 1) + share.clamp(min=0) * (ends[1] - 1)


def flow_colours(deformation: Float[Tensor, "h w 2"], limit: float = 0.5) -> Float[Tensor, "3 h w"]:
    """Flow as colour: the hue says in which direction a place looks, the strength how far.

    Args:
        deformation: absolute sampling grid; the flow is its difference from the identity.
        limit: length of full strength, in normalised units.
    """
    height, width = deformation.shape[:2]
    flow = deformation.detach().cpu() - coordinate_grid(height, width)
    strength = (flow.norm(dim=-1) / limit).clamp(0, 1)
    angle = torch.atan2(flow[..., 1], flow[..., 0])
    hues = torch.stack([0.5 + 0.5 * torch.cos(angle - 2 * math.pi * part / 3) for part in range(3)])
    return 1 - strength * (1 - hues)


def bent_grid_picture(
    deformation: Float[Tensor, "h w 2"], side: int = 512, lines: int = 9
) -> Float[Tensor, "3 {side} {side}"]:
    """A straight grid as a map bends it: where its lines go, on white.

    Args:
        deformation: values of the map on a square grid of places in [-1, 1]; what leaves the picture is cut off.
        side: in pixels.
        lines: in each direction.
    """
    picture = np.full((3, side, side), PAPER, np.float32)
    places = (deformation.detach().cpu().numpy() + 1) / 2 * (side - 1)
    kept = np.linspace(0, len(places) - 1, lines).round().astype(int)
    for each, colour in ((places[kept], BLUE), (places[:, kept].swapaxes(0, 1), ORANGE)):
        strokes(picture, line_pieces(each), 1.6, colour)
    return torch.from_numpy(picture)


def trace(
    image: Float[Tensor, "3 h w"],
    places: Float[Tensor, "n 2"],
    colour: tuple[float, float, float],
    *,
    dotted: bool = False,
    inplace: bool = False,
) -> Float[Tensor, "3 h w"]:
    """A line through places, on a copy of the picture.

    Args:
        image: in [0, 1].
        places: normalised (x, y), in order; what lies outside is cut off.
        colour: of the line, in [0, 1].
        dotted: every second piece only.
        inplace: draw on the picture itself, which lies on the CPU.
    """
    image = image if inplace else image.detach().cpu().clone()
    limits = np.array([image.shape[2] - 1, image.shape[1] - 1])
    pieces = line_pieces((places.detach().cpu().numpy() + 1) / 2 * limits)
    strokes(image.numpy(), pieces[:: 2 if dotted else 1], 2.0, np.array(colour))
    return image


def numbered(image: Float[Tensor, "3 h w"], positions: Float[Tensor, "k 2"]) -> Float[Tensor, "3 h w"]:
    """The numbers of keypoints, from 1, beside their dots, on a copy of the picture.

    Args:
        image: in [0, 1].
        positions: normalised (x, y).
    """
    image = image.detach().cpu().clone()
    limits = torch.tensor([image.shape[2] - 1, image.shape[1] - 1])
    for number, (x, y) in enumerate(((positions.detach().cpu() + 1) / 2 * limits).tolist(), 1):
        wide, high = text_width(str(number), _LETTERS, TYPEFACE) + 4, _LETTERS + 2
        left = round(min(x + 12, image.shape[2] - wide))
        top = round(max(y - 12 - high, 0))
        image[:, top : top + high, left : left + wide] = PAPER
        _write(image.numpy(), str(number), (left + wide / 2, top + high / 2))
    return image


def curves(
    series: Mapping[str, Sequence[tuple[float, float]]],
    size: tuple[int, int] = CHART,
    across: str = "steps",
) -> Float[Tensor, "3 h w"]:
    """Lines on a logarithmic scale, each in its colour and its dashes, and below them their names.

    Args:
        series: name -> (x, y) with y above 0, in the order of x.
        size: width and height in pixels.
        across: what x counts.
    """
    width, height = size
    picture = np.full((3, height, width), PAPER, np.float32)
    left, right, top, bottom = 112, width - 32, 24, height - 80 - NAME_HEIGHT * math.ceil(len(series) / 2)
    drawn = {name: np.array([(x, math.log10(y)) for x, y in line if y > 0]) for name, line in series.items()}
    if points := [line for line in drawn.values() if len(line)]:
        last = max(float(line[:, 0].max()) for line in points) or 1.0
        low = math.floor(min(line[:, 1].min() for line in points))
        high = max(math.ceil(max(line[:, 1].max() for line in points)), low + 1)
        for power in range(low, high + 1):
            y = round(bottom - (power - low) / (high - low) * (bottom - top))
            stroke(picture, (left, y), (right, y), 1.0, _PALE)
            _write(picture, f"{10.0**power:g}", (left - 10, y), across=1)
        for share in (0.0, 0.5, 1.0):
            _write(picture, f"{share * last:.0f}", (left + share * (right - left), bottom + 4), down=0)
        scale = np.array([(right - left) / last, (top - bottom) / (high - low)])
        for index, (name, line) in enumerate(drawn.items()):
            colour, dashes = palette.rgb(LINES[index % len(LINES)]), DASHES[index % len(DASHES)]
            if len(line):
                strokes(picture, dashed(np.array([left, bottom]) + (line - [0, low]) * scale, dashes), 1.6, colour)
            x, y = 16 + index % 2 * width / 2, bottom + 92 + index // 2 * NAME_HEIGHT
            strokes(picture, dashed(np.array([(x, y), (x + 56.0, y)]), dashes), 2.0, colour)
            _write(picture, name.replace("_", " "), (x + 68, y), across=0)
    _write(picture, across, ((left + right) / 2, bottom + 40), down=0)
    return torch.from_numpy(picture)


def dashed(places: Float[np.ndarray, "n 2"], dashes: Sequence[float]) -> Float[np.ndarray, "m 2 2"]:
    """Start and end of each short piece of a line, without those that its dashes leave out.

    Args:
        places: which the line leads through, in pixels.
        dashes: lengths on and off in turn, in :data:`DASH` pixels; none for a line that is whole.
    """
    if not dashes or len(places) < 2:
        return line_pieces(places)
    along = np.concatenate([[0.0], np.hypot(*np.diff(places, axis=0).T).cumsum()])
    steps = np.arange(0.0, along[-1], 2.0)
    fine = np.stack([np.interp(steps, along, places[:, axis]) for axis in (0, 1)], axis=1)
    ends = DASH * np.cumsum(dashes)
    drawn = np.searchsorted(ends, steps % ends[-1], side="right") % 2 == 0
    return line_pieces(fine)[drawn[:-1]]


def dots(
    names: Sequence[str], values: Mapping[str, Sequence[float]], limit: float, size: tuple[int, int], across: str
) -> Float[Tensor, "3 h w"]:
    """A row for each name, on it a dot for each series, left and right of 0.

    Args:
        names: of the rows.
        values: series -> its value in each row; what lies beyond ``limit`` is drawn at the edge as an arrowhead.
        limit: the end of the scale, to both sides.
        size: width and height in pixels.
        across: what the scale measures.
    """
    width, height = size
    picture = np.full((3, height, width), PAPER, np.float32)
    left, right, top, bottom = 300, width - 28, 60, height - 88
    centre, unit = (left + right) / 2, (right - left) / 2 / limit
    for value in (-limit, -limit / 2, 0, limit / 2, limit):
        at = round(centre + unit * value)
        stroke(picture, (at, top), (at, bottom), 1.0, _PALE if value else _ZERO)
        _write(picture, f"{value:g}", (at, bottom + 6), down=0)
    _write(picture, across, (width / 2, height - 2), down=1)
    for row, name in enumerate(names):
        y = top + (row + 0.5) / len(names) * (bottom - top)
        _write(picture, name, (left - 16, y), across=1)
        for series, paint in zip(values.values(), (BLUE, ORANGE), strict=True):
            x = centre + unit * max(-limit, min(limit, series[row]))
            if abs(series[row]) > limit:
                tail = x - math.copysign(14, series[row])
                strokes(picture, np.array([[(x, y), (tail, y - 10)], [(x, y), (tail, y + 10)]]), 2.0, paint)
            else:
                _dot(picture, (x, y), paint)
    for index, (name, paint) in enumerate(zip(values, (BLUE, ORANGE), strict=True)):
        x = left + index * (right - left) / len(values)
        _dot(picture, (x + 10, 26), paint)
        _write(picture, name, (x + 32, 26), across=0)
    return torch.from_numpy(picture)


def _dot(picture: Float[np.ndarray, "3 h w"], place: tuple[float, float], colour: Float[np.ndarray, " 3"]) -> None:
    """A blue dot or an orange ring around it: neither hides the other."""
    radius, hole = (9.0, 0.0) if colour is BLUE else (15.0, 10.0)
    stroke(picture, place, place, radius, colour, hole=hole)


def _write(pixels: Pixels, text: str, place: tuple[float, float], *, across: float = 0.5, down: float = 0.5) -> None:
    """Paint a line of text in the typeface of the figures."""
    write(pixels, text, place, _LETTERS, across=across, down=down, typeface=TYPEFACE)


def line_pieces(places: Float[np.ndarray, "*lines n 2"]) -> Float[np.ndarray, "m 2 2"]:
    """Start and end of each straight piece of lines through places."""
    return np.stack([places[..., :-1, :], places[..., 1:, :]], axis=-2).reshape(-1, 2, 2)
