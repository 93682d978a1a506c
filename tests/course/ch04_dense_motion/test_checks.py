"""Answers as students write them, right and wrong, to the exercises on dense motion."""

import torch
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course import checks


def bumps(driving: Tensor, source: Tensor, variance: float, size: int) -> tuple[Tensor, Tensor]:
    both = geometry.gaussian_heatmaps(torch.stack([driving, source])[None], size, size, variance)[0]
    return both[0], both[1]


def test_a_heatmap_from_the_librarys_gaussians_passes() -> None:
    assert checks.heatmap_difference(lambda *given: bumps(*given)[0] - bumps(*given)[1]).passed


def test_wrong_heatmaps_are_recognised() -> None:
    added = checks.heatmap_difference(lambda *given: bumps(*given)[0] + bumps(*given)[1])
    turned = checks.heatmap_difference(lambda *given: bumps(*given)[1] - bumps(*given)[0])
    assert not added.passed and added.mistake == "the sum of both"
    assert not turned.passed and turned.mistake == "source minus driving"


def test_background() -> None:
    def right(motions: Tensor) -> Tensor:
        _, height, width, _ = motions.shape
        x = torch.linspace(-1, 1, width).repeat(height, 1)
        y = torch.linspace(-1, 1, height)[:, None].repeat(1, width)
        return torch.cat([torch.stack([x, y], dim=-1)[None], motions], dim=0)

    def zeros(motions: Tensor) -> Tensor:
        return torch.cat([torch.zeros(1, *motions.shape[1:]), motions], dim=0)

    assert checks.add_background(right).passed
    assert checks.add_background(zeros).mistake == "zeros for the background"
    assert checks.add_background(lambda m: right(m).roll(-1, dims=0)).mistake == "background last"


def test_mixture() -> None:
    def right(masks: Tensor, motions: Tensor) -> Tensor:
        result = torch.zeros(motions.shape[1:])
        for mask, motion in zip(masks, motions, strict=True):
            result += mask.unsqueeze(-1) * motion
        return result

    def keypoints_only(masks: Tensor, motions: Tensor) -> Tensor:
        return right(masks[1:], motions[1:])

    assert checks.mix_motions(right).passed
    assert checks.mix_motions(keypoints_only).mistake == "background forgotten"
    assert checks.mix_motions(lambda m, t: right(m, t) / len(m)).mistake == "divided by the number of motions"


def test_endpoint_error() -> None:
    def distances(deformation: Tensor, truth: Tensor) -> Tensor:
        height, width = truth.shape[:2]
        gap = deformation - truth
        return ((gap[..., 0] * (width - 1) / 2) ** 2 + (gap[..., 1] * (height - 1) / 2) ** 2) ** 0.5

    assert checks.endpoint_error(lambda d, t, v: distances(d, t)[v].mean()).passed
    assert checks.endpoint_error(lambda d, t, _: distances(d, t).mean()).mistake == "hidden pixels counted"
    assert checks.endpoint_error(lambda d, t, v: (d - t).norm(dim=-1)[v].mean()).mistake == "normalised units"


def test_robust_mix() -> None:
    def mean(masks: Tensor, motions: Tensor) -> Tensor:
        return torch.einsum("khw,khwi->hwi", masks, motions)

    def reweighted(masks: Tensor, motions: Tensor) -> Tensor:
        """The place of least expected distance, not squared distance: means whose weights fall with the distance."""
        place = mean(masks, motions)
        for _ in range(50):
            weights = masks / (motions - place).norm(dim=-1).clamp_min(1e-3)
            place = mean(weights / weights.sum(0), motions)
        return place

    assert checks.robust_mix(reweighted).passed
    assert checks.robust_mix(mean).mistake == "Eq. 7 itself"
    assert "Eq. 7 by" in checks.robust_mix(mean).message
    assert checks.robust_mix(lambda _, motions: motions.median(dim=0)[0]).mistake == "a median of all motions alike"
    hard = checks.robust_mix(lambda masks, motions: mean((masks == masks.amax(0)).float(), motions))
    assert not hard.passed
    assert "shape" in checks.robust_mix(lambda masks, _: masks).message
