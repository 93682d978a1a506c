"""The random warp: its jacobian, and which way it goes."""

import pytest
import torch
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, soft_argmax
from fomm_lite.training.random_warp import Radius, RandomWarp


def in_double(warp: RandomWarp) -> RandomWarp:
    return RandomWarp(warp.theta.double(), warp.control_points.double(), warp.control_weights.double(), warp.radius)


@pytest.mark.parametrize("radius", ["manhattan", "euclidean"])
def test_jacobian_equals_autograd(radius: Radius) -> None:
    warp = in_double(RandomWarp.sample(1, sigma_tps=0.05, radius=radius, generator=torch.Generator().manual_seed(0)))
    points = torch.tensor([[[0.31, -0.22], [-0.68, 0.47]]], dtype=torch.float64)
    for i in range(2):
        expected = torch.autograd.functional.jacobian(lambda z: warp.points(z.view(1, 1, 2)).view(2), points[0, i])
        torch.testing.assert_close(warp.jacobians(points)[0, i], expected)


def test_jacobian_is_finite_at_a_control_point() -> None:
    for radius in ("manhattan", "euclidean"):
        warp = RandomWarp.sample(1, sigma_tps=0.1, radius=radius)
        assert warp.jacobians(torch.zeros(1, 1, 2)).isfinite().all()


def test_affine_warp_equals_its_matrix() -> None:
    warp = RandomWarp.sample(2, sigma_affine=0.3, sigma_tps=0.0, generator=torch.Generator().manual_seed(1))
    points = torch.rand(2, 4, 2)
    expected = torch.stack([points[b] @ warp.theta[b, :, :2].T + warp.theta[b, :, 2] for b in range(2)])
    torch.testing.assert_close(warp.points(points), expected)
    torch.testing.assert_close(warp.jacobians(points)[1, 2], warp.theta[1, :, :2])


def test_seen_in_the_transformed_picture_at_z_is_the_original_at_t_of_z() -> None:
    """A blob found at z in the transformed picture was at T(z): the direction the equivariance loss relies on."""
    warp = RandomWarp.sample(1, sigma_affine=0.15, sigma_tps=0.003, generator=torch.Generator().manual_seed(2))
    grid = coordinate_grid(65, 65)

    def blob_at(image: Tensor) -> Tensor:
        return soft_argmax(image / image.sum((2, 3), keepdim=True))

    original = torch.exp(-((grid - torch.tensor([0.2, -0.3])) ** 2).sum(-1) / 0.005)[None, None]
    found = blob_at(warp.image(original))
    forwards = (warp.points(found) - blob_at(original)).norm()
    backwards = (warp.points(blob_at(original)) - found).norm()
    assert forwards < 0.01
    assert backwards > 5 * forwards


def test_same_generator_same_warp() -> None:
    a, b = (RandomWarp.sample(3, generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert torch.equal(a.theta, b.theta)
    assert torch.equal(a.control_weights, b.control_weights)
    assert not torch.equal(a.theta, RandomWarp.sample(3, generator=torch.Generator().manual_seed(5)).theta)
