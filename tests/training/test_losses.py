"""Loss terms against hand-made cases."""

import math

import numpy as np
import pytest
import torch

from fomm_lite.training import losses


def test_pyramid_halves_by_means() -> None:
    image = torch.arange(16.0).view(1, 1, 4, 4)
    levels = losses.image_pyramid(image, 3)
    assert [tuple(level.shape[2:]) for level in levels] == [(4, 4), (2, 2), (1, 1)]
    assert levels[1][0, 0].tolist() == [[2.5, 4.5], [10.5, 12.5]]
    assert levels[2].item() == 7.5


def test_pyramid_l1_sees_a_constant_offset_at_every_level() -> None:
    image = torch.rand(2, 3, 8, 8)
    assert losses.pyramid_l1(image + 0.25, image).item() == pytest.approx(0.25, abs=1e-6)
    assert losses.pyramid_l1(image, image).item() == 0


def test_gradient_term_ignores_brightness_and_sees_edges() -> None:
    image = torch.rand(1, 3, 8, 8)
    assert losses.pyramid_gradient_l1(image + 0.5, image).item() == pytest.approx(0, abs=1e-6)
    ramp = torch.linspace(0, 1, 8).expand(1, 3, 8, 8)
    assert losses.pyramid_gradient_l1(ramp, torch.zeros_like(ramp), 1).item() == pytest.approx(1 / 14)  # x slope, no y


def shrink_plainly(image: np.ndarray) -> np.ndarray:
    """Half the size: each pixel the mean of four."""
    height, width = image.shape[-2] // 2, image.shape[-1] // 2
    small = np.zeros((*image.shape[:-2], height, width))
    for i in range(height):
        for j in range(width):
            small[..., i, j] = image[..., 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean((-2, -1))
    return small


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_terms_of_pixels_equal_their_definition_level_by_level(levels: int) -> None:
    prediction, driving = torch.rand(2, 2, 3, 8, 8, dtype=torch.float64)
    difference, means, slopes = (prediction - driving).numpy(), [], []
    for _ in range(levels):
        means.append(np.abs(difference).mean())
        slopes.append(np.abs(difference[..., 1:, :] - difference[..., :-1, :]).mean())
        slopes.append(np.abs(difference[..., :, 1:] - difference[..., :, :-1]).mean())
        difference = shrink_plainly(difference)
    assert losses.pyramid_l1(prediction, driving, levels).item() == pytest.approx(np.mean(means))
    assert losses.pyramid_gradient_l1(prediction, driving, levels).item() == pytest.approx(np.mean(slopes))


def test_terms_of_pixels_see_three_levels_unless_told_otherwise() -> None:
    prediction, driving = torch.rand(2, 1, 3, 16, 16)
    for term in (losses.pyramid_l1, losses.pyramid_gradient_l1):
        assert torch.equal(term(prediction, driving), term(prediction, driving, 3))
        assert not torch.equal(term(prediction, driving), term(prediction, driving, 4))


def test_squared_error_is_that_of_numpy() -> None:
    prediction, driving = torch.rand(2, 2, 3, 4, 4, dtype=torch.float64)
    expected = np.mean((prediction.numpy() - driving.numpy()) ** 2)
    assert losses.squared_error(prediction, driving).item() == pytest.approx(expected)


def test_weighted_error_is_the_mean_over_a_region_however_small() -> None:
    torch.manual_seed(0)
    prediction, driving, weight = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8), torch.zeros(2, 1, 8, 8)
    weight[1, 0, 2, 3], weight[0, 0, 7, 7] = 1.0, 0.5
    expected = 0.0
    for item, row, column, share in ((1, 2, 3, 1.0), (0, 7, 7, 0.5)):
        expected += share * float((prediction[item, :, row, column] - driving[item, :, row, column]).abs().mean()) / 1.5
    assert losses.weighted_error(prediction, driving, weight).item() == pytest.approx(expected)
    assert losses.weighted_error(prediction, driving, torch.zeros_like(weight)) == 0


def test_hidden_error_is_the_mean_where_painting_is_asked_for_and_teaches_the_map_nothing() -> None:
    prediction, driving = torch.rand(2, 2, 3, 4, 4, dtype=torch.float64)
    seen = torch.ones(2, 1, 4, 4, dtype=torch.float64)
    seen[0, 0, 1, 2] = seen[1, 0, 3, 3] = 0
    at = [(0, slice(None), 1, 2), (1, slice(None), 3, 3)]
    expected = np.mean([(prediction[where] - driving[where]).abs().numpy() for where in at])
    assert losses.hidden_error(prediction, driving, seen).item() == pytest.approx(expected)
    assert losses.hidden_error(prediction, driving, torch.ones_like(seen)) == 0
    asked = torch.rand_like(seen).requires_grad_()
    losses.hidden_error(prediction.requires_grad_(), driving, asked).backward()
    assert asked.grad is None and prediction.grad is not None and prediction.grad.abs().sum() > 0


def test_equivariance_of_positions_is_a_mean_distance() -> None:
    a = torch.tensor([[[0.0, 0.0], [1.0, 1.0]]])
    b = torch.tensor([[[0.1, 0.0], [1.0, 0.7]]])
    assert losses.equivariance_positions(a, b).item() == pytest.approx(0.1)


def test_equivariance_of_jacobians_is_zero_for_consistent_maps_only() -> None:
    angle = 0.4
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    before = torch.tensor([[1.2, 0.3], [-0.1, 0.8]])[None, None]  # dT_{Y<-R}
    warp = turn[None, None]  # dT_{X<-Y}
    after = warp @ before  # dT_{X<-R}, the chain rule of Eq. 12
    assert losses.equivariance_jacobians(after, before, warp).item() == pytest.approx(0, abs=1e-6)
    assert losses.equivariance_jacobians(before, after, warp).item() > 0.1  # product order matters
    shrunk = losses.equivariance_jacobians(0.01 * after, 0.02 * before, warp)
    assert shrunk.item() == pytest.approx(0.5, abs=1e-5)  # shrinking both does not help: (1 - 2) on the diagonal


def test_separation_counts_crowded_pairs() -> None:
    apart = torch.tensor([[[-0.5, 0.0], [0.5, 0.0], [0.0, 0.5]]])
    assert losses.keypoint_separation(apart, 0.2).item() == 0
    assert losses.keypoint_separation(torch.zeros(1, 3, 2), 0.2).item() == pytest.approx(1, abs=1e-3)
    half = torch.tensor([[[0.0, 0.0], [0.1, 0.0], [0.9, 0.9]]])
    assert losses.keypoint_separation(half, 0.2).item() == pytest.approx(0.5 / 3, abs=1e-3)  # one pair of three
    assert losses.keypoint_separation(torch.zeros(2, 1, 2), 0.2).item() == 0


def test_separation_pushes_apart_and_has_a_finite_slope_where_points_coincide() -> None:
    points = torch.tensor([[[0.0, 0.0], [0.05, 0.0]]], requires_grad=True)
    losses.keypoint_separation(points, 0.2).backward()
    assert points.grad is not None
    assert points.grad[0, 0, 0] > 0 > points.grad[0, 1, 0]  # going down the slope moves them apart
    together = torch.zeros(1, 3, 2, requires_grad=True)
    losses.keypoint_separation(together, 0.2).backward()
    assert together.grad is not None
    assert together.grad.isfinite().all()


def test_antialiased_pyramid_shrinks_the_full_picture() -> None:
    image = torch.rand(1, 3, 16, 16)
    levels = losses.antialiased_pyramid(image)
    assert [level.shape[-1] for level in levels] == [16, 8, 4, 2]
    assert torch.equal(levels[0], image)


def test_perceptual_term_sums_over_layers_and_scales() -> None:
    prediction, driving = torch.rand(2, 1, 3, 16, 16)

    def features(image: torch.Tensor) -> list[torch.Tensor]:
        return [image, 2 * image]

    full = losses.perceptual_pyramid(features, driving + 0.25, driving, scales=(1.0,))
    assert full.item() == pytest.approx(0.75, abs=1e-6)  # one layer sees 0.25, the other twice as much
    each = [losses.perceptual_pyramid(features, prediction, driving, scales=(s,)) for s in losses.OFFICIAL_SCALES]
    together = losses.perceptual_pyramid(features, prediction, driving)
    assert together.item() == pytest.approx(sum(term.item() for term in each), rel=1e-5)


def test_perceptual_term_teaches_the_prediction_only() -> None:
    prediction, driving = torch.rand(1, 3, 8, 8, requires_grad=True), torch.rand(1, 3, 8, 8, requires_grad=True)
    losses.perceptual_pyramid(lambda image: [image.square()], prediction, driving, scales=(1.0, 0.5)).backward()
    assert prediction.grad is not None and prediction.grad.abs().sum() > 0
    assert driving.grad is None


def test_adversarial_terms_are_squared_distances_to_one_and_zero() -> None:
    real, made = [torch.full((1, 1, 2, 2), 0.75), torch.zeros(1, 1, 1, 1)], [torch.full((1, 1, 2, 2), 0.5)] * 2
    assert losses.lsgan_generator(made).item() == pytest.approx(2 * 0.25)
    assert losses.lsgan_discriminator(real, made).item() == pytest.approx(0.0625 + 1 + 2 * 0.25)
    perfect = [torch.ones(1, 1, 2, 2)]
    assert losses.lsgan_generator(perfect).item() == 0
    assert losses.lsgan_discriminator(perfect, [torch.zeros(1, 1, 2, 2)]).item() == 0


def test_feature_matching_sums_mean_differences_over_scales_and_blocks() -> None:
    real = [[torch.rand(1, 2, 4, 4), torch.rand(1, 4, 2, 2)], [torch.rand(1, 2, 2, 2), torch.rand(1, 4, 1, 1)]]
    made = [[m + 0.1 for m in real[0]], [m - 0.3 for m in real[1]]]
    assert losses.feature_matching(real, made).item() == pytest.approx(0.8)
    assert losses.feature_matching(real, real).item() == 0


def test_judgements_that_do_not_match_scale_by_scale_are_not_cut_to_fit() -> None:
    maps = [torch.rand(1, 1, 2, 2), torch.rand(1, 1, 1, 1)]
    for real, made in ((maps, maps[:1]), (maps[:1], maps)):
        with pytest.raises(ValueError, match="zip"):
            losses.lsgan_discriminator(real, made)
        with pytest.raises(ValueError, match="zip"):
            losses.feature_matching([real], [made])
        with pytest.raises(ValueError, match="zip"):
            losses.feature_matching([[m] for m in real], [[m] for m in made])


def test_jacobian_term_is_computed_where_the_jacobians_are() -> None:
    jacobians = torch.empty(2, 3, 2, 2, device="meta")
    assert losses.equivariance_jacobians(jacobians, jacobians, jacobians).device.type == "meta"
