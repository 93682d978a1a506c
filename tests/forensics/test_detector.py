"""The detector against what maximum likelihood must satisfy."""

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.forensics import auc, fit_detector


def blobs(count: int = 200) -> tuple[torch.Tensor, torch.Tensor]:
    """Two clouds of cues that overlap; the third cue says nothing."""
    dice = torch.Generator().manual_seed(0)
    fake = torch.arange(count) % 2 == 1
    cues = torch.randn(count, 3, generator=dice) * torch.tensor([1.0, 10.0, 0.1]) + torch.tensor([5.0, 0.0, 0.0])
    return cues + fake[:, None] * torch.tensor([1.0, -10.0, 0.0]), fake


def test_the_fit_is_at_the_minimum() -> None:
    cues, fake = blobs()
    detector = fit_detector(cues, fake, penalty=0.05)
    standard = (cues - detector.mean) / detector.deviation
    error = detector.scores(cues).sigmoid() - fake.float()  # gradient of the likelihood in the scores
    gradient = standard.T @ error / len(cues) + 0.05 * detector.weights
    assert gradient.abs().max() < 1e-4
    assert error.mean().abs() < 1e-4


def test_it_weighs_what_differs_with_the_right_sign() -> None:
    cues, fake = blobs(4000)
    detector = fit_detector(cues, fake)
    assert detector.weights[0] > 0.4 and detector.weights[1] < -0.4
    assert detector.weights[2].abs() < 0.1
    assert auc(detector.scores(cues[~fake]), detector.scores(cues[fake])) > 0.8


def test_units_of_cues_do_not_matter_and_the_fit_repeats() -> None:
    cues, fake = blobs()
    first = fit_detector(cues, fake)
    again = fit_detector(cues * torch.tensor([100.0, 0.01, 1.0]) + 3, fake)
    torch.testing.assert_close(first.weights, again.weights, rtol=1e-3, atol=1e-4)
    assert torch.equal(first.weights, fit_detector(cues, fake).weights)


def test_separable_clips_and_constant_cues_give_finite_weights() -> None:
    cues = torch.tensor([[0.0, 1.0], [1.0, 1.0], [9.0, 1.0], [10.0, 1.0]])
    detector = fit_detector(cues, torch.tensor([False, False, True, True]))
    assert torch.isfinite(detector.scores(cues)).all()
    assert ((detector.scores(cues) > 0) == torch.tensor([False, False, True, True])).all()


def test_it_trains_under_no_grad() -> None:
    cues, fake = blobs(20)
    with torch.no_grad():
        inside = fit_detector(cues, fake)
    assert torch.equal(inside.weights, fit_detector(cues, fake).weights)


def test_bad_training_sets_are_refused() -> None:
    with pytest.raises(InputError, match="both kinds"):
        fit_detector(torch.rand(4, 2), torch.zeros(4).bool())
    with pytest.raises(InputError, match="NaN"):
        fit_detector(torch.tensor([[float("nan")], [0.0]]), torch.tensor([True, False]))
