"""How figures suit a narrow page: cut between panels, so that they stand below each other; a lone chart is narrow."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import UInt8
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

ROUNDING = 2  # pixels that a stroke may be wider than matplotlib says
SPACE = 0.3  # of a letter's height: nearer neighbours read as one word


def name_every_panel(figure: Figure) -> None:
    """Write what stands beside a row's first panel beside each of it: below each other they have no first one.

    So it is with names of rows of pictures, where they are upright, and with scales that panels share.

    Args:
        figure: with all its panels.
    """
    for first, *others in _rows(figure):
        for axes in others:
            shared = axes.get_shared_y_axes().joined(first, axes)
            if shared and not axes.images:
                axes.tick_params(axis="y", labelleft=True)
            alike = shared or (first.images and axes.images)
            if alike and not axes.get_ylabel() and first.yaxis.label.get_rotation() != 0:
                axes.set_ylabel(first.get_ylabel())


def column_cuts(canvas: FigureCanvasAgg, paper: UInt8[np.ndarray, "h w 3"]) -> list[float]:
    """The places between panels at which nothing is cut through.

    Panels in one column stay together, whatever row they are in, and so do those that share a title or a legend above
    them, and those that a line or an arrow joins: between these nothing is white from top to bottom. What only explains
    a panel, a bar of colours or a legend beside it, stays with what is left of it; and so do pictures with what their
    row's level name stands in front of.

    Args:
        canvas: of a figure that was drawn, so that its panels have found their places.
        paper: its picture, at the figure's own resolution.

    Returns:
        Shares of the width in (0, 1), from left to right; none where the figure must stay whole.
    """
    spans = [(box.x0, box.x1, False) for box in _boxes(canvas, _panels(canvas.figure))]
    spans += [(box.x0, box.x1, True) for box in _boxes(canvas, _explaining(canvas.figure))]
    level = [row for row in _rows(canvas.figure) if row[0].images and row[0].yaxis.label.get_rotation() == 0]
    for row in level:
        boxes = _boxes(canvas, row)
        spans.append((min(box.x0 for box in boxes), max(box.x1 for box in boxes), False))
    width, white = paper.shape[1], (paper == 255).all((0, 2))
    cuts: list[float] = []
    reached = np.inf  # before the first there is nothing to cut off
    for start, end, explains in sorted(spans):
        if start > reached and not explains:
            middle, reach = round((reached + start) / 2), round((start - reached) / 4)
            if white[middle - reach : middle + reach + 1].all():
                cuts.append(middle / width)
        reached = end if reached == np.inf else max(reached, end)
    return cuts


def is_lone_chart(figure: Figure) -> bool:
    """Whether it is one chart, and no picture or map: its width is nobody's measure."""
    panels = _panels(figure)
    return len(panels) == 1 and not panels[0].images


def holds(canvas: FigureCanvasAgg) -> bool:
    """Whether a drawn figure is wide enough: nothing reaches over the paper's sides, and no number to its neighbour.

    Args:
        canvas: of the figure.
    """
    figure = canvas.figure
    boxes = _boxes(canvas, [*_panels(figure), *_explaining(figure)])
    if any(box.x0 < -ROUNDING or box.x1 > figure.bbox.width + ROUNDING for box in boxes):
        return False
    for axes in figure.axes:
        words = [label.get_window_extent() for label in axes.get_xticklabels()]
        spans = sorted((box.x0, box.x1, SPACE * min(box.height, box.width)) for box in words if box.width)
        if any(right[0] < left[1] + left[2] for left, right in pairwise(spans)):
            return False
    return True


def _rows(figure: Figure) -> list[list[Axes]]:
    """Panels of each row of each grid that begin in its first column, and those behind it."""
    found: dict[tuple[int, int], dict[int, Axes]] = {}
    for axes in _panels(figure):
        spec = axes.get_subplotspec()
        if spec is not None:
            found.setdefault((id(spec.get_gridspec()), spec.rowspan.start), {})[spec.colspan.start] = axes
    return [[row[column] for column in sorted(row)] for row in found.values() if 0 in row]


def _panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_label() != "<colorbar>"]


def _explaining(figure: Figure) -> list[Artist]:
    bars: list[Artist] = [axes for axes in figure.axes if axes.get_label() == "<colorbar>"]
    return bars + [each for part in (figure, *figure.subfigs) for each in (*part.legends, *part.texts)]


def _boxes(canvas: FigureCanvasAgg, artists: Sequence[Artist]) -> list[Bbox]:
    found = [each.get_tightbbox(canvas.renderer) for each in artists]
    return [box for box in found if box is not None]
