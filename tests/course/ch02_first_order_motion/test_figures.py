"""The figures on first-order motion are pictures with something on them, and with words."""

import io

import numpy as np
import torch
from IPython.display import Image as Shown
from PIL import Image
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion import figures
from fomm_lite.worlds import puppets

POINT = torch.tensor([0.3, -0.2], dtype=torch.float64)


def bend(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x + 0.2 * y**2, y + 0.4 * x**2], dim=-1)


def is_drawn(shown: Shown, width: int) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] == width and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_tangent_zoom() -> None:
    assert is_drawn(figures.tangent_zoom(torch.sin, 1.0, 0.0, [1.0, 0.1]), 900)


def test_bent_grid() -> None:
    assert is_drawn(figures.bent_grid(bend, POINT), 900)


def test_warping_names_its_pictures() -> None:
    shown = figures.warping({"source": torch.rand(3, 8, 8), "warped": torch.rand(3, 8, 8)})
    assert is_drawn(shown, 900)
    assert "source" in shown.alt and "warped" in shown.alt
    assert figures.warping({"source": torch.rand(3, 8, 8)}, "one puppet").alt == "one puppet"


def test_references() -> None:
    assert is_drawn(figures.references([("R", bend, lambda p: 0.5 * p, POINT)]), 900)


def test_way_through_reference() -> None:
    shown = figures.way_through_reference(bend, lambda z: bend(0.5 * z), POINT)
    assert is_drawn(shown, 900)


def test_error_powers_says_the_slopes() -> None:
    distances = torch.logspace(-2, -1, 5, dtype=torch.float64)
    shown = figures.error_powers(distances, {"square": 3 * distances**2})
    assert is_drawn(shown, 750)
    assert "square slope 2.00" in shown.alt


def test_product_or_difference() -> None:
    degrees = torch.linspace(0, 60, 5)
    shown = figures.product_or_difference(degrees, {"product": 0 * degrees, "difference": degrees / 60})
    assert is_drawn(shown, 750)
    assert "difference ends at 1" in shown.alt


def test_part_errors_averages_where_there_is_something() -> None:
    clip = puppets(2, frames=2, size=32)
    error = torch.full((32, 32), torch.nan)
    error[:, :8], error[:, 8:16] = 1.0, 2.0
    shown = figures.part_errors(clip, 0, 1, {"zero order": error})
    assert is_drawn(shown, 900)
    assert "zero order 1.50 pixels" in shown.alt
