"""Intervals against what is known of them."""

import pytest
import torch

from fomm_lite.course.kit.interval import interval


def test_an_interval_is_as_wide_as_theory_says() -> None:
    values = torch.randn(400, generator=torch.Generator().manual_seed(1))
    low, mean, high = interval(values)
    assert low < mean < high
    assert high - low == pytest.approx(2 * 1.96 * float(values.std()) / 20, rel=0.1)


def test_a_ratio_is_of_sums() -> None:
    low, ratio, high = interval(torch.tensor([1.0, 4.0]), torch.tensor([2.0, 4.0]))
    assert ratio == pytest.approx(5 / 6)
    assert (low, high) == pytest.approx((0.5, 1.0))


def test_a_constant_has_no_spread() -> None:
    assert interval(torch.full((7,), 0.25)) == pytest.approx((0.25, 0.25, 0.25))
