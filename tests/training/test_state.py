"""The losses that are printed: smoothed, so that a line of them can be read, and not so much that they lag."""

import dataclasses

import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State
from fomm_lite.training.objective import LossWeights, Objective, Terms
from fomm_lite.training.random_warp import RandomWarp


@pytest.fixture(scope="module")
def terms() -> Terms:
    pictures = torch.rand(1, 3, 32, 32)
    return Objective(FirstOrderModel(TINY), LossWeights())(pictures, pictures.flip(3), RandomWarp.sample(1))


def take_in(state: State, terms: Terms, *values: float) -> float:
    """Steps whose loss had these values, its total ten times as much; what is printed after the last of them."""
    for value in values:
        state.step += 1
        state.smooth(dataclasses.replace(terms, total=torch.tensor(10 * value), named={"warp": torch.tensor(value)}))
    assert state.losses.keys() == {"total", "warp"}
    assert state.losses["total"] == pytest.approx(10 * state.losses["warp"])
    return state.losses["warp"]


def test_the_first_step_is_printed_as_it_is_even_in_a_resumed_run(terms: Terms) -> None:
    assert take_in(State(), terms, 0.75) == pytest.approx(0.75)
    assert take_in(State(step=5000), terms, 0.75) == pytest.approx(0.75)


def test_a_loss_that_stays_is_printed_as_it_is(terms: Terms) -> None:
    assert take_in(State(), terms, *[0.3] * 120) == pytest.approx(0.3)


def test_noise_is_smoothed_away(terms: Terms) -> None:
    state = State()
    take_in(state, terms, *[0.0, 1.0] * 50)
    assert all(0.45 < take_in(state, terms, value) < 0.55 for value in [0.0, 1.0] * 25)


def test_early_steps_are_averaged_so_that_the_first_is_soon_forgotten(terms: Terms) -> None:
    assert take_in(State(), terms, 9.0, *[1.0] * 39) == pytest.approx(1.3, abs=0.12)  # near the plain mean, 1.2


def test_a_change_is_seen_after_about_fifty_steps(terms: Terms) -> None:
    state = State()
    take_in(state, terms, *[0.0] * 200)
    assert 0.015 < take_in(state, terms, 1.0) < 0.025
    assert take_in(state, terms, *[1.0] * 49) == pytest.approx(1 - 1 / 2.718, abs=0.03)
