"""The motion of a model against the truth of a drawn world: where pixels come from, and which the source hides."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import AnimationFrame
from fomm_lite.geometry import coordinate_grid, resize, resize_grid
from fomm_lite.worlds import Clip

_LEVELS = 1000  # of confidence, in which the ranking behind the average precision is counted


@dataclass(frozen=True)
class TruthScore:
    """The motion itself against the truth of a drawn world.

    Attributes:
        deformation_error: mean distance of the deformation to the true one, in pixels of the clip, over driving pixels
            that are visible in the source.
        identity_error: the same for the identity deformation: how far things really moved.
        hidden: share of driving pixels that the source does not show.
        occlusion_precision: average precision of ``1 - occlusion map`` at finding the hidden pixels; a map that knows
            nothing scores ``hidden``. None without an occlusion map or without hidden pixels.
    """

    deformation_error: float
    identity_error: float
    hidden: float
    occlusion_precision: float | None


class RunningTruth:
    """Deformation errors, and a histogram of the occlusion maps over hidden and visible pixels."""

    def __init__(self) -> None:
        self.frames, self.pixels, self.visible = 0, 0, 0.0
        self.deformation, self.identity = 0.0, 0.0
        self.has_map = True
        # how many visible (0) and hidden (1) pixels got each confidence of being hidden, most confident first
        self.counts = torch.zeros(2, _LEVELS, dtype=torch.float64)

    def add(self, frame: AnimationFrame, clip: Clip, index: int) -> None:
        """Take in one frame of a drawn clip."""
        height, width = clip.frames.shape[2:]
        truth = clip.deformation(0, index)
        visible = clip.occlusion(0, index) > 0.5
        estimate = resize_grid(frame.motion.deformation.cpu(), (height, width))[0]
        pixels = torch.tensor([(width - 1) / 2, (height - 1) / 2])
        identity = coordinate_grid(height, width)
        self.frames += 1
        self.pixels += height * width
        self.visible += int(visible.sum())
        self.deformation += float(((estimate - truth) * pixels).norm(dim=-1)[visible].sum())
        self.identity += float(((identity - truth) * pixels).norm(dim=-1)[visible].sum())
        if frame.motion.occlusion_map is None:
            self.has_map = False
            return
        keep = resize(frame.motion.occlusion_map.cpu(), (height, width))[0, 0]
        level = (keep * _LEVELS).long().clamp(0, _LEVELS - 1)
        for row, chosen in enumerate((visible, ~visible)):
            self.counts[row] += torch.bincount(level[chosen], minlength=_LEVELS)

    def score(self) -> TruthScore:
        """The means; at least one frame was added."""
        shown = max(self.visible, 1)
        hidden = 1 - self.visible / self.pixels
        precision = average_precision(self.counts) if self.has_map and hidden else None
        return TruthScore(self.deformation / shown, self.identity / shown, hidden, precision)


def average_precision(counts: Float[Tensor, "2 levels"]) -> float:
    """Mean of the precision at each hit, walking down the confidence levels.

    Args:
        counts: wrong (0) and right (1) candidates at each level, most confident first; at least one is right.
    """
    wrong, right = counts.cumsum(1)
    precision = right / (wrong + right).clamp(min=1)
    return float((precision * counts[1]).sum() / counts[1].sum())
