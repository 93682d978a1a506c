"""The motion of a model against the truth of a drawn world: where pixels come from, and which the source hides."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.evaluation.accumulate import Measure, Piece
from fomm_lite.geometry import coordinate_grid, resize, resize_grid

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

    def lines(self) -> list[str]:
        """What a table says of the motion."""
        lines = [f"deformation error   {self.deformation_error:.2f} px (identity: {self.identity_error:.2f} px)"]
        if self.occlusion_precision is not None:
            precision = f"{self.occlusion_precision:.3f}"
            lines.append(f"occlusion precision {precision} (a map that knows nothing: {self.hidden:.3f})")
        return lines


def average_precision(counts: Float[Tensor, "2 levels"]) -> float:
    """Mean of the precision at each hit, walking down the confidence levels.

    Args:
        counts: wrong (0) and right (1) candidates at each level, most confident first; at least one is right.
    """
    wrong, right = counts.cumsum(1)
    precision = right / (wrong + right).clamp(min=1)
    return float((precision * counts[1]).sum() / counts[1].sum())


def _distance_to_truth(piece: Piece, deformation: Tensor | None) -> Float[Tensor, "2"] | None:
    """The sum over visible pixels of how far off a deformation (t h w 2) is, in pixels, and their number."""
    truth = piece.true_deformation
    if truth is None or piece.visible is None or deformation is None:
        return None
    height, width = piece.driving.shape[2:]
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    distances = ((deformation - truth) * half).norm(dim=-1)[piece.visible].double()
    return torch.stack([distances.sum(), torch.ones_like(distances).sum()])


def _deformation_error(piece: Piece) -> Float[Tensor, "2"] | None:
    found, size = piece.deformation, piece.driving.shape[2:]
    return _distance_to_truth(piece, None if found is None else resize_grid(found, (size[0], size[1])))


def _identity_error(piece: Piece) -> Float[Tensor, "2"] | None:
    return _distance_to_truth(piece, coordinate_grid(*piece.driving.shape[2:]))


def _hidden(piece: Piece) -> Float[Tensor, "2"] | None:
    visible = piece.visible
    return None if visible is None else torch.tensor([int((~visible).sum()), visible.numel()], dtype=torch.float64)


def _occlusion_counts(piece: Piece) -> Float[Tensor, "2 levels"] | None:
    """How many visible (0) and hidden (1) pixels got each confidence of being hidden, most confident first."""
    if piece.visible is None or piece.occlusion_map is None:
        return None
    height, width = piece.driving.shape[2:]
    keep = resize(piece.occlusion_map, (height, width))[:, 0]
    level = (keep * _LEVELS).long().clamp(0, _LEVELS - 1)
    rows = [torch.bincount(level[chosen], minlength=_LEVELS) for chosen in (piece.visible, ~piece.visible)]
    return torch.stack(rows).double()


def _mean_distance(sums: Float[Tensor, "2"]) -> float:
    return float(sums[0] / sums[1].clamp(min=1))  # where nothing is visible, nothing is off


MEASURES = {
    "deformation_error": Measure(_deformation_error, _mean_distance),
    "identity_error": Measure(_identity_error, _mean_distance),
    "hidden": Measure(_hidden),
    "occlusion_precision": Measure(
        _occlusion_counts, lambda counts: average_precision(counts) if counts[1].any() else None
    ),
}
"""What a :class:`TruthScore` holds."""
