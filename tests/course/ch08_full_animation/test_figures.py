"""The figures on full animation are pictures with something on them, and with words."""

import io

import numpy as np
import torch
from IPython.display import Image as Shown
from PIL import Image

from fomm_lite.course.ch08_full_animation import figures
from fomm_lite.course.ch08_full_animation.alignment import Alignment
from fomm_lite.types import Keypoints


def is_drawn(shown: Shown, width: int) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] == width and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_transfers_name_themselves() -> None:
    kp = Keypoints(torch.rand(1, 4, 2) - 0.5, torch.eye(2).expand(1, 4, 2, 2))
    moved = Keypoints(kp.positions + torch.tensor([0.1, 0.0]), kp.jacobians)
    shown = figures.transfers(torch.rand(3, 16, 16), kp, {"absolute": moved})
    assert is_drawn(shown, 900) and "absolute by 0.10" in shown.alt


def test_hulls_say_their_area() -> None:
    square = torch.tensor([[0.0, 0.0], [0.5, 0.0], [0.2, 0.1], [0.5, 0.5], [0.0, 0.5]])
    shown = figures.hulls({"near": square})
    assert is_drawn(shown, 750) and "near has area 0.25" in shown.alt


def test_corners_of_a_hull_come_in_order_without_what_is_inside() -> None:
    square = torch.tensor([[0.5, 0.5], [0.0, 0.0], [0.2, 0.1], [0.5, 0.0], [0.0, 0.5]])
    corners = figures._corners(square)
    assert sorted(corners) == [0, 1, 3, 4]
    steps = square[corners] - square[corners].roll(1, 0)
    torch.testing.assert_close(steps.norm(dim=1), torch.full((4,), 0.5))  # along the sides, never across


def test_errors_over_time() -> None:
    shown = figures.errors_over_time({"film": torch.full((5,), 0.25)}, "error")
    assert is_drawn(shown, 750) and "film 0.250" in shown.alt


def test_error_over_angle() -> None:
    shown = figures.error_over_angle([0, 90], [0.1, 0.3], [0.0, 0.4])
    assert is_drawn(shown, 650) and "from 0.100 to 0.300" in shown.alt


def test_leak_averages_the_background_only() -> None:
    change = torch.full((8, 8), torch.nan)
    change[0] = 0.05
    shown = figures.leak(*torch.rand(3, 3, 8, 8), change)
    assert is_drawn(shown, 900) and "0.050" in shown.alt


def test_alignment_says_both_correlations() -> None:
    rising = torch.arange(6.0)
    shown = figures.alignment({"faces": Alignment(rising, -rising, rising + 1)})
    assert is_drawn(shown, 900) and "rank correlation 1.00 and -1.00" in shown.alt
