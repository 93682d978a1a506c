"""Figures of notebook 07: models side by side, means with their intervals, switches and what they move."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch07_what_matters.comparison import MEASURES
from fomm_lite.course.ch07_what_matters.dose import Gain
from fomm_lite.course.kit.interval import interval
from fomm_lite.course.kit.sheets import picture_sheet
from fomm_lite.course.kit.style import BLUE, GREY, HATCHES, INK, LINES, ORANGE, PALE, drawing
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.model import FirstOrderModel


@torch.no_grad()
def side_by_side(
    models: Mapping[str, FirstOrderModel], frames: Float[Tensor, "t 3 h w"], driving: Sequence[int], *, side: int = 128
) -> Image:
    """The same driving frames through every model: source, driving frame, and predictions with rings as keypoints.

    Args:
        models: label -> model.
        frames: of a clip; frame 0 is the source.
        driving: which of them are shown.
        side: of a picture, in pixels of the page.
    """
    rows = {}
    for index in driving:
        row = {"source": frames[0], "driving": frames[index]}
        for name, model in models.items():
            keypoints = model.detect(frames[[0, index]])
            made = model(frames[:1], keypoints[:1], keypoints[1:]).prediction[0]
            found = keypoints[1:]
            jacobians = found.jacobians[0] if model.config.estimate_jacobian else None
            row[name] = draw_keypoints(enlarge(made, 2 * side), found.positions[0], jacobians, hollow=True)
        rows[f"frame {index}"] = row
    alt = f"Source, driving frames and the predictions of {', '.join(models)}, with keypoints as rings"
    return picture_sheet(rows, alt, side=side)


def intervals(
    results: Mapping[str, Mapping[str, Float[Tensor, " n"]]],
    measures: Sequence[str],
    *,
    identity: Mapping[str, float] | None = None,
) -> Image:
    """Each measure of each model with its bootstrap interval, one panel a measure, less is better.

    Args:
        results: label -> measure -> one number a clip.
        measures: the panels.
        identity: measure -> what doing nothing scores, a dashed line.
    """
    labels = list(results)
    ends = [(name, *interval(results[labels[-1]][name])) for name in measures]
    alt = f"Means with intervals over clips for {', '.join(labels)}; " + "; ".join(
        f"{MEASURES[name]}: {labels[-1]} {value:.3f}" for name, _, value, _ in ends
    )
    with drawing(alt, width=9, height=2.9) as made:
        panels = made.figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axes, name in zip(panels, measures, strict=True):
            said = MEASURES[name]
            for place, label in enumerate(labels):
                low, value, high = interval(results[label][name])
                colour = LINES[place % len(LINES)]
                axes.plot([low, high], [place, place], color=colour, linewidth=3, linestyle="-", solid_capstyle="butt")
                axes.plot([value], [place], "o", color=colour, markersize=7)
            if identity is not None and name in identity:
                axes.axvline(identity[name], color=GREY, linestyle="--", linewidth=1.2)
                said = f"{MEASURES[name]} (dashed: doing nothing)"
            axes.set_xlabel(fill(said, 20))
            axes.locator_params(axis="x", nbins=4)
            axes.grid(axis="x", color=PALE, linewidth=0.7)
        panels[0].set_yticks(range(len(labels)), labels)
        panels[0].invert_yaxis()
    return made.shown


def gains(found: Sequence[Gain]) -> Image:
    """What first order saves over how far the figure turns: a line for each K, an interval a point, a dot a seed.

    Args:
        found: of the grid.
    """
    lines = {keypoints: [each for each in found if each.keypoints == keypoints] for keypoints in (1, 3, 10)}
    said = [f"K={each.keypoints}, turn {each.turn:g}: {100 * each.gain.value:.0f} %" for each in found]
    with drawing("L1 that first order saves: " + "; ".join(said), width=7.5, height=4.2) as made:
        axes = made.figure.subplots()
        for index, (keypoints, line) in enumerate(lines.items()):
            if not line:
                continue
            colour, style = LINES[index], ("-", "--", ":")[index]
            places = [each.turn + 0.02 * (index - 1) for each in line]  # side by side
            values = [100 * each.gain.value for each in line]
            low = [100 * (each.gain.value - each.gain.low) for each in line]
            high = [100 * (each.gain.high - each.gain.value) for each in line]
            label = f"{keypoints} keypoint" + "s" * (keypoints > 1)
            axes.errorbar(
                places, values, [low, high], color=colour, linestyle=style, marker="o", capsize=3, label=label
            )
            for place, each in zip(places, line, strict=True):
                dots = [100 * seed for seed in each.gain.seeds]
                axes.plot([place] * len(dots), dots, ".", color=colour, alpha=0.6)
        axes.axhline(0, color=GREY, linewidth=1)
        axes.set_xticks(sorted({each.turn for each in found}))
        axes.set_xlabel("how far the faces turn to either side, radians")
        axes.set_ylabel("L1 saved by first order,\npercent of zero order's")
        if found:
            axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return made.shown


def steps(
    ours: Mapping[str, tuple[float, float, float]],
    authors: Mapping[str, float],
    what: str,
    *,
    world: str = "drawn puppets",
) -> Image:
    """How much each step down the table changes a measure, ours with intervals beside the authors', in percent.

    Args:
        ours: step -> low, value, high of the change, as a share.
        authors: the same steps; their tables have no intervals.
        what: the measure, for the axis.
        world: what ours were trained on.
    """
    alt = f"Change of {what} at each step, in percent: " + "; ".join(
        f"{name}: ours {100 * value:+.1f}, authors {100 * authors[name]:+.1f}" for name, (_, value, _) in ours.items()
    )
    with drawing(alt, width=9, height=3.6) as made:
        axes = made.figure.subplots()
        for place, (name, (low, value, high)) in enumerate(ours.items()):
            axes.barh(place - 0.18, 100 * value, 0.32, color=BLUE, label=f"ours, {world}" if place == 0 else None)
            axes.plot([100 * low, 100 * high], [place - 0.18] * 2, color=INK, linewidth=2, linestyle="-")
            reported = "as reported by the authors, Tai-Chi-HD" if place == 0 else None
            striped: Any = {"hatch": HATCHES[1], "edgecolor": "white"}
            axes.barh(place + 0.18, 100 * authors[name], 0.32, color=ORANGE, label=reported, **striped)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(range(len(ours)), list(ours))
        axes.invert_yaxis()
        axes.set_xlabel(fill(f"change of {what}", 32) + "\nin percent; left of 0 is better")
        axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0))
    return made.shown


def differences(values: Float[Tensor, " n"], label: str) -> Image:
    """The difference of two models on each clip, sorted, and the interval of its mean.

    Args:
        values: second model minus first, one number a clip.
        label: of the axis.
    """
    low, mean, high = interval(values)
    better = int((values < 0).sum())
    alt = f"{label}: below 0 on {better} of {len(values)} clips, mean {mean:.4f}, interval {low:.4f} to {high:.4f}"
    with drawing(alt, width=9, height=2.8) as made:
        axes = made.figure.subplots()
        axes.bar(range(len(values)), values.sort().values.tolist(), color=PALE, edgecolor=GREY, linewidth=0.5)
        axes.axhspan(low, high, color=BLUE, alpha=0.35, label="interval of the mean")
        axes.axhline(mean, color=BLUE, label="mean")
        axes.axhline(0, color=INK, linewidth=1)
        axes.set(xlabel="clips, sorted", ylabel=label)
        axes.legend(loc="lower right")
    return made.shown


def curve(
    points: Mapping[float, float],
    what: str,
    marked: float,
    *,
    log: bool = False,
    second: Mapping[float, float] | None = None,
) -> Image:
    """The L1 ratio, and perhaps the deformation error, against a switch that has many positions.

    Args:
        points: position -> L1 ratio.
        what: the switch, for the axis.
        marked: the position at which the model was trained.
        log: logarithmic positions.
        second: position -> deformation error in pixels, on an axis of its own.
    """
    alt = f"L1 ratio against {what}: " + ", ".join(f"{at:g}: {value:.2f}" for at, value in points.items())
    with drawing(alt, width=9, height=3.6) as made:
        panels = made.figure.subplots(1, 1 if second is None else 2, squeeze=False)[0]
        named = [("L1 ratio", points, 1.0), ("deformation error, px", second, None)]
        for axes, (label, values, limit) in zip(panels, named, strict=False):
            assert values is not None
            axes.plot(list(values), list(values.values()), "o-", color=BLUE)
            axes.plot([marked], [values[marked]], "o", color=ORANGE, markersize=11, zorder=3, label="as trained")
            if limit is not None:
                axes.axhline(limit, color=GREY, linestyle="--", linewidth=1.2, label="copying the source")
            if log:
                axes.set_xscale("log")
                axes.minorticks_off()
            axes.set(xlabel=what, ylabel=label, ylim=(0, 1.15 * max(values.values())))
            axes.legend(loc="lower left")
    return made.shown
