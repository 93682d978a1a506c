import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.transfer import Smoother, hull_area, movement_scale, pose_distance, transfer
from fomm_lite.types import Keypoints

SQUARE = torch.tensor([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])


def keypoints(batch: int, count: int = 5, seed: int = 0) -> Keypoints:
    dice = torch.Generator().manual_seed(seed)
    turns = torch.eye(2) + 0.3 * torch.randn(batch, count, 2, 2, generator=dice)
    return Keypoints(torch.rand(batch, count, 2, generator=dice) * 1.6 - 0.8, turns)


def close(a: Keypoints, b: Keypoints) -> bool:
    return torch.allclose(a.positions, b.positions, atol=1e-5) and torch.allclose(a.jacobians, b.jacobians, atol=1e-4)


def test_relative_transfer_is_the_loop_over_equations_14_and_15():
    source, driving, initial = keypoints(1, seed=1), keypoints(4, seed=2), keypoints(1, seed=3)
    moved = transfer(source, driving, initial)
    for frame in range(4):
        for k in range(5):
            shift = driving.positions[frame, k] - initial.positions[0, k]
            turn = driving.jacobians[frame, k] @ torch.linalg.inv(initial.jacobians[0, k])
            torch.testing.assert_close(moved.positions[frame, k], source.positions[0, k] + shift)
            torch.testing.assert_close(moved.jacobians[frame, k], turn @ source.jacobians[0, k], atol=1e-4, rtol=1e-4)


def test_a_driver_that_stands_still_leaves_the_source_where_it_is():
    source, initial = keypoints(1, seed=1), keypoints(1, seed=2)
    assert close(transfer(source, initial, initial), source)
    assert close(transfer(source, initial, initial, adapt_scale=True), source)


def test_a_source_that_is_the_initial_frame_follows_the_driver_exactly():
    initial, driving = keypoints(1, seed=1), keypoints(3, seed=2)
    assert close(transfer(initial, driving, initial), driving)
    assert close(transfer(initial, driving, initial, adapt_scale=True), driving)


def test_absolute_transfer_ignores_source_and_initial_frame():
    driving = keypoints(3, seed=2)
    assert transfer(keypoints(1, seed=1), driving, keypoints(1, seed=3), relative=False) is driving


def test_jacobians_can_stay_absolute_in_relative_transfer():
    source, driving, initial = keypoints(1, seed=1), keypoints(4, seed=2), keypoints(1, seed=3)
    both, positions_only = (
        transfer(source, driving, initial),
        transfer(source, driving, initial, relative_jacobian=False),
    )
    assert torch.equal(positions_only.positions, both.positions)
    assert torch.equal(positions_only.jacobians, driving.jacobians)


def test_scale_adaption_multiplies_the_movement_by_the_ratio_of_sizes():
    initial = keypoints(1, seed=3)
    source = Keypoints(0.5 * initial.positions + 0.2, initial.jacobians)
    driving = Keypoints(initial.positions + torch.tensor([0.3, -0.1]), initial.jacobians)
    moved = transfer(source, driving, initial, adapt_scale=True)
    torch.testing.assert_close(moved.positions, source.positions + 0.5 * torch.tensor([0.3, -0.1]))


@pytest.mark.parametrize(
    "flat", [torch.zeros(1, 4, 2), torch.tensor([[[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]])]
)
def test_keypoints_without_area_have_no_scale(flat):
    eyes = torch.eye(2).expand(1, 4, 2, 2)
    flat, square = Keypoints(flat, eyes), Keypoints(SQUARE[None], eyes)
    assert movement_scale(flat, square) == 1 == movement_scale(square, flat)


@pytest.mark.parametrize(
    ("points", "area"),
    [
        (SQUARE, 4.0),
        (SQUARE[:3], 2.0),
        (SQUARE[:2], 0.0),
        (SQUARE[:1], 0.0),
        (torch.cat([SQUARE, SQUARE, torch.ones(3, 2)]), 4.0),  # repeated corners and points inside
        (torch.stack([torch.linspace(0, 1, 7)] * 2, dim=1), 0.0),
    ],
)
def test_hull_area_of_known_figures(points, area):
    assert hull_area(points) == pytest.approx(area)


@given(count=st.integers(3, 40), seed=st.integers(0, 99), first=st.floats(0.1, 3), second=st.floats(0.1, 3))
def test_hull_area_of_an_ellipse_with_anything_inside(count, seed, first, second):
    dice = torch.Generator().manual_seed(seed)
    angle = torch.arange(count) * 2 * math.pi / count
    ring = torch.stack([first * angle.cos(), second * angle.sin()], dim=1)
    inside = ring.mean(0) + 0.99 * math.cos(math.pi / count) * torch.rand(20, 1, generator=dice) * ring[:1]
    points = torch.cat([ring, inside])[torch.randperm(count + 20, generator=dice)]
    polygon = 0.5 * count * math.sin(2 * math.pi / count) * first * second
    assert hull_area(points) == pytest.approx(polygon, rel=1e-4)


@given(seed=st.integers(0, 999), scale=st.floats(0.2, 5), x=st.floats(-2, 2), y=st.floats(-2, 2))
def test_pose_distance_does_not_see_place_and_size(seed, scale, x, y):
    a = keypoints(1, seed=seed)
    b = Keypoints(scale * a.positions + torch.tensor([x, y]), a.jacobians)
    assert float(pose_distance(a, b)) < 1e-3


def test_pose_distance_sees_another_arrangement_and_is_one_number_an_item():
    a, others = keypoints(1, seed=1), keypoints(3, seed=2)
    distances = pose_distance(a, Keypoints.cat([a, others]))
    assert distances.shape == (4,)
    assert distances[0] < 1e-6
    assert (distances[1:] > 0.1).all()
    turned = Keypoints(a.positions @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), a.jacobians)
    assert float(pose_distance(a, turned)) > 0.1


@pytest.mark.parametrize("frames", [2.0, 3.0, 5.0])
def test_smoothing_stills_what_rests(frames):
    dice = torch.Generator().manual_seed(0)
    still = keypoints(1)
    noise = 0.004 * torch.randn(400, 5, 2, generator=dice)
    shaken = Keypoints(still.positions + noise, still.jacobians.expand(400, -1, -1, -1))
    calm = Smoother(frames)(shaken)
    # an average over n frames trembles by the root of n less; noise that looks like motion costs a little of that
    assert (calm.positions - still.positions)[50:].std() < 1.25 * noise[50:].std() / (1 + 2 * frames) ** 0.5


@pytest.mark.parametrize("speed", [0.0025, 0.01, 0.04])
def test_smoothing_lags_as_it_says(speed):
    even = torch.arange(300).view(-1, 1, 1) * torch.tensor([speed, 0.0]) - 0.5
    moving = Keypoints(even.expand(-1, 2, -1), torch.eye(2).expand(300, 2, 2, 2))
    behind = (moving.positions - Smoother(3.0)(moving).positions)[-1, 0, 0] / speed
    assert float(behind) == pytest.approx(3.0 / (1 + speed / 0.01), rel=0.02)


def test_smoothing_does_not_depend_on_how_frames_come_and_may_do_nothing():
    clip = keypoints(9)
    whole = Smoother(3.0)(clip)
    smoother = Smoother(3.0)
    assert close(Keypoints.cat([smoother(clip[i : i + 2]) for i in range(0, 9, 2)]), whole)
    assert close(whole[:1], clip[:1]) and not close(whole, clip)
    assert Smoother(0.0)(clip) is clip


def test_pose_distance_is_the_sum_of_squares_of_what_is_centred_and_of_unit_area():
    a, b = keypoints(1, seed=1), keypoints(3, seed=2)
    for item, distance in enumerate(pose_distance(a, b).tolist()):
        arranged = []
        for points in (a.positions[0], b.positions[item]):
            size = hull_area(points) ** 0.5
            arranged.append([[(p[axis] - points[:, axis].mean()) / size for axis in range(2)] for p in points])
        squares = [(x - y) ** 2 for p, q in zip(*arranged, strict=True) for x, y in zip(p, q, strict=True)]
        assert distance == pytest.approx(float(sum(squares)), rel=1e-4)


def test_smoothing_averages_jacobians_as_it_does_positions():
    """From one rest to another: what is smoothed goes the same share of the way, frame by frame, in both."""
    first, second = keypoints(1, seed=1), keypoints(1, seed=2)
    smoother = Smoother(3.0)
    smoother(first)
    for _ in range(40):
        calm = smoother(second)
        way = (calm.positions - first.positions) / (second.positions - first.positions)
        turn = (calm.jacobians - first.jacobians) / (second.jacobians - first.jacobians)
        assert torch.allclose(turn, way.mean(-1)[..., None, None].expand_as(turn), atol=2e-3)
        assert torch.allclose(way[..., 0], way[..., 1], atol=2e-3)
    assert 0.99 < way.min() <= way.max() < 1.001


def test_smoothing_averages_velocities_over_as_many_frames():
    """The second frame, by hand: a quarter of the step is taken for its speed, which then decides how far to follow."""
    first = Keypoints(torch.zeros(1, 1, 2), torch.eye(2).expand(1, 1, 2, 2))
    step = torch.tensor([0.12, -0.16])  # 0.2 long
    smoother = Smoother(3.0)
    smoother(first)
    speed = 0.2 / 4
    share = 1 / (1 + 3 / (1 + speed / 0.01))
    found = smoother(Keypoints(step.expand(1, 1, 2), first.jacobians)).positions
    torch.testing.assert_close(found[0, 0], share * step)


@pytest.mark.parametrize("flat", [[[0.0, 0.0], [0.0, 0.0]], [[1.0, 2.0], [2.0, 4.0]]])
def test_a_driver_that_begins_without_a_jacobian_turns_nothing(flat: list[list[float]]):
    source, driving, initial = keypoints(1, seed=1), keypoints(4, seed=2), keypoints(1, seed=3)
    initial.jacobians[0, 2] = torch.tensor(flat)
    moved = transfer(source, driving, initial)
    assert moved.jacobians.isfinite().all()
    torch.testing.assert_close(moved.jacobians[:, 2], source.jacobians[:, 2].expand(4, 2, 2))
    usual = transfer(source, driving, keypoints(1, seed=3))
    assert torch.equal(moved.jacobians[:, [0, 1, 3, 4]], usual.jacobians[:, [0, 1, 3, 4]])
