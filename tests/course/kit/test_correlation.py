"""Both correlations against their definitions."""

import pytest
import torch

from fomm_lite.course.kit.correlation import pearson, spearman


def test_pearson_sees_a_line_and_its_direction():
    x = torch.linspace(0, 1, 9)
    assert pearson(x, 3 * x - 2) == pytest.approx(1, abs=1e-5)
    assert pearson(x, -x) == pytest.approx(-1, abs=1e-5)


def test_only_the_order_counts() -> None:
    x = torch.tensor([0.1, 3.0, 2.0, 9.0])
    assert spearman(x, x.exp()) == 1
    assert spearman(x, -(x**3)) == -1


def test_it_is_the_textbook_formula_without_ties() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 20, generator=generator)
    gaps = (x.argsort().argsort() - y.argsort().argsort()).double()
    assert spearman(x, y) == pytest.approx(float(1 - 6 * (gaps**2).sum() / (20 * (20**2 - 1))), abs=1e-9)


def test_equal_values_share_a_rank() -> None:
    # ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3
    expected = torch.corrcoef(torch.tensor([[0, 1.5, 1.5, 3], [0, 1, 2, 3]]))[0, 1]
    assert spearman(torch.tensor([1.0, 2.0, 2.0, 5.0]), torch.tensor([1.0, 2.0, 3.0, 4.0])) == pytest.approx(
        float(expected), abs=1e-6
    )
