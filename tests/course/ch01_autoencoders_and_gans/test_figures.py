"""Figures of notebook 01."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from fomm_lite.course.ch01_autoencoders_and_gans import figures, gan


@pytest.fixture(scope="module")
def runs():
    return {"one": gan.train_gan(4, looks=2), "other": gan.train_gan(4, looks=2, seed=1)}


def check_seen(shown, width):
    """The picture of a figure, checked to show something and to have a text."""
    assert len(shown.alt) > 20
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert pixels.shape[1] == width
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10
    return pixels


def test_curves():
    check_seen(figures.code_lengths([1, 2, 4], {"A": [0.3, 0.2, 0.1], "B": [0.4, 0.4, 0.4]}), 900)
    check_seen(figures.losses([1 / (1 + step) for step in range(40)], window=5), 900)
    check_seen(figures.pose_follows(torch.rand(9, 2), torch.rand(9, 2), "A"), 900)
    x = torch.linspace(-1, 1, 9)
    check_seen(figures.best_judge(x, x**2, 1 - x**2, x**2), 900)
    check_seen(figures.three_losses(gan.LOSSES), 900)
    check_seen(figures.slopes({name: [(0, 1.0), (1, 0.1)] for name in gan.LOSSES}), 900)


def test_rows_show_the_chosen_moments():
    frames = torch.zeros(5, 3, 8, 8)
    frames[3] = 1
    pixels = check_seen(
        figures.rows({"A": frames, "B": torch.rand(5, 3, 8, 8)}, [0, 3], "Two rows of two pictures", side=64), 224
    )
    assert (pixels == 0).any() and (pixels == 255).any()


def test_contests(runs):
    check_seen(figures.heaps(runs), 880)
    check_seen(figures.contest(runs), 900)
    assert figures.heaps(runs).alt.startswith("one: ")
