"""Rank correlation against definitions, and the experiment on pairs against a plain repetition of it."""

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import TINY
from fomm_lite.course.ch08_full_animation.alignment import films_of_pairs, spearman
from fomm_lite.errors import InputError
from fomm_lite.worlds import faces


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


def test_every_pair_is_measured_once() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(TINY).eval()
    found = films_of_pairs(model, faces, [2, 5], size=32)
    assert found.error.shape == found.arrangement.shape == found.displacement.shape == (2,)
    clip = faces(5, frames=24, size=32)
    with torch.no_grad():
        positions = model.detect(clip.frames[[0, 2]]).positions  # the second pair starts two frames later
    assert float(found.displacement[1]) == pytest.approx(float((positions[0] - positions[1]).norm(dim=-1).mean()))
    assert (found.error > 0).all()


def test_no_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="no seeds"):
        films_of_pairs(FirstOrderModel(TINY), faces, [])
