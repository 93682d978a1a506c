"""From a drawn figure to a clip: whose motion it does, how the whole of it turns, and the pictures."""

import random
from collections.abc import Callable

from torch import Tensor

from fomm_lite.worlds.clip import Clip, Part, render, track
from fomm_lite.worlds.maps import Map, affine, over_time
from fomm_lite.worlds.motion import Moves, clock, wave

Marks = dict[str, tuple[Tensor, Tensor]]
Figure = Callable[[random.Random, Moves, Tensor], tuple[tuple[Part, ...], Marks]]
_MOST_ZOOM = 0.2


def film(
    world: str, figure: Figure, *, seed: int, frames: int, size: int, stride: int, turn: float, motion: int | None
) -> Clip:
    """Draw a figure, make it do a motion, turn it, and take its pictures.

    Args:
        world: names the streams of random numbers.
        figure: draws the parts, back to front, and the landmarks: looks from its first argument, motion from its
            second, at the times in its third. The first part is the background, which stays where it is.
        seed: of the looks.
        frames: number of pictures t.
        size: height and width in pixels.
        stride: motion steps between pictures.
        turn: as for :func:`turning`.
        motion: seed of the motion; None is ``seed``.

    Raises:
        InputError: as :func:`~fomm_lite.worlds.motion.clock`.
    """
    time = clock(seed, frames, size, stride, turn, motion)
    script = None
    if motion is not None:
        dice = random.Random(f"{world} {motion}")
        other = Moves(dice)
        figure(dice, other, time)
        script = other.drawn
    dice = random.Random(f"{world} {seed}")
    (background, *parts), marks = figure(dice, Moves(dice, script), time)
    if turn:
        stage = turning(Moves(random.Random(f"turn {seed if motion is None else motion}")), time, turn)
        parts = [part.on(stage) for part in parts]
        for name, (x, y) in marks.items():
            x, y = stage.push(over_time(x), over_time(y))
            marks[name] = x.reshape(-1), y.reshape(-1)
    drawn = (background, *parts)
    return Clip(render(drawn, frames, size), track(marks, frames), tuple(marks), drawn)


def turning(moves: Moves, time: Tensor, turn: float) -> Map:
    """A turn about the middle of the picture by +-``turn`` radians, and a zoom by up to a sixth of that, at most 20 %.

    Both are smooth waves, drawn apart from everything else, so that a turned clip shows the same figure doing the same.
    """
    angle, zoom = wave(moves, time, turn), wave(moves, time, min(turn / 6, _MOST_ZOOM))
    return Map(affine(0.0, 0.0, angle, 1 + zoom))
