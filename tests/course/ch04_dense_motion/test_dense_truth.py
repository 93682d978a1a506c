"""Measuring a dense motion against the truth."""

import torch

from fomm_lite import geometry, load_model
from fomm_lite.course.ch04_dense_motion import dense_truth
from fomm_lite.course.kit.scene import drawn_clips
from fomm_lite.types import Keypoints
from fomm_lite.worlds import faces


def test_hard_masks_keep_the_strongest() -> None:
    masks = torch.rand(1, 3, 4, 4).softmax(1)
    hard = dense_truth.hard_masks(masks)
    assert torch.equal(hard.argmax(1), masks.argmax(1)) and torch.equal(hard.sum(1), torch.ones(1, 4, 4))


def test_each_pixel_follows_the_nearest_keypoint() -> None:
    corners = torch.tensor([[[-1.0, -1.0], [1.0, 1.0]]])
    masks = dense_truth.nearest_masks(Keypoints(corners, torch.eye(2).expand(1, 2, 2, 2)), 4, 4)
    assert masks[0, :, 0, 0].tolist() == [0, 1, 0] and masks[0, :, 3, 3].tolist() == [0, 0, 1]


def test_a_mask_that_is_a_part_overlaps_it_wholly() -> None:
    part = torch.zeros(2, 8, 8)
    part[0], part[1, 2:6, 2:6] = 1, 1
    part[0] -= part[1]
    overlap, kept = dense_truth.part_overlaps(part * 0.8 + 0.1, part)
    assert kept == [0, 1]
    torch.testing.assert_close(overlap, torch.eye(2))


def test_hidden_evidence_changes_the_masks_and_leaves_no_trace() -> None:
    model = load_model("faces-64")
    frames = faces(3, frames=6, size=64).frames
    with torch.no_grad():
        keypoints = model.detect(frames)
        before = model.motion(frames[:1], keypoints[:1], keypoints[5:6])
        blind = dense_truth.blinded(model, frames[:1], keypoints[:1], keypoints[5:6], "both")
        after = model.motion(frames[:1], keypoints[:1], keypoints[5:6])
    assert not torch.allclose(before.masks, blind.masks, atol=1e-3)
    assert torch.equal(before.masks, after.masks)


def test_without_both_the_masks_know_nothing_of_the_movement() -> None:
    model = load_model("faces-64")  # adds numbers of the keypoints to all its evidence
    frames = faces(3, frames=6, size=64).frames
    with torch.no_grad():
        keypoints = model.detect(frames)
        masks = {
            (hide, frame): dense_truth.blinded(
                model, frames[:1], keypoints[:1], keypoints[frame : frame + 1], hide
            ).masks
            for hide in ("heatmaps", "sources", "both")
            for frame in (0, 5)
        }
    torch.testing.assert_close(masks["both", 0], masks["both", 5], atol=1e-5, rtol=0)
    for hide in ("heatmaps", "sources"):
        assert not torch.allclose(masks[hide, 0], masks[hide, 5], atol=1e-2)


def test_comparison_names_every_way() -> None:
    clips = drawn_clips("faces", "test", 1, frames=4)
    found = dense_truth.compare_motions(load_model("faces-64"), clips, (3,))
    assert {"identity", "zero order", "hard masks", "the model", "without both"} <= set(found)
    assert all(value > 0 for value in found.values())


def test_fewer_places_cost_more_and_as_many_as_pixels_cost_what_the_warp_does() -> None:
    clips = drawn_clips("faces", "test", 2, frames=4)
    costs = dense_truth.cost_of_coarseness(clips, (16, 32, 64), (3,))
    assert 1 > costs[16] > costs[32] > costs[64] > 0
    off, still = 0.0, 0.0
    for clip in clips:
        seen = clip.occlusion(0, 3) > 0.5
        moved = geometry.warp(clip.frames[:1], clip.deformation(0, 3)[None])[0]
        off += float((moved - clip.frames[3]).abs()[:, seen].sum())
        still += float((clip.frames[0] - clip.frames[3]).abs()[:, seen].sum())
    assert abs(costs[64] - off / still) < 1e-3
