"""The same weights shown evidence of another size: how far the motion is off, and what it costs.

Masks are as many times as fine as that evidence as the model's ``motion_shuffle`` says.
"""

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.course.kit.same_weights import same_weights
from fomm_lite.geometry import resize_grid
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints, Reconstruction
from fomm_lite.worlds import Clip


@dataclass(frozen=True)
class Price:
    """Evidence of one size.

    Attributes:
        size: side of what the motion network looks at, in pixels.
        pixels: end-point error of the deformation where the source shows what is looked for, in pixels of the picture.
        l1: of the prediction.
        seconds: of the motion of one frame, the fastest try.
    """

    size: int
    pixels: float
    l1: float
    seconds: float


def at_size(model: FirstOrderModel, size: int) -> FirstOrderModel:
    """The model with a motion network that shrinks pictures to ``size``; same weights."""
    return same_weights(model, dataclasses.replace(model.config, motion_size=size))


@torch.no_grad()
def redrawn(
    model: FirstOrderModel, size: int, source: Float[Tensor, "1 3 h w"], keypoints: Keypoints, driving: Keypoints
) -> Reconstruction:
    """One driving frame with evidence of a size; keypoints are those of the model as it is."""
    other = at_size(model, size)
    return other.render(source, other.encode(source), other.motion(source, keypoints, driving))


@torch.no_grad()
def price(model: FirstOrderModel, clips: Sequence[Clip], size: int, tries: int = 3) -> Price:
    """Redraw clips from their first frames with evidence of a size; keypoints are those of the model as it is."""
    picture = clips[0].frames.shape[-1]
    other, off, l1, seconds = at_size(model, size), [], [], []
    for clip in clips:
        keypoints = model.detect(clip.frames)
        source = clip.frames[:1]
        features = other.encode(source)
        for frame in range(1, len(clip.frames)):
            seconds.append(min(_timed(other, source, keypoints, frame) for _ in range(tries)))
            motion = other.motion(source, keypoints[:1], keypoints[frame : frame + 1])
            fine = resize_grid(motion.deformation, (picture, picture))[0]
            off.append(endpoint_error(fine, clip.deformation(0, frame), clip.occlusion(0, frame) > 0.5))
            l1.append((other.render(source, features, motion).prediction[0] - clip.frames[frame]).abs().mean())
    return Price(size, float(torch.stack(off).mean()), float(torch.stack(l1).mean()), min(seconds))


def _timed(model: FirstOrderModel, source: torch.Tensor, keypoints: Keypoints, frame: int) -> float:
    """Seconds of one motion."""
    started = time.perf_counter()
    model.motion(source, keypoints[:1], keypoints[frame : frame + 1])
    return time.perf_counter() - started
