"""Can a film's quality be told before it is made? Pairs of drawn pictures with known truth.

Source and driver are the same drawn figure at different moments, so that the frame which the source should become is
known: relative transfer would give it exactly if the source were in the pose of the initial frame.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import animate
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import pose_distance
from fomm_lite.worlds import Clip

FRAMES = 24
_DRIVEN = 10  # frames after the initial one that are looked at
_APART = 12  # initial frames are up to this many frames away from the source


@dataclass(frozen=True)
class Alignment:
    """Films of many pairs: what could be known before, and how wrong they became.

    Attributes:
        arrangement: :func:`fomm_lite.transfer.pose_distance` between source and initial frame.
        displacement: mean distance between the source's keypoints and the initial frame's, place included.
        error: mean absolute difference of the relative film to the truth.
    """

    arrangement: Float[Tensor, " n"]
    displacement: Float[Tensor, " n"]
    error: Float[Tensor, " n"]


def films_of_pairs(
    model: FirstOrderModel, world: Callable[..., Clip], seeds: Iterable[int], *, size: int = 64
) -> Alignment:
    """Animate frame 0 of every clip by a later part of the same clip, relatively, and compare with that part.

    Args:
        model: a trained model.
        world: :func:`fomm_lite.worlds.faces` or ``puppets``.
        seeds: one clip each; the initial frames are 1 to 12 frames away from the source, in turn.
        size: of the pictures.
    """
    rows = []
    for number, seed in enumerate(seeds):
        clip = world(seed, frames=FRAMES, size=size)
        initial = 1 + number % _APART
        driving = clip.frames[[initial, *range(initial + 2, initial + _DRIVEN + 1, 4)]]
        film = torch.stack(list(animate(model, clip.frames[0], driving, batch=len(driving))))
        with torch.no_grad():
            keypoints = model.detect(torch.stack([clip.frames[0], driving[0]]))
        there = keypoints.positions
        arrangement = float(pose_distance(keypoints[:1], keypoints[1:]))
        displacement = float((there[0] - there[1]).norm(dim=-1).mean())
        rows.append((arrangement, displacement, float((film - driving)[1:].abs().mean())))
    if not rows:
        raise InputError("got no seeds", "one or more", 'pass seeds("test", 36)')
    return Alignment(*torch.tensor(rows).unbind(1))
