"""The diagrams of the course: the pipeline, the way through the reference, equivariance, the hourglass, warping."""

import math
from collections.abc import Sequence
from itertools import product

from fomm_lite.course.kit.show import PagePicture
from fomm_lite.course.kit.svg import Sheet, listed
from fomm_lite.errors import InputError
from fomm_lite.media.draw import keypoint_code

PARTS = (
    "source", "driving", "detector", "sparse motions", "masks", "deformation", "occlusion", "generator", "prediction",
)  # fmt: skip
_TURN = 16  # degrees: how the driver leans, and the prediction with him
Corner = tuple[float, float]


def pipeline(lit: str | Sequence[str] = ()) -> PagePicture:
    """From source and driving frame to the prediction, as the First Order Motion Model goes.

    Args:
        lit: the part or parts to be pointed out, of :data:`PARTS`.

    Raises:
        InputError: no part has that name.
    """
    chosen = (lit,) if isinstance(lit, str) else tuple(lit)
    if unknown := sorted(set(chosen) - set(PARTS)):
        raise InputError(f"got {listed(unknown)}", f"some of {', '.join(PARTS)}", "choose from these")
    sheet = Sheet("The pipeline", 420)

    def part(name: str, left: float, top: float, width: float, height: float, *lines: str) -> None:
        sheet.box(left, top, width, height, "lit" if name in chosen else "box")
        for number, line in enumerate(lines or (name,)):
            middle = top + height / 2 + 27 * (number - (len(lines or (name,)) - 1) / 2)
            sheet.text((left + width / 2, middle), line, "onlit" if name in chosen else "ink")

    def picture(name: str, top: float, *, hat: bool, turn: float) -> None:
        if name in chosen:
            sheet.box(14, top - 6, 104, 104, "lit", 12)
        sheet.face((66, top + 46), 92, hat=hat, turn=turn)
        sheet.text((66, top - 18), name, "blue" if name in chosen else "ink")

    sheet.arrow((118, 88), (134, 88), (134, 122), (158, 122))  # driving to detector
    sheet.arrow((118, 196), (134, 196), (134, 154), (158, 154))  # source to detector
    sheet.arrow((118, 226), (232, 226), (232, 304))  # source to generator
    sheet.arrow((306, 138), (342, 138))
    sheet.arrow((484, 138), (520, 138))
    sheet.arrow((413, 182), (413, 218), (560, 218), (560, 254))  # sparse motions to deformation
    sheet.arrow((636, 182), (636, 254))  # masks to deformation
    sheet.arrow((676, 138), (706, 138), (706, 380), (684, 380))  # to occlusion
    sheet.arrow((518, 286), (460, 286), (460, 330), (306, 330))
    sheet.arrow((518, 380), (460, 380), (460, 354), (306, 354))
    sheet.arrow((158, 342), (120, 342))
    picture("driving", 42, hat=False, turn=_TURN)
    picture("source", 166, hat=True, turn=0)
    picture("prediction", 296, hat=True, turn=_TURN)
    part("detector", 160, 94, 146, 88)
    part("sparse motions", 344, 94, 140, 88, "sparse", "motions")
    part("masks", 522, 94, 154, 88)
    part("deformation", 520, 256, 162, 60)
    part("occlusion", 520, 350, 162, 60)
    part("generator", 160, 306, 146, 72)
    for index, place in enumerate(((206, 112), (234, 106), (262, 112))):
        sheet.dot(place, 7, keypoint_code(index))
    words = (
        "the detector finds keypoints in source and driving frame; from them come sparse motions, one for each "
        "keypoint; "
        "masks say where each holds, and together they make the deformation; an occlusion map says what must "
        "be painted "
        "anew; the generator warps the source's features and paints the prediction: the source in the driver's pose"
    )
    return sheet.finished(words + (f". Pointed out: {listed(chosen)}" if chosen else ""))


def through_reference() -> PagePicture:
    """Eq. 3: from the driving frame back to a reference that nobody sees, and on to the source."""
    sheet = Sheet("The way through the reference", 440)
    sheet.box(306, 30, 108, 108, "box", 12)
    sheet.text((360, 84), "R", "grey", size=40)
    sheet.text((438, 72), "reference:", "grey", anchor="start")
    sheet.text((438, 100), "never seen", "grey", anchor="start")
    sheet.face((120, 296), 124, hat=True, turn=0)
    sheet.face((600, 296), 124, hat=False, turn=_TURN)
    sheet.text((120, 378), "source S")
    sheet.text((600, 378), "driving frame D")
    for centre, turn in (((120, 296), 0.0), ((600, 296), _TURN)):
        sheet.dot(_turned(centre, (0, 12), turn), 9, keypoint_code(0))
    sheet.dot((360, 116), 9, keypoint_code(0))
    sheet.arrow((318, 146), (182, 228))
    sheet.arrow((402, 146), (538, 228))
    sheet.arrow((528, 296), (192, 296), kind="way")
    sheet.text((176, 172), "T_{S<-R}", size=26)
    sheet.text((544, 172), "T_{D<-R}", size=26)
    sheet.text((360, 268), "T_{S<-D}", "blue", size=26)
    sheet.text(
        (360, 414),
        "T_{S<-D} = T_{S<-R} \N{RING OPERATOR} T_{D<-R}\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT ONE}",
        "blue",
        size=28,
    )
    return sheet.finished(
        "the detector describes source S and driving frame D each by a map from the reference R, which nobody "
        "has seen. "
        "Going from D back to R and on to S gives the map from D to S; R cancels (Eq. 3). The nose is one "
        "keypoint in all three"
    )


def equivariance() -> PagePicture:
    """Eqs. 10 to 12: the detector on a picture and on its warped copy, and the known map between the two."""
    sheet = Sheet("The equivariance square", 490)
    left, right, turn = (150, 120), (570, 120), 28.0
    sheet.face(left, 140, hat=True, turn=0)
    sheet.face(right, 140, hat=True, turn=turn)
    sheet.text((150, 28), "picture X")
    sheet.text((570, 28), "transformed Y")
    sheet.arrow((230, 120), (488, 120))
    sheet.text((360, 92), "warped by")
    sheet.text((360, 148), "a known T_{X<-Y}", "blue")
    for centre, turned in ((left, 0.0), (right, turn)):
        sheet.arrow((centre[0], 200), (centre[0], 304))
        sheet.box(centre[0] - 72, 230, 144, 42)
        sheet.text((centre[0], 251), "detector")
        sheet.box(centre[0] - 62, 308, 124, 100, "box", 12)
        for index, offset in enumerate(((0, -30), (-20, 6), (14, 26))):
            sheet.dot(_turned((centre[0], 358), offset, turned), 9, keypoint_code(index))
    sheet.text((150, 432), "T_{X<-R}(p_{k})", size=24)
    sheet.text((570, 432), "T_{Y<-R}(p_{k})", size=24)
    sheet.arrow((502, 358), (218, 358), kind="way")
    sheet.text((360, 332), "carried back", "blue")
    sheet.text((360, 386), "by T_{X<-Y}", "blue")
    sheet.text((360, 466), "must agree:  T_{X<-R} = T_{X<-Y} \N{RING OPERATOR} T_{Y<-R}", "blue", size=24)
    return sheet.finished(
        "picture X is warped by a known map into Y. The detector finds keypoints in both. Those of Y, carried "
        "back by the "
        "known map from Y to X, must be those of X (Eqs. 10 to 12)"
    )


def backward_warping() -> PagePicture:
    """Every place of the new picture looks up where it came from; no place stays empty."""
    sheet = Sheet("Backward warping", 390)
    size, cells, top, lefts = 256, 8, 56, (36, 428)
    step = size / cells

    def source_of(place: Corner) -> Corner:  # the new picture is the source, turned by 30 degrees about its middle
        return _turned((4, 4), (place[0] - 4, place[1] - 4), -30)

    for left, looked_up in zip(lefts, (_same, source_of), strict=True):
        sheet.box(left, top, size, size, "wall", 0)
        for column, row in product(range(cells), repeat=2):
            x, y = looked_up((column + 0.5, row + 0.5))
            if (2 <= x < 6 and 2 <= y < 4) or (2 <= x < 4 and 4 <= y < 7):
                sheet.box(left + column * step, top + row * step, step, step, "lit", 0)
        lines = (f"M{left + n * step:g} {top}v{size}M{left} {top + n * step:g}h{size}" for n in range(cells + 1))
        sheet.shape("".join(lines), "line", 1)
    z = (6.5, 4.5)
    ends = [(left + x * step, top + y * step) for left, (x, y) in zip(lefts, (source_of(z), z), strict=True)]
    (x0, y0), (x1, y1) = ends[1], ends[0]
    bow = [(x0 + s * (x1 - x0), y0 + s * (y1 - y0) + 180 * s * (1 - s)) for s in (n / 16 for n in range(17))]
    sheet.arrow(*bow[:-1], (x1 + 4, y1 + 8))
    for (x, y), name, width in zip(ends, ("T(z)", "z"), (66, 34), strict=True):
        sheet.oval((x, y), 8, 8, "ink")
        sheet.box(x - width / 2, y - 46, width, 32, "paper", 6)
        sheet.text((x, y - 30), name)
    sheet.text((164, 30), "source S")
    sheet.text((556, 30), "new picture")
    sheet.text((360, 350), "new(z) = S(T_{S<-D}(z)): each place asks, none stays empty", "blue", size=21)
    return sheet.finished(
        "two grids of pixels. In the new one an angle of pixels is turned. An arrow leads from a place z of it "
        "back to the place T(z) of the source, between "
        "pixels, where its colour is looked up. Every pixel of the new picture asks once, so none stays empty"
    )


def hourglass(side: int, channels: Sequence[int]) -> PagePicture:
    """The maps of an hourglass: halved on the way down, doubled on the way up, joined by skips.

    Args:
        side: of the first map, in pixels.
        channels: of the first map and of each level below; at most seven in all.

    Raises:
        InputError: fewer than two maps, or more than seven.
    """
    levels = len(channels) - 1
    if not 1 <= levels <= 6:
        raise InputError(f"got {levels + 1} maps", "2 to 7", "leave some out")
    sheet = Sheet("An hourglass", 350)
    step = 664 / (2 * levels)
    heights = [max(210 * 0.62**level, 26) for level in range(levels + 1)]
    for level in range(levels):
        y = 146 - heights[level] / 2 + 14 + 4 * level
        start, end = 28 + level * step + 13, 28 + (2 * levels - level) * step - 13
        sheet.arrow((start, y), (end, y), kind="way", dashes="8 6")
    for place in range(2 * levels + 1):
        level = min(place, 2 * levels - place)
        x, height = 28 + place * step, heights[level]
        sheet.box(x - 13, 146 - height / 2, 26, height, "box" if place <= levels else "lit", 4)
        sheet.text((x, 278), str(side // 2**level), size=min(22, 0.42 * step))
        if place <= levels:
            sheet.text((x, 306), str(channels[level]), "grey", size=min(22, 0.42 * step))
    sheet.text((360, 334), "pixels; below, channels: halved, doubled, joined by skips", "grey", size=19)
    sizes = ", ".join(f"{side // 2**level} pixels with {count} channels" for level, count in enumerate(channels))
    return sheet.finished(
        f"maps of {sizes} on the way down; on the way up each map is doubled and joined by a skip "
        "with the map of its size from the way down"
    )


def _same(place: Corner) -> Corner:
    """Where a place of the source lies in it."""
    return place


def _turned(centre: Corner, offset: Corner, degrees: float) -> Corner:
    """A place beside a centre, turned about it clockwise."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return centre[0] + cos * offset[0] - sin * offset[1], centre[1] + sin * offset[0] + cos * offset[1]
