"""Figures of notebook 12, and its tables as text."""

from collections.abc import Mapping, Sequence

from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch12_going_further.few_clips import STEPS, Bill
from fomm_lite.course.ch12_going_further.free_jacobians import Told
from fomm_lite.course.kit.style import BLUE, GREY, LINES, ORANGE, drawing

MARKS = (0.05, 0.1, 0.2, 0.4)  # of an axis of distances
DASHES = ("-", "--", ":", "-.")
# run -> the curve that shows its symptom, and what the curve is
SYMPTOMS = {
    "keypoints in one spot": ("apart", "distance to the nearest keypoint"),
    "jacobians shrink": ("stretch", "stretch of the jacobians"),
    "rate of 0.1": ("reconstruction", "reconstruction"),
    "discriminator, six steps": ("discriminator", "discriminator's loss a scale"),
}


def sick_curves(runs: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]]) -> Image:
    """Three sick runs beside the healthy one, each by the curve that tells it; and two discriminators."""
    alt = "Four small charts, each a run beside another one: " + "; ".join(
        f"{name}, {what} ends at {runs[name][curve][-1][1]:.2g}" for name, (curve, what) in SYMPTOMS.items()
    )
    with drawing(alt, width=9, height=5.2) as made:
        for axes, (name, (curve, what)) in zip(made.figure.subplots(2, 2).flat, SYMPTOMS.items(), strict=True):
            well = "discriminator, one step" if curve == "discriminator" else "healthy"
            for run, colour, dashes in ((well, GREY, "--"), (name, ORANGE, "-")):
                steps, values = zip(*runs[run][curve], strict=True)
                axes.plot(steps, values, dashes, color=colour, label=run)
            axes.set(title=what, xlabel="steps")
            axes.set_ylim(bottom=0)
            axes.legend()
    return made.shown


def jacobians_told(rows: Mapping[str, Told]) -> Image:
    """How far jacobians are from those of a known warp, a bar each, and the identity's distance as a line."""
    identity = max(each.identity for each in rows.values())
    values = {name: each.learnt for name, each in rows.items()}
    said = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
    with drawing(f"Distance to the true jacobian: {said}; the identity {identity:.3f}", width=7.5, height=2.1) as made:
        axes = made.figure.subplots()
        bars = axes.barh(list(values)[::-1], list(values.values())[::-1], color=BLUE)
        axes.bar_label(bars, fmt="%.3f", padding=3)
        axes.axvline(identity, color=GREY, linestyle="--", linewidth=1.5)
        axes.set(xlim=(0, 1.2 * max([*values.values(), identity])))
        axes.set_xlabel(f"distance to the true jacobian\n(dashed: the identity, {identity:.3f})")
    return made.shown


def order_lines(distances: Sequence[float], panels: Mapping[str, Sequence[Float[Tensor, " d"]]]) -> Image:
    """Error over distance on logarithmic scales, a panel for each amount of noise, a line for each order."""
    alt = "Error over distance: straight lines of slope 1, 2 and 3 without noise; with noise orders 1 and 2 meet"
    with drawing(alt, width=9, height=3.4) as made:
        charts = made.figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, (title, lines) in zip(charts, panels.items(), strict=True):
            for order, (line, colour, dashes) in enumerate(zip(lines, LINES, DASHES, strict=False)):
                axes.loglog(distances, line.tolist(), dashes, color=colour, label=f"order {order}")
            axes.set(title=title, xlabel="distance from the keypoint", ylim=(1e-5, 2))
            axes.set_xticks(MARKS, [f"{mark:g}" for mark in MARKS])
            axes.minorticks_off()
        charts[0].set_ylabel("error")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return made.shown


def clips_needed(bills: Sequence[Bill], clips: int = 16) -> Image:
    """L1 as a share of copying: over the clips that were trained on, and, for one number of them, over the steps.

    Thick: puppets that no training saw, with intervals over them; thin: the training's own. First seeds only.
    """
    starts = {"from nothing": (BLUE, "-", "o"), "from faces": (ORANGE, "--", "s")}
    first = [bill for bill in bills if bill.plan.seed == 0]
    own = {name: [bill for bill in first if bill.plan.faces is (name == "from faces")] for name in starts}
    by_clips = {name: [bill for bill in each if bill.plan.steps == STEPS] for name, each in own.items()}
    by_steps = {
        name: sorted((bill for bill in each if bill.plan.clips == clips), key=lambda bill: bill.plan.steps)
        for name, each in own.items()
    }
    said = "; ".join(
        f"{name}, other puppets {row[0].unseen[1]:.2f} with {row[0].plan.clips} clip and {row[-1].unseen[1]:.2f} with "
        f"{row[-1].plan.clips}, its own {row[0].seen[1]:.2f} and {row[-1].seen[1]:.2f}"
        for name, row in by_clips.items()
    )
    with drawing(f"L1 over copying, over clips and over steps. {said}", width=9, height=4) as made:
        left, right = made.figure.subplots(1, 2, sharey=True)
        for name, (colour, dashes, mark) in starts.items():
            style = {"color": colour, "marker": mark}
            for axes, row, field in ((left, by_clips[name], "clips"), (right, by_steps[name], "steps")):
                places = [getattr(bill.plan, field) for bill in row]
                axes.plot(places, [bill.unseen[1] for bill in row], dashes, label=f"{name}, other puppets", **style)
                axes.vlines(places, *zip(*(bill.unseen[::2] for bill in row), strict=True), colour)
                axes.set_xscale("log")
                axes.set_xticks(places, [str(place) for place in places])
                axes.minorticks_off()
            thin = {"linewidth": 1, "markerfacecolor": "none"}
            counts, known = zip(*((bill.plan.clips, bill.seen[1]) for bill in by_clips[name]), strict=True)
            left.plot(counts, known, ":", label=f"{name}, its own", **style, **thin)
        for axes, title in ((left, f"clips ({STEPS} steps)"), (right, f"steps ({clips} clips)")):
            axes.axhline(1, color=GREY, linestyle="-.", linewidth=1.5)
            axes.set_xlabel(title)
        left.set_ylim(bottom=0)
        left.set_ylabel("L1 / copying")
        made.figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return made.shown


def wall_lines(shifts: Sequence[float], lines: Mapping[str, Sequence[float]]) -> Image:
    """Error of the deformation on the wall over how far the wall went, in pixels."""
    said = "; ".join(f"{name}: {line[0]:.1f} to {line[-1]:.1f}" for name, line in lines.items())
    with drawing(f"Error on the wall over its shift, in pixels. {said}", width=7.5, height=3) as made:
        axes = made.figure.subplots()
        for (name, line), colour, dashes in zip(lines.items(), LINES, DASHES, strict=False):
            axes.plot(shifts, line, dashes, marker="o", color=colour, label=name)
        axes.set_ylim(bottom=0)
        axes.set(xlabel="the wall went, pixels", ylabel="error on the wall, pixels")
        axes.legend()
    return made.shown
