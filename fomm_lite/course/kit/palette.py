"""Colours, dashes and letters that figures, charts of explorers and sheets share.

Keypoints have the colours of :func:`fomm_lite.media.draw.keypoint_colour`, and nothing else has them: each colour of a
line is at least 12 apart from each of a keypoint in CIE Lab, and 20 from each other line's, for normal vision and
simulated red, green and blue blindness alike (found by a search). The first, second and fourth, which explorers use,
are 12 from all of these in the negative that a dark page makes of a chart, too.
"""

import os

import matplotlib as mpl
import numpy as np
from jaxtyping import Float

BLUE, ORANGE, GREEN, PINK, PURPLE, BROWN = "#427ef0", "#f05800", "#18543c", "#d8548a", "#6c0672", "#8a6636"
LINES = (BLUE, ORANGE, GREEN, PINK, PURPLE, BROWN)
# on and off in multiples of the line's width, one for each colour: grey print tells them apart
DASHES: tuple[tuple[float, ...], ...] = (
    (),
    (3.5, 1.6),
    (1.2, 1.2),
    (6.5, 1.6, 1.2, 1.6),
    (7.5, 3),
    (3.5, 1.2, 1, 1.2, 1, 1.2),
)
MARKERS = "os^Dv*"  # where a line has few points
HATCHES = ("", "//", "..", "\\\\\\\\", "xx", "--")  # of bars, in white
INK, GREY, PALE = "#282828", "#707070", "#d8d8d8"
TYPEFACE = os.path.join(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
FAMILY = "DejaVu Sans,Verdana,sans-serif"  # what a page takes for it


def rgb(code: str) -> Float[np.ndarray, " 3"]:
    """A colour in [0, 1].

    Example:
        >>> rgb("#ff0033").tolist()
        [1.0, 0.0, 0.2]
    """
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)]) / 255
