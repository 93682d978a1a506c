"""Smooth motion over time, from a seed: curves, blinks, and the clock they read."""

import math
import random

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError

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


def clock(seed: int, frames: int, size: int, stride: int) -> Float[Tensor, " t"]:
    """Motion time of every frame, in steps, after a check of what the user asked for.

    Raises:
        InputError: a negative seed, no frames, a picture under 16 pixels, or a stride under 1.
    """
    wanted = (("seed", seed, 0), ("frames", frames, 1), ("size", size, 16), ("stride", stride, 1))
    for name, number, least in wanted:
        if number < least:
            raise InputError(f"got {name} {number}", f"{name} of {least} or more", f"use {name}={least} or larger")
    # float64, so that a time reached by another stride gives the same number.
    return torch.arange(frames, dtype=torch.float64) * stride


def wave(
    dice: random.Random, time: Float[Tensor, " t"], amplitude: float, period: tuple[float, float] = (20.0, 44.0)
) -> Float[Tensor, " t"]:
    """A smooth curve within +-amplitude: two sines of random period (in steps) and phase."""
    slow, fast = dice.uniform(*period), dice.uniform(*period) * 0.55
    first, second = dice.uniform(0, math.tau), dice.uniform(0, math.tau)
    return amplitude * (
        0.75 * torch.sin(time * (math.tau / slow) + first) + 0.25 * torch.sin(time * (math.tau / fast) + second)
    )


def pulse(
    dice: random.Random, time: Float[Tensor, " t"], every: tuple[float, float], lasting: float
) -> Float[Tensor, " t"]:
    """Short smooth bumps from 0 to 1 and back, ``lasting`` steps long, repeated ``every`` so many steps: blinks."""
    period = dice.uniform(*every)
    edge = math.cos(math.pi * lasting / period)
    bump = ((torch.cos(time * (math.tau / period) + dice.uniform(0, math.tau)) - edge) / (1 - edge)).clamp(0, 1)
    share = (bump * 2).clamp(0, 1)
    return share * share * (3 - 2 * share)
