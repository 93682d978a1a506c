"""Figures of the notebook on full animation: whose shape a film has, failures, and what can be told before."""

from collections.abc import Mapping, Sequence

import torch
from IPython.display import Image
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from fomm_lite.course.ch08_full_animation.quality_forecast import Alignment
from fomm_lite.course.kit.correlation import spearman
from fomm_lite.course.kit.style import BLUE, GREEN, GREY, INK, LINES, ORANGE, PALE, drawing, picture, scalar_map
from fomm_lite.transfer import hull_area
from fomm_lite.types import Keypoints

BAR = 0.1  # how far the unit steps of a jacobian are drawn


def transfers(
    source: tuple[Float[Tensor, "3 h w"], Keypoints],
    driving: tuple[Float[Tensor, "3 h w"], Keypoints],
    moved: Mapping[str, Keypoints],
) -> Image:
    """Source and driving frame with their keypoints, and where each kind of transfer moves the source's.

    Args:
        source: the picture and its keypoints, one item.
        driving: the same of the driving frame.
        moved: name of the transfer -> keypoints, one item.
    """
    start, place = source[1].positions[0], driving[1].positions[0]
    said = "; ".join(
        f"{name} by {_apart(kp.positions[0], start):.2f}, to {_apart(kp.positions[0], place):.2f} from the driver's"
        for name, kp in moved.items()
    )
    with drawing(
        f"Keypoints and jacobians of source and driver, and where the source's are moved: {said}", height=2.6
    ) as made:
        panels = made.figure.subplots(1, 2 + len(moved))
        picture(panels[0], source[0], "source")
        _bars(panels[0], source[1], BLUE)
        picture(panels[1], driving[0], "driving")
        _bars(panels[1], driving[1], ORANGE)
        for axes, (name, kp) in zip(panels[2:], moved.items(), strict=True):
            picture(axes, 0.6 + 0.4 * source[0], name)
            for before, after in zip(start.tolist(), kp.positions[0].tolist(), strict=True):
                axes.plot([before[0], after[0]], [before[1], after[1]], ":", color=INK, linewidth=1.2)
            _bars(axes, source[1], BLUE)
            _bars(axes, kp, ORANGE)
            axes.set_xlim(panels[0].get_xlim())
            axes.set_ylim(panels[0].get_ylim())
    return made.shown


def _apart(one: Float[Tensor, "k 2"], other: Float[Tensor, "k 2"]) -> float:
    """Mean distance of keypoints."""
    return float((one - other).norm(dim=-1).mean())


def _bars(axes: Axes, kp: Keypoints, colour: str) -> None:
    """Keypoints of one item as dots, with a bar for each column of their jacobians."""
    for (x, y), jacobian in zip(kp.positions[0].tolist(), BAR * kp.jacobians[0], strict=True):
        for right, down in jacobian.T.tolist():
            axes.plot([x, x + right], [y, y + down], color="white", linewidth=3, linestyle="-", clip_on=True)
            axes.plot([x, x + right], [y, y + down], color=colour, linewidth=1.6, linestyle="-", clip_on=True)
    axes.scatter(kp.positions[0, :, 0], kp.positions[0, :, 1], s=30, color=colour, edgecolors="white", zorder=4)


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
            axes.set(aspect="equal", xlim=(-1, 1), ylim=(1, -1), title=f"{name}: hull of area {areas[name]:.2f}")
            axes.set_xlabel("x (normalised)")
        panels[0].set_ylabel("y (normalised, down)")
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
        axes.set(xlabel="driving frame", ylabel=what)
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
        axes.set(xlabel="driver turned by (degrees)", ylabel="mean abs. error to the truth")
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
        made.figure.colorbar(shown, ax=panels[3], shrink=0.8, label="absolute change")
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
            axes.set_xlabel(label + ",\nsource to initial")
            axes.set_ylim(0, 1.45 * max(float(a.error.max()) for a in measured.values()))
            axes.legend(loc="upper left")
        panels[0].set_ylabel("error of the film")
    return made.shown
