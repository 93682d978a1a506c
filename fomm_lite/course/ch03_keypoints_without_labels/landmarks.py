"""What keypoints know about true landmarks, and what is seen around them in the frame that nobody has seen."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints
from fomm_lite.worlds import Clip

EVERY = 3  # frames of a clip; neighbours say nearly the same


def keypoints_and_landmarks(
    model: FirstOrderModel, clips: Sequence[Clip]
) -> tuple[Float[Tensor, "m k2"], Float[Tensor, "m n2"]]:
    """Found positions and true landmarks of some frames, one row a frame."""
    with torch.no_grad():
        found = [model.detect(clip.frames[::EVERY]).positions.flatten(1) for clip in clips]
    return torch.cat(found), torch.cat([clip.landmarks[::EVERY].flatten(1) for clip in clips])


def mean_distance(guess: Float[Tensor, "m n2"], truth: Float[Tensor, "m n2"], size: int) -> float:
    """Mean distance of landmarks, in pixels of a picture of ``size``."""
    return float((guess - truth).unflatten(1, (-1, 2)).norm(dim=-1).mean() * (size - 1) / 2)


def reference_patch(
    image: Float[Tensor, "1 3 h w"], keypoints: Keypoints, k: int, *, side: int = 17, reach: float = 0.15
) -> Float[Tensor, "3 {side} {side}"]:
    """What the reference frame shows around keypoint k, if the picture is pulled back into it (Eqs. 1-2).

    Args:
        image: a picture.
        keypoints: its keypoints.
        k: which one.
        side: of the patch, in pixels.
        reach: half the patch, in normalised units of the reference.
    """
    steps = reach * geometry.coordinate_grid(side, side)
    places = keypoints.positions[0, k] + steps @ keypoints.jacobians[0, k].T
    return geometry.warp(image, places[None])[0]


def patch_disagreement(model: FirstOrderModel, clips: Sequence[Clip], frame: int = 10) -> dict[str, float]:
    """Mean difference of patches around keypoints in frame 0 and another one of the same clip.

    Args:
        model: whose keypoints are used.
        clips: any.
        frame: the other one.

    Returns:
        For patches "at the same place", "at the keypoint" (moved with it) and "in the reference" (turned with it too).
        All three are as large: the first frame's jacobian is the measure.
    """
    sums = dict.fromkeys(("at the same place", "at the keypoint", "in the reference"), 0.0)
    for clip in clips:
        with torch.no_grad():
            found = model.detect(clip.frames[[0, frame]])
        first, other = found[:1], found[1:]
        # the first frame as the reference: jacobians relative to it, so that only the change is turned
        change = other.jacobians @ geometry.invert_2x2(first.jacobians)
        eye = torch.eye(2).expand_as(change)
        start = Keypoints(first.positions, eye)
        ends = {
            "at the same place": start,
            "at the keypoint": Keypoints(other.positions, eye),
            "in the reference": Keypoints(other.positions, change),
        }
        for name, end in ends.items():
            for k in range(change.shape[1]):
                before = reference_patch(clip.frames[:1], start, k)
                after = reference_patch(clip.frames[frame : frame + 1], end, k)
                sums[name] += float((before - after).abs().mean()) / (len(clips) * change.shape[1])
    return sums
