"""The six pictures of ``--grid``."""

import dataclasses
import itertools

import pytest
import torch

from fomm_lite.animation import AnimationFrame
from fomm_lite.cli.grid import grid_frame
from fomm_lite.media.draw import GAP, LABEL_HEIGHT, draw_keypoints, draw_masks, draw_occlusion, enlarge
from fomm_lite.types import DenseMotion, Keypoints


@pytest.fixture
def frame() -> AnimationFrame:
    source, driving, prediction, deformed = torch.rand(4, 3, 32, 32)
    source_kp, driving_kp = (Keypoints(torch.rand(1, 3, 2) - 0.5, torch.eye(2).expand(1, 3, 2, 2)) for _ in range(2))
    masks = torch.rand(1, 4, 16, 16).softmax(1)
    motion = DenseMotion(
        torch.zeros(1, 4, 16, 16), torch.zeros(1, 4, 16, 16, 2), torch.zeros(1, 4, 3, 16, 16),
        masks, torch.zeros(1, 16, 16, 2), torch.rand(1, 1, 16, 16),
    )  # fmt: skip
    return AnimationFrame(source, driving, prediction, deformed, source_kp, driving_kp, driving_kp, motion)


def panel(grid: torch.Tensor, row: int, column: int, side: int) -> torch.Tensor:
    top, left = GAP + LABEL_HEIGHT + row * (side + LABEL_HEIGHT + GAP), GAP + column * (side + GAP)
    return grid[:, top : top + side, left : left + side]


def test_the_grid_shows_six_pictures_under_labels(frame):
    grid = grid_frame(frame, side=64)
    assert grid.shape[1] % 2 == grid.shape[2] % 2 == 0
    assert torch.equal(panel(grid, 0, 2, 64), enlarge(frame.prediction, 64))
    assert torch.equal(panel(grid, 1, 0, 64), enlarge(frame.deformed, 64))
    source = draw_keypoints(enlarge(frame.source, 64), frame.kp_source.positions[0], frame.kp_source.jacobians[0])
    driving = draw_keypoints(enlarge(frame.driving, 64), frame.kp_driving.positions[0], frame.kp_driving.jacobians[0])
    assert torch.equal(panel(grid, 0, 0, 64), source)
    assert torch.equal(panel(grid, 0, 1, 64), driving)
    assert torch.equal(panel(grid, 1, 1, 64), draw_occlusion(frame.motion.occlusion_map[0], (64, 64)))
    assert torch.equal(panel(grid, 1, 2, 64), draw_masks(enlarge(frame.prediction, 64), frame.motion.masks[0]))
    for column, row in itertools.product(range(3), range(2)):
        left, top = GAP + column * (64 + GAP), GAP + row * (64 + LABEL_HEIGHT + GAP)
        assert grid[:, top : top + LABEL_HEIGHT, left : left + 64].min() < 0.5  # ink


def test_the_grid_of_a_model_without_occlusion_map_keeps_everything(frame):
    motion = dataclasses.replace(frame.motion, occlusion_map=None)
    grid = grid_frame(dataclasses.replace(frame, motion=motion), side=64)
    assert (panel(grid, 1, 1, 64) == 1).all()


def test_a_grid_never_shrinks_pictures(frame):
    assert grid_frame(frame, side=8).shape == grid_frame(frame, side=32).shape
