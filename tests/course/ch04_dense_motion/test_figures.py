"""The figures on dense motion are pictures with something on them, and with words."""

import io

import numpy as np
import pytest
import torch
from IPython.display import Image as Shown
from PIL import Image

from fomm_lite import geometry, load_model
from fomm_lite.course.ch04_dense_motion import figures
from fomm_lite.types import DenseMotion, Keypoints
from fomm_lite.worlds import faces


def is_drawn(shown: Shown) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))
    assert shown.alt
    return pixels.shape[1] >= 700 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


@pytest.fixture(scope="module")
def moved() -> tuple[DenseMotion, Keypoints]:
    model, frames = load_model("faces-64"), faces(1, frames=6, size=32).frames
    with torch.no_grad():
        keypoints = model.detect(frames)
        return model.motion(frames[:1], keypoints[:1], keypoints[5:6]), keypoints[5:6]


def test_heatmap_kinds() -> None:
    assert is_drawn(figures.heatmap_kinds(torch.rand(8, 8), torch.rand(8, 8)))


def test_heatmap_steps_say_their_largest_values() -> None:
    shown = figures.heatmap_steps({"1 pixel": torch.full((8, 8), 0.25), "4 pixels": torch.rand(8, 8)})
    assert is_drawn(shown) and "1 pixel 0.25" in shown.alt


def test_opinions(moved: tuple[DenseMotion, Keypoints]) -> None:
    grid = geometry.coordinate_grid(*moved[0].masks.shape[2:])
    assert is_drawn(figures.opinions(torch.rand(3, 32, 32), moved[0], grid, {"one": (3, 4), "two": (5, 6)}))


def test_local_motions(moved: tuple[DenseMotion, Keypoints]) -> None:
    shown = figures.local_motions(moved[0], [0, 3], moved[1])
    assert is_drawn(shown) and "keypoint 3" in shown.alt and "background" in shown.alt


def test_mixture(moved: tuple[DenseMotion, Keypoints]) -> None:
    grid = geometry.coordinate_grid(32, 32)
    picture = torch.rand(3, 32, 32)
    assert is_drawn(figures.mixture(picture, picture, moved[0], 0.9 * grid, 1.1 * grid, moved[1]))


def test_errors_are_said_in_words() -> None:
    shown = figures.errors({"faces": {"identity": 2.0, "model": 0.5}, "puppets": {"identity": 1.0, "model": 0.9}})
    assert is_drawn(shown) and "model 0.50" in shown.alt


def test_overlaps_name_the_best_mask() -> None:
    shown = figures.overlaps(torch.tensor([[0.1, 0.8], [0.6, 0.2]]), ["nose", "hair"])
    assert is_drawn(shown) and "nose is 1 (0.80)" in shown.alt


def test_boundary() -> None:
    assert is_drawn(figures.boundary(torch.rand(3, 16, 16), torch.rand(16, 16), torch.rand(3, 16, 16)))
