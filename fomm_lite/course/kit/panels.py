"""Pictures that explorers are put together from: maps in colour, flow, bent grids and small charts."""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import PAPER, enlarge, keypoint_colour
from fomm_lite.media.strokes import stroke, strokes, write

# corners of a scale from dark violet over green to yellow: lightness grows evenly, as in viridis
_SCALE = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
_BLUE, _ORANGE = np.array([0, 96, 168]) / 255, np.array([224, 128, 0]) / 255  # as in the figures
_PALE, _ZERO = np.full(3, 0.85), np.full(3, 0.47)  # lines of a scale, and the one at 0
_LETTERS = 13
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
    bordered = enlarge(picture, side).clone()
    for edge in (bordered[:, 0], bordered[:, -1], bordered[:, :, 0], bordered[:, :, -1]):
        edge.fill_(0.7)
    return bordered


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
    deformation: Float[Tensor, "h w 2"], side: int = 256, lines: int = 9
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
    for each, colour in ((places[kept], _BLUE), (places[:, kept].swapaxes(0, 1), _ORANGE)):
        strokes(picture, _pieces(each), 0.8, colour)
    return torch.from_numpy(picture)


def trace(
    image: Float[Tensor, "3 h w"],
    places: Float[Tensor, "n 2"],
    colour: tuple[float, float, float],
    *,
    dotted: bool = False,
) -> Float[Tensor, "3 h w"]:
    """A line through places, on a copy of the picture.

    Args:
        image: in [0, 1].
        places: normalised (x, y), in order; what lies outside is cut off.
        colour: of the line, in [0, 1].
        dotted: every second piece only.
    """
    image = image.detach().cpu().clone()
    limits = np.array([image.shape[2] - 1, image.shape[1] - 1])
    pieces = _pieces((places.detach().cpu().numpy() + 1) / 2 * limits)
    strokes(image.numpy(), pieces[:: 2 if dotted else 1], 1.3, np.array(colour))
    return image


def curves(
    series: Mapping[str, Sequence[tuple[float, float]]], size: tuple[int, int] = (640, 260), across: str = "steps"
) -> Float[Tensor, "3 h w"]:
    """Lines on a logarithmic scale, each with its name at its end.

    Args:
        series: name -> (x, y) with y above 0, in the order of x.
        size: width and height in pixels.
        across: what x counts.
    """
    width, height = size
    picture = np.full((3, height, width), PAPER, np.float32)
    left, right, top, bottom = 56, width - 192, 12, height - 34
    drawn = {name: np.array([(x, math.log10(y)) for x, y in line if y > 0]) for name, line in series.items()}
    if points := [line for line in drawn.values() if len(line)]:
        last = max(float(line[:, 0].max()) for line in points) or 1.0
        low = math.floor(min(line[:, 1].min() for line in points))
        high = max(math.ceil(max(line[:, 1].max() for line in points)), low + 1)
        for power in range(low, high + 1):
            y = round(bottom - (power - low) / (high - low) * (bottom - top))
            stroke(picture, (left, y), (right, y), 0.5, _PALE)
            write(picture, f"{10.0**power:g}", (left - 6, y), _LETTERS, across=1)
        for share in (0.0, 0.5, 1.0):
            place = (left + share * (right - left), bottom + 2)
            write(picture, f"{share * last:.0f}", place, _LETTERS, down=0)
        ends, scale = [], np.array([(right - left) / last, (top - bottom) / (high - low)])
        for index, (name, line) in enumerate(drawn.items()):
            if len(line):
                colour = np.array(keypoint_colour(index))
                places = np.array([left, bottom]) + (line - [0, low]) * scale
                strokes(picture, _pieces(places), 0.7, colour)
                ends.append((float(places[-1, 1]), name, colour))
        below = -math.inf
        # from the top, so that no name covers another and the last one stays in the picture
        for number, (at, name, colour) in enumerate(sorted(ends, key=lambda end: end[0])):
            below = min(max(at, below + 14), height - 8 - 14 * (len(ends) - 1 - number))
            stroke(picture, (right + 8, below), (right + 16, below), 2.0, colour)
            write(picture, name.replace("_", " "), (right + 24, below), _LETTERS, across=0)
    write(picture, across, ((left + right) / 2, height - 1), _LETTERS, down=1)
    return torch.from_numpy(picture)


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
    left, right, top, bottom = 148, width - 14, 30, height - 44
    centre, unit = (left + right) / 2, (right - left) / 2 / limit
    for value in (-limit, -limit / 2, 0, limit / 2, limit):
        at = round(centre + unit * value)
        stroke(picture, (at, top), (at, bottom), 0.5, _PALE if value else _ZERO)
        write(picture, f"{value:g}", (at, bottom + 3), _LETTERS, down=0)
    write(picture, across, (centre, height - 1), _LETTERS, down=1)
    for row, name in enumerate(names):
        y = top + (row + 0.5) / len(names) * (bottom - top)
        write(picture, name, (left - 8, y), _LETTERS, across=1)
        for series, paint in zip(values.values(), (_BLUE, _ORANGE), strict=True):
            x = centre + unit * max(-limit, min(limit, series[row]))
            if abs(series[row]) > limit:
                tail = x - math.copysign(7, series[row])
                strokes(picture, np.array([[(x, y), (tail, y - 5)], [(x, y), (tail, y + 5)]]), 1.5, paint)
            else:
                _dot(picture, (x, y), paint)
    for index, (name, paint) in enumerate(zip(values, (_BLUE, _ORANGE), strict=True)):
        x = left + index * (right - left) / len(values)
        _dot(picture, (x + 5, 13), paint)
        write(picture, name, (x + 16, 13), _LETTERS, across=0)
    return torch.from_numpy(picture)


def _dot(picture: Float[np.ndarray, "3 h w"], place: tuple[float, float], colour: Float[np.ndarray, " 3"]) -> None:
    """A dot with a thin white rim, so that one over another is seen."""
    for radius, paint in ((5.5, np.ones(3)), (4.5, colour)):
        stroke(picture, place, place, radius, paint)


def _pieces(places: Float[np.ndarray, "*lines n 2"]) -> Float[np.ndarray, "m 2 2"]:
    """Start and end of each straight piece of lines through places."""
    return np.stack([places[..., :-1, :], places[..., 1:, :]], axis=-2).reshape(-1, 2, 2)
