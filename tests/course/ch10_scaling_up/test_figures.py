"""Figures of notebook 10."""

import io

import numpy as np
import torch
from PIL import Image

from fomm_lite.course.ch10_scaling_up import figures
from fomm_lite.course.ch10_scaling_up.costs import STAGES


def check_seen(shown, width):
    """The picture of a figure, checked to show something and to have a text."""
    assert len(shown.alt) > 20
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert pixels.shape[1] == width
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


def test_costs_and_batches():
    bars = {"64": dict.fromkeys(STAGES, 1.0), "128": dict.fromkeys(STAGES, 3.0)}
    check_seen(figures.costs({"small": bars, "large": {"256": dict.fromkeys(STAGES, 9.0)}}, "milliseconds"), 900)
    check_seen(figures.batches({1: 0.1, 2: 0.09, 8: 0.1}), 900)


def test_rooms_of_the_museum():
    x = torch.linspace(-1, 1, 5)
    check_seen(
        figures.lines(x, {"right": 0 * x, "wrong": x}, "x", "error", "A line that rises and one that does not"), 900
    )
    check_seen(figures.offsets((64, 128), {"slice": "slice", "middle": "bilinear"}), 900)
    mask = torch.zeros(9, 9, dtype=torch.bool)
    mask[2:6, 3:8] = True
    check_seen(figures.errors(torch.rand(9, 9), 2 + torch.rand(9, 9), mask, ("right", "wrong")), 800)
    check_seen(figures.bends(), 800)
    check_seen(
        figures.pictures({"a": torch.rand(3, 8, 8), "b": torch.rand(3, 8, 8)}, "Two pictures beside each other", 64),
        152,
    )


def test_the_ledger_has_a_line_for_each_bug():
    text = figures.ledger({"(a) one": (0.0, 0.5, "pixels"), "(b) other": (0.01, 1.25, "L1")})
    assert text.splitlines()[1:] == [
        "(a) one                               0.0000    0.5000  pixels",
        "(b) other                             0.0100    1.2500  L1",
    ]
