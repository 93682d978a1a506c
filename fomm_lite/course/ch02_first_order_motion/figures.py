"""Figures of the notebook on first-order motion: tangents, bent grids, frames of reference, and errors."""

from collections.abc import Callable, Mapping, Sequence

import torch
from IPython.display import Image
from jaxtyping import Float
from matplotlib.axes import Axes
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion.taylor import PlaneMap, expand, jacobian
from fomm_lite.course.kit.linear import log_log_slope
from fomm_lite.course.kit.style import BLUE, GREY, INK, LINES, ORANGE, PALE, PINK, drawing, picture, scalar_map
from fomm_lite.worlds import Clip

_WAVE = (-1.0, 1.0)  # both ends of every grid that is drawn


def tangent_zoom(function: Callable[[Tensor], Tensor], slope: float, at: float, zooms: Sequence[float]) -> Image:
    """A curve and its tangent, seen from nearer and nearer.

    Args:
        function: of a tensor of numbers.
        slope: of the tangent.
        at: where it touches.
        zooms: half widths of the panels.
    """
    alt = (
        f"A curve and its tangent in {len(zooms)} windows, each narrower: in the last one the two cannot be told apart"
    )
    with drawing(alt, height=3.1) as made:
        panels = made.figure.subplots(1, len(zooms), squeeze=False)[0]
        centre = torch.tensor(at, dtype=torch.float64)
        for axes, half in zip(panels, zooms, strict=True):
            x = torch.linspace(at - half, at + half, 200, dtype=torch.float64)
            axes.plot(x, function(x), color=BLUE, label="f")
            axes.plot(x, function(centre) + slope * (x - at), color=ORANGE, linestyle="--", label="tangent at p")
            axes.scatter([at], [float(function(centre))], color=INK, zorder=3)
            axes.set(title=f"p ± {half:g}", xlabel="x")
            axes.locator_params(axis="x", nbins=4)  # their numbers are long
        panels[0].set_ylabel("f(x)")
        panels[0].legend(loc="best")
    return made.shown


def bent_grid(plane_map: PlaneMap, point: Float[Tensor, " 2"], radius: float = 0.25) -> Image:
    """A grid and a circle before and after a map, with the first-order copy of both on top.

    Args:
        plane_map: the map.
        point: where it is expanded.
        radius: of the circle around it.
    """
    alt = (
        "Left a straight grid with a circle; right the grid bent by the map, the circle nearly an ellipse, "
        "and the jacobian's columns as arrows"
    )
    linear = expand(plane_map, point, 1)
    with drawing(alt, height=5.2) as made:
        left, right = made.figure.subplots(1, 2)
        _grid(left, lambda p: p, PALE)
        _circle(left, lambda p: p, point, radius, BLUE, "-", f"circle of radius {radius:g}")
        _arrows(left, point, radius * torch.eye(2, dtype=point.dtype))
        _grid(right, plane_map, PALE)
        _circle(right, plane_map, point, radius, BLUE, "-", "the circle, mapped")
        _circle(right, linear, point, radius, ORANGE, "--", "its first-order copy")
        _arrows(right, plane_map(point), radius * jacobian(plane_map, point))
        _plane(left, "before: the point p")
        _plane(right, "after: T(p), columns of the jacobian")
        for axes in (left, right):
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.3), ncols=2)
    return made.shown


def references(frames: Sequence[tuple[str, PlaneMap, PlaneMap, Float[Tensor, " 2"]]]) -> Image:
    """Two or more reference frames: the grid of each, and what becomes of it in driving frame and source.

    Args:
        frames: name, map to the source, map to the driving frame, and the keypoint, for every reference.
    """
    alt = (
        "A row for each reference frame: its grid, the grid in the driving frame, the grid in the source; "
        "the keypoint lies in the same place of driving frame and source in every row"
    )
    with drawing(alt, height=2.9 * len(frames)) as made:
        rows = made.figure.subplots(len(frames), 3, squeeze=False)
        for row, (name, to_source, to_driving, keypoint) in zip(rows, frames, strict=True):
            for axes, title, plane_map in (
                (row[0], f"reference ${name}$", lambda p: p),
                (row[1], rf"driving, through $T_{{D \leftarrow {name}}}$", to_driving),
                (row[2], rf"source, through $T_{{S \leftarrow {name}}}$", to_source),
            ):
                _grid(axes, plane_map, PALE)
                _arrows(axes, plane_map(keypoint), 0.35 * jacobian(plane_map, keypoint))
                _plane(axes, title, limit=1.65)
    return made.shown


def way_through_reference(
    to_reference: PlaneMap, to_source: PlaneMap, keypoint: Float[Tensor, " 2"], radius: float = 0.3
) -> Image:
    """A circle around a driving keypoint, taken back to the reference and on to the source (Eqs. 3-5).

    Args:
        to_reference: T_{R<-D}.
        to_source: T_{S<-D}, through the reference.
        keypoint: d, its place in the driving frame.
        radius: of the circle.
    """
    alt = (
        "A circle around the keypoint in the driving frame, bent on its way to the reference and on to the source; "
        "dashed ellipses, the first-order copies, lie on it nearly everywhere"
    )
    with drawing(alt, height=3.6) as made:
        panels = made.figure.subplots(1, 3)
        for axes, title, plane_map in (
            (panels[0], "driving: around $d$", lambda z: z),
            (panels[1], r"reference, through $T_{R \leftarrow D}$", to_reference),
            (panels[2], r"source, on through $T_{S \leftarrow R}$", to_source),
        ):
            _grid(axes, plane_map, PALE)
            _circle(axes, plane_map, keypoint, radius, BLUE, "-", "the circle")
            _circle(axes, expand(plane_map, keypoint, 1), keypoint, radius, ORANGE, "--", "first order")
            _arrows(axes, plane_map(keypoint), radius * jacobian(plane_map, keypoint))
            _plane(axes, title, limit=1.65)
        panels[0].legend(loc="lower left")
    return made.shown


def error_powers(distances: Float[Tensor, " n"], errors: Mapping[str, Float[Tensor, " n"]]) -> Image:
    """Errors over distance, both logarithmic, with the fitted slopes in the legend.

    Args:
        distances: from the keypoint.
        errors: name of the approximation -> its error at every distance.
    """
    slopes = {name: log_log_slope(distances, values) for name, values in errors.items()}
    alt = "Errors over distance on logarithmic axes: " + ", ".join(f"{n} slope {s:.2f}" for n, s in slopes.items())
    with drawing(alt, width=7.5, height=4) as made:
        axes = made.figure.subplots()
        for (name, values), marker in zip(errors.items(), "osD^", strict=False):
            axes.loglog(distances, values, marker=marker, label=f"{name}: slope {slopes[name]:.2f}")
        axes.set(xlabel="distance from the keypoint |z - d| (normalised)", ylabel="error of the motion (normalised)")
        axes.grid(True, which="major", color=PALE, linewidth=0.8)
        axes.legend()
    return made.shown


def product_or_difference(degrees: Float[Tensor, " n"], errors: Mapping[str, Float[Tensor, " n"]]) -> Image:
    """Errors of candidates for J over the angle between source and driving frame."""
    ends = "; ".join(f"{n} ends at {float(v[-1]):.2g}" for n, v in errors.items())
    alt = "Error over the angle: " + ends.replace("$", "")
    with drawing(alt, width=7.5, height=3.8) as made:
        axes = made.figure.subplots()
        for (name, values), style, colour in zip(errors.items(), ("-", "--", "-."), LINES, strict=False):
            axes.plot(degrees, values, style, color=colour, label=name)
        axes.set_xlabel("driving and source parts turned by ± this angle (degrees)")
        axes.set_ylabel("error of the 2 × 2 matrix (largest entry)")
        axes.legend()
    return made.shown


def part_errors(
    clip: Clip, source: int, driving: int, errors: Mapping[str, Float[Tensor, "h w"]], limit: float = 4.0
) -> Image:
    """Two frames of a drawn clip and how far approximated motions are off, in pixels.

    Args:
        clip: the drawn clip.
        source: number of the source frame.
        driving: number of the driving frame.
        errors: name -> error map in pixels; NaN where nothing is compared.
        limit: of the colours, in pixels.
    """
    means = {name: float(values[~values.isnan()].mean()) for name, values in errors.items()}
    alt = "A drawn puppet as source and as driving frame, and error maps: " + ", ".join(
        f"{name} {mean:.2f} pixels on average" for name, mean in means.items()
    )
    with drawing(alt, height=2.85) as made:
        panels = made.figure.subplots(1, 2 + len(errors))
        picture(panels[0], clip.frames[source], "source")
        picture(panels[1], clip.frames[driving], "driving")
        for axes, (name, values) in zip(panels[2:], errors.items(), strict=True):
            shown = scalar_map(axes, values, f"{name}\nmean {means[name]:.2f} px", limit=limit)
            axes.set_facecolor(PALE)
        made.figure.colorbar(shown, ax=list(panels[2:]), label="error (pixels)", shrink=0.8, extend="max")
    return made.shown


def _grid(axes: Axes, plane_map: PlaneMap, colour: str) -> None:
    """The image of a straight grid."""
    along = torch.linspace(*_WAVE, 80, dtype=torch.float64)
    for level in torch.linspace(*_WAVE, 11, dtype=torch.float64):
        for line in ((along, level.expand_as(along)), (level.expand_as(along), along)):
            x, y = plane_map(torch.stack(line, dim=-1)).unbind(-1)
            axes.plot(x, y, color=colour, linewidth=1, linestyle="-", zorder=1)


def _circle(axes: Axes, plane_map: PlaneMap, centre: Tensor, radius: float, colour: str, line: str, label: str) -> None:
    """The image of a circle."""
    angles = torch.linspace(0, 2 * torch.pi, 100, dtype=centre.dtype)
    around = centre + radius * torch.stack([angles.cos(), angles.sin()], dim=-1)
    x, y = plane_map(around).unbind(-1)
    axes.plot(x, y, line, color=colour, label=label, zorder=2)


def _arrows(axes: Axes, start: Tensor, steps: Float[Tensor, "2 2"]) -> None:
    """The columns of a matrix as arrows: a step right in pink, a step down in dark grey."""
    for column, colour in zip(steps.T.tolist(), (PINK, INK), strict=True):
        axes.annotate(
            "",
            xy=(float(start[0]) + column[0], float(start[1]) + column[1]),
            xytext=tuple(start.tolist()),
            arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2, "shrinkA": 0, "shrinkB": 0},
            zorder=4,
        )
    axes.scatter([float(start[0])], [float(start[1])], color=INK, s=24, zorder=5)


def _plane(axes: Axes, title: str, limit: float | None = None) -> None:
    """Equal units, y downwards as in pictures."""
    axes.set(aspect="equal", title=title, xlabel="x (normalised)", ylabel="y (normalised, down)")
    if limit is not None:
        axes.set(xlim=(-limit, limit), ylim=(-limit, limit))
    axes.invert_yaxis()
    axes.tick_params(colors=GREY)
    axes.locator_params(nbins=5)
