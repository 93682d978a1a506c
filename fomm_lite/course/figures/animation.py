"""Figures of the notebook on full animation: whose shape a film has, failures, and what can be told before."""

from collections.abc import Mapping, Sequence

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.alignment import Alignment, spearman
from fomm_lite.course.figures.style import BLUE, GREEN, GREY, INK, LINES, ORANGE, PALE, drawing, picture, scalar_map
from fomm_lite.transfer import hull_area


def transfers(
    source: Float[Tensor, "3 h w"],
    positions: Mapping[str, Float[Tensor, "k 2"]],
    of_source: Float[Tensor, "k 2"],
) -> Image:
    """The source with its keypoints, and where each kind of transfer moves them.

    Args:
        source: the picture.
        positions: name of the transfer -> positions.
        of_source: the source's own positions.
    """
    with drawing("The source's keypoints, and where they are moved: " + ", ".join(positions), height=3.2) as made:
        panels = made.figure.subplots(1, 1 + len(positions))
        picture(panels[0], source, "source positions")
        panels[0].scatter(*of_source.T, s=36, color=BLUE, edgecolors="white", zorder=3)
        for axes, (name, moved) in zip(panels[1:], positions.items(), strict=True):
            picture(axes, 0.6 + 0.4 * source, name)
            for start, end in zip(of_source.tolist(), moved.tolist(), strict=True):
                axes.plot([start[0], end[0]], [start[1], end[1]], color=GREY, linewidth=1.2)
            axes.scatter(*of_source.T, s=24, color="white", edgecolors=BLUE, zorder=3)
            axes.scatter(*moved.T, s=36, color=ORANGE, edgecolors="white", zorder=4)
    return made.shown


def hulls(shapes: Mapping[str, Float[Tensor, "k 2"]]) -> Image:
    """Keypoints inside their convex hulls, on equal axes, with the hull's area.

    Args:
        shapes: name -> positions.
    """
    areas = {name: hull_area(points) for name, points in shapes.items()}
    alt = "Keypoints inside their convex hulls: " + ", ".join(f"{n} has area {a:.2f}" for n, a in areas.items())
    with drawing(alt, width=7.5, height=3.2) as made:
        panels = made.figure.subplots(1, len(shapes), squeeze=False)[0]
        for axes, (name, points), colour in zip(panels, shapes.items(), LINES, strict=False):
            corners = points[_corners(points)]
            axes.fill(*corners.T, color=PALE)
            axes.plot(*torch.cat([corners, corners[:1]]).T, color=colour)
            axes.scatter(*points.T, color=INK, s=16, zorder=3)
            axes.set_aspect("equal")
            axes.set_xlim(-1, 1)
            axes.set_ylim(1, -1)
            axes.set_title(f"{name}: hull of area {areas[name]:.2f}")
    return made.shown


def _corners(points: Float[Tensor, "k 2"]) -> list[int]:
    """Indices of the corners of the convex hull, in order: those that the hull cannot lose, sorted by direction."""
    whole = hull_area(points)
    kept = [i for i in range(len(points)) if hull_area(torch.cat([points[:i], points[i + 1 :]])) < whole - 1e-9]
    offsets = points[kept] - points[kept].mean(0)
    return [kept[i] for i in torch.atan2(offsets[:, 1], offsets[:, 0]).argsort().tolist()]


def errors_over_time(errors: Mapping[str, Float[Tensor, " t"]], what: str) -> Image:
    """One line for each film, over the driver's frames.

    Args:
        errors: name of the film -> its error in every frame.
        what: the vertical axis.
    """
    means = ", ".join(f"{name} {float(values.mean()):.3f} on average" for name, values in errors.items())
    with drawing(f"{what} over the driving frames: {means}", width=7.5, height=3.2) as made:
        axes = made.figure.subplots()
        for (name, values), line in zip(errors.items(), ("-", "--", "-.", ":"), strict=False):
            axes.plot(range(len(values)), values, line, label=name)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("driving frame")
        axes.set_ylabel(what)
        axes.legend()
    return made.shown


def error_over_angle(degrees: Sequence[float], film: Sequence[float], still: Sequence[float]) -> Image:
    """The error of a film of a turned driver, beside doing nothing.

    Args:
        degrees: how far the driver was turned.
        film: error of the film.
        still: error of the source itself.
    """
    alt = f"The film's error grows from {film[0]:.3f} to {film[-1]:.3f} as the driver turns to {degrees[-1]:g} degrees"
    with drawing(alt, width=6.5, height=3.0) as made:
        axes = made.figure.subplots()
        axes.plot(degrees, film, "o-", label="film")
        axes.plot(degrees, still, "s--", color=GREY, label="the source, not moved at all")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("driver turned by (degrees)")
        axes.set_ylabel("mean abs. error to the truth")
        axes.legend()
    return made.shown


def leak(
    source: Float[Tensor, "3 h w"], driving: Float[Tensor, "3 h w"], film: Float[Tensor, "3 h w"], change: Tensor
) -> Image:
    """How much a film changed a background that never moved.

    Args:
        source: the picture.
        driving: the driving frame.
        film: the prediction.
        change: (h w), absolute change of background pixels; NaN elsewhere.
    """
    mean = float(change[~change.isnan()].mean())
    alt = (
        f"Source, driving frame, film, and the change of the still background: {mean:.3f} on average, round the figure"
    )
    with drawing(alt, height=2.5) as made:
        panels = made.figure.subplots(1, 4)
        for axes, image, name in zip(panels, (source, driving, film), ("source", "driving", "film"), strict=False):
            picture(axes, image, name)
        shown = scalar_map(panels[3], change, "change of the background", limit=0.2)
        panels[3].set_facecolor(PALE)
        made.figure.colorbar(shown, ax=panels[3], shrink=0.8)
    return made.shown


def alignment(measured: Mapping[str, Alignment]) -> Image:
    """What is known before a film is made, against how wrong the film becomes: one dot a pair.

    Args:
        measured: name of the world -> its pairs.
    """
    words = ("pose distance (arrangement only)", "mean keypoint displacement")
    values = {n: [(a.arrangement, a.error), (a.displacement, a.error)] for n, a in measured.items()}
    alt = "Error of the film over two alignment scores: " + "; ".join(
        f"{name}: rank correlation {spearman(*both[0]):.2f} and {spearman(*both[1]):.2f}"
        for name, both in values.items()
    )
    with drawing(alt, height=3.4) as made:
        panels = made.figure.subplots(1, 2, sharey=True)
        for axes, label, which in zip(panels, words, (0, 1), strict=True):
            for (name, both), colour, marker in zip(values.items(), (BLUE, GREEN), "os", strict=False):
                score, error = both[which]
                text = f"{name}: rank correlation {spearman(score, error):.2f}"
                axes.scatter(score, error, s=26, color=colour, marker=marker, label=text, alpha=0.8)
            axes.set_xlabel(label + ", source to initial")
            axes.set_ylim(0, 1.45 * max(float(a.error.max()) for a in measured.values()))
            axes.legend(loc="upper left")
        panels[0].set_ylabel("error of the film")
    return made.shown
