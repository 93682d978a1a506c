"""Smooth motion over time, from a seed: curves, blinks, the clock they read, and whose motion a figure does."""

import math
import random
from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError

T = TypeVar("T")
SPLITS = ("train", "validation", "test")


def seeds(split: str, count: int, start: int = 0) -> range:
    """Seeds of a split: every third number, so that no split ever meets another, however many are asked for.

    Args:
        split: "train", "validation" or "test".
        count: how many seeds.
        start: how many seeds of the split to skip first.

    Raises:
        InputError: an unknown split, or a negative count or start.

    Example:
        >>> list(seeds("test", 3))
        [2, 5, 8]
    """
    if split not in SPLITS:
        raise InputError(f"got split {split!r}", f"one of {', '.join(SPLITS)}", "choose one of them")
    if count < 0 or start < 0:
        raise InputError(
            f"got count {count} and start {start}", "neither negative", "ask for 0 or more seeds from 0 or more on"
        )
    first = SPLITS.index(split) + len(SPLITS) * start
    return range(first, first + len(SPLITS) * count, len(SPLITS))


def clock(
    seed: int, frames: int, size: int, stride: int, turn: float = 0.0, motion: int | None = None
) -> Float[Tensor, " t"]:
    """Motion time of every frame, in steps, after a check of what the user asked for.

    Raises:
        InputError: a seed or motion that is negative or no whole number, no frames, a picture under 16 pixels, a stride
            under 1, or a turn outside 0 to pi.
    """
    wanted: list[tuple[str, Any, int]] = [
        ("seed", seed, 0),
        ("frames", frames, 1),
        ("size", size, 16),
        ("stride", stride, 1),
    ]
    if motion is not None:
        wanted.append(("motion", motion, 0))
    for name, number, least in wanted:
        if not isinstance(number, Integral) or number < least:
            raise InputError(
                f"got {name} {number}", f"a whole {name} of {least} or more", f"use {name}={least} or larger"
            )
    if not 0 <= turn <= math.pi:
        raise InputError(f"got turn {turn}", "radians, 0 to pi", "use turn=1.2 to see much of it")
    # float64, so that a time reached by another stride gives the same number.
    return torch.arange(frames, dtype=torch.float64) * stride


class Moves:
    """The draws behind a figure's motion, told apart from those behind its looks.

    Both come from one stream, and what a seed draws from it never changes: trained weights know those clips. A figure
    that does another's motion therefore draws its own first, to keep the stream in step, and then takes the other's.

    Args:
        dice: the stream of the figure.
        script: what another figure of the same world drew, in order; None for the figure's own motion.

    Attributes:
        drawn: what this figure's own draws came to, in order: a script for others.
    """

    def __init__(self, dice: random.Random, script: Sequence[Any] | None = None) -> None:
        self._dice, self._script = dice, script
        self.drawn: list[Any] = []

    def uniform(self, low: float, high: float) -> float:
        """A number between two."""
        return self._next(self._dice.uniform(low, high))

    def choice(self, options: Sequence[T]) -> T:
        """One of several."""
        return self._next(self._dice.choice(options))

    def _next(self, own: T) -> T:
        self.drawn.append(own)
        return own if self._script is None else self._script[len(self.drawn) - 1]


def wave(
    moves: Moves, time: Float[Tensor, " t"], amplitude: float, period: tuple[float, float] = (20.0, 44.0)
) -> Float[Tensor, " t"]:
    """A smooth curve within +-amplitude: two sines of random period (in steps) and phase."""
    slow, fast = moves.uniform(*period), moves.uniform(*period) * 0.55
    first, second = moves.uniform(0, math.tau), moves.uniform(0, math.tau)
    return amplitude * (
        0.75 * torch.sin(time * (math.tau / slow) + first) + 0.25 * torch.sin(time * (math.tau / fast) + second)
    )


def pulse(moves: Moves, time: Float[Tensor, " t"], every: tuple[float, float], lasting: float) -> Float[Tensor, " t"]:
    """Short smooth bumps from 0 to 1 and back, ``lasting`` steps long, repeated ``every`` so many steps: blinks."""
    period = moves.uniform(*every)
    edge = math.cos(math.pi * lasting / period)
    bump = ((torch.cos(time * (math.tau / period) + moves.uniform(0, math.tau)) - edge) / (1 - edge)).clamp(0, 1)
    share = (bump * 2).clamp(0, 1)
    return share * share * (3 - 2 * share)
