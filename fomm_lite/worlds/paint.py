"""Colours of parts: a base and soft layers over it, all functions of the canonical coordinates."""

import colorsys
import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from fomm_lite.worlds.shapes import Rgb, Shape


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """``share`` 0 gives ``one``, 1 gives ``other``."""
    a, b, c = (p + (q - p) * share for p, q in zip(one, other, strict=True))
    return a, b, c


def hue(angle: float, light: float, rich: float) -> Rgb:
    """Colour from hue (turns), lightness and saturation, each in [0, 1]."""
    return colorsys.hls_to_rgb(angle % 1.0, light, rich)


def shade(colour: Rgb, share: float) -> Rgb:
    """Darker for a positive share, lighter for a negative one; warm rather than grey."""
    red, green, blue = colour
    return (
        mix(colour, (red * 0.5, green * 0.38, blue * 0.42), share)
        if share > 0
        else mix(colour, (1.0, 1.0, 0.97), -share)
    )


@runtime_checkable
class Layer(Protocol):
    """Where a second colour shows."""

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """Share of the layer's colour, in [0, 1]."""


@dataclass(frozen=True)
class Fade:
    """From 0 at y = start to 1 at y = stop (smooth at both ends)."""

    start: float
    stop: float
    upright: bool = True

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """Smooth step."""
        share = (((y if self.upright else x) - self.start) / (self.stop - self.start)).clamp(0, 1)
        return share * share * (3 - 2 * share)


@dataclass(frozen=True)
class Spot:
    """A soft round spot: cheeks, lamps, highlights."""

    x: float
    y: float
    radius: float
    strength: float = 1.0
    mirrored: bool = False

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """(1 - r^2)^2 inside the radius, 0 outside."""
        side = ((x.abs() if self.mirrored else x) - self.x) / self.radius
        up = (y - self.y) / self.radius
        left = (1 - side * side - up * up).clamp(min=0)
        return left * left * self.strength


@dataclass(frozen=True)
class Inside:
    """A crisp patch in the form of a shape, its edge ``soft`` wide in the shape's scale."""

    shape: Shape
    soft: float

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """1 inside, 0 outside, linear across the edge."""
        return (0.5 - self.shape.distance(x, y) / self.soft).clamp(0, 1)


@dataclass(frozen=True)
class Stripes:
    """Stripes ``period`` apart, turned by ``angle``; ``crisp`` 1 is a sine, more is flatter; ``wavy`` bends them."""

    period: float
    angle: float = 0.0
    crisp: float = 2.0
    strength: float = 1.0
    wavy: float = 0.0

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """A clipped sine."""
        pace = 2 * math.pi / self.period
        along = x * (math.cos(self.angle) * pace) + y * (math.sin(self.angle) * pace)
        if self.wavy:
            along = along + self.wavy * torch.sin(y * (pace / 2))
        return (0.5 + torch.sin(along) * (self.crisp / 2)).clamp(0, 1) * self.strength


@dataclass(frozen=True)
class Dots:
    """A slanted lattice of round dots; ``cover`` in (-1, 1): larger dots for larger values."""

    period: float
    cover: float = -0.3
    crisp: float = 1.5
    strength: float = 1.0

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """A clipped sum of two waves."""
        pace = 2 * math.pi / self.period
        bumps = torch.cos(x * pace) * torch.cos(y * pace) + self.cover
        return (0.5 + bumps * self.crisp).clamp(0, 1) * self.strength


@dataclass(frozen=True)
class Checks:
    """Gingham: two sets of stripes crossed."""

    period: float
    crisp: float = 3.0
    strength: float = 1.0

    def weight(self, x: Tensor, y: Tensor) -> Tensor:
        """The mean of both sets."""
        pace = 2 * math.pi / self.period
        down = (0.5 + torch.sin(x * pace) * (self.crisp / 2)).clamp(0, 1)
        across = (0.5 + torch.sin(y * pace) * (self.crisp / 2)).clamp(0, 1)
        return (down + across) * (self.strength / 2)


@dataclass(frozen=True)
class Paint:
    """A base colour and layers over it, first layer lowest."""

    base: Rgb
    layers: tuple[tuple[Layer, Rgb], ...] = ()

    def colour(self, x: Tensor, y: Tensor) -> Tensor:
        """Colour ``(t 3 h w)`` at canonical coordinates ``(t h w)``; plain paint gives ``(1 3 1 1)``."""
        result = torch.tensor(self.base, dtype=x.dtype).view(1, 3, 1, 1)
        for layer, rgb in self.layers:
            over = torch.tensor(rgb, dtype=x.dtype).view(1, 3, 1, 1)
            result = torch.lerp(result, over, layer.weight(x, y)[:, None])
        return result
