"""What skips are worth: two hourglasses, one with and one without, trained alike to draw the outline of a person.

The outlines are the world's own. Such labels have no part in the detector's training; they make the two comparable.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from fomm_lite.config import TINY
from fomm_lite.networks.layers import Hourglass
from fomm_lite.worlds import Clip

EVERY = 3  # frames of a clip; neighbours say nearly the same
BATCH, RATE = 16, 0.01
RARE = 4.0  # an outline has few pixels: each counts as much as so many others


class WithoutSkips(Hourglass):
    """The same layers and the same first weights; zeros stand in the place of what skips would carry."""

    def up(self, x: Float[Tensor, "b c h w"], skips: Sequence[Tensor]) -> Float[Tensor, "b c2 h2 w2"]:
        """Features at the input's size, made of the narrowest map alone."""
        return super().up(x, [torch.zeros_like(skip) for skip in skips])


@dataclass(frozen=True)
class Outlines:
    """What two hourglasses drew of pictures that they were not trained on.

    Attributes:
        pictures: half as large as those of the clips.
        truth: the outlines.
        drawn: "with skips" and "without skips" -> how surely each pixel is on the outline, in [0, 1].
        hits: likewise -> the share of hits among as many of the surest pixels as the outlines have.
    """

    pictures: Float[Tensor, "n 3 h w"]
    truth: Bool[Tensor, "n h w"]
    drawn: dict[str, Float[Tensor, "n h w"]]
    hits: dict[str, float]


def outlines(clips: Sequence[Clip]) -> tuple[Float[Tensor, "n 3 h w"], Bool[Tensor, "n h w"]]:
    """Some frames of clips at half their size, and which pixels lie along the border of the figure, on either side."""
    pictures = torch.cat([F.avg_pool2d(clip.frames[::EVERY], 2) for clip in clips])
    figure = torch.cat([clip.part_masks[::EVERY, :, ::2, ::2].argmax(1) > 0 for clip in clips])
    edge = torch.zeros_like(figure)
    across, down = figure[:, :, 1:] != figure[:, :, :-1], figure[:, 1:] != figure[:, :-1]
    edge[:, :, 1:] |= across
    edge[:, :, :-1] |= across
    edge[:, 1:] |= down
    edge[:, :-1] |= down
    return pictures, edge


def compare(lessons: Sequence[Clip], tests: Sequence[Clip], steps: int, seed: int = 0) -> Outlines:
    """Train both on the lessons, from the same weights and on the same pictures, and let them draw the tests.

    Args:
        lessons: drawn clips.
        tests: others.
        steps: of 16 pictures.
        seed: of first weights and of the order of pictures.
    """
    taught, (pictures, truth) = outlines(lessons), outlines(tests)
    kinds = {"with skips": Hourglass, "without skips": WithoutSkips}
    drawn = {name: _drawn(kind, *taught, pictures, steps, seed) for name, kind in kinds.items()}
    return Outlines(pictures, truth, drawn, {name: hits(each, truth) for name, each in drawn.items()})


def hits(drawn: Float[Tensor, "n h w"], truth: Bool[Tensor, "n h w"]) -> float:
    """Of as many of the surest pixels as there are true ones, the share that is true.

    Example:
        >>> hits(torch.tensor([[[0.9, 0.8, 0.1]]]), torch.tensor([[[True, False, True]]]))
        0.5
    """
    marked = drawn.flatten().topk(int(truth.sum())).indices
    return float(truth.flatten()[marked].double().mean())


def _drawn(
    kind: type[Hourglass],
    pictures: Float[Tensor, "m 3 h w"],
    truth: Bool[Tensor, "m h w"],
    unseen: Float[Tensor, "n 3 h w"],
    steps: int,
    seed: int,
) -> Float[Tensor, "n h w"]:
    """What an hourglass with one head makes of unseen pictures after a training."""
    dice = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        hourglass = kind(3, TINY.detector)
        network = nn.Sequential(hourglass, nn.Conv2d(hourglass.outputs, 1, 1))
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / steps)
        chosen = torch.randint(len(pictures), (BATCH,), generator=dice)
        scores, wanted = network(pictures[chosen])[:, 0], truth[chosen].float()
        loss = F.binary_cross_entropy_with_logits(scores, wanted, pos_weight=torch.tensor(RARE))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        return torch.cat([network(some)[:, 0].sigmoid() for some in unseen.split(BATCH)])
