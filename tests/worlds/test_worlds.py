"""The drawn worlds: do pictures, masks, maps, deformations and landmarks tell one story?"""

import functools

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.worlds import SPLITS, WORLDS, Clip, seeds

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
    for seed in range(5):
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
            assert error[visible].mean() < 0.02
            # And it is worth something: far better than showing the source unmoved.
            assert error[visible].mean() < 0.5 * copied[visible].mean()


@worlds
@staged
def test_hidden_pixels_cannot_be_rebuilt(world: str, turn: float, motion: int | None) -> None:
    shown, hidden = [], []
    for seed in range(5):
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
    for seed in range(6):
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
def test_a_seed_is_a_clip(world: str) -> None:
    draw = WORLDS[world]
    assert torch.equal(draw(5, frames=3, size=32).frames, draw(5, frames=3, size=32).frames)
    for other in (6, 7, 8):
        assert (draw(5, frames=1, size=32).frames - draw(other, frames=1, size=32).frames).abs().mean() > 0.03


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
@pytest.mark.parametrize("wrong", [{"size": 15}, {"frames": 0}, {"seed": -1}, {"stride": 0}])
def test_bad_requests_are_told(world: str, wrong: dict[str, int]) -> None:
    name = next(iter(wrong))
    with pytest.raises(InputError, match=name):
        WORLDS[world](**({"seed": 0, "frames": 2, "size": 16} | wrong))


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
