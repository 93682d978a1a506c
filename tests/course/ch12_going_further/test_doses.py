"""Every term of the loss left out and thirtyfold: which trainings there are, and what is said of them."""

import math

import pytest

from fomm_lite import FirstOrderModel
from fomm_lite.config import TINY
from fomm_lite.course.ch12_going_further import doses
from fomm_lite.training.objective import LossWeights


def test_one_weight_differs_from_the_healthy_run_and_every_term_has_two_doses():
    planned, usual = doses.doses(), doses.doses()[doses.HEALTHY]
    assert len(planned) == 1 + 2 * len(LossWeights().terms)
    for name, weights in planned.items():
        changed = {term for term in usual.terms if getattr(weights, term) != getattr(usual, term)}
        assert changed == ({name.split()[-1]} if name != doses.HEALTHY else set())
    assert planned["without warp"].warp == 0 and planned["30 x warp"].warp == 30 * usual.warp
    assert planned["30 x hidden"].hidden == 30 * planned["with hidden"].hidden > 0


def test_the_clearest_signs_that_all_seeds_share_are_told():
    well = [dict.fromkeys(("separation", "a", "b", "c", "d"), 1.0)] * 2
    table = {
        doses.HEALTHY: well,
        "ill": [
            {"separation": 9.0, "a": 2.0, "b": 0.2, "c": 8.0, "d": 1.2},
            {"separation": 9.0, "a": 2.0, "b": 0.3, "c": 0.1, "d": 1.2},
        ],
        "well": [
            {"separation": 1.0, "a": 1.1, "b": 0.9, "c": 3.0, "d": 1.0},
            {"separation": 1.0, "a": 3.0, "b": 0.2, "c": 0.3, "d": 2.0},
        ],
    }
    (first, third_or_so), (second, twice) = doses.told(table, "ill")
    assert (first, second) == ("b", "a")
    assert third_or_so == pytest.approx(0.06**0.5, rel=1e-3) and twice == pytest.approx(2, rel=1e-3)
    assert doses.told(table, "well") == []


def test_signs_are_all_terms_whether_trained_with_or_not():
    found = doses.signs(FirstOrderModel(TINY))
    own = {name for name in LossWeights().terms if name not in doses.OPTIONAL} | {
        "hidden",
        "apart",
        "stretch",
        "colour",
    }
    assert set(found) == own
    assert found["stretch"] == pytest.approx(1, abs=0.01) and all(map(math.isfinite, found.values()))


def test_doses_are_recorded_one_by_one_and_a_second_start_goes_on(tmp_path, monkeypatch):
    path, asked, train = tmp_path / "doses.json", [], doses.trained
    weights = {name: doses.doses()[name] for name in (doses.HEALTHY, "without reconstruction", "with feature_matching")}
    doses.record(path, steps=1, seeds=(0,), weights={doses.HEALTHY: weights[doses.HEALTHY]})
    monkeypatch.setattr(doses, "trained", lambda recipe, *more: asked.append(recipe) or train(recipe, *more))
    doses.record(path, steps=1, seeds=(0,), weights=weights)
    assert [recipe.weights for recipe in asked] == list(weights.values())[1:]
    assert {name: len(each) for name, each in doses.recorded(path).items()} == dict.fromkeys(weights, 1)


def test_the_shipped_table_has_all_doses_and_seeds():
    table = doses.recorded()
    assert list(table) == list(doses.doses())
    assert {len(each) for each in table.values()} == {len(doses.SEEDS)}
    assert [name for name, *_ in doses.rows(table)] == list(LossWeights().terms)
