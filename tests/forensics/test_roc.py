"""Curves and areas against counting."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.errors import InputError
from fomm_lite.forensics import auc, auc_interval, equal_error_rate, precision_at, roc_curve

few = st.lists(st.integers(-4, 4), min_size=1, max_size=12).map(lambda values: torch.tensor(values).float())


@given(few, few)
def test_the_area_is_the_share_of_pairs_won(real: torch.Tensor, fake: torch.Tensor) -> None:
    won = 0.0
    for one in fake.tolist():
        for other in real.tolist():
            won += 1.0 if one > other else 0.5 if one == other else 0.0
    assert auc(real, fake) == pytest.approx(won / (len(real) * len(fake)))


@given(few, few)
def test_the_area_is_that_under_the_curve(real: torch.Tensor, fake: torch.Tensor) -> None:
    _, false_positives, true_positives = roc_curve(real, fake)
    assert float(torch.trapezoid(true_positives, false_positives)) == pytest.approx(auc(real, fake), abs=1e-5)


@given(few, few)
def test_the_curve_rises_from_nothing_to_everything(real: torch.Tensor, fake: torch.Tensor) -> None:
    thresholds, false_positives, true_positives = roc_curve(real, fake)
    assert (thresholds.diff() < 0).all()
    assert (false_positives.diff() >= 0).all() and (true_positives.diff() >= 0).all()
    assert false_positives[0] == true_positives[0] == 0 and false_positives[-1] == true_positives[-1] == 1


def test_the_interval_holds_the_area_and_shrinks_with_more_clips() -> None:
    dice = torch.Generator().manual_seed(1)
    widths = []
    for count in (20, 320):
        real, fake = torch.randn(count, generator=dice), torch.randn(count, generator=dice) + 1
        low, high = auc_interval(real, fake)
        assert low < auc(real, fake) < high
        widths.append(high - low)
    assert 3 < widths[0] / widths[1] < 5.5  # 16 times the clips, a quarter of the width


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    dice = torch.Generator().manual_seed(2)
    truth = float(torch.special.ndtr(torch.tensor(0.5**0.5)))  # of two normal distributions one deviation apart
    covered = 0
    for trial in range(100):
        real, fake = torch.randn(60, generator=dice), torch.randn(60, generator=dice) + 1
        low, high = auc_interval(real, fake, level=0.8, draws=200, seed=trial)
        covered += low <= truth <= high
    assert 68 <= covered <= 92


def test_the_equal_error_rate_of_shifted_scores() -> None:
    grid = torch.linspace(-3, 3, 2001)
    error, threshold = equal_error_rate(grid, grid + 3)  # halves overlap: a quarter of each on the wrong side
    assert error == pytest.approx(0.25, abs=1e-3)
    assert threshold == pytest.approx(1.5, abs=0.01)
    assert equal_error_rate(torch.zeros(3), torch.ones(3)) == (0.0, 1.0)


@given(st.floats(0.001, 0.999), st.floats(0.01, 1), st.floats(0.01, 1))
def test_precision_is_what_counting_a_million_gives(prevalence: float, hit: float, alarm: float) -> None:
    fakes = 1e6 * prevalence
    caught, wronged = fakes * hit, (1e6 - fakes) * alarm
    assert precision_at(prevalence, hit, alarm) == pytest.approx(caught / (caught + wronged))


def test_bad_scores_and_rates_are_refused() -> None:
    with pytest.raises(InputError, match="no scores of fake"):
        auc(torch.zeros(1), torch.zeros(0))
    with pytest.raises(InputError, match="NaN"):
        roc_curve(torch.tensor([float("nan")]), torch.zeros(1))
    with pytest.raises(InputError, match="percentages"):
        precision_at(1, 90, 10)
    with pytest.raises(InputError, match="nothing is ever|nothing is called"):
        precision_at(0.5, 0, 0)
