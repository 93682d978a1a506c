"""A wall that moves: the picture, the truth, and the affine map that makes up for it."""

import pytest
import torch

from fomm_lite import load_model
from fomm_lite.course.ch12_going_further import moving_wall
from fomm_lite.geometry import coordinate_grid, warp
from fomm_lite.worlds import faces

GRID = coordinate_grid(32, 32)
CLIP = faces(2, frames=6, size=32, stride=3)


def test_a_wall_that_stays_gives_the_clip_back():
    picture, truth = moving_wall.shifted_wall(CLIP, 4, 0.0)
    wall = CLIP.part_masks[4, 0] > 0.5
    assert torch.allclose(picture, CLIP.frames[4], atol=1e-5)
    assert torch.allclose(truth[wall], GRID[wall], atol=1e-6)
    assert torch.equal(truth[~wall], CLIP.deformation(0, 4)[~wall])


def test_the_wall_moves_and_the_figure_does_not():
    picture, truth = moving_wall.shifted_wall(CLIP, 4, 5.0)
    wall, figure = CLIP.part_masks[4, 0] > 0.999, CLIP.part_masks[4, 0] < 1e-3
    assert torch.allclose(picture[:, figure], CLIP.frames[4][:, figure], atol=1e-6)
    assert moving_wall.wall_error(GRID, truth, wall) == pytest.approx(5.0, abs=1e-4)
    shown = warp(CLIP.frames[:1], truth[None])[0]
    free = wall & (warp(CLIP.part_masks[:1, :1], truth[None])[0, 0] > 0.999)  # not where the figure once stood
    assert free.float().mean() > 0.1
    assert torch.allclose(shown[:, free], picture[:, free], atol=0.02)


def test_an_affine_map_is_found_and_weights_leave_out_what_does_not_follow():
    true = torch.tensor([[1.1, -0.2, 0.3], [0.1, 0.9, -0.1]], dtype=torch.float64)
    places = torch.rand(50, 2, dtype=torch.float64)
    wanted = places @ true[:, :2].T + true[:, 2]
    assert torch.allclose(moving_wall.fit_affine(places, wanted), true)
    wanted[:10] += 1.0
    weights = torch.cat([torch.zeros(10), torch.ones(40)]).double()
    assert not torch.allclose(moving_wall.fit_affine(places, wanted), true, atol=0.05)
    assert torch.allclose(moving_wall.fit_affine(places, wanted, weights), true)


def test_the_map_takes_the_place_of_motion_0_as_far_as_its_mask_reaches():
    shift = torch.tensor([[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]])
    half = torch.full((32, 32), 0.5)
    moved = moving_wall.with_background(GRID, half, shift)
    assert torch.allclose(moved - GRID, torch.tensor([0.25, 0.0]).expand_as(GRID), atol=1e-6)


def test_another_deformation_is_painted_and_the_motion_s_own_changes_nothing():
    model, pictures = load_model("zero-order-32").eval(), CLIP.frames[[0, 4]]
    with torch.no_grad():
        points = model.detect(pictures)
        motion = model.motion(pictures[:1], points[:1], points[1:])
        whole = model(pictures[:1], points[:1], points[1:]).prediction[0]
    own = moving_wall.painted(model, pictures[:1], motion, motion.deformation[0])
    assert torch.allclose(own, whole, atol=1e-6)
    turned = motion.deformation[0] * torch.tensor([-1.0, 1.0])  # looks on the other side of the picture
    assert not torch.allclose(moving_wall.painted(model, pictures[:1], motion, turned), whole, atol=0.1)
