"""Cutting faces out and pasting them back."""

import pytest
import torch

from fomm_lite.course.ch01_autoencoders_and_gans.face_crops import crop_faces, face_centres, in_crop, paste_faces
from fomm_lite.worlds import faces


@pytest.fixture(scope="module")
def clip():
    return faces(3, frames=4, size=64)


def test_a_landmark_is_in_the_crop_where_in_crop_says(clip):
    frames = torch.zeros(1, 3, 65, 65)
    frames[0, :, 40, 24] = 1  # x = -0.25, y = 0.25
    centre = torch.tensor([[-0.1, 0.05]])
    crop = crop_faces(frames, centre, side=32, half=0.5)[0, 0]
    place = in_crop(torch.tensor([[-0.25, 0.25]]), centre, 0.5)[0]
    y, x = divmod(int(crop.argmax()), 32)
    assert abs(x - (float(place[0]) + 1) * 15.5) <= 1 and abs(y - (float(place[1]) + 1) * 15.5) <= 1


def test_pasting_back_what_was_cut_out_changes_little_and_nothing_outside(clip):
    centres = face_centres(clip)
    pasted = paste_faces(clip.frames, crop_faces(clip.frames, centres, side=64), centres)
    assert (pasted - clip.frames).abs().mean() < 0.01
    other = paste_faces(clip.frames, torch.zeros(4, 3, 64, 64), centres)
    assert torch.equal(other[:, :, :, 0], clip.frames[:, :, :, 0])
    assert (other - clip.frames).abs().max() > 0.3


def test_the_centre_lies_among_the_landmarks_of_the_face(clip):
    nose = clip.landmarks[:, clip.landmark_names.index("nose")]
    assert (face_centres(clip) - nose).norm(dim=1).max() < 0.4
