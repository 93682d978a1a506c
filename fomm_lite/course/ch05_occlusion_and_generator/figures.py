"""Figures of the notebook on occlusion and the generator."""

from collections.abc import Mapping, Sequence

import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.style import BLUE, GREY, ORANGE, drawing, frame, picture, scalar_map


def feature_channels(
    features: Float[Tensor, "c h w"],
    warped: Float[Tensor, "c h w"],
    occlusion: Float[Tensor, "1 h w"],
    channels: Sequence[int],
) -> Image:
    """Eq. 8 on some channels of the source's features, a row each: encoded, warped, times the map, the product.

    Args:
        features: encoded source.
        warped: looked up by the deformation.
        occlusion: the map at the features' size.
        channels: which ones.
    """
    said = ", ".join(map(str, channels))
    alt = (
        f"Feature channels {said} of the source, few coarse squares each: as encoded; warped, so that squares moved; "
        "the occlusion map, white with some dark squares; and their product, pale where the map is dark"
    )
    with drawing(alt, height=2.2 * len(channels) + 0.1) as made:
        rows = made.figure.subplots(len(channels), 4, squeeze=False)
        for row, channel in zip(rows, channels, strict=True):
            limit = float(features[channel].abs().max())
            scalar_map(row[0], features[channel], rf"{channel}: features $\xi$", signed=True, limit=limit)
            scalar_map(row[1], warped[channel], rf"{channel}: warped $f_w(\xi, \hat T)$", signed=True, limit=limit)
            picture(row[2], occlusion.expand(3, -1, -1), rf"{channel}: times map $\hat O$")
            carried = warped[channel] * occlusion[0]
            shown = scalar_map(row[3], carried, rf"{channel}: carried $\xi'$", signed=True, limit=limit)
            made.figure.colorbar(shown, ax=row[3], label="feature")
            for axes in row:
                frame(axes)
    return made.shown


def generator_ratios(rows: Mapping[str, Mapping[str, float]]) -> Image:
    """L1 as a share of copying, for each way to make the picture, on a logarithmic scale.

    Args:
        rows: world -> way -> ratio.
    """
    ways = list(next(iter(rows.values())))
    said = "; ".join(f"{w}: " + ", ".join(f"{m} {e:.2f}" for m, e in each.items()) for w, each in rows.items())
    with drawing(f"L1 as a share of copying the source. {said}", width=8, height=4.0) as made:
        axes = made.figure.subplots()
        places = torch.arange(len(ways)).flip(0)
        for shift, colour, mark, (world, each) in zip((0.2, -0.2), (BLUE, ORANGE), "os", rows.items(), strict=False):
            # dots, since a bar on a logarithmic scale begins nowhere
            axes.plot(list(each.values()), (places + shift).numpy(), mark, color=colour, markersize=9, label=world)
            for place, share in zip((places + shift).tolist(), each.values(), strict=True):
                axes.annotate(f"{share:.2f}", (share, place), (8, 0), textcoords="offset points", va="center")
        axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
        axes.set_yticks(places.numpy(), ways)
        axes.set(xscale="log", xlim=(0.15, 6))
        axes.minorticks_off()
        axes.set_xticks([0.2, 0.5, 1, 2, 5], ["0.2", "0.5", "1", "2", "5"])
        axes.set_xlabel("L1 as a share of copying the source\n(dashed: copying)")
        axes.legend(loc="upper right")
    return made.shown
