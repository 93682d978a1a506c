"""The lessons of the judges: answers that are true of the pictures they are shown."""

from types import ModuleType

import pytest
import torch

from tests.scripts.conftest import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("train_judges")


def test_what_is_called_missing_was_painted_over_and_the_rest_was_not(script):
    random = torch.Generator().manual_seed(0)
    count, points = 40, 6
    pictures = torch.rand(count, 3, 64, 64, generator=random)
    landmarks = 1.6 * torch.rand(count, points, 2, generator=random) - 0.8
    batch = script.Batch(pictures, landmarks, torch.ones(count, points))
    painted = script.paint_over(batch, torch.zeros(count, 3, 64, 64), random)
    changed = (painted.pictures != pictures).any(1)
    x, y = ((landmarks + 1) * 31.5).round().long().unbind(-1)
    hit = torch.stack([changed[index, y[index], x[index]] for index in range(count)])
    assert hit[painted.present == 0].all()
    assert not hit[painted.present == 1].any()
    assert 0.02 < float((painted.present == 0).float().mean()) < 0.5
    assert painted.present.isnan().any()


def test_a_short_training_and_its_card(script, monkeypatch):
    for name, number in (("CLIPS", 8), ("HELD_OUT", 8), ("PEOPLE", 4)):
        monkeypatch.setattr(script, name, number)
    judge, steps = script.train("puppets", minutes=0.1)
    assert steps >= 1 and len(judge.landmark_names) == 15
    numbers = script.measure(judge, "puppets")
    assert 0 < numbers["auc_64"] <= 1 and numbers["landmark_error_64"] > 0
    card = script.card("judge-puppets", "puppets", numbers, 581_016, 1, steps)
    assert f"{numbers['landmark_error_64']:.2f} px" in card and f"{steps} steps" in card
