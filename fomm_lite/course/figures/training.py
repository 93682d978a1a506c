"""Figures of the notebook on losses and training."""

import math
from collections.abc import Mapping, Sequence

from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.figures.style import BLUE, GREY, LINES, drawing, picture
from fomm_lite.training import State

Curve = Sequence[tuple[int, float]]


def pyramid(levels: Sequence[Float[Tensor, "3 _ _"]]) -> Image:
    """The levels of an image pyramid, each with its size."""
    sizes = [level.shape[-1] for level in levels]
    with drawing(f"An image pyramid of {', '.join(map(str, sizes))} pixels", height=9 / len(levels) + 0.35) as made:
        panels = made.figure.subplots(1, len(levels), squeeze=False)[0]
        for axes, level, size in zip(panels, levels, sizes, strict=True):
            picture(axes, level, f"{size} pixels")
    return made.shown


def shifted_errors(shifts: Sequence[int], errors: Mapping[str, Sequence[float]]) -> Image:
    """L1 of a picture and itself shifted, at one resolution and on a pyramid."""
    with drawing("L1 against the shift in pixels: " + ", ".join(errors), width=7.5, height=3.2) as made:
        axes = made.figure.subplots()
        for name, values in errors.items():
            axes.plot(shifts, values, marker="o", label=name)
        axes.set_xlabel("shift (pixels)")
        axes.set_ylabel("L1, as a share of the largest")
        axes.legend()
    return made.shown


def progress(
    losses: Mapping[str, Curve], deformed: Float[Tensor, "b 3 h w"], prediction: Float[Tensor, "b 3 h w"], state: State
) -> Image:
    """Where a training stands: its curves, and what it makes of the pairs of this step."""
    minutes = state.seconds / 60
    alt = f"Step {state.step}, {minutes:.1f} minutes: " + ", ".join(f"{n} {c[-1][1]:.3f}" for n, c in losses.items())
    with drawing(alt, height=3.8) as made:
        left, right = made.figure.subfigures(1, 2, width_ratios=[1.1, 1], squeeze=False)[0]
        axes = left.subplots()
        for colour, (name, curve) in zip(LINES, losses.items(), strict=False):
            axes.semilogy(*zip(*curve, strict=True), color=colour, label=name.replace("_", " "))
        axes.set_xlabel("steps")
        axes.set_title(f"losses after {state.step} steps, {minutes:.1f} minutes")
        axes.legend(fontsize=8)
        rows = right.subplots(2, len(prediction), squeeze=False)
        for name, row, images in (("deformed", rows[0], deformed), ("prediction", rows[1], prediction)):
            for number, (panel, image) in enumerate(zip(row, images, strict=True)):
                picture(panel, image, name if number == 0 else " ")
    return made.shown


def sick_curves(runs: Mapping[str, tuple[Curve, Curve]]) -> Image:
    """Reconstruction and keypoint spread of several short runs; a dot marks where a loss stopped being a number."""
    with drawing("Curves of short runs: " + ", ".join(runs), height=3.4) as made:
        left, right = made.figure.subplots(1, 2)
        for colour, (name, (losses, spread)) in zip(LINES, runs.items(), strict=False):
            finite = [(step, value) for step, value in losses if math.isfinite(value)]
            left.semilogy(*zip(*finite, strict=True), color=colour, label=name)
            if len(finite) < len(losses):
                left.scatter(*finite[-1], color=colour, s=50, zorder=3)
            right.plot(*zip(*spread, strict=True), color=colour, label=name)
        left.set_ylabel("reconstruction")
        right.set_ylabel("spread of keypoints (normalised)")
        for axes in (left, right):
            axes.set_xlabel("steps")
        right.legend(fontsize=9)
    return made.shown


def ratios(values: Mapping[str, float]) -> Image:
    """Held-out L1 as a share of copying, one bar a model."""
    said = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
    with drawing(f"Held-out L1 as a share of copying: {said}", width=7.5, height=0.5 * len(values) + 0.9) as made:
        axes = made.figure.subplots()
        bars = axes.barh(list(values)[::-1], list(values.values())[::-1], color=BLUE)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
        axes.set_xlim(0, 1.15)
        axes.set_xlabel("L1 as a share of copying the source (dashed: copying)")
    return made.shown
