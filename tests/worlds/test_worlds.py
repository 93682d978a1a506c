"""The drawn worlds: do pictures, masks, maps, deformations and landmarks tell one story?"""

import functools
import inspect
import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.worlds import SPLITS, WORLDS, Clip, seeds
from fomm_lite.worlds.motion import clock

worlds = pytest.mark.parametrize("world", sorted(WORLDS))
# as drawn, turned, and turned while doing the motion of another
staged = pytest.mark.parametrize(("turn", "motion"), [(0.0, None), (1.2, None), (0.6, 11)])


@functools.cache
def drawn(world: str, seed: int, turn: float = 0.0, motion: int | None = None) -> Clip:
    """A clip of 24 frames at 64 pixels, drawn once for all tests."""
    return WORLDS[world](seed, frames=24, size=64, turn=turn, motion=motion)


def sample(picture: Tensor, grid: Tensor) -> Tensor:
    """Bilinear look-up, written with torch alone so that it does not lean on the package's own warp."""
    return F.grid_sample(picture[None], grid[None], mode="bilinear", padding_mode="border", align_corners=True)[0]


@worlds
@staged
def test_true_deformation_rebuilds_the_driving_frame_where_it_is_visible(
    world: str, turn: float, motion: int | None
) -> None:
    for seed in range(2 if turn else 5):
        clip = drawn(world, seed, turn, motion)
        for source, driving in ((0, 8), (3, 20), (12, 5)):
            visible = clip.occlusion(source, driving) > 0.5
            error = (
                (sample(clip.frames[source], clip.deformation(source, driving)) - clip.frames[driving])
                .abs()
                .mean(dim=0)
            )
            copied = (clip.frames[source] - clip.frames[driving]).abs().mean(dim=0)
            assert visible.float().mean() > 0.6
            assert error[visible].mean() < (0.02 if turn < 1 else 0.025)  # a zoom by 20 % shows patterns more coarsely
            # And it is worth something: far better than showing the source unmoved.
            assert error[visible].mean() < 0.5 * copied[visible].mean()


@worlds
@staged
def test_hidden_pixels_cannot_be_rebuilt(world: str, turn: float, motion: int | None) -> None:
    shown, hidden = [], []
    for seed in range(2 if turn else 5):
        clip = drawn(world, seed, turn, motion)
        visible = clip.occlusion(0, 8) > 0.5
        error = (sample(clip.frames[0], clip.deformation(0, 8)) - clip.frames[8]).abs().mean(dim=0)
        shown.append(error[visible].mean())
        hidden.append(error[~visible].mean())
    assert torch.stack(hidden).mean() > 8 * torch.stack(shown).mean()


@worlds
@staged
def test_a_frame_maps_to_itself_unmoved_and_visible(world: str, turn: float, motion: int | None) -> None:
    clip = drawn(world, 2, turn, motion)
    line = torch.linspace(-1, 1, 64)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    torch.testing.assert_close(clip.deformation(7, 7), grid, atol=1e-5, rtol=0)
    assert (clip.occlusion(7, 7) > 0.5).float().mean() > 0.97


@worlds
@staged
def test_first_order_maps_are_the_finite_differences_of_the_true_maps(
    world: str, turn: float, motion: int | None
) -> None:
    clip = drawn(world, 1, turn, motion)
    step = 1e-4
    around = torch.tensor([[0, 0], [step, 0], [-step, 0], [0, step], [0, -step]], dtype=torch.float64)
    for part, name in enumerate(clip.part_names):
        for frame in (0, 11, 23):
            place, right, left, below, above = clip.map_part(name, frame, around)
            jacobian = torch.stack([(right - left) / (2 * step), (below - above) / (2 * step)], dim=-1)
            measured = torch.cat([jacobian, place[:, None]], dim=-1)
            torch.testing.assert_close(clip.part_affines[frame, part].double(), measured, atol=2e-5, rtol=1e-4)


@worlds
@staged
def test_true_maps_are_invertible_everywhere_in_the_picture(world: str, turn: float, motion: int | None) -> None:
    clip = drawn(world, 4, turn, motion)
    line = torch.linspace(-1, 1, 9, dtype=torch.float64)
    places = torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)
    for name in clip.part_names:
        for frame in (0, 5, 18):
            back = clip.map_part(name, frame, clip.pull_part(name, frame, places))
            torch.testing.assert_close(back, places, atol=1e-5, rtol=0)


@worlds
@staged
def test_masks_share_every_pixel_and_pictures_stay_in_range(world: str, turn: float, motion: int | None) -> None:
    for seed in range(2 if turn else 6):
        clip = drawn(world, seed, turn, motion)
        assert clip.part_masks.shape == (24, len(clip.part_names), 64, 64)
        assert clip.part_masks.min() >= 0
        torch.testing.assert_close(clip.part_masks.sum(dim=1), torch.ones(24, 64, 64), atol=1e-5, rtol=0)
        assert clip.frames.dtype == torch.float32
        assert clip.frames.min() >= 0
        assert clip.frames.max() <= 1


@pytest.mark.parametrize(
    ("world", "mark", "part"),
    [("faces", "nose", "nose"), ("puppets", "torso", "torso"), ("puppets", "head", "head")],
)
@staged
def test_landmarks_lie_on_what_they_name(world: str, mark: str, part: str, turn: float, motion: int | None) -> None:
    hits = []
    for seed in range(5):
        clip = drawn(world, seed, turn, motion)
        places = clip.landmarks[:, clip.landmark_names.index(mark)]
        mask = clip.part_masks[:, clip.part_names.index(part), None]
        hits.append(F.grid_sample(mask, places[:, None, None], align_corners=True).flatten())
    # Glasses, hands and forearms may pass in front, now and then.
    assert (torch.cat(hits) > 0.5).float().mean() > 0.75


@worlds
@staged
def test_landmarks_follow_the_true_deformation_of_their_part(world: str, turn: float, motion: int | None) -> None:
    clip = drawn(world, 3, turn, motion)
    mark, part = {"faces": ("left eye", "left eye"), "puppets": ("head", "head")}[world]
    track = clip.landmarks[:, clip.landmark_names.index(mark)]
    moved = clip.map_part(part, 9, clip.pull_part(part, 0, track[0]))
    torch.testing.assert_close(moved, track[9], atol=1e-5, rtol=0)
    assert (track.amax(dim=0) - track.amin(dim=0)).max() > 0.08


@worlds
def test_truth_does_not_depend_on_what_was_asked_before_nor_on_what_became_of_it(world: str) -> None:
    clip, fresh = (WORLDS[world](5, frames=6, size=32, stride=4) for _ in range(2))
    expected = fresh.occlusion(0, 5), fresh.deformation(0, 5)  # in this order: nothing is known yet
    clip.deformation(0, 5).zero_()
    clip.occlusion(0, 5).zero_()
    assert torch.equal(clip.occlusion(0, 5), expected[0])
    assert not torch.equal(clip.deformation(5, 0), expected[1])
    assert torch.equal(clip.deformation(0, 5), expected[1])
    assert torch.equal(clip.occlusion(0, 5), expected[0])


@worlds
def test_a_seed_is_a_clip(world: str) -> None:
    draw = WORLDS[world]
    assert torch.equal(draw(5, frames=3, size=32).frames, draw(5, frames=3, size=32).frames)
    for other in (6, 7, 8):
        assert (draw(5, frames=1, size=32).frames - draw(other, frames=1, size=32).frames).abs().mean() > 0.03


@worlds
def test_a_figure_at_rest_on_its_stage_is_drawn_as_ever(world: str) -> None:
    plain, same = (WORLDS[world](5, frames=3, size=32, **extra) for extra in ({}, {"turn": 0.0, "motion": 5}))
    assert torch.equal(plain.frames, same.frames)
    assert torch.equal(plain.landmarks, same.landmarks)
    turned = (WORLDS[world](5, frames=3, size=32, turn=0.7, motion=motion) for motion in (None, 5))
    assert torch.equal(*(clip.frames for clip in turned))


@worlds
def test_the_figure_turns_about_the_middle_and_the_background_stays(world: str) -> None:
    plain, turned = drawn(world, 5), drawn(world, 5, 1.2)
    # one similarity a frame takes all landmarks there, and it leaves the middle where it is
    before, after = plain.landmarks, turned.landmarks
    ratio = torch.view_as_complex(after) / torch.view_as_complex(before)
    for mark in range(1, before.shape[1]):
        torch.testing.assert_close(ratio[:, mark], ratio[:, 0], atol=1e-3, rtol=0)
    assert 0.4 < ratio[:, 0].angle().abs().max() <= 1.2 + 1e-4
    assert 0.05 < (ratio[:, 0].abs() - 1).abs().max() <= 0.2 + 1e-4
    behind = turned.part_masks[:, 0] * plain.part_masks[:, 0] > 0.99
    torch.testing.assert_close(
        turned.frames.movedim(1, 0)[:, behind], plain.frames.movedim(1, 0)[:, behind], atol=1e-2, rtol=0
    )


def test_another_seeds_motion_moves_the_same_face() -> None:
    me, other, mixed = drawn("faces", 5), drawn("faces", 8), drawn("faces", 5, 0.0, 8)
    assert mixed.part_names == me.part_names
    assert [part.paint for part in mixed.parts] == [part.paint for part in me.parts]
    assert [part.shape for part in mixed.parts] == [part.shape for part in me.parts]

    def opening(clip: Clip, above: str, below: str) -> Tensor:
        top, bottom = (clip.landmarks[:, clip.landmark_names.index(name)] for name in (above, below))
        return (top - bottom).norm(dim=-1)

    for lips in (("upper lip", "lower lip"), ("left upper lid", "left lower lid")):
        theirs, mine, made = (opening(clip, *lips) for clip in (other, me, mixed))
        assert torch.corrcoef(torch.stack([made, theirs]))[0, 1] > 0.97
        assert torch.corrcoef(torch.stack([made, mine]))[0, 1] < 0.9


def test_another_seeds_motion_moves_the_same_puppet() -> None:
    me, other, mixed = drawn("puppets", 5), drawn("puppets", 8), drawn("puppets", 5, 0.0, 8)
    assert mixed.part_names == me.part_names
    assert [part.shape for part in mixed.parts] == [part.shape for part in me.parts]

    def limb(clip: Clip, name: str) -> tuple[Tensor, Tensor]:
        marks = (clip.landmarks[:, clip.landmark_names.index(f"left {end}")] for end in ("elbow", name))
        along = torch.view_as_complex(torch.sub(*marks).contiguous())
        return along.angle(), along.abs()

    # an arm hangs from a spine of the figure's own length, whose end leans a little differently
    torch.testing.assert_close(limb(mixed, "hand")[0], limb(other, "hand")[0], atol=0.03, rtol=0)
    torch.testing.assert_close(limb(mixed, "hand")[1], limb(me, "hand")[1], atol=1e-3, rtol=0)


def test_lids_meet_when_the_eye_is_closed() -> None:
    clip = drawn("faces", 5)
    upper, lower, middle = (
        clip.landmarks[:, clip.landmark_names.index(f"right {name}")] for name in ("upper lid", "lower lid", "eye")
    )
    opening = (upper - lower).norm(dim=-1)
    assert opening.max() > 4 * opening.min()
    assert opening.min() < 0.4 * (lower - middle).norm(dim=-1).min()
    assert clip.landmark_names[:2] == ("left eye", "right eye")  # older ones keep their places
    assert len(clip.landmark_names) == 20


@worlds
def test_stride_skips_frames_and_length_changes_nothing(world: str) -> None:
    long, short = drawn(world, 6), WORLDS[world](6, frames=8, size=64, stride=3)
    torch.testing.assert_close(short.frames, long.frames[::3], atol=1e-4, rtol=0)
    torch.testing.assert_close(short.landmarks, long.landmarks[::3], atol=1e-5, rtol=0)
    torch.testing.assert_close(short.part_affines, long.part_affines[::3], atol=1e-5, rtol=1e-5)
    assert short.part_names == long.part_names


@worlds
def test_the_same_scene_is_drawn_at_every_size(world: str) -> None:
    small, large = (WORLDS[world](9, frames=2, size=size) for size in (33, 129))
    torch.testing.assert_close(small.landmarks, large.landmarks)
    # Pixel centres coincide at every fourth pixel; averaging around them stands for the wider pixel.
    shrunk = F.avg_pool2d(large.frames, kernel_size=5, stride=4, padding=2, count_include_pad=False)
    moved = small.frames.roll(1, dims=-1)
    difference, shifted = ((shrunk - frames).abs().mean() for frames in (small.frames, moved))
    assert difference < 0.5 * shifted


@worlds
def test_one_frame_and_the_smallest_picture_work(world: str) -> None:
    clip = WORLDS[world](0, frames=1, size=16)
    assert clip.frames.shape == (1, 3, 16, 16)
    assert clip.deformation(0, 0).shape == (16, 16, 2)
    assert clip.occlusion(0, 0).shape == (16, 16)
    assert clip.landmarks.shape == (1, len(clip.landmark_names), 2)


def test_splits_never_meet() -> None:
    taken = [set(seeds(split, 500)) for split in SPLITS]
    assert all(len(one) == 500 for one in taken)
    assert len(set.union(*taken)) == 1500
    assert list(seeds("train", 4, start=2)) == list(seeds("train", 6))[2:]


@worlds
@pytest.mark.parametrize(
    "wrong",
    [{"size": 15}, {"frames": 0}, {"seed": -1}, {"stride": 0}, {"motion": -1}]
    + [{"turn": turn} for turn in (-0.1, 3.2, math.nan, math.inf)],
)
def test_bad_requests_are_told(world: str, wrong: dict[str, float]) -> None:
    name = next(iter(wrong))
    with pytest.raises(InputError, match=name):
        WORLDS[world](**({"seed": 0, "frames": 2, "size": 16} | wrong))


@pytest.mark.parametrize(("seed", "motion", "said"), [(0.5, None, "whole seed"), (0, 1.5, "whole motion")])
def test_half_a_seed_is_told(seed: float, motion: float | None, said: str) -> None:
    # of the function behind both worlds: theirs are held to whole numbers by the tests' type checks
    with pytest.raises(InputError, match=said):
        inspect.unwrap(clock)(seed, 2, 16, 1, motion=motion)


def test_bad_splits_parts_and_frames_are_told() -> None:
    with pytest.raises(InputError, match="holdout"):
        seeds("holdout", 3)
    with pytest.raises(InputError, match="-3"):
        seeds("train", -3)
    clip = WORLDS["faces"](0, frames=2, size=16)
    with pytest.raises(InputError, match="frame 2"):
        clip.deformation(0, 2)
    with pytest.raises(InputError, match="tail"):
        clip.map_part("tail", 0, torch.zeros(1, 2))
