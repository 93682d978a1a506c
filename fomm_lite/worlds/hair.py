"""What grows on a drawn head and what is put on it: hair, hats, scarves, beards, glasses."""

import random

from fomm_lite.worlds import wardrobe
from fomm_lite.worlds.body import Body
from fomm_lite.worlds.clip import Part
from fomm_lite.worlds.maps import Curve, affine, over_time
from fomm_lite.worlds.paint import Fade, Inside, Paint, shade
from fomm_lite.worlds.shapes import Both, Box, Either, Ellipse, Mirror, Outline, Rgb, Scallop, Shape, Side

HAIR_STYLES = ("short", "fringe", "side", "curly", "long", "bob", "bun", "spiky", "bald", "cap", "beanie", "scarf")


def hair(dice: random.Random, style: str, body: Body, colour: Rgb, cloth: Rgb) -> tuple[list[Part], list[Part]]:
    """Hair, hats and scarves: the parts behind the head, and the parts on it.

    Args:
        dice: where the draw comes from.
        style: one of ``HAIR_STYLES``.
        body: the maps of the head.
        colour: colour of the hair.
        cloth: colour of a hat or scarf.
    """
    strand = wardrobe.strands(dice, colour)
    back: list[Shape] = []
    cut: Shape
    cap: Shape = Ellipse(1.09, 1.1, 0.0, -0.03)
    part = dice.choice((-1.0, 1.0)) * dice.uniform(0.2, 0.45)
    line = Side(below=False, level=dice.uniform(-0.62, -0.5), slope=0.0, bow=dice.uniform(0.35, 0.7))
    top = strand
    if style == "short":
        cut = line
    elif style == "fringe":
        cut = Side(below=False, level=-0.34, bow=0.12)
    elif style == "side":
        cut = Side(below=False, level=-0.55, slope=part, bow=0.5)
    elif style == "curly":
        lobes = dice.choice((11, 13, 15))
        back, cut = [Scallop(1.3, 1.2, lobes, 0.07, 0.0, -0.12)], Side(below=False, level=-0.5, bow=0.45)
        cap = Scallop(1.2, 1.12, lobes, 0.06, 0.0, -0.1)
    elif style == "long":
        back, cut = [Box(1.22, 1.45, 0.9, 0.0, 0.35)], Side(below=False, level=-0.62, slope=part, bow=0.75)
    elif style == "bob":
        back, cut = [Box(1.24, 1.02, 0.7, 0.0, -0.08)], Side(below=False, level=-0.36, slope=0.3 * part, bow=0.2)
    elif style == "bun":
        back, cut = [Ellipse(0.42, 0.38, 0.3 * part, -1.28)], Side(below=False, level=-0.7, bow=0.75)
    elif style == "spiky":
        cap = Scallop(1.12, 1.14, dice.choice((17, 21)), 0.1, 0.0, -0.1)
        cut = Side(below=False, level=-0.52, slope=0.4 * part, bow=0.3)
    elif style == "bald":
        fringe = Both(Ellipse(1.08, 0.62, 0.0, 0.02), Ellipse(0.86, 2.0), without=True)
        return [], ([Part("hair", body.face, fringe, strand)] if dice.random() < 0.5 else [])
    elif style == "cap":
        crown, top = Both(Ellipse(1.12, 1.12, 0.0, -0.05), Side(below=False, level=-0.5, bow=0.08)), Paint(cloth)
        visor = Part(
            "visor",
            body.front.then(affine(0.0, -0.45)).then(Curve(over_time(-0.14))),
            Box(0.84, 0.13, 0.12),
            Paint(shade(cloth, 0.3)),
        )
        under = Both(Ellipse(1.07, 0.9), Side(below=False, level=-0.36, bow=0.38))
        return [], [Part("hair", body.face, under, strand), Part("hat", body.face, crown, top), visor]
    elif style == "beanie":
        crown = Both(Ellipse(1.13, 1.18, 0.0, -0.1), Side(below=False, level=-0.42, bow=0.1))
        top = Paint(cloth, ((Inside(Side(below=True, level=-0.66, bow=0.1), 0.06), shade(cloth, 0.35)),))
        under = Both(Ellipse(1.07, 0.9), Side(below=False, level=-0.3, bow=0.4))
        pompom = Part("pompom", body.ears, Scallop(0.26, 0.24, 9, 0.06, 0.0, -1.36), Paint(shade(cloth, -0.55)))
        return [pompom], [Part("hair", body.face, under, strand), Part("hat", body.face, crown, top)]
    else:
        veil = Paint(cloth, ((Fade(0.9, 1.9), shade(cloth, 0.3)),))
        wrap = Both(Ellipse(1.14, 1.15, 0.0, 0.0), Ellipse(0.84, 0.93, 0.0, 0.14), without=True)
        drape = Part("back hair", body.ears, Box(1.2, 1.35, 1.0, 0.0, 0.25), veil)
        return [drape], [Part("scarf", body.face, wrap, Paint(cloth, ((Fade(-0.4, -1.1), shade(cloth, -0.2)),)))]
    behind = [Part("back hair", body.back, shape, wardrobe.dimmed(strand)) for shape in back]
    return behind, [Part("hair", body.face, Both(cap, cut), top)]


def beard(dice: random.Random, body: Body, skull: Ellipse, colour: Rgb) -> Part:
    """A beard along the jaw of a head of outline ``skull``, with or without a moustache."""
    cheeks = Ellipse(0.78, dice.uniform(0.72, 0.84), 0.0, -0.08, square=0.3)
    outline = Ellipse(skull.wide * 1.04, skull.high * 1.05, taper=skull.taper, square=skull.square)
    jaw: Shape = Both(Both(outline, cheeks, without=True), Side(below=True, level=-0.1))
    if dice.random() < 0.6:
        jaw = Either((jaw, Both(Ellipse(0.4, 0.13, 0.0, 0.39), Side(below=False, level=0.42, bow=0.5))))
    return Part("beard", body.face, jaw, wardrobe.strands(dice, shade(colour, 0.12)))


def glasses(dice: random.Random, body: Body, spread: float, level: float) -> Part:
    """Glasses before eyes that stand ``spread`` from the middle at height ``level``, in units of the head."""
    lens = Ellipse(0.33, 0.35 * body.aspect, square=dice.uniform(0.0, 0.6))
    shape = Either((Mirror(Outline(lens, 0.16), spread), Box(0.1, 0.03, 0.02)))
    carrier = body.front.then(affine(0.0, level + 0.01))
    return Part("glasses", carrier, shape, Paint(dice.choice(wardrobe.FRAMES)))
