"""A page to look at: the best, the median and the worst clip of an evaluation, truth above prediction."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.evaluation.evaluator import AnyClip, frames_of, self_reconstruction
from fomm_lite.evaluation.measures import ClipScore
from fomm_lite.media.draw import sheet
from fomm_lite.media.write import write_image
from fomm_lite.model import FirstOrderModel

MOMENTS = 7  # frames of a clip that are shown, the source among them
SIDE = 128  # of each, in pixels


def extremes(scores: Sequence[ClipScore]) -> tuple[int, int, int]:
    """Which clips have the smallest, the middle and the largest L1 ratio; of two middles the better one.

    Raises:
        InputError: nothing moves in any of them.
    """
    ratios = {index: score.ratio for index, score in enumerate(scores) if score.ratio is not None}
    if not ratios:
        raise InputError("got clips in which nothing moves", "motion to show", "pass other clips")
    order = sorted(ratios, key=lambda index: ratios[index])
    return order[0], order[(len(order) - 1) // 2], order[-1]


def write_page(
    model: FirstOrderModel, clip_at: Callable[[int], AnyClip], scores: Sequence[ClipScore], path: Path
) -> None:
    """Draw the three clips again and write them as one picture.

    Args:
        model: that was evaluated.
        clip_at: the clips that it was evaluated on, by number.
        scores: of these clips, in order.
        path: a picture file.

    Raises:
        InputError: nothing moves, or a place that cannot be written.
    """
    rows: list[list[Tensor]] = []
    labels: list[str] = []
    for name, index in zip(("best", "median", "worst"), extremes(scores), strict=True):
        frames = list(frames_of(clip_at(index)))
        moments = torch.linspace(0, len(frames) - 1, min(MOMENTS, len(frames))).round().int().tolist()
        drawn = list(self_reconstruction(model, frames))
        rows += [[frames[moment] for moment in moments], [drawn[moment].prediction for moment in moments]]
        labels += [f"{name}, {scores[index].ratio:.2f}", "predicted"]
    columns = ["source", *(f"frame {moment}" for moment in moments[1:])]
    write_image(path, sheet(rows, columns, SIDE, row_labels=labels))
