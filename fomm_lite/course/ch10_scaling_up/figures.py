"""Figures of notebook 10: what frames cost, and the rooms of the bug museum."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from IPython.display import Image
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.course.ch10_scaling_up.museum import bend, offset_in_pixels
from fomm_lite.course.kit.costs import STAGES
from fomm_lite.course.kit.style import GREY, HATCHES, INK, LINES, MARKERS, PALE, drawing, picture, scalar_map


def costs(
    panels: Mapping[str, Mapping[str, Mapping[str, float]]],
    unit: str,
    spread: Mapping[str, Mapping[str, tuple[float, float]]] = MappingProxyType({}),
) -> Image:
    """Stacked bars: what each stage costs, one panel a model, one bar a size.

    Args:
        panels: model -> size -> stage -> cost.
        unit: of the costs.
        spread: model -> size -> lowest and highest total, where it was measured more than once.
    """
    said = "; ".join(
        f"{title} at {size} pixels {sum(bar.values()):.3g}, {bar['render']:.3g} of it for render"
        for title, bars in panels.items()
        for size, bar in bars.items()
    )
    with drawing(f"Cost of the stages in {unit} a frame: {said}") as made:
        for axes, (title, bars) in zip(
            made.figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
        ):
            bottom = [0.0] * len(bars)
            for stage, colour, hatch in zip(STAGES, LINES, HATCHES, strict=False):
                heights = [bar[stage] for bar in bars.values()]
                axes.bar(
                    list(bars),
                    heights,
                    bottom=bottom,
                    color=colour,
                    label=stage,
                    width=0.6,
                    hatch=hatch,
                    edgecolor="white",
                )
                bottom = [low + high for low, high in zip(bottom, heights, strict=True)]
            for place, ends in enumerate(spread.get(title, {}).values()):
                axes.plot([place, place], ends, color=INK, linewidth=2, linestyle="-", marker="_", markersize=12)
            axes.set(xlim=(-1, len(bars)), title=title, xlabel="side of the picture in pixels")
            axes.set_ylabel(f"{unit} a frame")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return made.shown


def batches(seconds: Mapping[int, float]) -> Image:
    """Seconds a frame against the batch, beside what perfect sharing of work would give."""
    said = ", ".join(f"{size}: {1000 * each:.0f}" for size, each in seconds.items())
    with drawing(f"Milliseconds a frame over the batch: {said}") as made:
        axes = made.figure.subplots()
        sizes, spent = list(seconds), [1000 * each for each in seconds.values()]
        axes.plot(sizes, spent, marker="o", label="measured")
        axes.plot(
            sizes, [spent[0] / size for size in sizes], color=GREY, linestyle="--", label="if a batch cost one frame"
        )
        axes.set_xticks(sizes)
        axes.set_ylim(bottom=0)
        axes.set(xlabel="frames computed together (batch)", ylabel="milliseconds a frame")
        axes.legend()
    return made.shown


def lines(x: Float[Tensor, " n"], values: Mapping[str, Float[Tensor, " n"]], across: str, up: str, alt: str) -> Image:
    """Some lines over one axis."""
    with drawing(alt) as made:
        axes = made.figure.subplots()
        for (name, line), colour, mark in zip(values.items(), LINES, MARKERS, strict=False):
            axes.plot(x.tolist(), line.tolist(), color=colour, marker=mark if len(x) <= 16 else "", label=name)
        axes.axhline(0, color=PALE, zorder=0)
        axes.set(xlabel=across, ylabel=up)
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(values))
    return made.shown


def offsets(sizes: Sequence[int], ways: Mapping[str, str]) -> Image:
    """By how much positions are reported too far right, over the place, for each way of shrinking and each size.

    Args:
        sizes: of pictures in pixels.
        ways: title -> how, as in :func:`fomm_lite.course.ch10_scaling_up.museum.kept_columns`.
    """
    alt = "Sliced maps report places too far right by an amount that depends on the size; centred ones are symmetric"
    with drawing(alt) as made:
        panels = made.figure.subplots(1, len(ways), sharey=True)
        for axes, (title, how) in zip(panels, ways.items(), strict=True):
            for size, colour in zip(sizes, LINES, strict=False):
                wrong = 2 * offset_in_pixels(size, how) / (size - 1)
                axes.plot(torch.linspace(-1, 1, len(wrong)).tolist(), wrong.tolist(), color=colour, label=f"{size} px")
            axes.axhline(0, color=PALE, zorder=0)
            axes.set(title=title, xlabel="reported x")
        panels[0].set_ylabel("reported minus true x")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return made.shown


def order_errors(
    driving: Float[Tensor, "3 h w"],
    right: Float[Tensor, "h w"],
    wrong: Float[Tensor, "h w"],
    seen: Bool[Tensor, "h w"],
    titles: Sequence[str],
) -> Image:
    """The part in the driving frame, and two maps of errors in pixels where it is seen, on one scale."""
    means = [float(each[seen].mean()) for each in (right, wrong)]
    said = ", ".join(f"{title} {mean:.2f} pixels on average" for title, mean in zip(titles, means, strict=True))
    alt = f"One part, outlined in the driving frame, and the error of its motion: {said}"
    limit = float(wrong.max())
    rows, columns = (torch.where(seen.any(axis))[0] for axis in (1, 0))
    window = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    with drawing(alt, height=3.2) as made:
        first, *both = made.figure.subplots(1, 3)
        picture(first, driving, "driving; outlined: the part")
        across, down = (torch.linspace(-1, 1, side).tolist() for side in (seen.shape[1], seen.shape[0]))
        for colour, width in ((INK, 4), ("white", 2)):
            first.contour(across, down, seen.float().numpy(), levels=[0.5], colors=colour, linewidths=width)
        for axes, values, title, mean in zip(both, (right, wrong), titles, means, strict=True):
            part = torch.where(seen, values, torch.nan)[window]
            shown = scalar_map(axes, part, f"{title}:\nmean {mean:.2f} px", limit=limit)
            axes.set_facecolor(PALE)
        made.figure.colorbar(shown, ax=both, label="error in pixels")
    return made.shown


def bends() -> Image:
    """What one control point does to its surroundings, for each way of measuring distance."""
    alt = "Around a control point the L1 radius bends in diamonds with edges, the Euclidean one in circles"
    with drawing(alt, width=8, height=3.6) as made:
        both = made.figure.subplots(1, 2)
        fields = {"L1 radius": bend("manhattan"), "Euclidean radius": bend("euclidean")}
        for axes, (title, field) in zip(both, fields.items(), strict=True):
            shown = scalar_map(axes, field, title, signed=True, limit=0.5)
            line = torch.linspace(-1, 1, len(field)).tolist()
            axes.contour(line, line, field.numpy(), levels=[-0.15, -0.1, -0.05], colors=INK, linewidths=1)
        made.figure.colorbar(shown, ax=both, label="displacement (normalised)")
    return made.shown


def ledger(rows: Mapping[str, tuple[float, float, str]]) -> str:
    """The museum's catalogue as text: each bug with the right number, the wrong one and their unit."""
    out = [f"{'bug':<34} {'right':>9} {'wrong':>9}  measured in"]
    out += [f"{name:<34} {right:>9.4f} {wrong:>9.4f}  {unit}" for name, (right, wrong, unit) in rows.items()]
    return "\n".join(out)
