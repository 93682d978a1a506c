"""The figures on training are pictures with something on them, and with words."""

import io

import numpy as np
import torch
from IPython.display import Image as Shown
from matplotlib.figure import Figure
from PIL import Image

from fomm_lite.course.ch06_losses_and_training import figures
from fomm_lite.training.loop import State


def is_drawn(shown: Shown) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] >= 700 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_pyramid_and_shifts() -> None:
    levels = [torch.rand(3, 8, 8), torch.rand(3, 4, 4)]
    shown = figures.pyramid(levels, [level / 2 for level in levels])
    assert is_drawn(shown) and f"4 pixels {float(levels[1].mean() / 2):.3f}" in shown.alt
    assert is_drawn(figures.shifted_errors([0, 1, 2], {"64": [0.0, 1.0, 0.5], "4": [0.0, 0.5, 1.0]}))


def test_progress_says_where_it_stands() -> None:
    rows = {"driving": torch.rand(4, 3, 8, 8), "prediction": torch.rand(4, 3, 8, 8)}
    shown = figures.progress({"warp": [(1, 0.5), (2, 0.25)]}, rows, State(step=2, seconds=90))
    assert is_drawn(shown)
    assert all(said in shown.alt for said in ("Step 2", "warp 0.250", "driving, prediction"))


def test_a_loss_that_is_no_number_is_marked_and_left_out() -> None:
    curve = [(1, 0.5), (2, float("inf"))]
    assert is_drawn(figures.sick_curves({"run": (curve, [(1, 0.1), (2, 0.2)])}))


def test_ratios() -> None:
    shown = figures.ratios({"copying": 1.0, "model": 0.45})
    assert is_drawn(shown) and "model 0.45" in shown.alt


def test_keypoints_carried_back() -> None:
    found = torch.zeros(10, 2)
    shown = figures.carried_back(
        torch.rand(3, 8, 8), torch.rand(3, 8, 8), {"run A": (found, found), "run D": (found, found + torch.eye(2)[0])}
    )
    assert is_drawn(shown) and "run A 0.000, run D 1.000" in shown.alt


def test_dots_of_keypoints_carried_back_stand_at_their_x_and_y(drawn: list[Figure]) -> None:
    found, carried = torch.tensor([[0.3, -0.5], [-0.7, 0.1]]), torch.tensor([[0.6, -0.1], [-0.9, 0.8]])
    figures.carried_back(torch.rand(3, 8, 8), torch.rand(3, 8, 8), {"run": (found, carried)})
    axes = drawn[0].axes[2]
    dots, ends = (torch.as_tensor(each.get_offsets().data).float() for each in axes.collections)
    assert torch.equal(dots, found) and torch.equal(ends, carried)
    for line, start, end in zip(axes.lines, found, carried, strict=True):
        assert torch.equal(torch.as_tensor(line.get_xydata()).float(), torch.stack([start, end]))
    left, right, bottom, top = axes.images[0].get_extent()
    assert left < -1 < 1 < right and top < -1 < 1 < bottom  # the picture lies under them: x to the right, y down
    assert axes.get_xlim()[0] < left < right < axes.get_xlim()[1]
    assert axes.get_ylim()[0] > bottom > top > axes.get_ylim()[1]
