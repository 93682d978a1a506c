"""Figures of the notebook that builds the model."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from IPython.display import Image
from jaxtyping import Float
from matplotlib.patches import Rectangle
from torch import Tensor, nn

from fomm_lite.course.ch11_build_it_yourself.borrowed import Hourglass
from fomm_lite.course.ch11_build_it_yourself.recipe import described
from fomm_lite.course.kit.ratio_bars import held_out_ratios as held_out_ratios
from fomm_lite.course.kit.style import BLUE, GREY, INK, drawing, picture
from fomm_lite.networks.layers import DownBlock, UpBlock

SIDE = 32  # pixels of the pictures here
SMOOTHED = 25  # steps


def hourglass(inputs: int = 3) -> Image:
    """The maps of an hourglass as slabs, as high as they are large, with their channels, and the skips between them."""
    network = Hourglass(inputs)
    down = [inputs, *(cast(DownBlock, block).conv.out_channels for block in network.down_blocks)]
    up = [cast(UpBlock, block).conv.out_channels for block in network.up_blocks]
    levels = len(up)
    sides = [SIDE // 2**level for level in range(levels + 1)]
    joined = [(made, skip) for made, skip in zip(up, reversed(down[:-1]), strict=True)]
    said = ", ".join(f"{made} + {skip}" for made, skip in joined)
    alt = (
        f"An hourglass: maps of {', '.join(map(str, sides))} pixels with {', '.join(map(str, down))} channels on the "
        f"way down; on the way up {said} channels, each joined with the map of its size from the way down"
    )
    with drawing(alt, width=9, height=3.4) as made:
        axes = made.figure.subplots()
        places = [*range(levels + 1), *range(levels + 1, 2 * levels + 1)]
        heights = [*sides, *reversed(sides[:-1])]
        written = [*map(str, down), *(f"{made}\n+ {skip}" for made, skip in joined)]
        for place, height, channels in zip(places, heights, written, strict=True):
            colour = GREY if place <= levels else BLUE
            axes.add_patch(Rectangle((place - 0.2, -height / 2), 0.4, height, facecolor=colour, edgecolor=INK))
            axes.annotate(f"{channels}\n{height} px", (place, -height / 2 - 1), ha="center", va="top")
        for level in range(levels):
            ends = (level + 0.25, 0.42 * sides[level]), (2 * levels - level - 0.25, 0.42 * sides[level])
            axes.annotate("", ends[1], ends[0], arrowprops={"arrowstyle": "->", "color": INK, "linestyle": "--"})
        axes.set(xlim=(-0.6, 2 * levels + 0.6), ylim=(-SIDE / 2 - 10, SIDE / 2 + 2))
        axes.axis("off")
    return made.shown


def curves(losses: Mapping[str, Sequence[float]]) -> Image:
    """Losses over the steps, smoothed."""
    smoothed = {
        name: torch.tensor(values).unfold(0, min(SMOOTHED, len(values)), 1).mean(1) for name, values in losses.items()
    }
    said = ", ".join(f"{name} from {line[0]:.2f} to {line[-1]:.2f}" for name, line in smoothed.items())
    with drawing(f"Loss over the steps: {said}", width=7.5, height=3.2) as made:
        axes = made.figure.subplots()
        for (name, line), dash in zip(smoothed.items(), ("-", "--", ":"), strict=False):
            steps = len(losses[name])
            axes.plot(range(steps - len(line) + 1, steps + 1), line, linestyle=dash, label=name)
        axes.set(xlabel="step", ylabel=f"loss, mean of {SMOOTHED} steps", yscale="log")
        axes.legend()
    return made.shown


@torch.no_grad()
def films(first: nn.Module, zero: nn.Module, frames: Float[Tensor, "t 3 h w"], which: Sequence[int]) -> Image:
    """Some frames of a clip, and what two models make of them from its first frame."""
    rows = {"driving": frames[list(which)]}
    for name, model in (("first order", first), ("zero order", zero)):
        model.eval()
        positions, jacobians = described(model, frames)
        kp_source = (positions[:1].expand_as(positions), jacobians[:1].expand_as(jacobians))
        rows[name] = model(frames[:1].expand_as(frames), kp_source, (positions, jacobians))[0][list(which)]
    alt = "A face that turns: driving frames, below them what the first-order and the zero-order model make of them"
    with drawing(alt, width=2.0 * len(which), height=6.3) as made:
        panels = made.figure.subplots(len(rows), len(which), squeeze=False)
        for row, (name, pictures) in zip(panels, rows.items(), strict=True):
            for axes, each, number in zip(row, pictures, which, strict=True):
                picture(axes, each.clamp(0, 1), f"frame {number}" if name == "driving" else "")
            row[0].set_ylabel(name)
    return made.shown
