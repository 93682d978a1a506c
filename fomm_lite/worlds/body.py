"""How a drawn head sits on its shoulders, rolls, nods and turns: the maps that carry all parts of a portrait."""

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from fomm_lite.worlds.maps import Curve, Glide, Map, affine, over_time
from fomm_lite.worlds.motion import Moves, wave


@dataclass(frozen=True)
class Body:
    """The maps that carry everything on a portrait.

    What lies further out from the axis of the head glides further when it turns: ``front`` (nose, glasses) most, then
    ``face``; ``ears`` and ``back`` (hair behind) lie behind the axis and glide the other way.

    Args:
        chest: shoulders and clothes; origin at the bottom of the picture, unit 1.
        neck: from the chest to the head; origin halfway up.
        face: unit circle = outline of the head, origin in its middle.
        front: like face, further out.
        ears: like face, a little behind the axis.
        back: like face, far behind the axis.
        aspect: width over height of the head, to keep round things round.
    """

    chest: Map
    neck: Map
    face: Map
    front: Map
    ears: Map
    back: Map
    aspect: float


def move(dice: random.Random, moves: Moves, time: Tensor) -> Body:
    """Draw the proportions of head and shoulders and how they move.

    Args:
        dice: where the proportions come from.
        moves: where the motion comes from.
        time: motion time of every frame, in steps.
    """
    wide = dice.uniform(0.43, 0.5)
    high = wide * dice.uniform(1.15, 1.36)
    vigour = moves.uniform(0.75, 1.0)
    roll = wave(moves, time, 0.35 * vigour)
    sway_x, sway_y = wave(moves, time, 0.15 * vigour), wave(moves, time, 0.09 * vigour)
    yaw, pitch = wave(moves, time, 0.33 * vigour), wave(moves, time, 0.2 * vigour)
    size = 1 + wave(moves, time, 0.09 * vigour)
    chest_x, chest_y = 0.55 * sway_x, 0.4 * sway_y
    chest = Map(affine(chest_x, 0.95 + chest_y, 0.2 * roll, 0.5 + 0.5 * size))
    # The head rolls about the neck, so its centre swings.
    reach = high * 0.8
    head_x, head_y = sway_x + reach * torch.sin(roll), reach + 0.02 + sway_y - reach * torch.cos(roll)
    skull = Map(affine(head_x, head_y, roll, wide * size, high * size))

    def glide(gain: float) -> Map:
        return skull.then(Glide(over_time(pitch * gain), upright=True)).then(Glide(over_time(yaw * gain)))

    lean = (head_x - chest_x - 0.5 * high * torch.sin(roll)) / 0.45**2
    neck = chest.then(affine(0.0, -0.4)).then(Curve(over_time(lean), upright=True)).then(affine(0.0, -0.2))
    return Body(chest, neck, glide(1.0), glide(1.3), glide(-0.25), glide(-0.5), wide / high)
