"""The truth of drawn clips, told to the measures as if a model had found it, and told wrongly."""

from functools import cache

import pytest
import torch

from fomm_lite.evaluation.accumulate import Piece, Running
from fomm_lite.evaluation.truth import MEASURES, TruthScore, average_precision
from fomm_lite.worlds import faces


@cache
def drawn():
    """A clip, and its true deformations and occlusion maps from frame 0."""
    clip = faces(5, frames=4, size=32, stride=6)
    numbers = range(len(clip.frames))
    deformations = torch.stack([clip.deformation(0, number) for number in numbers])
    return clip, deformations, torch.stack([clip.occlusion(0, number) for number in numbers])[:, None]


def told(occlusion, *, deformation=lambda truth: truth, pieces=(slice(1, 4),)) -> TruthScore:
    """The score of a model that knows everything, and says something of its own of it."""
    clip, deformations, visible = drawn()
    running = Running(MEASURES)
    for chosen in pieces:
        frames, where, shown = clip.frames[chosen], deformation(deformations[chosen]), occlusion(visible[chosen])
        running.add(Piece(clip.frames[0], frames, frames, where, shown, clip, chosen.start))
    return running.result(TruthScore)


@pytest.mark.parametrize(
    ("occlusion", "low", "high"),  # the average precision it should have, 1 being the share of hidden pixels
    [
        (lambda truth: truth, None, None),
        (lambda truth: torch.full_like(truth, 0.5), 1 - 1e-6, 1 + 1e-6),  # ranks nothing: as good as guessing
        (lambda truth: 1 - truth, 0, 0.9),
    ],
)
def test_truth_told_as_a_prediction_is_perfect(occlusion, low, high):
    score = told(occlusion)
    assert score.deformation_error < 1e-4 < score.identity_error
    assert 0 < score.hidden < 0.5
    assert score.occlusion_precision is not None
    if low is None:
        assert score.occlusion_precision == pytest.approx(1)
    else:
        assert low <= score.occlusion_precision / score.hidden <= high


def test_a_step_to_the_side_is_as_many_pixels_off():
    aside = told(lambda truth: truth, deformation=lambda truth: truth + torch.tensor([2.0, 0]) * 3 / 31)
    assert aside.deformation_error == pytest.approx(3, rel=1e-4)


def test_frames_are_held_against_the_truth_of_their_own_number():
    apart = told(lambda truth: truth, pieces=(slice(1, 2), slice(2, 4)))
    assert apart.deformation_error < 1e-4
    assert apart.occlusion_precision == pytest.approx(1)
    assert apart.identity_error == pytest.approx(told(lambda truth: truth).identity_error, rel=1e-6)


def test_without_a_map_there_is_no_precision():
    assert told(lambda _: None).occlusion_precision is None


def test_average_precision_is_the_mean_of_precisions_at_the_hits():
    counts = torch.tensor([[0, 1, 0, 2, 0], [1, 0, 1, 0, 1]], dtype=torch.float64)  # right at ranks 1, 3 and 6
    assert average_precision(counts) == pytest.approx((1 / 1 + 2 / 3 + 3 / 6) / 3)
