"""Figures of notebook 07 are pictures with words, of what they are given."""

import io

import numpy as np
import torch
from IPython.display import Image
from PIL import Image as PillowImage

from fomm_lite.config import TINY
from fomm_lite.course.ch07_what_matters import figures
from fomm_lite.model import FirstOrderModel

VALUES = torch.tensor([0.02, 0.03, 0.025, 0.01])


def drawn(shown: Image) -> np.ndarray:
    """The picture (h w 3), which must not be blank and have words."""
    pixels = np.asarray(PillowImage.open(io.BytesIO(shown.data)).convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 5
    assert len(shown.alt.split()) > 3
    return pixels


def test_models_side_by_side() -> None:
    models = {"one": FirstOrderModel(TINY).eval(), "other": FirstOrderModel(TINY).eval()}
    shown = figures.side_by_side(models, torch.rand(3, 3, 32, 32), [1, 2], side=64)
    height, width = drawn(shown).shape[:2]
    assert width > 3 * 64 and height > 2 * 64
    assert "one, other" in shown.alt


def test_intervals_have_a_panel_for_each_measure() -> None:
    results = {"A": {"l1": VALUES, "landmarks": VALUES}, "B": {"l1": VALUES + 0.01, "landmarks": VALUES}}
    shown = figures.intervals(results, ["l1", "landmarks"], identity={"l1": 0.05})
    assert drawn(shown).shape[1] == 900
    assert "L1: B 0.031" in shown.alt


def test_steps_stand_beside_the_authors() -> None:
    shown = figures.steps({"A → B": (-0.2, -0.1, 0.0)}, {"A → B": 0.05}, "L1")
    assert drawn(shown).shape[1] == 900
    assert "ours -10.0, authors +5.0" in shown.alt


def test_differences_count_the_better_clips() -> None:
    shown = figures.differences(torch.tensor([-1.0, -2.0, 1.0]), "L1")
    assert drawn(shown).shape[1] == 900
    assert "below 0 on 2 of 3 clips" in shown.alt


def test_curves_of_one_and_two_panels() -> None:
    points = {0.01: 0.6, 0.1: 0.5, 1.0: 0.9}
    one, two = figures.curve(points, "temperature", 0.1, log=True), figures.curve(points, "k", 0.1, second=points)
    assert (drawn(one) != drawn(two)).any()
    assert "0.1: 0.50" in one.alt
