"""How every figure of the course looks, and how it is handed to a notebook: with a text for those who cannot see it.

Paper is white whatever the page's theme, ink is dark: readable on light and dark pages. Lines have colours and dashes
of their own, see :mod:`fomm_lite.course.kit.palette`; those of keypoints are those of
:func:`fomm_lite.media.draw.keypoint_colour` everywhere.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from cycler import cycler
from IPython.display import Image
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.course.kit import palette
from fomm_lite.course.kit.columns import column_cuts, holds, is_lone_chart, name_every_panel
from fomm_lite.course.kit.palette import (
    BLUE,
    BROWN,
    GREEN,
    GREY,
    HATCHES,
    INK,
    LINES,
    MARKERS,
    ORANGE,
    PALE,
    PINK,
    PURPLE,
)
from fomm_lite.course.kit.show import page_picture

__all__ = [
    "AMOUNT", "BLUE", "BROWN", "CHART", "GREEN", "GREY", "HATCHES", "INK", "LINES", "MARKERS", "ORANGE", "PALE",
    "PINK", "PURPLE", "SIGNED", "drawing", "frame", "keypoint_dots", "picture", "picture_row", "scalar_map",
]  # fmt: skip

SIGNED = "PuOr"  # colour map of maps around 0
AMOUNT = "viridis"  # colour map of amounts
DOTS_PER_INCH = 200  # two for each pixel of the page: sharp on every screen, and when enlarged
PAGE_PIXELS = 100  # of an inch
CHART = 5.2  # inches: the type of a chart so wide is 10 pixels high on a page of 344, the exported one of a telephone

# what matplotlib calls the dashes
STROKES: tuple[Any, ...] = tuple((0, each) if each else "-" for each in palette.DASHES)

_STYLE: Any = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.labelsize": 11,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.prop_cycle": cycler(color=LINES) + cycler(linestyle=STROKES),  # dashes also for lines of a given colour
    "lines.dash_capstyle": "butt",
    "legend.handlelength": 2.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "image.cmap": AMOUNT,
    "image.interpolation": "nearest",
}


class Drawing:
    """A figure being drawn, and then the picture of it.

    Attributes:
        figure: matplotlib's.
        image: for the notebook; set when the ``with`` block of :func:`drawing` ends.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.image: Image | None = None

    @property
    def shown(self) -> Image:
        """The finished picture."""
        assert self.image is not None, "the figure is finished when its with block ends"
        return self.image


@contextmanager
def drawing(alt: str, *, width: float = 9, height: float = 3.2) -> Iterator[Drawing]:
    """A figure in the course's style, made into a picture with a text at the end.

    No window and no global state of pyplot is involved, so figures of widgets and threads do not mix. On a page too
    narrow for panels side by side they stand below each other, see :mod:`fomm_lite.course.kit.columns`.

    Args:
        alt: what the figure shows, in words.
        width: in inches of 100 pixels of the page; a chart that stands alone is drawn narrower where it can be.
        height: likewise.

    Example::

        with drawing("A falling line") as made:
            axes = made.figure.subplots()
            axes.plot([1, 0])
        return made.shown
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained", dpi=DOTS_PER_INCH)
        canvas = FigureCanvasAgg(figure)
        made = Drawing(figure)
        yield made
        name_every_panel(figure)
        paper = _finished(canvas, height)
    across = round(figure.get_figwidth() * PAGE_PIXELS)
    made.image = page_picture(PillowImage.fromarray(paper), alt, across, column_cuts(canvas, paper))


def _finished(canvas: FigureCanvasAgg, height: float) -> UInt8[np.ndarray, "h w 3"]:
    """The figure's picture; a lone chart is made narrower where nothing in it is crowded then."""
    figure = canvas.figure
    width = figure.get_figwidth()
    for inches in (min(width, CHART), width) if is_lone_chart(figure) else (width,):
        figure.set_size_inches(inches, height)
        data = io.BytesIO()
        figure.savefig(data, format="png", dpi=DOTS_PER_INCH, pil_kwargs={"compress_level": 1})
        if inches == width or holds(canvas):
            break
    return np.asarray(PillowImage.open(data).convert("RGB"))


def picture(axes: Axes, image: Float[Tensor, "3 h w"], title: str = "") -> None:
    """Show a picture in [0, 1] on axes whose units are normalised: -1 and +1 at the centres of the corner pixels."""
    array = image.detach().cpu().float().clamp(0, 1).permute(1, 2, 0).numpy()
    axes.imshow(array, extent=_extent(*array.shape[:2]), interpolation="nearest")
    _bare(axes, title)


def picture_row(
    shown: Mapping[str, Float[Tensor, "3 h w"] | Float[Tensor, "h w"]],
    alt: str,
    *,
    height: float | None = None,
    framed: bool = True,
) -> Image:
    """Pictures side by side under their names; a map in [0, 1] is shown in grey, 1 is white.

    Args:
        shown: name -> picture or map.
        alt: what they show, in words.
        height: of the figure in inches; as the pictures need by default.
        framed: draw a thin line around each.
    """
    with drawing(alt, height=min(9 / len(shown), 3) + 0.35 if height is None else height) as made:
        panels = made.figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (name, image) in zip(panels, shown.items(), strict=True):
            picture(axes, image.expand(3, -1, -1), name)
            if framed:
                frame(axes)
    return made.shown


def scalar_map(
    axes: Axes, values: Float[Tensor, "h w"], title: str = "", *, signed: bool = False, limit: float | None = None
) -> mpl.image.AxesImage:
    """Show a map on the same axes as :func:`picture`: amounts from 0, or signed values around 0.

    Args:
        axes: to draw on.
        values: the map.
        title: above it.
        signed: 0 is white, the two signs have two colours.
        limit: the value of the strongest colour; that of the map by default.

    Returns:
        What ``figure.colorbar`` takes.
    """
    array = values.detach().cpu().float().numpy()
    top = float(np.abs(array).max()) if limit is None else limit
    drawn = axes.imshow(
        array,
        extent=_extent(*array.shape),
        cmap=SIGNED if signed else AMOUNT,
        vmin=-top if signed else 0,
        vmax=top or 1,
    )
    _bare(axes, title)
    return drawn


def keypoint_dots(axes: Axes, positions: Float[Tensor, "k 2"], *, size: float = 60) -> None:
    """Keypoints on axes of :func:`picture`, each in its own colour."""
    from fomm_lite.media.draw import keypoint_colour

    for index, (x, y) in enumerate(torch.as_tensor(positions).detach().cpu().tolist()):
        axes.scatter([x], [y], s=size, color=keypoint_colour(index), edgecolors="white", linewidths=1.2, zorder=3)


def frame(axes: Axes) -> None:
    """A thin line around a picture that may be white at its border."""
    for spine in axes.spines.values():
        spine.set_visible(True)
        spine.set_color(GREY)


def _extent(height: int, width: int) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of pixel borders in normalised units, y downwards."""
    x, y = 1 / max(width - 1, 1), 1 / max(height - 1, 1)
    return -1 - x, 1 + x, 1 + y, -1 - y


def _bare(axes: Axes, title: str) -> None:
    """A picture needs no ticks."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if title:
        axes.set_title(title)
