"""Smooth invertible maps from a part's own canonical frame to the picture, each with an exact inverse and jacobian.

A map is a chain: the innermost step leaves the part, the outermost arrives in the frame. Every step works on x and y
as separate arrays ``(t h w)`` (or anything that broadcasts with its ``(t 1 1)`` parameters), because separate planes
keep the renderer's arithmetic cheap.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

Number = float | Tensor
Plane = Tensor
Slopes = tuple[Number, Number, Number, Number]


@runtime_checkable
class Step(Protocol):
    """One invertible link of a map."""

    def forward(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Inner to outer coordinates."""

    def inverse(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Outer to inner coordinates: exact, in closed form."""

    def slopes(self, x: Plane, y: Plane) -> Slopes:
        """Jacobian of ``forward`` at inner coordinates: dx'/dx, dx'/dy, dy'/dx, dy'/dy."""

    def at(self, frame: int) -> "Step":
        """The same step at one frame only."""


def over_time(number: Number) -> Float[Tensor, "t 1 1"]:
    """A number, or one number a frame, shaped to broadcast over ``(t h w)``."""
    return torch.as_tensor(number, dtype=torch.float32).reshape(-1, 1, 1)


def pick(values: Tensor, frame: int) -> Tensor:
    """One frame of ``(t 1 1)``; what stands still holds a single frame."""
    return values if len(values) == 1 else values[frame][None]


@dataclass(frozen=True, eq=False)
class Affine:
    """x' = xx x + xy y + x0,  y' = yx x + yy y + y0."""

    xx: Tensor
    xy: Tensor
    x0: Tensor
    yx: Tensor
    yy: Tensor
    y0: Tensor

    @cached_property
    def _back(self) -> tuple[Tensor, ...]:
        area = self.xx * self.yy - self.xy * self.yx
        xx, xy, yx, yy = self.yy / area, -self.xy / area, -self.yx / area, self.xx / area
        return xx, xy, -(xx * self.x0 + xy * self.y0), yx, yy, -(yx * self.x0 + yy * self.y0)

    def forward(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Inner to outer coordinates."""
        return self.xx * x + self.x0 + self.xy * y, self.yx * x + self.y0 + self.yy * y

    def inverse(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Outer to inner coordinates."""
        xx, xy, x0, yx, yy, y0 = self._back
        return (xx * x + x0) + xy * y, (yx * x + y0) + yy * y

    def slopes(self, x: Plane, y: Plane) -> Slopes:  # noqa: ARG002 - the same everywhere
        """Jacobian entries."""
        return self.xx, self.xy, self.yx, self.yy

    def at(self, frame: int) -> "Affine":
        """One frame of it."""
        entries = (self.xx, self.xy, self.x0, self.yx, self.yy, self.y0)
        return Affine(*(pick(entry, frame) for entry in entries))


def affine(
    x: Number = 0.0, y: Number = 0.0, angle: Number = 0.0, scale: Number = 1.0, scale_y: Number | None = None
) -> Affine:
    """Scale, then turn clockwise by ``angle`` radians, then move the origin to (x, y); numbers or one a frame."""
    turn, wide = over_time(angle), over_time(scale)
    high = wide if scale_y is None else over_time(scale_y)
    cos, sin = torch.cos(turn), torch.sin(turn)
    return Affine(cos * wide, -sin * high, over_time(x), sin * wide, cos * high, over_time(y))


@dataclass(frozen=True, eq=False)
class Glide:
    """What turns on a rounded head: the middle glides by ``amount``, the outline stays (parallax).

    Along x (yaw), with the half width s(y) = 1 / (1 + y^2) standing for a head that narrows up and down, and u = x / s:

        x' = s (u + a (1 - u^2)),   |u| <= 1,   continued by its tangents outside;   y' = y

    ``|a| < 1/2`` keeps it invertible, by the quadratic formula. With ``upright`` x and y change roles (pitch).
    """

    amount: Tensor
    upright: bool = False

    def _swap(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        return (y, x) if self.upright else (x, y)

    def forward(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Inner to outer coordinates."""
        along, across = self._swap(x, y)
        slim = 1 + across * across
        unit = along * slim
        held = unit.clamp(-1, 1)
        return self._swap(along + self.amount * (1 + held * held - 2 * held * unit) / slim, across)

    def inverse(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Outer to inner coordinates."""
        along, across = self._swap(x, y)
        slim = 1 + across * across
        unit = along * slim
        held = unit.clamp(-1, 1)
        gap = held - self.amount
        inside = 2 * gap / (1 + torch.sqrt(1 - 4 * self.amount * gap))
        return self._swap((inside + (unit - held) / (1 - 2 * self.amount * held)) / slim, across)

    def slopes(self, x: Plane, y: Plane) -> Slopes:
        """Jacobian entries."""
        along, across = self._swap(x, y)
        slim = 1 + across * across
        held = (along * slim).clamp(-1, 1)
        stretch = 1 - 2 * self.amount * held
        lean = self.amount * (1 + held * held) * (-2 * across / (slim * slim))
        return (1.0, 0.0, lean, stretch) if self.upright else (stretch, lean, 0.0, 1.0)

    def at(self, frame: int) -> "Glide":
        """One frame of it."""
        return Glide(pick(self.amount, frame), self.upright)


@dataclass(frozen=True, eq=False)
class Curve:
    """Bends a line into a parabola without changing its thickness: smiles, lids, necks, spines.

        y' = y + c x^2,   |x| <= 1.2,   continued by its tangents outside;   x' = x

    The tangents keep far-off places from steep slopes. With ``upright`` x and y change roles.
    """

    amount: Tensor
    upright: bool = False

    def _rise(self, along: Plane) -> Plane:
        held = along.clamp(-1.2, 1.2)
        return self.amount * held * (2 * along - held)

    def forward(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Inner to outer coordinates."""
        return (x + self._rise(y), y) if self.upright else (x, y + self._rise(x))

    def inverse(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Outer to inner coordinates."""
        return (x - self._rise(y), y) if self.upright else (x, y - self._rise(x))

    def slopes(self, x: Plane, y: Plane) -> Slopes:
        """Jacobian entries."""
        lean = 2 * self.amount * (y if self.upright else x).clamp(-1.2, 1.2)
        return (1.0, lean, 0.0, 1.0) if self.upright else (1.0, 0.0, lean, 1.0)

    def at(self, frame: int) -> "Curve":
        """One frame of it."""
        return Curve(pick(self.amount, frame), self.upright)


@dataclass(frozen=True, eq=False)
class Map:
    """A chain of steps from a part's canonical frame to the picture; parts carried by one body share its chain.

    Args:
        step: the innermost step.
        outer: the chain that carries this one, None when ``step`` already arrives in the picture.
    """

    step: Step
    outer: "Map | None" = None

    def then(self, step: Step) -> "Map":
        """A map carried by this one: ``step`` first, this map after it."""
        return Map(step, self)

    def push(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Canonical to picture coordinates, ``(t h w)`` each."""
        x, y = self.step.forward(x, y)
        return (x, y) if self.outer is None else self.outer.push(x, y)

    def pull(self, x: Plane, y: Plane) -> tuple[Plane, Plane]:
        """Picture to canonical coordinates: the exact inverse of ``push``."""
        if self.outer is not None:
            x, y = self.outer.pull(x, y)
        return self.step.inverse(x, y)

    def place(self, x: float = 0.0, y: float = 0.0) -> tuple[Tensor, Tensor]:
        """Where one canonical point, or else the origin, goes: x and y, ``(t)`` each."""
        far_x, far_y = self.push(over_time(x), over_time(y))
        return far_x.reshape(-1), far_y.reshape(-1)

    @cached_property
    def _carried(self) -> "dict[Map, Map]":
        return {}

    def on(self, stage: "Map") -> "Map":
        """The whole chain carried by ``stage``; parts that share a map go on sharing it."""
        if stage not in self._carried:
            self._carried[stage] = Map(self.step, stage if self.outer is None else self.outer.on(stage))
        return self._carried[stage]

    @cached_property
    def _moments(self) -> "dict[int, Map]":
        return {}

    def at(self, frame: int) -> "Map":
        """The same map at one frame only; parts that share a map go on sharing it."""
        if frame not in self._moments:
            self._moments[frame] = Map(self.step.at(frame), None if self.outer is None else self.outer.at(frame))
        return self._moments[frame]

    def first_order(self, frames: int) -> Float[Tensor, "t 2 3"]:
        """Taylor expansion at the canonical origin: the jacobian, and in the last column the place of the origin."""
        x, y = over_time(0.0), over_time(0.0)
        rows: list[tuple[Number, Number]] = [(1.0, 0.0), (0.0, 1.0)]
        link: Map | None = self
        while link is not None:
            xx, xy, yx, yy = link.step.slopes(x, y)
            (a, b), (c, d) = rows
            rows = [(xx * a + xy * c, xx * b + xy * d), (yx * a + yy * c, yx * b + yy * d)]
            x, y = link.step.forward(x, y)
            link = link.outer
        entries = (*rows[0], x, *rows[1], y)
        return torch.stack([over_time(entry).reshape(-1).expand(frames) for entry in entries], dim=1).view(-1, 2, 3)
