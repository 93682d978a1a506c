"""Outlines and colours, as functions of a part's canonical coordinates only.

A shape says how far a point is from its outline (negative inside, any smooth scale: the renderer divides by the
slope). A paint says what colour a point has. Neither sees the pose: if it did, moving the pixels of one frame could
not reproduce another, and the true deformation would not be the truth.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

Rgb = tuple[float, float, float]
Bounds = tuple[float, float, float, float]


@runtime_checkable
class Shape(Protocol):
    """An outline."""

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Negative inside, positive outside, zero on the outline."""

    def bounds(self) -> Bounds:
        """A box (left, top, right, bottom) that holds the shape."""


@dataclass(frozen=True)
class Everywhere:
    """No outline at all: the background."""

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Far inside, wherever it is asked."""
        return -1e3 - 0 * (x + y)

    def bounds(self) -> Bounds:
        """More than the picture."""
        return -4.0, -4.0, 4.0, 4.0


@dataclass(frozen=True)
class Ellipse:
    """An ellipse; ``taper`` > 0 narrows it downwards (an egg), ``square`` in [0, 0.7) fills out its corners."""

    wide: float
    high: float
    x: float = 0.0
    y: float = 0.0
    taper: float = 0.0
    square: float = 0.0

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Radius over the radius of the outline, minus one."""
        up = (y - self.y) / self.high
        side = (x - self.x) / self.wide
        if self.taper:
            side = side / (1 - self.taper * up.clamp(-1.5, 1.5))
        across, along = side * side, up * up
        total = across + along
        if self.square:
            total = total - self.square * across.clamp(max=1) * along.clamp(max=1)
        return torch.sqrt(total + 1e-6) - 1

    def bounds(self) -> Bounds:
        """Box."""
        wide = self.wide * (1 + abs(self.taper))
        return self.x - wide, self.y - self.high, self.x + wide, self.y + self.high


@dataclass(frozen=True)
class Scallop:
    """A cloud: an ellipse with ``lobes`` round bumps, for curls and bushes."""

    wide: float
    high: float
    lobes: int
    depth: float
    x: float = 0.0
    y: float = 0.0

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Radius over the radius of the ellipse, minus a radius that waves with the angle."""
        side, up = (x - self.x) / self.wide, (y - self.y) / self.high
        bump = torch.cos(torch.atan2(side, up) * (self.lobes / 2)).abs()
        return torch.sqrt(side * side + up * up + 1e-6) - (1 - self.depth + 2 * self.depth * bump)

    def bounds(self) -> Bounds:
        """Box."""
        wide, high = self.wide * (1 + self.depth), self.high * (1 + self.depth)
        return self.x - wide, self.y - high, self.x + wide, self.y + high


@dataclass(frozen=True)
class Limb:
    """A rounded bar around the y axis, from (0, -length/2) with radius ``top`` to (0, length/2) with radius ``end``."""

    length: float
    top: float
    end: float

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Distance to the axis minus the radius there."""
        held = y.clamp(-self.length / 2, self.length / 2)
        beyond = y - held
        return torch.sqrt(x * x + beyond * beyond) - (
            held * ((self.end - self.top) / self.length) + (self.top + self.end) / 2
        )

    def bounds(self) -> Bounds:
        """Box."""
        wide = max(self.top, self.end)
        return -wide, -self.length / 2 - wide, wide, self.length / 2 + wide


@dataclass(frozen=True)
class Box:
    """A box with rounded corners."""

    wide: float
    high: float
    corner: float
    x: float = 0.0
    y: float = 0.0

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Signed distance."""
        side = (x - self.x).abs() - (self.wide - self.corner)
        up = (y - self.y).abs() - (self.high - self.corner)
        out_x, out_y = side.clamp(min=0), up.clamp(min=0)
        return torch.sqrt(out_x * out_x + out_y * out_y) + torch.maximum(side, up).clamp(max=0) - self.corner

    def bounds(self) -> Bounds:
        """Box."""
        return self.x - self.wide, self.y - self.high, self.x + self.wide, self.y + self.high


@dataclass(frozen=True)
class Lens:
    """Between two parabolas that meet at x = -wide and x = wide: eyes, brows, lips."""

    wide: float
    top: float
    bottom: float

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Beyond the nearer of the two curves."""
        swell = 1 - x * x / (self.wide * self.wide)
        between = torch.maximum(-y - self.top * swell, y - self.bottom * swell)
        # Beyond the corners the curves cross again; the width keeps their thin tails from showing.
        return torch.maximum(between, x.abs() - self.wide)

    def bounds(self) -> Bounds:
        """Box."""
        return -self.wide, -self.top, self.wide, self.bottom


@dataclass(frozen=True)
class Side:
    """A side of the curve y = level + slope x + bow x^2: above it, or below it."""

    below: bool
    level: float = 0.0
    slope: float = 0.0
    bow: float = 0.0

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Height over the curve."""
        rise = y - self.level
        if self.slope or self.bow:
            rise = rise - x * (self.slope + self.bow * x)
        return -rise if self.below else rise

    def bounds(self) -> Bounds:
        """Half the world; only used to cut other shapes."""
        return -4.0, -4.0, 4.0, 4.0


@dataclass(frozen=True)
class Outline:
    """The rim of another shape, ``thick`` in that shape's own scale to each side."""

    shape: Shape
    thick: float

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Distance to the line minus its half thickness."""
        return self.shape.distance(x, y).abs() - self.thick

    def bounds(self) -> Bounds:
        """Box."""
        left, top, right, bottom = self.shape.bounds()
        more = self.thick * 1.5
        return left - more, top - more, right + more, bottom + more


@dataclass(frozen=True)
class Mirror:
    """A shape drawn twice, moved by ``spread`` to the right and mirrored to the left."""

    shape: Shape
    spread: float

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Distance to the nearer twin."""
        return self.shape.distance(x.abs() - self.spread, y)

    def bounds(self) -> Bounds:
        """Box."""
        _, top, right, bottom = self.shape.bounds()
        return -right - self.spread, top, right + self.spread, bottom


@dataclass(frozen=True)
class Either:
    """The union of shapes."""

    shapes: tuple[Shape, ...]

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """Distance to the nearest."""
        nearest = self.shapes[0].distance(x, y)
        for shape in self.shapes[1:]:
            nearest = torch.minimum(nearest, shape.distance(x, y))
        return nearest

    def bounds(self) -> Bounds:
        """Box around all."""
        lefts, tops, rights, bottoms = zip(*(shape.bounds() for shape in self.shapes), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True)
class Both:
    """What lies inside ``shape`` and inside ``cut``, or outside ``cut`` if ``without``."""

    shape: Shape
    cut: Shape
    without: bool = False

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """The larger of the two distances."""
        other = self.cut.distance(x, y)
        return torch.maximum(self.shape.distance(x, y), -other if self.without else other)

    def bounds(self) -> Bounds:
        """Box of the first."""
        return self.shape.bounds()
