"""Measures against plain loops, hand-made cases, and the truth of drawn worlds."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.evaluation.metrics import (
    Embedder,
    LandmarkDetector,
    Landmarks,
    aed,
    aed_released,
    akd,
    akd_released,
    l1,
    mkr,
    psnr,
    ssim,
    true_landmarks,
)
from fomm_lite.worlds import faces


@pytest.fixture
def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """Smooth and noisy parts, alike but not equal."""
    random = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0, 1, 20).expand(2, 3, 14, 20)
    first = (ramp + 0.3 * torch.randn(2, 3, 14, 20, generator=random)).clamp(0, 1)
    return first, (first + 0.1 * torch.randn(2, 3, 14, 20, generator=random)).clamp(0, 1)


def ssim_in_plain_words(x: np.ndarray, y: np.ndarray) -> float:
    """The definition on one channel, window by window, pixel by pixel."""
    weights = np.array([[math.exp(-(i**2 + j**2) / (2 * 1.5**2)) for j in range(-5, 6)] for i in range(-5, 6)])
    weights /= weights.sum()
    scores = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = x[top : top + 11, left : left + 11], y[top : top + 11, left : left + 11]
            mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
            var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
            cov = (weights * (a - mean_a) * (b - mean_b)).sum()
            light = (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
            scores.append(light * (2 * cov + 9e-4) / (var_a + var_b + 9e-4))
    return float(np.mean(scores))


def test_ssim_is_the_textbook_definition(pictures):
    x, y = (pair.double().numpy() for pair in pictures)
    expected = [np.mean([ssim_in_plain_words(x[i, c], y[i, c]) for c in range(3)]) for i in range(2)]
    assert 0.2 < min(expected) and max(expected) < 0.99
    assert ssim(*pictures).tolist() == pytest.approx(expected, abs=1e-5)
    assert float(ssim(pictures[0][0], pictures[1][0])) == pytest.approx(expected[0], abs=1e-5)


def test_ssim_of_equal_and_of_inverted_pictures(pictures):
    assert ssim(pictures[0], pictures[0]).tolist() == pytest.approx([1, 1], abs=1e-6)
    assert ssim(pictures[0], 1 - pictures[0]).max() < 0


@pytest.mark.parametrize("colour", [0.0, 0.123, 0.7, 0.999, 1.0])
def test_ssim_of_flat_pictures_is_no_more_than_perfect(colour):
    flat = torch.full((1, 3, 64, 64), colour)
    ramp = flat + torch.linspace(0, 3e-4, 64)
    for other in (flat, flat + 1e-4, flat - 1e-4, ramp):
        expected = np.mean([ssim_in_plain_words(*(p[0, c].double().numpy() for p in (flat, other))) for c in range(3)])
        assert float(ssim(flat, other)) == pytest.approx(expected, abs=1e-6)
        assert float(ssim(flat, other)) <= 1


def test_ssim_of_a_single_window_where_and_in_the_type_of_the_pictures():
    first, second = torch.rand(2, 3, 11, 11, dtype=torch.float64)
    channels = [ssim_in_plain_words(x, y) for x, y in zip(first.numpy(), second.numpy(), strict=True)]
    found = ssim(first, second)
    assert float(found) == pytest.approx(np.mean(channels), abs=1e-12) and found.dtype == torch.float64
    elsewhere = torch.rand(2, 3, 12, 11, device="meta")  # the device that has shapes and no numbers
    assert ssim(elsewhere, elsewhere).device.type == "meta"


def test_ssim_needs_room_for_its_window():
    for width, height in ((10, 14), (14, 10)):
        with pytest.raises(InputError, match=f"{width}x{height}"):
            ssim(torch.zeros(3, height, width), torch.zeros(3, height, width))


def test_a_single_picture_is_measured_as_it_is_in_a_clip(pictures):
    for measured in (l1, psnr, ssim):
        alone = measured(pictures[0][0], pictures[1][0])
        assert alone.shape == () and float(alone) == pytest.approx(float(measured(*pictures)[0]), rel=1e-5)


def test_l1_and_psnr_are_those_of_numpy(pictures):
    difference = (pictures[0] - pictures[1]).numpy().astype(np.float64)
    assert l1(*pictures).tolist() == pytest.approx(np.abs(difference).mean((1, 2, 3)), rel=1e-5)
    assert psnr(*pictures).tolist() == pytest.approx(10 * np.log10(1 / (difference**2).mean((1, 2, 3))), rel=1e-5)
    assert psnr(pictures[0], pictures[0]).tolist() == pytest.approx([100, 100])


def points(*frames: list[tuple[float, float] | None]) -> Landmarks:
    """Landmarks from lists of places, None where nothing was found; -1 marks these, as in the released files."""
    places = torch.tensor([[place or (-1, -1) for place in frame] for frame in frames], dtype=torch.float32)
    return Landmarks(places, torch.tensor([[place is not None for place in frame] for frame in frames]))


TRUTH = points([(0, 0), (10, 10), (20, 20)], [(0, 0), None, (20, 20)], [None, None, None])
FOUND = points([(3, 4), (10, 10), None], [(0, 6), (5, 5), (28, 20)], [(1, 1), None, None])


def test_distances_over_joints_present_in_both():
    assert akd_released(FOUND, TRUTH)[:2].tolist() == pytest.approx([(3.5 + 0) / 2, (3 + 4) / 2])
    assert akd(FOUND, TRUTH)[:2].tolist() == pytest.approx([(5 + 0) / 2, (6 + 8) / 2])
    assert akd(FOUND, TRUTH)[2].isnan() and akd_released(FOUND, TRUTH)[2].isnan()


def test_the_two_distances_can_rank_models_differently():
    straight, diagonal = points([(10, 0)]), points([(6, 6)])
    origin = points([(0, 0)])
    assert akd_released(straight, origin) < akd_released(diagonal, origin)
    assert akd(straight, origin) > akd(diagonal, origin)


def test_missing_joints_are_a_share_of_those_in_the_truth():
    assert mkr(FOUND, TRUTH)[:2].tolist() == pytest.approx([1 / 3, 0])
    assert mkr(FOUND, TRUTH)[2].isnan()
    assert mkr(points([None, (1, 1)]), points([(0, 0), None])).tolist() == [1]


def test_what_stands_in_place_of_a_missing_joint_does_not_matter():
    positions = FOUND.positions.masked_fill(~FOUND.present[..., None], math.nan)
    other = Landmarks(positions, FOUND.present)
    for measured in (akd, akd_released, mkr):
        assert measured(other, TRUTH)[:2].tolist() == measured(FOUND, TRUTH)[:2].tolist()


def test_distances_of_embeddings_with_and_without_the_root():
    first, second = torch.tensor([[1.0, 2, 3], [0, 0, 0]]), torch.tensor([[1.0, 5, 7], [1, 1, 1]])
    assert aed_released(first, second).tolist() == [25, 3]
    assert aed(first, second).tolist() == pytest.approx([5, math.sqrt(3)])


def test_true_landmarks_are_pixels_of_the_picture():
    clip = faces(5, frames=2, size=33)
    truth = true_landmarks(clip)
    assert torch.equal(truth.present, (truth.positions >= 0).all(-1) & (truth.positions <= 32).all(-1))
    torch.testing.assert_close(truth.positions / 16 - 1, clip.landmarks)


def test_true_landmarks_are_present_up_to_the_centres_of_the_outermost_pixels():
    clip = faces(5, frames=1, size=16)
    places = torch.tensor([[1.0, -1.0], [1.01, 0.0], [0.0, -1.01], [1.5, 1.5], [0.0, 0.0]])
    moved = dataclasses.replace(clip, landmarks=places[None])
    assert true_landmarks(moved).present.tolist() == [[True, False, False, False, True]]


def test_shares_have_the_type_of_the_positions():
    double = Landmarks(TRUTH.positions.double(), TRUTH.present)
    assert mkr(FOUND, double).dtype == akd(double, double).dtype == torch.float64


def test_any_object_with_the_method_is_a_plug_in():
    class Finder:
        def landmarks(self, pictures: torch.Tensor) -> Landmarks:
            return points(*([(0.0, 0.0)] for _ in pictures))

    class Palette:
        def embed(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.mean((2, 3))

    assert isinstance(Finder(), LandmarkDetector) and not isinstance(Finder(), Embedder)
    assert isinstance(Palette(), Embedder) and not isinstance(Palette(), LandmarkDetector)
