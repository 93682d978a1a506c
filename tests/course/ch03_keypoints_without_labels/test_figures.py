"""The figures on keypoints are pictures with something on them, and with words."""

import io

import numpy as np
import torch
from IPython.display import Image as Shown
from PIL import Image

from fomm_lite.course.ch03_keypoints_without_labels import figures
from fomm_lite.types import Keypoints


def is_drawn(shown: Shown) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] >= 800 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def some(count: int = 3) -> Keypoints:
    return Keypoints(torch.rand(1, count, 2) - 0.5, torch.eye(2).repeat(1, count, 1, 1))


def test_confidence_names_its_keypoints() -> None:
    shown = figures.confidence(torch.rand(3, 16, 16), torch.rand(3, 8, 8), torch.zeros(3, 2), [2, 0])
    assert is_drawn(shown) and "3, 1" in shown.alt


def test_peaks_and_temperatures() -> None:
    assert is_drawn(
        figures.two_peaks({"a": torch.rand(8, 8), "b": torch.rand(8, 8)}, dict.fromkeys("ab", torch.zeros(2)))
    )
    values = torch.logspace(-1, 1, 5)
    shown = figures.temperatures(values, values, values, 0.1)
    assert is_drawn(shown) and "10.0 bits" in shown.alt


def test_jacobian_maps_say_which_keypoint() -> None:
    shown = figures.jacobian_maps(torch.rand(3, 16, 16), some(), torch.rand(2, 2, 8, 8), torch.rand(8, 8), 1)
    assert is_drawn(shown) and "keypoint 2" in shown.alt


def test_slopes_and_products_say_their_numbers() -> None:
    values = torch.tensor([0.1, 1.0, 10.0])
    shown = figures.second_peak_slopes(values, torch.tensor([0.0, 2.0, 0.5]), 0.1)
    assert is_drawn(shown) and "temperature 1.00" in shown.alt
    shown = figures.products({"exact": torch.eye(2).repeat(3, 1, 1), "doubled": 2 * torch.eye(2).repeat(3, 1, 1)})
    assert is_drawn(shown) and "exact 0.000" in shown.alt and "doubled 0.500" in shown.alt


def test_equivariance() -> None:
    assert is_drawn(figures.equivariance(torch.rand(3, 32, 32), torch.rand(3, 32, 32), some(), some(), some()))


def test_landmarks_say_their_errors() -> None:
    shown = figures.landmarks(torch.rand(3, 32, 32), torch.rand(5, 2), torch.rand(5, 2), 1.25, 3.5)
    assert is_drawn(shown) and "1.25" in shown.alt and "3.50" in shown.alt


def test_reference_patches() -> None:
    patches = [torch.rand(3, 9, 9) for _ in range(2)]
    shown = figures.reference_patches({"one": patches, "two": patches}, [0, 4])
    assert is_drawn(shown) and "keypoints 1, 5" in shown.alt
