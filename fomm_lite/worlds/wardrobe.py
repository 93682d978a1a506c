"""What the drawn people wear and stand before: palettes that go together, cloth, hair, backgrounds."""

import math
import random
from dataclasses import dataclass

from fomm_lite.worlds.paint import Checks, Dots, Fade, Inside, Layer, Paint, Spot, Stripes, hue, mix, shade
from fomm_lite.worlds.shapes import Box, Ellipse, Everywhere, Rgb, Side

EVERYWHERE = Everywhere()
SKINS: tuple[Rgb, ...] = (
    (0.99, 0.87, 0.78),
    (0.98, 0.82, 0.71),
    (0.95, 0.77, 0.63),
    (0.91, 0.71, 0.55),
    (0.85, 0.63, 0.46),
    (0.77, 0.54, 0.37),
    (0.66, 0.44, 0.29),
    (0.55, 0.36, 0.24),
    (0.44, 0.28, 0.19),
    (0.35, 0.22, 0.16),
)
HAIRS: tuple[Rgb, ...] = (
    (0.11, 0.09, 0.1),
    (0.2, 0.13, 0.1),
    (0.33, 0.2, 0.13),
    (0.47, 0.29, 0.17),
    (0.62, 0.41, 0.22),
    (0.84, 0.64, 0.34),
    (0.93, 0.8, 0.52),
    (0.7, 0.3, 0.14),
    (0.55, 0.17, 0.13),
    (0.62, 0.62, 0.66),
    (0.88, 0.88, 0.88),
    (0.85, 0.4, 0.58),
    (0.3, 0.5, 0.75),
    (0.2, 0.55, 0.5),
    (0.5, 0.35, 0.7),
)
EYES: tuple[Rgb, ...] = (
    (0.36, 0.22, 0.12),
    (0.5, 0.32, 0.16),
    (0.25, 0.5, 0.75),
    (0.3, 0.56, 0.4),
    (0.45, 0.52, 0.58),
    (0.55, 0.47, 0.2),
)
FRAMES: tuple[Rgb, ...] = (
    (0.13, 0.12, 0.15),
    (0.5, 0.2, 0.16),
    (0.16, 0.26, 0.5),
    (0.85, 0.65, 0.25),
    (0.55, 0.15, 0.35),
)
FRECKLES = ((0.3, 0.16), (0.44, 0.12), (0.58, 0.17), (0.36, 0.28), (0.5, 0.25), (0.64, 0.28))


@dataclass(frozen=True)
class Look:
    """Colours of one person and of the wall behind."""

    skin: Rgb
    hair: Rgb
    brow: Rgb
    cloth: Rgb
    accent: Rgb
    trim: Rgb
    wall: Rgb
    wall_trim: Rgb


def look(dice: random.Random) -> Look:
    """A harmonious palette: the wall picks a hue, the clothes one far from it, the accent one in between."""
    index = dice.randrange(len(SKINS) - 1)
    skin = mix(SKINS[index], SKINS[index + 1], dice.random())
    natural = len(HAIRS) - 4
    hair = dice.choice(HAIRS[: natural - 2] if index >= 5 and dice.random() < 0.8 else HAIRS)
    if sum(abs(p - q) for p, q in zip(skin, hair, strict=True)) < 0.45:
        hair = HAIRS[0] if index < 7 else HAIRS[9]
    base = dice.random()
    wall_light = dice.choice((0.86, 0.8, 0.72, 0.55, 0.34))
    wall = hue(base, wall_light, dice.uniform(0.25, 0.5))
    step = dice.choice((0.06, -0.06, 0.1, 0.5))
    wall_trim = hue(base + step, min(wall_light + dice.choice((-0.13, 0.1)), 0.94), dice.uniform(0.22, 0.45))
    far = base + dice.choice((0.33, 0.42, 0.5, 0.58, 0.67))
    cloth = hue(far, dice.choice((0.3, 0.4, 0.5, 0.62, 0.82)), dice.uniform(0.4, 0.75))
    accent = hue(base + dice.choice((0.25, 0.5, 0.75)), dice.uniform(0.36, 0.6), dice.uniform(0.4, 0.65))
    trim = mix(cloth, dice.choice(((1.0, 0.98, 0.92), (0.12, 0.13, 0.25), accent)), 0.8)
    return Look(skin, hair, shade(hair, 0.25), cloth, accent, trim, wall, wall_trim)


def eye_colour(dice: random.Random) -> Rgb:
    """Colour of an iris."""
    return dice.choice(EYES)


def strands(dice: random.Random, colour: Rgb) -> Paint:
    """Hair with soft strands and a sheen."""
    lock = Stripes(dice.uniform(0.22, 0.34), dice.uniform(-0.35, 0.35), 1.0, 0.7, dice.uniform(0.0, 0.9))
    return Paint(colour, ((lock, shade(colour, 0.3)), (Spot(-0.25, -0.8, 0.6, 0.5), shade(colour, -0.3))))


def dimmed(paint: Paint) -> Paint:
    """The same paint in the shade."""
    return Paint(shade(paint.base, 0.3), tuple((layer, shade(rgb, 0.3)) for layer, rgb in paint.layers))


def pattern(dice: random.Random, scale: float = 1.0) -> Layer | None:
    """A weave for cloth, None for plain."""
    pick = dice.randrange(7)
    if pick == 0:
        return Stripes(0.2 * scale, math.pi / 2, 4.0)
    if pick == 1:
        return Stripes(0.2 * scale, 0.0, 4.0)
    if pick == 2:
        return Stripes(0.22 * scale, dice.choice((0.8, -0.8)), 3.0)
    if pick == 3:
        return Dots(0.24 * scale, -0.4, 2.0)
    if pick == 4:
        return Checks(0.26 * scale)
    return None


def cloth(dice: random.Random, colours: Look, skin: Rgb) -> Paint:
    """What the chest of a face wears, with its neckline."""
    layers: list[tuple[Layer, Rgb]] = []
    weave = pattern(dice)
    if weave is not None:
        layers.append((weave, colours.trim))
    neckline = dice.randrange(4)
    if neckline == 0:
        layers += [
            (Inside(Ellipse(0.34, 0.24, 0.0, -0.4), 0.05), colours.trim),
            (Inside(Ellipse(0.28, 0.18, 0.0, -0.4), 0.06), shade(skin, 0.22)),
        ]
    elif neckline == 1:
        layers += [(Inside(Box(0.26, 0.14, 0.06, 0.0, -0.36), 0.02), shade(colours.cloth, 0.25))]
    elif neckline == 2:
        layers += [(Inside(Ellipse(0.36, 0.3, 0.0, -0.4), 0.06), shade(skin, 0.22))]
    else:
        layers += [
            (Inside(Ellipse(0.4, 0.26, 0.0, -0.38), 0.05), shade(colours.cloth, -0.45)),
            (Inside(Box(0.03, 0.5, 0.02, 0.0, 0.1), 0.02), shade(colours.cloth, 0.3)),
        ]
    return Paint(colours.cloth, tuple(layers))


def background(dice: random.Random, colours: Look) -> Paint:
    """A wall: a gradient under stripes, dots, hills, a window, a lamp or checks. It never moves."""
    glow = shade(colours.wall, -0.35)
    layers: list[tuple[Layer, Rgb]] = [(Fade(-1.1, 1.1), mix(colours.wall, colours.wall_trim, 0.4))]
    pick = dice.randrange(8)
    if pick == 0:
        layers.append(
            (Stripes(dice.uniform(0.35, 0.6), dice.choice((0.0, math.pi / 2, 0.7, -0.7)), 3.0, 0.7), colours.wall_trim)
        )
    elif pick == 1:
        layers.append((Dots(dice.uniform(0.4, 0.6), -0.45, 4.0, 0.8), colours.wall_trim))
    elif pick == 2:
        for level in (0.0, 0.4):
            hill = Side(below=True, level=level, slope=dice.uniform(-0.4, 0.4), bow=dice.uniform(-0.5, 0.5))
            layers.append((Inside(hill, 0.03), shade(colours.wall_trim, level)))
    elif pick == 3:
        side = dice.choice((-0.55, 0.55))
        layers += [
            (Inside(Box(0.42, 0.5, 0.05, side, -0.4), 0.03), glow),
            (Inside(Box(0.37, 0.45, 0.03, side, -0.4), 0.03), hue(0.56, 0.8, 0.6)),
        ]
        layers += [
            (Inside(Box(0.42, 0.025, 0.01, side, -0.4), 0.03), glow),
            (Inside(Box(0.025, 0.5, 0.01, side, -0.4), 0.03), glow),
        ]
    elif pick == 4:
        layers += [(Inside(Ellipse(0.95, 0.95, 0.0, -0.1), 0.03), colours.wall_trim)]
    elif pick == 5:
        layers += [
            (
                Spot(dice.uniform(-1, 1), dice.uniform(-1, 0.4), dice.uniform(0.6, 1.1), 0.9),
                dice.choice((glow, colours.wall_trim)),
            )
            for _ in range(4)
        ]
    elif pick == 6:
        layers.append((Checks(dice.uniform(0.5, 0.8), 6.0, 0.7), colours.wall_trim))
    else:
        layers.append((Stripes(dice.uniform(0.5, 0.8), math.pi / 2, 3.0, 0.7, 1.2), colours.wall_trim))
    return Paint(colours.wall, tuple(layers))
