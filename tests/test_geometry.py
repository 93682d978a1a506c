"""Every function of geometry against a plain loop, autograd or finite differences."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fomm_lite import geometry as geo


def random_keypoints(batch: int = 2, count: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    positions = torch.rand(batch, count, 2, generator=random, dtype=torch.float64) * 1.6 - 0.8
    jacobians = torch.eye(2, dtype=torch.float64) + 0.3 * torch.randn(
        batch, count, 2, 2, generator=random, dtype=torch.float64
    )
    return positions, jacobians


def test_grid_has_minus_one_and_one_at_corner_centres() -> None:
    grid = geo.coordinate_grid(4, 7)
    assert grid[0, 0].tolist() == [-1, -1]
    assert grid[-1, -1].tolist() == [1, 1]
    assert grid[0, -1].tolist() == [1, -1]  # x runs along columns


@given(st.integers(2, 12), st.integers(2, 12))
@settings(max_examples=20, deadline=None)
def test_identity_grid_gives_the_image_back(height: int, width: int) -> None:
    image = torch.rand(1, 2, height, width, dtype=torch.float64)
    grid = geo.coordinate_grid(height, width, dtype=torch.float64)[None]
    torch.testing.assert_close(geo.warp(image, grid), image)


def test_unaligned_sampling_is_not_the_identity_but_a_magnification() -> None:
    ramp = geo.coordinate_grid(9, 9, dtype=torch.float64)[..., 0][None, None]
    seen = geo.warp(ramp, geo.coordinate_grid(9, 9, dtype=torch.float64)[None], align_corners=False)
    torch.testing.assert_close(seen[..., 1:-1], ramp[..., 1:-1] * 9 / 8)


def test_warp_looks_where_the_grid_says() -> None:
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, 1, 3] = 1  # row 1, column 3: x = 0.5, y = -0.5
    assert geo.warp(image, torch.tensor([0.5, -0.5]).view(1, 1, 1, 2)).item() == 1
    assert geo.warp(image, torch.tensor([-0.5, 0.5]).view(1, 1, 1, 2)).item() == 0


@pytest.mark.parametrize(("mode", "seen"), [("zeros", 0.0), ("border", 1.0), ("reflection", 2.0)])
def test_padding_modes_differ_outside(mode: geo.PaddingMode, seen: float) -> None:
    image = torch.tensor([3.0, 2.0, 1.0]).view(1, 1, 1, 3).expand(1, 1, 3, 3)
    assert geo.warp(image, torch.tensor([2.0, 0.0]).view(1, 1, 1, 2), padding_mode=mode).item() == pytest.approx(seen)


def test_outside_is_seen_the_border_unless_told_otherwise() -> None:
    image = torch.rand(1, 2, 4, 4)
    places = torch.tensor([[-3.0, -1.0], [3.0, 3.0], [0.2, 5.0]]).view(1, 1, 3, 2)
    seen = geo.warp(image, places)[0, :, 0]
    torch.testing.assert_close(seen[:, 0], image[0, :, 0, 0])
    torch.testing.assert_close(seen[:, 1], image[0, :, 3, 3])
    torch.testing.assert_close(seen[:, 2], geo.warp(image, torch.tensor([0.2, 1.0]).view(1, 1, 1, 2))[0, :, 0, 0])


def between(row: list[float], place: float) -> float:
    """A value between the entries of a row, counted from the first; held at both ends."""
    place = min(max(place, 0.0), len(row) - 1.0)
    left = min(int(place), len(row) - 2)
    return row[left] * (1 - (place - left)) + row[left + 1] * (place - left)


@pytest.mark.parametrize("align_corners", [True, False])
def test_a_map_is_resized_by_what_lies_between_its_pixels(align_corners: bool) -> None:
    """Corners on corners; or, as official weights need it, borders on borders."""
    image = torch.rand(2, 3, 4, 5, dtype=torch.float64)
    got = geo.resize(image, (6, 3), align_corners=align_corners)
    for i in range(6):
        for j in range(3):
            down, across = (
                (i * 3 / 5, j * 4 / 2) if align_corners else ((i + 0.5) * 4 / 6 - 0.5, (j + 0.5) * 5 / 3 - 0.5)
            )
            for b in range(2):
                for c in range(3):
                    rows = [between(row, across) for row in image[b, c].tolist()]
                    assert got[b, c, i, j].item() == pytest.approx(between(rows, down))


def test_maps_and_grids_are_resized_corners_on_corners_unless_told_otherwise() -> None:
    image, grid = torch.rand(1, 3, 4, 5), torch.rand(1, 4, 5, 2)
    assert torch.equal(geo.resize(image, (7, 7)), geo.resize(image, (7, 7), align_corners=True))
    for align_corners in (True, False):
        got = geo.resize_grid(grid, (7, 6), align_corners=align_corners)
        for axis in range(2):
            expected = geo.resize(grid[None, ..., axis], (7, 6), align_corners=align_corners)
            torch.testing.assert_close(got[..., axis], expected[0])
    assert torch.equal(geo.resize_grid(grid, (7, 6)), geo.resize_grid(grid, (7, 6), align_corners=True))


def test_what_has_the_size_already_is_handed_back_uncopied() -> None:
    image, grid = torch.rand(1, 3, 4, 5), torch.rand(1, 4, 5, 2)
    assert geo.resize(image, (4, 5)) is image
    assert geo.resize_grid(grid, (4, 5)) is grid


def test_everything_is_computed_where_its_inputs_are_and_in_their_type() -> None:
    """On the device that has shapes and no numbers: whatever came from elsewhere would not go together with it."""
    assert geo.coordinate_grid(3, 4, device="meta").device.type == "meta"
    assert geo.coordinate_grid(3, 4).dtype == torch.float32
    for kind in ({"device": "meta"}, {"dtype": torch.float64}):
        maps, points = torch.rand(1, 2, 3, 4, **kind), torch.rand(1, 2, 2, **kind)
        for made in (geo.soft_argmax(maps), geo.gaussian_heatmaps(points, 3, 4, 0.1)):
            assert (made.device, made.dtype) == (maps.device, maps.dtype)


def test_soft_argmax_finds_a_single_peak_and_averages_two() -> None:
    maps = torch.zeros(1, 2, 5, 9)
    maps[0, 0, 1, 6] = 1
    maps[0, 1, 2, 0] = maps[0, 1, 2, 8] = 0.5
    torch.testing.assert_close(geo.soft_argmax(maps), torch.tensor([[[0.5, -0.5], [0.0, 0.0]]]))


def test_gaussians_equal_their_formula_pixel_by_pixel() -> None:
    positions, _ = random_keypoints()
    maps = geo.gaussian_heatmaps(positions, 6, 5, variance=0.02)
    grid = geo.coordinate_grid(6, 5, dtype=torch.float64)
    for b in range(2):
        for k in range(3):
            for row in range(6):
                for column in range(5):
                    squared = ((grid[row, column] - positions[b, k]) ** 2).sum()
                    assert maps[b, k, row, column].item() == pytest.approx(math.exp(-0.5 * squared / 0.02), abs=1e-12)


def test_heatmap_difference_is_driving_minus_source_with_empty_background() -> None:
    source, driving = torch.tensor([[[-0.5, 0.0]]]), torch.tensor([[[0.5, 0.0]]])
    maps = geo.heatmap_differences(source, driving, 9, 9, variance=0.01)
    assert maps.shape == (1, 2, 9, 9)
    assert maps[0, 0].abs().max() == 0
    assert maps[0, 1, 4, 6] == pytest.approx(1, abs=1e-6)  # where the keypoint went
    assert maps[0, 1, 4, 2] == pytest.approx(-1, abs=1e-6)  # where it came from


def test_inverse_of_2x2() -> None:
    _, jacobians = random_keypoints()
    torch.testing.assert_close(geo.invert_2x2(jacobians), torch.linalg.inv(jacobians))


@pytest.mark.parametrize("size", [1.0, 1e-12, 1e12])
def test_singular_matrices_have_an_inverse_of_zeros_and_no_slope(size: float) -> None:
    nothing = torch.zeros(2, 2)
    flat = size * torch.tensor([[1.0, 3.0], [1.0 / 3, 1.0]])  # its determinant is but rounding
    fine = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    matrices = torch.stack([nothing, flat, fine]).requires_grad_()
    inverses = geo.invert_2x2(matrices)
    assert not inverses[:2].any()
    torch.testing.assert_close(inverses[2], torch.linalg.inv(fine))
    inverses.square().sum().backward()
    assert matrices.grad is not None
    assert matrices.grad.isfinite().all()
    assert not matrices.grad[:2].any()
    assert geo.is_singular_2x2(matrices).tolist() == [True, True, False]
    assert not geo.is_singular_2x2(size * torch.eye(2))


def test_around_a_singular_driving_jacobian_motion_is_of_zero_order() -> None:
    (s, a), (d, b) = random_keypoints(seed=1), random_keypoints(seed=2)
    b[0, 1] = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    grid = geo.coordinate_grid(4, 5, dtype=torch.float64)
    got = geo.keypoint_motions(s, a, d, b, grid)
    torch.testing.assert_close(got[0, 1], s[0, 1] + grid - d[0, 1])
    assert got.isfinite().all()


def test_keypoint_motions_equal_equation_4_in_a_loop() -> None:
    (s, a), (d, b) = random_keypoints(seed=1), random_keypoints(seed=2)
    grid = geo.coordinate_grid(4, 5, dtype=torch.float64)
    got = geo.keypoint_motions(s, a, d, b, grid)
    for i in range(2):
        for k in range(3):
            jacobian = a[i, k] @ torch.linalg.inv(b[i, k])
            for row in range(4):
                for column in range(5):
                    torch.testing.assert_close(
                        got[i, k, row, column], s[i, k] + jacobian @ (grid[row, column] - d[i, k])
                    )


def test_jacobian_of_the_motion_is_equation_5_by_autograd() -> None:
    (s, a), (d, b) = random_keypoints(1, 1, seed=3), random_keypoints(1, 1, seed=4)
    jacobian = torch.autograd.functional.jacobian(
        lambda z: geo.keypoint_motions(s, a, d, b, z.view(1, 1, 2)).view(2), torch.zeros(2, dtype=torch.float64)
    )
    torch.testing.assert_close(jacobian, a[0, 0] @ torch.linalg.inv(b[0, 0]))


def test_reference_frame_cancels() -> None:
    """Any invertible change of reference frame multiplies both jacobians from the right and changes nothing (Eq. 3)."""
    (s, a), (d, b) = random_keypoints(seed=5), random_keypoints(seed=6)
    change = torch.tensor([[0.7, -0.4], [0.9, 1.3]], dtype=torch.float64)
    grid = geo.coordinate_grid(3, 3, dtype=torch.float64)
    torch.testing.assert_close(
        geo.keypoint_motions(s, a @ change, d, b @ change, grid), geo.keypoint_motions(s, a, d, b, grid)
    )


def test_first_order_error_shrinks_with_the_square_of_the_distance() -> None:
    """Against a true curved map, error at distance h falls as h^2; a zero-order motion only as h (Eqs. 1-4)."""

    def true_map(z: Tensor) -> Tensor:
        return torch.stack([z[..., 0] + 0.3 * z[..., 1] ** 2, 0.8 * z[..., 1] + 0.2 * z[..., 0] ** 2], dim=-1)

    d = torch.tensor([0.3, -0.2], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(true_map, d)
    eye = torch.eye(2, dtype=torch.float64)
    steps = torch.tensor([0.02, 0.01, 0.005, 0.0025], dtype=torch.float64)
    places = (d + steps[:, None] * torch.tensor([0.6, 0.8], dtype=torch.float64))[None]  # (1 4 2) as a grid
    slopes = []
    for a in (eye, jacobian):
        motion = geo.keypoint_motions(
            true_map(d).view(1, 1, 2), a[None, None], d.view(1, 1, 2), eye[None, None], places
        )
        error = (motion[0, 0] - true_map(places)).norm(dim=-1)[0]
        slopes.append(((error[0] / error[-1]).log() / (steps[0] / steps[-1]).log()).item())
    assert slopes[0] == pytest.approx(1, abs=0.1)
    assert slopes[1] == pytest.approx(2, abs=0.05)


def test_background_motion_is_the_identity() -> None:
    grid = geo.coordinate_grid(3, 4)
    motions = geo.sparse_motions(torch.zeros(2, 5, 3, 4, 2), grid)
    assert motions.shape == (2, 6, 3, 4, 2)
    torch.testing.assert_close(motions[1, 0], grid)


def test_deformed_sources_equal_one_warp_each() -> None:
    source = torch.rand(2, 3, 6, 6)
    motions = torch.rand(2, 4, 6, 6, 2) * 2 - 1
    got = geo.deform_sources(source, motions)
    for n in range(4):
        torch.testing.assert_close(got[:, n], geo.warp(source, motions[:, n]))


@pytest.mark.parametrize(("align_corners", "padding_mode"), [(False, "border"), (True, "zeros"), (False, "reflection")])
def test_deformed_sources_are_warped_as_they_are_told(align_corners: bool, padding_mode: geo.PaddingMode) -> None:
    source, motions = torch.rand(2, 3, 6, 5), torch.rand(2, 4, 6, 5, 2) * 4 - 2
    got = geo.deform_sources(source, motions, align_corners=align_corners, padding_mode=padding_mode)
    for n in range(4):
        one = geo.warp(source, motions[:, n], align_corners=align_corners, padding_mode=padding_mode)
        torch.testing.assert_close(got[:, n], one)


def test_combined_motion_is_the_mask_weighted_mean() -> None:
    masks = torch.rand(2, 4, 3, 3).softmax(1)
    motions = torch.randn(2, 4, 3, 3, 2)
    expected = sum(masks[:, n, ..., None] * motions[:, n] for n in range(4))
    torch.testing.assert_close(geo.combine_motions(masks, motions), expected)


def test_resized_identity_grid_is_the_identity() -> None:
    small, large = geo.coordinate_grid(5, 5)[None], geo.coordinate_grid(20, 20)[None]
    torch.testing.assert_close(geo.resize_grid(small, (20, 20)), large, atol=1e-6, rtol=0)


def test_gradients_by_finite_differences() -> None:
    (s, a), (d, b) = random_keypoints(1, 2, seed=7), random_keypoints(1, 2, seed=8)
    grid = geo.coordinate_grid(3, 3, dtype=torch.float64)
    inputs = [x.requires_grad_() for x in (s, a, d, b)]
    assert torch.autograd.gradcheck(lambda *x: geo.keypoint_motions(*x, grid), inputs)
    assert torch.autograd.gradcheck(lambda x, y: geo.heatmap_differences(x, y, 4, 4, 0.05), (s, d))
