"""Does the face say what the driver says? Mouth and lids of predictions, measured by drawing and comparing.

The world can draw the true frame with any other opening of the mouth or the eyes. Nine such pictures, from closed to
wide open, are a line in the space of pictures; the point of it nearest to a prediction, inside the region that the
opening changes, is how far the prediction's mouth is open. No network is asked, and on true frames the answer is true.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.worlds import Clip
from fomm_lite.worlds.expression import lid_openings, mouth_openings, with_lids, with_mouth

MOUTH_OPENINGS = tuple(0.15 * step for step in range(9))
LID_OPENINGS = tuple(0.08 + 0.17 * step for step in range(9))
_CHANGES = 0.02  # of a colour in [0, 1]: a pixel that no opening changes by more is not looked at


@dataclass(frozen=True)
class Openings:
    """How far something is open in some pictures, and what else was seen on the way.

    Attributes:
        measured: (t), in the pictures.
        true: (t), in the frames they should be.
        l1: (t), mean absolute difference to those inside the region that the opening changes.
    """

    measured: Float[Tensor, " t"]
    true: Float[Tensor, " t"]
    l1: Float[Tensor, " t"]


def mouth(pictures: Float[Tensor, "t 3 h w"], clip: Clip) -> Openings:
    """The mouth in pictures that should be the frames of a drawn face.

    Raises:
        InputError: a clip without a mouth.
    """
    return _measure(pictures, clip, mouth_openings(clip), MOUTH_OPENINGS, with_mouth)


def lids(pictures: Float[Tensor, "t 3 h w"], clip: Clip) -> Openings:
    """The eyes in pictures that should be the frames of a drawn face.

    Raises:
        InputError: a clip without eyes.
    """
    return _measure(pictures, clip, lid_openings(clip), LID_OPENINGS, with_lids)


def _measure(
    pictures: Float[Tensor, "t 3 h w"],
    clip: Clip,
    true: Float[Tensor, " t"],
    grid: tuple[float, ...],
    draw: Callable[[Clip, float], Tensor],
) -> Openings:
    """Draw the openings of the grid and look for the nearest."""
    drawn = torch.stack([draw(clip, opening) for opening in grid], dim=1)  # (t n 3 h w)
    region = (drawn.amax(1) - drawn.amin(1)).amax(1) > _CHANGES  # (t h w)
    measured = nearest_on_line(pictures, drawn, torch.tensor(grid), region)
    apart = (pictures - clip.frames).abs().mean(1)
    l1 = (apart * region).sum((1, 2)) / region.sum((1, 2))
    return Openings(measured, true.float(), l1)


def nearest_on_line(
    pictures: Float[Tensor, "t 3 h w"],
    drawn: Float[Tensor, "t n 3 h w"],
    values: Float[Tensor, " n"],
    region: Bool[Tensor, "t h w"],
) -> Float[Tensor, " t"]:
    """The value whose picture is nearest, pictures between two drawn ones being their mixtures.

    Args:
        pictures: what is measured.
        drawn: pictures of n values, in order.
        values: these.
        region: where to compare, by squared differences.
    """
    weight = region[:, None].float()
    line = (drawn * weight[:, None]).flatten(2)  # (t n p)
    point = (pictures * weight).flatten(1)[:, None]
    steps = line.diff(dim=1)
    along = ((point - line[:, :-1]) * steps).sum(2) / steps.square().sum(2).clamp_min(1e-12)
    along = along.clamp(0, 1)
    distance = (line[:, :-1] + along[..., None] * steps - point).square().sum(2)
    best = distance.argmin(1, keepdim=True)
    return (values[:-1] + along * values.diff()).gather(1, best)[:, 0]
