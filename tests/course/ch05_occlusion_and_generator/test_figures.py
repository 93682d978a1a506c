"""The figures on occlusion are pictures with something on them, and with words."""

import io

import numpy as np
import torch
from IPython.display import Image as Shown
from PIL import Image

from fomm_lite.course.ch05_occlusion_and_generator import figures


def is_drawn(shown: Shown) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] >= 800 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_pictures_and_maps() -> None:
    assert is_drawn(figures.pictures({"one": torch.rand(3, 8, 8), "two": torch.rand(3, 8, 8)}, "two pictures"))
    assert is_drawn(figures.maps({"one": torch.rand(8, 8), "two": torch.rand(8, 8)}, "two maps"))


def test_feature_channels_are_named() -> None:
    shown = figures.feature_channels(torch.randn(4, 8, 8), torch.randn(4, 8, 8), torch.rand(1, 8, 8), [2, 0])
    assert is_drawn(shown) and "2, 0" in shown.alt


def test_ratios_are_said_in_words() -> None:
    shown = figures.ratios({"faces": {"whole": 0.25, "none": 2.0}, "puppets": {"whole": 0.24, "none": 3.0}})
    assert is_drawn(shown) and "whole 0.25" in shown.alt
