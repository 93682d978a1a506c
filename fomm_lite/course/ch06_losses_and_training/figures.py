"""Figures of the notebook on losses and training."""

import math
from collections.abc import Mapping, Sequence

from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.ratio_bars import held_out_ratios as held_out_ratios
from fomm_lite.course.kit.style import BLUE, INK, LINES, MARKERS, ORANGE, drawing, picture, scalar_map
from fomm_lite.training import State

CurvePoints = Sequence[tuple[int, float]]
MARGIN = 1.4  # normalised units


def pyramid(predictions: Sequence[Float[Tensor, "3 _ _"]], drivings: Sequence[Float[Tensor, "3 _ _"]]) -> Image:
    """Two pictures on the levels of a pyramid, and their absolute difference there: what Eq. 9 takes the mean of."""
    differences = [(a - b).abs().mean(0) for a, b in zip(predictions, drivings, strict=True)]
    levels = list(zip(predictions, drivings, differences, strict=True))
    means = [float(difference.mean()) for difference in differences]
    said = ", ".join(f"{level[0].shape[-1]} pixels {mean:.3f}" for level, mean in zip(levels, means, strict=True))
    alt = f"Prediction, driving frame and their absolute difference on an image pyramid; mean difference: {said}"
    with drawing(alt, width=7, height=2.15 * len(levels)) as made:
        rows = made.figure.subplots(len(levels), 3, squeeze=False)
        limit = max(float(difference.max()) for difference in differences)
        for row, (made_of, wanted, difference), mean in zip(rows, levels, means, strict=True):
            picture(row[0], made_of, "prediction")
            picture(row[1], wanted, "driving")
            shown = scalar_map(row[2], difference, f"difference, mean {mean:.3f}", limit=limit)
            row[0].set_ylabel(f"{wanted.shape[-1]} pixels")
        made.figure.colorbar(shown, ax=rows[:, 2], shrink=0.6, label="absolute difference")
    return made.shown


def shifted_errors(shifts: Sequence[int], errors: Mapping[str, Sequence[float]]) -> Image:
    """L1 of a picture and itself shifted, at one resolution and on a pyramid."""
    said = {n: "never falls" if list(v) == sorted(v) else "rises and falls" for n, v in errors.items()}
    alt = "L1 against the shift in pixels: " + ", ".join(f"seen at {name} it {how}" for name, how in said.items())
    with drawing(alt, width=7.5, height=3.2) as made:
        axes = made.figure.subplots()
        for (name, values), mark in zip(errors.items(), MARKERS, strict=False):
            axes.plot(shifts, values, marker=mark, label=f"seen at {name}")
        axes.set(xlabel="shift (pixels)", ylabel="L1, as a share of the largest")
        axes.legend()
    return made.shown


def progress(
    losses: Mapping[str, CurvePoints], pictures: Mapping[str, Float[Tensor, "b 3 h w"]], state: State
) -> Image:
    """Where a training stands: its curves, and what it makes of the pairs of this step.

    Args:
        losses: name -> (step, value).
        pictures: a row each, under its name.
        state: of the training.
    """
    when = f"{state.seconds / 60:.1f} minutes"
    if 0 < state.progress < 1:
        when += f", about {state.seconds / 60 * (1 / state.progress - 1):.0f} to go"
    alt = (
        f"Step {state.step}, {when}: "
        + ", ".join(f"{name} {curve[-1][1]:.3f}" for name, curve in losses.items())
        + "; rows of pictures: "
        + ", ".join(pictures)
    )
    with drawing(alt, height=4.2) as made:
        left, right = made.figure.subfigures(1, 2, width_ratios=[1.2, 1], squeeze=False)[0]
        axes = left.subplots()
        for colour, (name, curve) in zip(LINES, losses.items(), strict=False):
            wide = {"linewidth": 6, "alpha": 0.35} if name == "reconstruction" else {}  # the warp curve lies on it
            axes.semilogy(*zip(*curve, strict=True), color=colour, label=name.replace("_", " "), **wide)
        axes.set(xlabel="steps", ylabel="loss (unweighted, logarithmic)")
        axes.set_title(f"losses after {state.step} steps, {when}")
        low, high = axes.get_ylim()
        axes.set_ylim(low, 20 * high)  # room for the legend
        axes.legend(loc="upper right")
        rows = right.subplots(len(pictures), max(map(len, pictures.values())), squeeze=False)
        for row, (name, images) in zip(rows, pictures.items(), strict=True):
            for panel, image in zip(row, images, strict=True):
                picture(panel, image)
            row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return made.shown


def sick_curves(runs: Mapping[str, tuple[CurvePoints, CurvePoints]]) -> Image:
    """Reconstruction and crowding of keypoints in short runs; a dot marks where a loss stopped being a number."""
    said = "; ".join(f"{n} ends at {loss[-1][1]:.3f} and {apart[-1][1]:.2f}" for n, (loss, apart) in runs.items())
    with drawing(f"Reconstruction, and distance to the nearest keypoint, of short runs: {said}", height=3.4) as made:
        left, right = made.figure.subplots(1, 2)
        for colour, (name, (losses, distances)) in zip(LINES, runs.items(), strict=False):
            finite = [(step, value) for step, value in losses if math.isfinite(value)]
            wide = {"linewidth": 6, "alpha": 0.35} if not left.lines else {}  # others may lie on the first
            left.semilogy(*zip(*finite, strict=True), color=colour, label=name, **wide)
            if len(finite) < len(losses):
                left.scatter(*finite[-1], color=colour, s=50, zorder=3)
            right.plot(*zip(*distances, strict=True), color=colour, label=name)
        left.set_ylabel("reconstruction")
        right.set_ylabel("to the nearest keypoint (normalised)")
        right.set_ylim(bottom=0)
        for axes in (left, right):
            axes.set_xlabel("steps")
        for axes in (left, right):  # the panels may stand below each other
            axes.legend()
    return made.shown


def carried_back(
    image: Float[Tensor, "3 h w"], warped: Float[Tensor, "3 h w"], runs: Mapping[str, tuple[Tensor, Tensor]]
) -> Image:
    """Whether keypoints follow a known warp (Eq. 11): those of a picture, and those of the warped one, carried back.

    Args:
        image: the picture.
        warped: the same, warped.
        runs: name -> keypoints of the picture, and those of the warped one carried back by the warp; (k 2) each.
    """
    apart = {name: float((a - b).norm(dim=-1).mean()) for name, (a, b) in runs.items()}
    said = ", ".join(f"{name} {distance:.3f}" for name, distance in apart.items())
    alt = f"A picture, warped; and how far apart its keypoints and those carried back lie, in normalised units: {said}"
    with drawing(alt, height=2.9) as made:
        panels = made.figure.subplots(1, 2 + len(runs), width_ratios=[1, 1, *[MARGIN] * len(runs)])  # of one scale
        picture(panels[0], image, "driving")
        picture(panels[1], warped, "warped")
        for axes, (name, (found, carried)) in zip(panels[2:], runs.items(), strict=True):
            picture(axes, 0.6 + 0.4 * image, f"{name}: {apart[name]:.2f} apart")
            for start, end in zip(found.tolist(), carried.tolist(), strict=True):
                axes.plot([start[0], end[0]], [start[1], end[1]], color=INK, linewidth=1.2, linestyle="-")
            axes.scatter(*found.T, s=30, color="white", edgecolors=BLUE, zorder=3)
            axes.scatter(*carried.T, s=22, color=ORANGE, edgecolors=INK, linewidths=0.6, zorder=4)
            axes.set_xlabel("ring: found\ndot: carried back")
            axes.set_xlim(-MARGIN, MARGIN)  # a keypoint that is carried back may leave the picture
            axes.set_ylim(MARGIN, -MARGIN)
    return made.shown
