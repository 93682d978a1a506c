"""Drawn puppets: jointed figures that wave, walk in place, dance and jump before a still background."""

import math
import random
from dataclasses import dataclass

import torch
from torch import Tensor

from fomm_lite.worlds import wardrobe
from fomm_lite.worlds.clip import Clip, Part
from fomm_lite.worlds.maps import Curve, Map, affine, over_time
from fomm_lite.worlds.motion import Moves, wave
from fomm_lite.worlds.paint import Fade, Inside, Paint, Spot, mix, shade
from fomm_lite.worlds.shapes import Both, Box, Either, Ellipse, Limb, Mirror, Scallop, Side
from fomm_lite.worlds.stage import Marks, film

ACTIONS = ("wave", "walk", "dance", "jump", "swing")


@dataclass(frozen=True)
class _Pose:
    """Angles over time ``(t)``, radians clockwise: 0 hangs straight down. Pairs are (left, right), the viewer's."""

    x: Tensor
    y: Tensor
    lean: Tensor
    bend: Tensor
    nod: Tensor
    shoulders: tuple[Tensor, Tensor]
    elbows: tuple[Tensor, Tensor]
    hips: tuple[Tensor, Tensor]
    knees: tuple[Tensor, Tensor]


def _perform(moves: Moves, time: Tensor) -> _Pose:
    """Draw an action and its rhythm, and loosen it with slow waves so that no two are alike."""
    action = moves.choice(ACTIONS)
    beat = time * (math.tau / moves.uniform(14.0, 24.0)) + moves.uniform(0, math.tau)
    swing, double = torch.sin(beat), torch.cos(2 * beat)
    vigour = moves.uniform(0.8, 1.15)
    side = moves.choice((0, 1))

    def loose(amplitude: float) -> Tensor:
        return wave(moves, time, amplitude, (24.0, 50.0))

    x, y, lean = loose(0.12), loose(0.03), loose(0.09)
    bend, nod = loose(0.35), loose(0.2)
    # Positive = outwards, for both sides; mirrored at the end.
    arms = [0.45 + loose(0.3), 0.45 + loose(0.3)]
    fore = [0.35 + loose(0.35), 0.35 + loose(0.35)]
    legs = [0.14 + loose(0.08), 0.14 + loose(0.08)]
    shins = [loose(0.06) - 0.06, loose(0.06) - 0.06]
    if action == "wave":
        arms[side], fore[side] = 2.2 + 0.25 * vigour * swing, 0.45 + 0.75 * vigour * torch.sin(beat + 0.6)
        lean = lean + (0.1 if side else -0.1) * swing
    elif action == "walk":
        for index, sign in enumerate((1.0, -1.0)):
            stride = sign * vigour * swing
            legs[index], shins[index] = (
                sign * 0.62 * stride,
                -sign * 0.45 * (1 + torch.cos(beat + (0 if index else math.pi))),
            )
            arms[index], fore[index] = 0.1 - sign * 0.75 * stride, sign * 0.55 + 0.3 * stride
        y = y + 0.03 * double
    elif action == "dance":
        x, bend = x + 0.1 * swing, bend + 0.45 * swing
        for index, sign in enumerate((1.0, -1.0)):
            arms[index], fore[index] = 1.4 + sign * 0.8 * vigour * swing, 0.9 * vigour * torch.sin(beat + sign * 1.1)
            legs[index], shins[index] = 0.25 + sign * 0.2 * swing, -0.25 - 0.2 * sign * swing
        y = y + 0.04 * double
    elif action == "jump":
        spread = (1 - torch.cos(beat)) / 2
        arms = [0.35 + 2.2 * spread * vigour, 0.35 + 2.2 * spread * vigour]
        fore = [0.3 * spread + 0.1, 0.3 * spread + 0.1]
        legs, shins = [0.08 + 0.5 * spread, 0.08 + 0.5 * spread], [-0.1 * spread, -0.1 * spread]
        y = y - 0.1 * torch.sin(beat).abs()
    else:
        for index in (0, 1):
            arms[index] = 0.35 + vigour * (0.95 * torch.sin(beat + index * 2.2))
            fore[index] = -0.9 + 0.7 * torch.cos(beat + index * 2.2)
        lean, x = lean + 0.12 * swing, x + 0.08 * swing
        legs = [0.2 + 0.12 * swing, 0.2 - 0.12 * swing]

    def pair(angles: list[Tensor]) -> tuple[Tensor, Tensor]:
        return angles[0], -angles[1]

    return _Pose(x, y, lean, bend, nod, pair(arms), pair(fore), pair(legs), pair(shins))


def _limb(joint: tuple[Tensor, Tensor], angle: Tensor, length: float) -> tuple[Map, tuple[Tensor, Tensor]]:
    """Map of a bar that hangs from ``joint`` at an absolute ``angle`` (its origin halfway down), and where it ends."""
    x, y = joint
    down_x, down_y = -length * torch.sin(angle), length * torch.cos(angle)
    return Map(affine(x + down_x / 2, y + down_y / 2, angle)), (x + down_x, y + down_y)


def _head(dice: random.Random, head: Map, look: wardrobe.Look) -> list[Part]:
    """A simple face and hair or a hat, in a head of unit radius."""
    skin = Paint(look.skin, ((Spot(0.5, 0.3, 0.32, 0.5, mirrored=True), mix(look.skin, (0.92, 0.35, 0.33), 0.45)),))
    hair = wardrobe.strands(dice, look.hair)
    mouth = Paint((0.5, 0.1, 0.14), ((Inside(Side(below=False, level=0.47), 0.05), (0.98, 0.97, 0.95)),))
    style = dice.choice(("short", "long", "curly", "bun", "fringe", "cap", "party", "bald", "pigtails"))
    behind, above = [], []
    line = Side(below=False, level=dice.uniform(-0.5, -0.25), slope=dice.uniform(-0.3, 0.3), bow=dice.uniform(0.2, 0.6))
    if style == "long":
        behind.append(Part("back hair", head, Box(1.2, 1.2, 0.8, 0.0, 0.25), wardrobe.dimmed(hair)))
    elif style == "curly":
        behind.append(Part("back hair", head, Scallop(1.35, 1.25, 11, 0.08, 0.0, -0.2), hair))
    elif style == "bun":
        behind.append(Part("back hair", head, Ellipse(0.45, 0.42, 0.0, -1.25), hair))
    elif style == "pigtails":
        behind.append(Part("back hair", head, Mirror(Ellipse(0.38, 0.55, 0.0, 0.15), 1.2), hair))
    if style == "cap":
        crown = Both(Ellipse(1.14, 1.16), Side(below=False, level=-0.3, bow=0.06))
        side = dice.choice((-0.5, 0.5))
        above.append(
            Part(
                "hat",
                head,
                Either((crown, Box(0.85, 0.14, 0.13, side, -0.32))),
                Paint(look.accent, ((Fade(-0.52, -0.44), shade(look.accent, 0.3)),)),
            )
        )
    elif style == "party":
        cone = Both(Limb(1.3, 0.08, 0.68), Side(below=False, level=0.62))
        paint = Paint(look.accent, ((Inside(Box(2.0, 0.14, 0.05, 0.0, 0.12), 0.05), look.trim),))
        above += [
            Part("hair", head, Both(Ellipse(1.1, 1.1), line), hair),
            Part("hat", head.then(affine(0.0, -1.25)), cone, paint),
        ]
    elif style != "bald":
        above.append(Part("hair", head, Both(Ellipse(1.12, 1.12, 0.0, -0.04), line), hair))
    smile = Both(Ellipse(0.42, 0.36, 0.0, 0.32), Side(below=True, level=0.38))
    return [
        *behind,
        Part("head", head, Ellipse(1.0, 1.04), skin),
        Part("eyes", head, Mirror(Ellipse(0.22, 0.25), 0.38), Paint((0.98, 0.98, 0.96))),
        Part("pupils", head, Mirror(Ellipse(0.13, 0.16, 0.02, 0.02), 0.38), Paint((0.13, 0.1, 0.13))),
        Part("smile", head, smile, mouth),
        *above,
    ]


def _puppet(dice: random.Random, moves: Moves, time: Tensor) -> tuple[tuple[Part, ...], Marks]:
    """All of a figure, back to front, and the landmarks."""
    look = wardrobe.look(dice)
    pose = _perform(moves, time)
    wide, long = dice.uniform(0.18, 0.25), dice.uniform(0.22, 0.27)
    radius = dice.uniform(0.21, 0.26)
    arm, leg = dice.uniform(0.25, 0.3), dice.uniform(0.25, 0.29)
    thick = dice.uniform(0.078, 0.095)
    grow = 1 + wave(moves, time, 0.06)
    root = Map(affine(pose.x, 0.28 + pose.y, pose.lean, grow))
    # The torso's origin is its middle; the spine bends about the hips.
    torso = root.then(affine(0.0, -long)).then(Curve(over_time(pose.bend), upright=True))
    neck = torso.place(0.0, -long)
    spine = pose.lean + torch.atan(2 * pose.bend * long)
    head_turn = pose.lean + pose.nod
    reach = radius * 0.92
    head = Map(
        affine(neck[0] + reach * torch.sin(head_turn), neck[1] - reach * torch.cos(head_turn), head_turn, radius * grow)
    )
    trousers = mix(look.trim, (0.2, 0.24, 0.4), 0.55)
    shorts, sleeveless = dice.random() < 0.35, dice.random() < 0.45
    weave = wardrobe.pattern(dice, 0.8)
    shirt = Paint(look.cloth, ((weave, look.trim),) if weave is not None else ())
    parts: dict[str, list[Part]] = {}
    ends: dict[str, tuple[Tensor, Tensor]] = {}
    for index, name in enumerate(("left", "right")):
        sign = (-1.0, 1.0)[index]
        joint = torso.place(sign * (wide - 0.03), -long + 0.05)
        upper, elbow = _limb(joint, pose.shoulders[index] + spine * 0.5, arm)
        lower, wrist = _limb(elbow, pose.shoulders[index] + spine * 0.5 + pose.elbows[index], arm)
        hand = Map(affine(*wrist, pose.shoulders[index] + pose.elbows[index]))
        parts[f"{name} arm"] = [
            Part(
                f"{name} forearm",
                lower,
                Limb(arm, thick * 0.85, thick * 0.7),
                Paint(shade(look.skin if sleeveless else look.cloth, 0.06)),
            ),
            Part(f"{name} hand", hand, Ellipse(thick * 1.1, thick * 1.15), Paint(look.skin)),
            Part(f"{name} upper arm", upper, Limb(arm, thick, thick * 0.85), Paint(shade(look.cloth, 0.14))),
        ]
        joint = root.place(sign * (wide * 0.55), 0.0)
        thigh, knee = _limb(joint, pose.hips[index] + pose.lean * 0.3, leg)
        shin, ankle = _limb(knee, pose.hips[index] + pose.knees[index], leg)
        foot = Map(affine(ankle[0] + sign * 0.04, ankle[1] + 0.03, (pose.hips[index] + pose.knees[index]) * 0.5))
        tone = shade(trousers, 0.12 * index)
        parts[f"{name} leg"] = [
            Part(f"{name} shin", shin, Limb(leg, thick, thick * 0.8), Paint(look.skin if shorts else tone)),
            Part(f"{name} foot", foot, Ellipse(thick * 1.65, thick * 0.95, square=0.4), Paint(look.accent)),
            Part(f"{name} thigh", thigh, Limb(leg, thick * 1.2, thick), Paint(tone)),
        ]
        ends |= {f"{name} elbow": elbow, f"{name} hand": wrist, f"{name} knee": knee, f"{name} foot": ankle}
        ends[f"{name} shoulder"] = parts[f"{name} arm"][2].map.place(0.0, -arm / 2)
    first = dice.choice((("left", "right"), ("right", "left")))
    body = Part("torso", torso, Ellipse(wide, long + 0.03, taper=dice.uniform(-0.15, 0.2), square=0.65), shirt)
    both_before = dice.random() < 0.4
    head_parts = _head(dice, head, look)
    back_hair = [part for part in head_parts if part.name == "back hair"]
    rest = [part for part in head_parts if part.name != "back hair"]
    throat = Part("neck", torso, Box(0.07, 0.09, 0.03, 0.0, -long), Paint(shade(look.skin, 0.22)))
    drawn = (
        Part("background", Map(affine()), wardrobe.EVERYWHERE, wardrobe.background(dice, look)),
        *back_hair,
        *(() if both_before else parts[f"{first[0]} arm"]),
        *parts[f"{first[0]} leg"],
        *parts[f"{first[1]} leg"],
        throat,
        body,
        *rest,
        *(parts[f"{first[0]} arm"] if both_before else ()),
        *parts[f"{first[1]} arm"],
    )
    marks = {
        "head": head.place(),
        "crown": head.place(0.0, -0.95),
        "neck": neck,
        "torso": torso.place(),
        "hips": root.place(),
        **ends,
    }
    return drawn, marks


def puppets(
    seed: int, frames: int = 24, size: int = 64, stride: int = 1, turn: float = 0.0, motion: int | None = None
) -> Clip:
    """A drawn figure in motion, with the exact truth about every limb.

    Args:
        seed: figure, action and background; see :func:`fomm_lite.worlds.seeds`.
        frames: number of pictures t.
        size: height and width in pixels.
        stride: motion steps between pictures; 1 is smooth at 12 to 25 pictures a second.
        turn: how far, in radians, the whole figure turns to and fro about the middle of the picture, which zooms it
            too (:func:`~fomm_lite.worlds.stage.turning`); 0 to pi.
        motion: another seed, whose motion this figure does; None is its own.

    Raises:
        InputError: a seed or motion that is negative or no whole number, no frames, a size under 16, a stride under 1,
            or a turn outside 0 to pi.

    Example:
        >>> puppets(0, frames=2, size=32).part_affines.shape[2:]
        torch.Size([2, 3])
    """
    return film("puppets", _puppet, seed=seed, frames=frames, size=size, stride=stride, turn=turn, motion=motion)
