"""The box around what moves, on drawn clips where that is known."""

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.media.crop import CropBox, cut, moved_inside, moving_box, square
from fomm_lite.worlds import faces, puppets


def moving_square(left: int, right: int, top: int, bottom: int, *, height: int = 90, width: int = 160) -> torch.Tensor:
    """A white square of 10 pixels that goes from corner to corner of a rectangle, on a patterned background."""
    random = torch.Generator().manual_seed(0)
    background = 0.5 * torch.rand(3, height, width, generator=random)
    frames = background.repeat(12, 1, 1, 1)
    for index, frame in enumerate(frames):
        share = index / 11
        x, y = round(left + share * (right - 10 - left)), round(top + share * (bottom - 10 - top))
        frame[:, y : y + 10, x : x + 10] = 1
    return frames


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("scale", [1, 3])
def test_the_box_is_where_the_motion_is_known_to_be(noise, scale):
    frames = moving_square(60, 110, 20, 60).repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    frames = frames + noise * torch.randn(frames.shape, generator=torch.Generator().manual_seed(1))
    box = moving_box(frames.clamp(0, 1), increase=0)
    assert box.width == box.height
    expected = [60 * scale, (40 - 25) * scale, 50 * scale]  # squared about the middle of 50 x 40 pixels
    assert [box.x, box.y, box.width] == pytest.approx(expected, abs=3 * scale)


def test_the_margin_widens_the_box():
    frames = moving_square(60, 110, 20, 60)
    tight, wide = moving_box(frames, increase=0), moving_box(frames, increase=0.2)
    assert wide.width == pytest.approx(1.4 * tight.width, abs=2)
    assert wide.x + wide.width / 2 == pytest.approx(tight.x + tight.width / 2, abs=2)


def test_a_flicker_far_off_does_not_stretch_the_box():
    frames = moving_square(60, 110, 20, 60)
    usual = moving_box(frames)
    frames[5, :, 80:82, 3:5] = 1
    assert moving_box(frames) == usual


def test_the_box_is_moved_into_the_picture_where_it_fits():
    box = moving_box(moving_square(0, 40, 0, 80), increase=0.5)
    assert (box.x, box.y, box.width, box.height) == (0, 0, 90, 90)


@pytest.mark.parametrize(("world", "part"), [(faces, "head"), (puppets, "torso")])
def test_the_box_finds_a_drawn_figure_on_a_wide_picture(world, part):
    clip = world(5, frames=8, size=64, stride=3)
    wide = torch.zeros(8, 3, 64, 192)
    wide[:, :, :, 100:164] = clip.frames
    box = moving_box(wide, increase=0.1)
    mask = clip.part_masks[:, clip.part_names.index(part)].amax(0) > 0.5
    columns = mask.any(0).nonzero().flatten() + 100
    assert box.x <= columns.min() and columns.max() < box.x + box.width
    assert box.x >= 95 and box.width <= 64 and 0 <= box.y and box.y + box.height <= 64


def test_frames_are_streamed():
    frames = (frame for frame in moving_square(60, 110, 20, 60))
    assert moving_box(frames) == moving_box(moving_square(60, 110, 20, 60))


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_clip_in_which_nothing_moves_is_told(noise):
    still = torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(0)).repeat(6, 1, 1, 1)
    still = still + noise * torch.randn(still.shape, generator=torch.Generator().manual_seed(1))
    with pytest.raises(InputError, match="nothing moves"):
        moving_box(still)


@pytest.mark.parametrize(("count", "increase", "said"), [(1, 0.1, "1 frames"), (0, 0.1, "0 frames"), (3, -1, "margin")])
def test_bad_clips_and_margins_are_told(count, increase, said):
    with pytest.raises(InputError, match=said):
        moving_box(moving_square(60, 110, 20, 60)[:count], increase)


def test_a_cut_inside_the_picture_is_a_slice():
    frame = torch.rand(3, 20, 30)
    assert torch.equal(cut(frame, CropBox(5, 3, 10, 8)), frame[:, 3:11, 5:15])
    assert cut(frame, CropBox(5, 3, 8, 8), 16).shape == (3, 16, 16)


def test_a_cut_outside_repeats_the_border():
    frame = torch.rand(3, 4, 4)
    shown = cut(frame, CropBox(-2, 1, 6, 6))
    assert torch.equal(shown[:, :3, 2:], frame[:, 1:])
    assert torch.equal(shown[:, 0, 0], frame[:, 1, 0]) and torch.equal(shown[:, 5, 5], frame[:, 3, 3])
    with pytest.raises(InputError, match="outside"):
        cut(frame, CropBox(4, 0, 2, 2))


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "1.5,2,3,4", "0,0,0,5", "0,0,5,-1", "1,2,3,4,5"])
def test_bad_boxes_are_told(text):
    with pytest.raises(InputError, match="box"):
        CropBox.parse(text)


def test_a_box_reads_what_it_prints():
    box = square(CropBox(-3, 4, 10, 7))
    assert CropBox.parse(str(box)) == box == CropBox(-3, 3, 10, 10)
    assert moved_inside(box, 8, 30) == CropBox(-1, 3, 10, 10)
