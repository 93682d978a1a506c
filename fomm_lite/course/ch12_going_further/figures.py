"""Figures of notebook 12, and its tables as text."""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from IPython.display import Image
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from torch import Tensor

from fomm_lite.course.ch12_going_further.few_clips import STEPS, Bill
from fomm_lite.course.ch12_going_further.free_jacobians import Told
from fomm_lite.course.ch12_going_further.new_category import Moment
from fomm_lite.course.kit.style import BLUE, GREY, INK, LINES, MARKERS, ORANGE, drawing

MARKS = (0.05, 0.1, 0.2, 0.4)  # of an axis of distances
DASHES = ("-", "--", ":", "-.")
# run -> the curve that shows its symptom, and what the curve is
SYMPTOMS = {
    "keypoints in one spot": ("apart", "distance to the nearest keypoint"),
    "jacobians shrink": ("stretch", "stretch of the jacobians"),
    "rate of 0.1": ("reconstruction", "reconstruction"),
    "discriminator, six steps": ("discriminator", "discriminator's loss a scale"),
    "discriminator asleep": ("discriminator", "discriminator's loss a scale"),
    "generator asleep": ("discriminator", "discriminator's loss a scale"),
}
ACROSS = 5  # masks beside each other on a sheet


def sick_curves(runs: Mapping[str, Mapping[str, Sequence[tuple[int, float]]]]) -> Image:
    """Sick runs beside the healthy one, each by the curve that tells it; and discriminators beside one that learns."""
    alt = f"{len(SYMPTOMS)} small charts, each a run beside another one: " + "; ".join(
        f"{name}, {what} ends at {runs[name][curve][-1][1]:.2g}" for name, (curve, what) in SYMPTOMS.items()
    )
    with drawing(alt, width=9, height=7.4) as made:
        for axes, (name, (curve, what)) in zip(made.figure.subplots(3, 2).flat, SYMPTOMS.items(), strict=True):
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
        axes.locator_params(axis="x", nbins=3)  # their numbers are long
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
        charts[0].legend(loc="lower right")  # in a panel, so that panels can stand below each other
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
    with drawing(f"L1 over copying, over clips and over steps. {said}", width=9, height=4.4) as made:
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
            # below each panel, so that they can stand below each other
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))
        left.set_ylim(0, 1.3)
        left.set_ylabel("L1 / copying")
    return made.shown


def mask_sheets(
    sizes: Mapping[int, tuple[Float[Tensor, "k1 _ _"], Float[Tensor, "3 h w"], float]], driving: Float[Tensor, "3 h w"]
) -> Image:
    """All masks of one frame at several sizes, a sheet each, the prediction that they lead to, and the frame itself.

    Args:
        sizes: size -> masks, background first; prediction; its L1.
        driving: what the prediction should be.
    """
    said = "; ".join(f"{size} pixels, L1 {l1:.4f}" for size, (_, _, l1) in sizes.items())
    with drawing(
        f"All masks of a frame, white is 1, with its prediction and the frame itself: {said}", width=9, height=2.2
    ) as made:
        for axes, (size, (masks, prediction, l1)) in zip(
            made.figure.subplots(1, len(sizes)), sizes.items(), strict=True
        ):
            side = driving.shape[-1]
            tiles = [F.interpolate(mask[None, None], (side, side))[0].expand(3, -1, -1) for mask in masks]
            names = [f"M{number}" for number in range(len(masks))]
            _sheet(axes, [*tiles, prediction, driving], [*names, "made", "driving"], f"{size} pixels: L1 {l1:.4f}")
    return made.shown


def _sheet(axes: Axes, tiles: Sequence[Float[Tensor, "3 h w"]], names: Sequence[str], title: str) -> None:
    """Pictures of one size as one, row by row, their names in their corners."""
    side, gap = tiles[0].shape[-1], 2
    padded = [F.pad(tile, (gap, gap, gap, gap), value=0.6) for tile in tiles]
    padded += [torch.ones_like(padded[0])] * (-len(padded) % ACROSS)
    rows = [torch.cat(padded[at : at + ACROSS], dim=2) for at in range(0, len(padded), ACROSS)]
    axes.imshow(torch.cat(rows, dim=1).permute(1, 2, 0).clamp(0, 1).numpy(), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title)
    outline = [withStroke(linewidth=2, foreground=INK)]
    for place, name in enumerate(names):
        row, column = (at * (side + 2 * gap) + 2 * gap for at in divmod(place, ACROSS))
        axes.text(column, row, name, color="white", fontsize=8, va="top", path_effects=outline)


def category_lines(trainings: Mapping[int, Sequence[Moment]]) -> Image:
    """L1 as a share of copying over the seconds of a training, a colour for each number of clips.

    Thick: clips that no training saw, with intervals over them; thin: the training's own.
    """
    said = "; ".join(
        f"{clips} clips: {line[-1].unseen[1]:.2f} on others and {line[-1].seen[1]:.2f} on its own "
        f"after {line[-1].seconds:.0f} s"
        for clips, line in trainings.items()
    )
    with drawing(f"L1 over copying, over seconds of one core. {said}", width=7.5, height=4) as made:
        axes = made.figure.subplots()
        for (clips, line), colour, mark in zip(sorted(trainings.items()), LINES, MARKERS, strict=False):
            seconds = [moment.seconds for moment in line]
            low, others, high = ([moment.unseen[end] for moment in line] for end in range(3))
            axes.plot(seconds, others, "-", marker=mark, color=colour, label=f"{clips} clips: others")
            axes.vlines(seconds, low, high, colour)
            own, label = [moment.seen[1] for moment in line], f"{clips} clips: its own"
            axes.plot(seconds, own, ":", marker=mark, color=colour, label=label, linewidth=1, markerfacecolor="none")
        axes.axhline(1, color=GREY, linestyle="-.", linewidth=1.5)
        axes.set_xscale("log")
        marks = [round(moment.seconds) for moment in max(trainings.values(), key=len)]
        axes.set_xticks(marks, [str(mark) for mark in marks])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set(xlabel="seconds of one core", ylabel="L1 / copying")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
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
