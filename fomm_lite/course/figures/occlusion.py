"""Figures of the notebook on occlusion and the generator."""

from collections.abc import Mapping, Sequence

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.figures.style import BLUE, GREY, ORANGE, drawing, picture, scalar_map


def pictures(shown: Mapping[str, Float[Tensor, "3 h w"]], alt: str) -> Image:
    """Labelled pictures in a row.

    Args:
        shown: label -> picture.
        alt: what they show, in words.
    """
    with drawing(alt, height=9 / len(shown) + 0.35) as made:
        panels = made.figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (name, image) in zip(panels, shown.items(), strict=True):
            picture(axes, image, name)
    return made.shown


def maps(shown: Mapping[str, Float[Tensor, "h w"]], alt: str) -> Image:
    """Occlusion maps in a row: white keeps, black is painted anew.

    Args:
        shown: label -> map in [0, 1].
        alt: what they show, in words.
    """
    grey = {name: values[None].expand(3, -1, -1) for name, values in shown.items()}
    with drawing(alt, height=min(9 / len(shown), 3) + 0.35) as made:
        panels = made.figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, (name, image) in zip(panels, grey.items(), strict=True):
            picture(axes, image, name)
            for spine in axes.spines.values():
                spine.set_visible(True)
                spine.set_color(GREY)
    return made.shown


def feature_channels(before: Float[Tensor, "c h w"], after: Float[Tensor, "c h w"], channels: Sequence[int]) -> Image:
    """Some channels of the source's features before and after Eq. 8.

    Args:
        before: encoded source.
        after: warped and multiplied by the occlusion map.
        channels: which ones.
    """
    alt = f"Feature channels {', '.join(map(str, channels))} of the source, above as encoded, below warped and occluded"
    with drawing(alt, height=4.2) as made:
        rows = made.figure.subplots(2, len(channels), squeeze=False)
        for column, channel in enumerate(channels):
            limit = float(before[channel].abs().max())
            scalar_map(rows[0, column], before[channel], f"channel {channel}", signed=True, limit=limit)
            scalar_map(rows[1, column], after[channel], "after Eq. 8", signed=True, limit=limit)
    return made.shown


def ratios(rows: Mapping[str, Mapping[str, float]]) -> Image:
    """L1 as a share of copying, for each way to make the picture, on a logarithmic scale.

    Args:
        rows: world -> way -> ratio.
    """
    ways = list(next(iter(rows.values())))
    said = "; ".join(f"{w}: " + ", ".join(f"{m} {e:.2f}" for m, e in each.items()) for w, each in rows.items())
    with drawing(f"L1 as a share of copying the source. {said}", width=8, height=4.0) as made:
        axes = made.figure.subplots()
        places = torch.arange(len(ways)).flip(0)
        for shift, colour, (world, each) in zip((0.2, -0.2), (BLUE, ORANGE), rows.items(), strict=False):
            bars = axes.barh((places + shift).numpy(), list(each.values()), 0.38, color=colour, label=world)
            axes.bar_label(bars, fmt="%.2f", fontsize=9, padding=3)
        axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
        axes.set_yticks(places.numpy(), ways)
        axes.set_xscale("log")
        axes.set_xlim(0.15, 6)
        axes.minorticks_off()
        axes.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
        axes.set_xlabel("L1 as a share of copying the source (dashed: copying)")
        axes.legend(loc="lower right")
    return made.shown
