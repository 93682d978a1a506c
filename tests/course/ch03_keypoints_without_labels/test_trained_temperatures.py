"""Trainings at several temperatures: made by the code that is there, and read back as they were written."""

import math

import pytest
import torch

from fomm_lite.course.ch03_keypoints_without_labels import trained_temperatures
from fomm_lite.geometry import coordinate_grid


def test_the_width_of_a_map_is_that_of_what_it_is_made_of():
    blot = torch.zeros(2, 1, 9, 9)
    blot[0, 0, 4, 2] = blot[0, 0, 4, 6] = 0.5  # half a unit to each side of their mean
    blot[1, 0, 1, 1] = 1
    assert trained_temperatures.width(blot) == pytest.approx(0.25)
    round_one = (-(coordinate_grid(65, 65) - 0.1).square().sum(-1) / (2 * 0.1**2)).exp()
    assert trained_temperatures.width((round_one / round_one.sum())[None, None]) == pytest.approx(
        0.1 * math.sqrt(2), rel=0.01
    )


def test_trainings_are_recorded_one_by_one_and_a_second_start_goes_on(tmp_path, monkeypatch):
    path, asked, train = tmp_path / "temperatures.json", [], trained_temperatures.trained
    trained_temperatures.record(path, temperatures=(0.03,), seeds=(0,), steps=1)
    (first,) = trained_temperatures.recorded(path)
    monkeypatch.setattr(trained_temperatures, "trained", lambda *given: asked.append(given) or train(*given))
    trained_temperatures.record(path, temperatures=(0.03, 1.0), seeds=(0,), steps=1)
    cold, warm = trained_temperatures.recorded(path)
    assert asked == [(1.0, 0, 1)] and cold == first
    assert cold.width_before < warm.width_before < 0.85
    assert min(cold.share, cold.width, cold.spread) > 0


def test_the_shipped_models_are_of_all_temperatures_and_seeds():
    models = trained_temperatures.recorded()
    planned = {(t, seed) for t in trained_temperatures.TEMPERATURES for seed in trained_temperatures.SEEDS}
    assert len(models) == len(planned) and {(model.temperature, model.seed) for model in models} == planned


@pytest.mark.parametrize("seed", trained_temperatures.SEEDS)
def test_what_notebook_03_says_of_them_holds_with_every_seed(seed):
    own = [model for model in trained_temperatures.recorded() if model.seed == seed]
    coldest, usual, warm, _ = sorted(own, key=lambda one: one.temperature)
    assert min(one.width_before for one in own) > 0.75  # all nearly even
    assert [one.width for one in own] == sorted(one.width for one in own)
    assert max(own, key=lambda one: one.share) == coldest
    assert 0.005 < usual.share - warm.share < 0.065  # by 0.01 to 0.06
