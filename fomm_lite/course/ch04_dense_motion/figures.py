"""Figures of the notebook on dense motion: heatmaps, local motions, flow and parts."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.panels import flow_colours
from fomm_lite.course.kit.style import (
    BLUE,
    CHART,
    GREY,
    HATCHES,
    INK,
    ORANGE,
    PINK,
    drawing,
    frame,
    keypoint_dots,
    picture,
    scalar_map,
)
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import BACKGROUND_COLOUR, draw_masks, keypoint_colour
from fomm_lite.types import DenseMotion, Keypoints

SPOKEN = 0.1  # share of a pixel from which a local motion is named
ZOOM = 0.5  # half a side of the piece of the source that is shown around a place


def heatmap_kinds(driving: Float[Tensor, "h w"], source: Float[Tensor, "h w"], title: str = "moved") -> Image:
    """The two Gaussians of a keypoint, their sum and their difference.

    Args:
        driving: Gaussian at the driving position.
        source: Gaussian at the source position.
        title: what the keypoint did, for the words.
    """
    alt = f"A keypoint that {title}: driving Gaussian, source Gaussian, their sum, their difference"
    with drawing(alt, height=2.7) as made:
        panels = made.figure.subplots(1, 4)
        maps = {"driving $G_D$": driving, "source $G_S$": source, "sum": driving + source}
        for axes, (name, values) in zip(panels, maps.items(), strict=False):
            scalar_map(axes, values, name, limit=1.0)
        last = scalar_map(panels[3], driving - source, "heatmap $G_D - G_S$", signed=True, limit=1.0)
        frame(panels[3])
        made.figure.colorbar(last, ax=panels[3], shrink=0.8, label="heatmap")
    return made.shown


def heatmap_steps(maps: Mapping[str, Float[Tensor, "h w"]]) -> Image:
    """Heatmaps of steps of several lengths beside each other, with their largest values.

    Args:
        maps: how long the step is, in words -> its heatmap.
    """
    said = ", ".join(f"{name} {float(values.max()):.2f}" for name, values in maps.items())
    with drawing(f"Heatmaps of longer and longer steps, with their largest values: {said}", height=3.0) as made:
        panels = made.figure.subplots(1, len(maps), squeeze=False)[0]
        for axes, (name, values) in zip(panels, maps.items(), strict=True):
            shown = scalar_map(axes, values, f"{name}: largest {float(values.max()):.2f}", signed=True, limit=1.0)
            frame(axes)
        made.figure.colorbar(shown, ax=panels[-1], shrink=0.8, label="heatmap")
    return made.shown


def local_motions(motion: DenseMotion, keypoints: Sequence[int], kp_driving: Keypoints) -> Image:
    """A row for each local motion: heatmap, sparse motion as a bent grid, deformed source, mask.

    Args:
        motion: of one picture.
        keypoints: numbers on the k+1 axis; 0 is the background.
        kp_driving: dots are drawn at these positions.
    """
    names = ["background" if number == 0 else f"keypoint {number}" for number in keypoints]
    alt = "Heatmap, sparse motion, deformed source and mask of " + ", ".join(names)
    with drawing(alt, height=2.0 * len(keypoints) + 0.9) as made:
        rows = made.figure.subplots(len(keypoints), 4, squeeze=False)
        for row, number, name in zip(rows, keypoints, names, strict=True):
            colour = BACKGROUND_COLOUR if number == 0 else keypoint_colour(number - 1)
            heatmap = scalar_map(row[0], motion.heatmaps[0, number], f"{name}: heatmap", signed=True, limit=1.0)
            frame(row[0])
            _grid_lines(row[1], motion.sparse_motions[0, number], f"{name}: motion")
            picture(row[2], motion.deformed_sources[0, number], f"{name}: deformed")
            mask = scalar_map(row[3], motion.masks[0, number], f"{name}: mask", limit=1.0)
            if number:
                place = kp_driving.positions[0, number - 1].tolist()
                for axes in (row[0], row[2]):
                    axes.scatter(*place, s=30, color=colour, edgecolors="white", zorder=3)
        for shown, column, what in ((heatmap, 0, "heatmap"), (mask, 3, "mask")):
            made.figure.colorbar(shown, ax=rows[:, column], location="bottom", shrink=0.8, label=what)
    return made.shown


def opinions(
    source: Float[Tensor, "3 h w"],
    motion: DenseMotion,
    truth: Float[Tensor, "h2 w2 2"],
    pixels: Mapping[str, tuple[int, int]],
) -> Image:
    """Where each local motion sends a pixel in the source, and what the masks make of it (Eq. 7).

    Args:
        source: in [0, 1].
        motion: of one picture.
        truth: the true deformation on the motion's own grid.
        pixels: a panel each: title -> (row, column) on that grid.
    """
    alt = f"For {len(pixels)} pixels: where each local motion looks in the source, with dots as large as its mask, "
    with drawing(alt + "the weighted mean of Eq. 7 as a cross, and the true place as a ring", height=4.6) as made:
        panels = made.figure.subplots(1, len(pixels), squeeze=False)[0]
        for axes, (title, (row, column)) in zip(panels, pixels.items(), strict=True):
            picture(axes, 0.5 + 0.5 * source, title)
            shares, places = motion.masks[0, :, row, column], motion.sparse_motions[0, :, row, column]
            for number, (share, place) in enumerate(zip(shares.tolist(), places.tolist(), strict=True)):
                colour = BACKGROUND_COLOUR if number == 0 else keypoint_colour(number - 1)
                name = (
                    f"{'background' if number == 0 else f'keypoint {number}'}: {share:.2f}" if share > SPOKEN else None
                )
                axes.scatter(*place, s=15 + 500 * share, color=colour, edgecolors="black", linewidths=0.8, label=name)
            x, y = motion.deformation[0, row, column].tolist()
            axes.scatter(x, y, s=120, color=INK, marker="x", linewidths=2.5, label="Eq. 7")
            true = truth[row, column].tolist()
            axes.scatter(*true, s=300, facecolors="none", edgecolors=PINK, linewidths=2.5, label="true place")
            axes.set(xlim=(x - ZOOM, x + ZOOM), ylim=(y + ZOOM, y - ZOOM))
            marks = axes.legend(loc="lower left", frameon=True, framealpha=0.9)
            for handle in marks.legend_handles:
                handle.set_sizes([40])
    return made.shown


def mixture(
    driving: Float[Tensor, "3 h w"],
    prediction: Float[Tensor, "3 h w"],
    motion: DenseMotion,
    deformation: Float[Tensor, "h w 2"],
    truth: Float[Tensor, "h w 2"],
    kp_driving: Keypoints,
) -> Image:
    """Masks in the keypoints' colours, the flow they make, the true flow, and the wheel that explains its colours."""
    alt = "Driving frame, masks in the keypoints' colours, flow of the deformation, true flow, and the colour wheel"
    with drawing(alt, height=2.6) as made:
        panels = made.figure.subplots(1, 5)
        picture(panels[0], driving, "driving")
        keypoint_dots(panels[0], kp_driving.positions[0], size=28)
        picture(panels[1], draw_masks(prediction, motion.masks[0]), "masks")
        picture(panels[2], flow_colours(deformation, 0.3), "flow")
        picture(panels[3], flow_colours(truth, 0.3), "true flow")
        for axes in panels[2:4]:
            frame(axes)
        wheel = coordinate_grid(65, 65) * 1.3
        inside = (coordinate_grid(65, 65).norm(dim=-1) <= 1)[..., None]
        looks = torch.where(inside, wheel, coordinate_grid(65, 65))
        picture(panels[4], flow_colours(looks, 0.3), "looks towards")
        for text, x, y in (("left", -0.75, 0.0), ("right", 0.75, 0.0), ("up", 0.0, -0.75), ("down", 0.0, 0.75)):
            panels[4].text(x, y, text, ha="center", va="center")
    return made.shown


def endpoint_errors(rows: Mapping[str, Mapping[str, float]]) -> Image:
    """End-point errors of methods, bars side by side for each world.

    Args:
        rows: world -> method -> error in pixels.
    """
    methods = list(next(iter(rows.values())))
    said = "; ".join(f"{w}: " + ", ".join(f"{m} {e:.2f}" for m, e in each.items()) for w, each in rows.items())
    with drawing(f"End-point error in pixels. {said}", width=8, height=3.2) as made:
        axes = made.figure.subplots()
        places = np.arange(len(methods))
        kinds = ((-0.2, BLUE, HATCHES[0]), (0.2, ORANGE, HATCHES[1]))
        for (shift, colour, hatch), (world, each) in zip(kinds, rows.items(), strict=False):
            bars = axes.bar(
                places + shift, list(each.values()), 0.38, color=colour, label=world, hatch=hatch, edgecolor="white"
            )
            axes.bar_label(bars, fmt="%.2f", fontsize="small")  # side by side, also where bars are alike
        axes.set_xticks(places, [fill(method, 8) for method in methods])
        axes.set_ylabel("end-point error (pixels)")
        axes.legend()
    return made.shown


def overlaps(values: Float[Tensor, "p n"], parts: Sequence[str]) -> Image:
    """Which mask has found which part: intersection over union."""
    alt = "Intersection over union of each true part with each mask; the best mask of " + ", ".join(
        f"{part} is {int(row.argmax())} ({float(row.max()):.2f})" for part, row in zip(parts, values, strict=True)
    )
    with drawing(alt, width=CHART, height=0.32 * len(parts) + 1.5) as made:
        axes = made.figure.subplots()
        shown = axes.imshow(values.numpy(), vmin=0, vmax=1, aspect="auto")
        axes.set_yticks(range(len(parts)), parts)
        axes.set_xticks(range(values.shape[1]), ["back-\nground", *map(str, range(1, values.shape[1]))])
        axes.set_xlabel("mask")
        made.figure.colorbar(shown, label="intersection over union")
    return made.shown


def boundary(driving: Float[Tensor, "3 h w"], error: Float[Tensor, "h w"], deformed: Float[Tensor, "3 h w"]) -> Image:
    """Where the deformation is off: beside the driving frame and what the deformation fetches."""
    with drawing("Driving frame, deformed source, and end-point error: largest along outlines", height=2.9) as made:
        panels = made.figure.subplots(1, 3)
        picture(panels[0], driving, "driving")
        picture(panels[1], deformed, "deformed source")
        shown = scalar_map(panels[2], error, "end-point error where visible")
        made.figure.colorbar(shown, ax=panels[2], label="pixels", shrink=0.9)
    return made.shown


def _grid_lines(axes, motion: Float[Tensor, "h w 2"], title: str) -> None:  # type: ignore[no-untyped-def]
    """Where the lines of a straight grid look in the source."""
    places = motion.detach().numpy()
    for number in np.linspace(0, len(places) - 1, 9).round().astype(int):
        axes.plot(*places[number].T, color=BLUE, linewidth=1, linestyle="-")
        axes.plot(*places[:, number].T, color=ORANGE, linewidth=1, linestyle="-")
    axes.plot([-1, 1, 1, -1, -1], [-1, -1, 1, 1, -1], color=GREY, linewidth=0.8, linestyle="--")
    axes.set(xlim=(-1.35, 1.35), ylim=(1.35, -1.35), aspect="equal")
    axes.axis("off")
    axes.set_title(title)
