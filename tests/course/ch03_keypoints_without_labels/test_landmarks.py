"""What keypoints know about landmarks, and patches of the reference frame."""

import torch

from fomm_lite import geometry, load_model
from fomm_lite.course.ch03_keypoints_without_labels import landmarks
from fomm_lite.course.kit.scene import drawn_clips
from fomm_lite.types import Keypoints


def test_distance_is_in_pixels() -> None:
    truth = torch.zeros(2, 4)
    off = truth.clone()
    off[0, 0] = 2 / 31  # one pixel of 32, in one of four landmarks
    assert abs(landmarks.mean_distance(off, truth, 32) - 0.25) < 1e-5


def test_a_turned_picture_shows_the_same_patch_in_the_reference() -> None:
    image = torch.rand(1, 3, 64, 64)
    image = torch.nn.functional.avg_pool2d(image, 9, 1, 4)
    angle = torch.tensor(0.6)
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).view(2, 2)
    grid = geometry.coordinate_grid(64, 64)
    turned = geometry.warp(image, (grid @ turn.T)[None])  # z shows the original at turn z
    upright = Keypoints(torch.zeros(1, 1, 2), torch.eye(2).view(1, 1, 2, 2))
    follows = Keypoints(torch.zeros(1, 1, 2), torch.linalg.inv(turn).view(1, 1, 2, 2))
    wanted = landmarks.reference_patch(image, upright, 0)
    assert (landmarks.reference_patch(turned, follows, 0) - wanted).abs().max() < 0.02
    assert (landmarks.reference_patch(turned, upright, 0) - wanted).abs().max() > 0.05


def test_keypoints_of_the_model_follow_what_they_sit_on() -> None:
    found = landmarks.patch_disagreement(load_model("faces-64"), drawn_clips("faces", "test", 2, frames=12), 10)
    assert found["at the keypoint"] < found["at the same place"]
