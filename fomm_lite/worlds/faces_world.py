"""Drawn faces: head and shoulders that turn, nod, blink, look around, talk and smile."""

import random

from torch import Tensor

from fomm_lite.worlds import hair, wardrobe
from fomm_lite.worlds.body import Body, move
from fomm_lite.worlds.clip import Clip, Part
from fomm_lite.worlds.maps import Curve, Map, affine, over_time
from fomm_lite.worlds.motion import Moves, pulse, wave
from fomm_lite.worlds.paint import Fade, Inside, Layer, Paint, Spot, mix, shade
from fomm_lite.worlds.shapes import Box, Ellipse, Lens, Limb, Rgb, Side
from fomm_lite.worlds.stage import Marks, film

LOWER_LID = 0.52  # how far below the middle of an eye it lies; it never moves
DROPS = {"upper lip": -0.35, "lower lip": 1.25, "tongue": 1.2, "teeth": -0.3}  # how far each sinks as the mouth opens


def _eyes(
    dice: random.Random, moves: Moves, time: Tensor, body: Body, spread: float, level: float, brow: Rgb
) -> tuple[list[Part], dict[str, Map]]:
    """Whites behind moving lids, irises that look around, lashes and brows; maps of eyes, brows and upper lids."""
    reach = dice.uniform(0.23, 0.28)
    tall = reach * body.aspect * dice.uniform(0.9, 1.2)
    tilt = dice.uniform(-0.12, 0.1)
    closed = pulse(moves, time, (18.0, 34.0), 7.0)
    wide_open = 0.78 + wave(moves, time, 0.14)
    lid = wide_open * (1 - closed) - 0.44 * closed
    look_x, look_y = wave(moves, time, 0.34, (16.0, 40.0)), wave(moves, time, 0.13, (16.0, 40.0))
    lift = 0.5 * pulse(moves, time, (24.0, 44.0), 14.0) + wave(moves, time, 0.2)
    iris_colour = wardrobe.eye_colour(dice)
    iris = Paint(
        shade(iris_colour, 0.35),
        (
            (Inside(Ellipse(0.46, 0.46), 0.2), iris_colour),
            (Inside(Ellipse(0.29, 0.29), 0.12), (0.06, 0.05, 0.07)),
            (Inside(Ellipse(0.17, 0.17, -0.2, -0.24), 0.5), (1.0, 1.0, 1.0)),
        ),
    )
    white = Paint((0.97, 0.97, 0.95), ((Fade(-0.3, -0.75), (0.83, 0.85, 0.9)),))
    lash = Paint(shade(mix(brow, (0.12, 0.08, 0.08), 0.75), 0.3))
    thick, bushy, arch = dice.uniform(0.12, 0.17), dice.uniform(0.13, 0.26), dice.uniform(0.15, 0.4)
    rise = dice.uniform(0.27, 0.33)
    parts, maps = [], {}
    for name, side in (("left", -1.0), ("right", 1.0)):
        eye = body.face.then(affine(side * spread, level, side * tilt, reach, tall))
        upper = eye.then(affine(0.0, -lid)).then(Curve(over_time(lid)))
        gaze = eye.then(affine(look_x, look_y))
        brows = body.face.then(
            affine(side * spread * 1.04, level - rise - 0.11 * lift, side * (tilt + 0.12), reach, tall)
        )
        brows = brows.then(Curve(over_time(arch + 0.15 * lift)))
        lower = Lens(1.0, 1.3, LOWER_LID)
        parts += [
            Part(f"{name} eye", eye, lower, white, ((upper, Side(below=True)),)),
            Part(f"{name} iris", gaze, Ellipse(0.54, 0.54), iris, ((eye, lower), (upper, Side(below=True)))),
            Part(f"{name} lid", upper, Lens(1.16, thick, 0.07), lash),
            Part(f"{name} brow", brows, Lens(1.25, bushy, bushy * 0.8), Paint(brow)),
        ]
        maps[name], maps[f"{name} brow"], maps[f"{name} lid"] = eye, brows, upper
    return parts, maps


def _mouth(dice: random.Random, moves: Moves, time: Tensor, body: Body, skin: Rgb) -> tuple[list[Part], Map, Map, Map]:
    """Two lips that open over teeth and tongue, and smile."""
    reach, level = dice.uniform(0.27, 0.35), dice.uniform(0.47, 0.54)
    gape = (0.55 + wave(moves, time, 0.8, (14.0, 30.0))).clamp(0, 1.2)
    gape = gape * gape * (0.62 - 0.1 * gape)
    smile = 0.3 + wave(moves, time, 0.75, (20.0, 50.0))
    painted = dice.random() < 0.35
    lip = mix(skin, (0.78, 0.16, 0.24) if painted else (0.7, 0.3, 0.3), dice.uniform(0.6, 0.85) if painted else 0.45)
    full = dice.uniform(0.8, 1.3)
    mouth = body.face.then(affine(0.0, level, 0.0, reach * (1 + 0.13 * smile), reach * body.aspect))
    bow = 0.42 * smile

    def edge(drop: Tensor) -> Map:
        return mouth.then(affine(0.0, drop + 0.5 * bow)).then(Curve(over_time(-drop - bow)))

    top, bottom = edge(DROPS["upper lip"] * gape), edge(DROPS["lower lip"] * gape)
    opening = ((top, Side(below=True)), (bottom, Side(below=False)))
    upper_teeth = mouth.then(affine(0.0, DROPS["teeth"] * gape + 0.4 * bow)).then(Curve(over_time(-0.5 * bow)))
    tongue = mouth.then(affine(0.0, DROPS["tongue"] * gape + 0.25 * bow))
    dark = Paint((0.33, 0.07, 0.1), ((Fade(0.7, -0.3), (0.2, 0.04, 0.07)),))
    parts = [
        Part("mouth", mouth, Box(1.0, 1.7, 0.1), dark, opening),
        Part("tongue", tongue, Ellipse(0.55, 0.42), Paint((0.86, 0.42, 0.44)), opening),
        Part("teeth", upper_teeth, Box(0.82, 0.3, 0.2), Paint((0.98, 0.97, 0.94)), opening),
        Part("upper lip", top, Lens(1.12, 0.3 * full, 0.05), Paint(lip)),
        Part("lower lip", bottom, Lens(1.12, 0.05, 0.4 * full), Paint(shade(lip, -0.08))),
    ]
    return parts, mouth, top, bottom


def _ears(dice: random.Random, body: Body, skin: Rgb, accent: Rgb) -> tuple[list[Part], list[Map]]:
    """Two ears, now and then with rings."""
    ears, maps = [], []
    for name, side in (("left", -1.0), ("right", 1.0)):
        ear = body.ears.then(affine(side, 0.08, side * 0.15))
        inside = Spot(side * 0.04, 0.0, 0.15)
        ears.append(
            Part(f"{name} ear", ear, Ellipse(0.17, 0.24), Paint(shade(skin, 0.1), ((inside, shade(skin, 0.34)),)))
        )
        maps.append(ear)
    if dice.random() < 0.25:
        metal = Paint(dice.choice(((0.95, 0.78, 0.3), (0.9, 0.92, 0.95), accent)))
        for name, ear in zip(("left", "right"), maps, strict=True):
            ears.append(Part(f"{name} earring", ear.then(affine(0.0, 0.3)), Ellipse(0.075, 0.06), metal))
    return ears, maps


def _portrait(dice: random.Random, moves: Moves, time: Tensor) -> tuple[tuple[Part, ...], Marks]:
    """All of a person, back to front, and the landmarks."""
    look = wardrobe.look(dice)
    skin, style = look.skin, dice.choice(hair.HAIR_STYLES)
    body = move(dice, moves, time)
    taper, square = dice.uniform(0.04, 0.2), dice.uniform(0.0, 0.32)
    head_shape = Ellipse(1.0, 1.0, taper=taper, square=square)
    blush: list[tuple[Layer, Rgb]] = [
        (Spot(0.56, 0.3, 0.36, dice.uniform(0.25, 0.6), mirrored=True), mix(skin, (0.9, 0.35, 0.33), 0.35)),
        (Fade(0.55, 1.15), shade(skin, 0.16)),
    ]
    if dice.random() < 0.2:
        blush += [(Spot(side * x, y, 0.06, 0.8), shade(skin, 0.4)) for side in (-1, 1) for x, y in wardrobe.FRECKLES]
    spread, level = dice.uniform(0.37, 0.45), dice.uniform(-0.14, 0.0)
    eyes, eye_maps = _eyes(dice, moves, time, body, spread, level, look.brow)
    mouth, mouth_map, top_lip, bottom_lip = _mouth(dice, moves, time, body, skin)
    behind, above = hair.hair(dice, style, body, look.hair, look.accent)
    bearded = style not in ("long", "bob", "bun", "scarf") and dice.random() < 0.35
    beards = [hair.beard(dice, body, head_shape, look.hair)] if bearded else []
    if dice.random() < 0.27:
        above.append(hair.glasses(dice, body, spread, level))
    nose_wide, nose_high = dice.uniform(0.11, 0.17), dice.uniform(0.15, 0.22)
    nose = body.front.then(affine(0.0, 0.22))
    nose_paint = Paint(shade(skin, 0.27), ((Spot(0.0, -nose_high * 0.4, nose_wide * 1.5), shade(skin, -0.18)),))
    ears, ear_maps = _ears(dice, body, skin, look.accent)
    if style == "scarf":
        ears = []
    parts = (
        Part("background", Map(affine()), wardrobe.EVERYWHERE, wardrobe.background(dice, look)),
        *behind,
        Part("clothes", body.chest, Ellipse(0.88, 0.6, 0.0, 0.2, square=0.35), wardrobe.cloth(dice, look, skin)),
        Part("neck", body.neck, Limb(0.34, 0.17, 0.19), Paint(shade(skin, 0.22))),
        *ears,
        Part("head", body.face, head_shape, Paint(skin, tuple(blush))),
        *beards,
        *mouth,
        Part("nose", nose, Ellipse(nose_wide, nose_high, taper=-0.35), nose_paint),
        *eyes,
        *above,
    )
    marks = {
        "left eye": eye_maps["left"].place(),
        "right eye": eye_maps["right"].place(),
        "left brow": eye_maps["left brow"].place(),
        "right brow": eye_maps["right brow"].place(),
        "nose": nose.place(),
        "left mouth corner": mouth_map.place(-1.0),
        "right mouth corner": mouth_map.place(1.0),
        "upper lip": top_lip.place(),
        "lower lip": bottom_lip.place(),
        "chin": body.face.place(0.0, 0.92),
        "forehead": body.face.place(0.0, -0.6),
        "left ear": ear_maps[0].place(),
        "right ear": ear_maps[1].place(),
        "neck": body.neck.place(),
        "left shoulder": body.chest.place(-0.55, -0.05),
        "right shoulder": body.chest.place(0.55, -0.05),
        "left upper lid": eye_maps["left lid"].place(),
        "left lower lid": eye_maps["left"].place(0.0, LOWER_LID),
        "right upper lid": eye_maps["right lid"].place(),
        "right lower lid": eye_maps["right"].place(0.0, LOWER_LID),
    }
    return parts, marks


def faces(
    seed: int, frames: int = 24, size: int = 64, stride: int = 1, turn: float = 0.0, motion: int | None = None
) -> Clip:
    """A drawn person talking to the camera, with the exact truth about every motion.

    Args:
        seed: identity and motion; see :func:`fomm_lite.worlds.seeds`.
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
        >>> faces(0, frames=2, size=32).frames.shape
        torch.Size([2, 3, 32, 32])
    """
    return film("faces", _portrait, seed=seed, frames=frames, size=size, stride=stride, turn=turn, motion=motion)
