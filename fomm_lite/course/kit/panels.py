"""Pictures that explorers are put together from: maps in colour, marks, flow, all without matplotlib."""

import math
from collections.abc import Mapping, Sequence
from functools import cache

import torch
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import INK, enlarge, keypoint_colour

# corners of a scale from dark violet over green to yellow: lightness grows evenly, as in viridis
_SCALE = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
_BLUE, _ORANGE = (0, 96, 168), (224, 128, 0)  # as in the figures
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


def mark(
    image: Float[Tensor, "3 h w"], positions: Float[Tensor, "k 2"], *, hollow: bool = False
) -> Float[Tensor, "3 h w"]:
    """White-rimmed dots, or rings, in the keypoints' colours, on a copy of the picture."""
    height, width = image.shape[1:]
    canvas = _canvas(image)
    pen = ImageDraw.Draw(canvas)
    radius = max(3.0, 0.025 * min(height, width))
    for index, (x, y) in enumerate(positions.detach().cpu().tolist()):
        across, down = (x + 1) / 2 * (width - 1), (y + 1) / 2 * (height - 1)
        colour = tuple(round(255 * part) for part in keypoint_colour(index))
        for size, ink in ((radius + 2, "black"), (radius + 1, "white")):
            pen.ellipse((across - size, down - size, across + size, down + size), outline=ink, width=1)
        box = (across - radius, down - radius, across + radius, down + radius)
        pen.ellipse(box, fill=None if hollow else colour, outline=colour, width=2)
    return _pixels(canvas)


def bent_grid_picture(
    deformation: Float[Tensor, "h w 2"], side: int = 256, lines: int = 9
) -> Float[Tensor, "3 {side} {side}"]:
    """A straight grid as a map bends it: where its lines go, on white.

    Args:
        deformation: values of the map on a grid of places in [-1, 1]; what leaves the picture is cut off.
        side: in pixels.
        lines: in each direction.
    """
    canvas = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(canvas)
    places = ((deformation.detach().cpu() + 1) / 2 * (side - 1)).tolist()
    rows = len(places)
    for number in torch.linspace(0, rows - 1, lines).round().int().tolist():
        pen.line([tuple(place) for place in places[number]], fill=_BLUE, width=2)
        pen.line([tuple(row[number]) for row in places], fill=_ORANGE, width=2)
    return _pixels(canvas)


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
    canvas = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(13)
    left, right, top, bottom = 56, width - 192, 12, height - 34
    points = [point for line in series.values() for point in line if point[1] > 0]
    if points:
        last = max(x for x, _ in points) or 1.0
        low = math.floor(math.log10(min(y for _, y in points)))
        high = max(math.ceil(math.log10(max(y for _, y in points))), low + 1)
        for power in range(low, high + 1):
            y = bottom - (power - low) / (high - low) * (bottom - top)
            pen.line([(left, y), (right, y)], fill=(216, 216, 216))
            pen.text((left - 6, y), f"{10.0**power:g}", fill=INK, font=font, anchor="rm")
        for share in (0.0, 0.5, 1.0):
            label = f"{share * last:.0f}"
            pen.text((left + share * (right - left), bottom + 6), label, fill=INK, font=font, anchor="mt")
        ends = []
        for index, (name, line) in enumerate(series.items()):
            colour = tuple(round(255 * part) for part in keypoint_colour(index))
            places = [
                (left + x / last * (right - left), bottom - (math.log10(y) - low) / (high - low) * (bottom - top))
                for x, y in line
                if y > 0
            ]
            if len(places) > 1:
                pen.line(places, fill=colour, width=2)
            if places:
                ends.append((places[-1][1], name, colour))
        below = -math.inf
        for at, name, colour in sorted(ends):  # from the top, so that no name covers another
            below = max(at, below + 14)
            pen.line([(right + 6, below), (right + 18, below)], fill=colour, width=4)
            pen.text((right + 24, below), name.replace("_", " "), fill=INK, font=font, anchor="lm")
    pen.text(((left + right) / 2, height - 4), across, fill=INK, font=font, anchor="mb")
    return _pixels(canvas)


def trace(
    image: Float[Tensor, "3 h w"], places: Float[Tensor, "n 2"], colour: tuple[int, int, int], *, dotted: bool = False
) -> Float[Tensor, "3 h w"]:
    """A line through places, on a copy of the picture.

    Args:
        image: in [0, 1].
        places: normalised (x, y), in order; what lies outside is cut off.
        colour: of the line.
        dotted: every second piece only.
    """
    canvas = _canvas(image)
    pen = ImageDraw.Draw(canvas)
    limits = torch.tensor([image.shape[2] - 1, image.shape[1] - 1])
    corners = [tuple(place) for place in ((places.detach().cpu() + 1) / 2 * limits).tolist()]
    if not dotted:
        pen.line(corners, fill=colour, width=3, joint="curve")
    else:
        for start, end in list(zip(corners, corners[1:], strict=False))[::2]:
            pen.line([start, end], fill=colour, width=3)
    return _pixels(canvas)


def dots(
    names: Sequence[str], values: dict[str, Sequence[float]], limit: float, size: tuple[int, int], across: str
) -> Float[Tensor, "3 h w"]:
    """A row for each name, on it a dot for each series, left and right of 0.

    Args:
        names: of the rows.
        values: series -> its value in each row; what lies beyond ``limit`` is drawn at the edge as an arrow.
        limit: the end of the scale, to both sides.
        size: width and height in pixels.
        across: what the scale measures.
    """
    width, height = size
    canvas = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(13)
    left, right, top, bottom = 148, width - 14, 30, height - 44
    centre, unit = (left + right) / 2, (right - left) / 2 / limit
    for value in (-limit, -limit / 2, 0, limit / 2, limit):
        x = centre + unit * value
        pen.line([(x, top), (x, bottom)], fill=(120, 120, 120) if value == 0 else (216, 216, 216))
        pen.text((x, bottom + 6), f"{value:g}", fill=INK, font=font, anchor="mt")
    pen.text((centre, height - 6), across, fill=INK, font=font, anchor="mb")
    for row, name in enumerate(names):
        y = top + (row + 0.5) / len(names) * (bottom - top)
        pen.text((left - 8, y), name, fill=INK, font=font, anchor="rm")
        for index, series in enumerate(values.values()):
            paint, at = (_BLUE, _ORANGE)[index % 2], series[row]
            x = centre + unit * max(-limit, min(limit, at))
            if abs(at) > limit:
                tip = math.copysign(8, at)
                pen.polygon([(x, y), (x - tip, y - 6), (x - tip, y + 6)], fill=paint)
            else:
                pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=paint, outline="white")
    for index, name in enumerate(values):
        x = left + index * (right - left) / len(values)
        pen.ellipse((x, 8, x + 10, 18), fill=(_BLUE, _ORANGE)[index % 2])
        pen.text((x + 16, 13), name, fill=INK, font=font, anchor="lm")
    return _pixels(canvas)


def _canvas(image: Float[Tensor, "3 h w"]) -> Image.Image:
    """A copy to draw on."""
    return Image.fromarray((image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy())


def _pixels(canvas: Image.Image) -> Float[Tensor, "3 h w"]:
    """What was drawn, as a picture in [0, 1]."""
    flat = torch.frombuffer(bytearray(canvas.tobytes()), dtype=torch.uint8)
    return flat.view(canvas.height, canvas.width, 3).permute(2, 0, 1).float() / 255
