"""Answers as students write them, right and wrong, to the exercises on keypoints."""

import torch
from torch import Tensor

from fomm_lite.course import checks


def mean_place(confidence: Tensor) -> Tensor:
    count, height, width = confidence.shape
    places = torch.zeros(count, 2)
    for row in range(height):
        for column in range(width):
            place = torch.tensor([2 * column / (width - 1) - 1, 2 * row / (height - 1) - 1])
            places += confidence[:, row, column, None] * place
    return places


def test_soft_argmax() -> None:
    assert checks.soft_argmax(mean_place).passed
    assert checks.soft_argmax(lambda c: mean_place(c)[:, [1, 0]]).mistake == "x and y swapped"

    def best(confidence: Tensor) -> Tensor:
        _, height, width = confidence.shape
        at = [divmod(int(one.argmax()), width) for one in confidence]
        return torch.tensor([[2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1] for y, x in at])

    assert checks.soft_argmax(best).mistake == "the highest pixel"


def test_confidence_maps() -> None:
    def right(scores: Tensor, temperature: float) -> Tensor:
        return torch.stack([(one.reshape(-1) / temperature).softmax(0).reshape(one.shape) for one in scores])

    assert checks.confidence_maps(right).passed
    rows = checks.confidence_maps(lambda s, t: torch.softmax(s / t, dim=2))
    assert rows.mistake == "softmax over each row"
    assert checks.confidence_maps(lambda s, t: right(s, 1 / t)).mistake == "multiplied by the temperature"


def test_jacobians() -> None:
    def right(maps: Tensor, confidence: Tensor) -> Tensor:
        return torch.stack([(m * c).flatten(2).sum(2) for m, c in zip(maps, confidence, strict=True)])

    assert checks.read_jacobians(right).passed
    assert checks.read_jacobians(lambda m, _: m.flatten(3).mean(3)).mistake == "plain mean of the maps"
    assert checks.read_jacobians(lambda m, c: right(m, c).transpose(1, 2)).mistake == "transposed"


def test_eq_13() -> None:
    def right(driving: Tensor, transformed: Tensor, slope: Tensor) -> Tensor:
        return (torch.linalg.solve(driving, slope @ transformed) - torch.eye(2)).abs().mean()

    assert checks.jacobian_equivariance(right).passed
    difference = checks.jacobian_equivariance(lambda d, t, s: (s @ t - d).abs().mean())
    assert difference.mistake == "Eq. 12 as a difference"
    swapped = checks.jacobian_equivariance(lambda d, t, s: right(t, d, s))
    assert swapped.mistake == "the wrong one inverted"


def test_higher_peak() -> None:
    def by_parabola(scores: Tensor) -> Tensor:
        """The top of a parabola through the logarithms of the highest cell and its neighbours, in x and in y."""
        found = []
        for one in scores.clamp_min(1e-9).log():
            height, width = one.shape
            y, x = divmod(int(one.argmax()), width)
            across, down = one[y, x - 1 : x + 2], one[y - 1 : y + 2, x]
            at = [c + float((v[0] - v[2]) / (v[0] - 2 * v[1] + v[2]) / 2) for c, v in ((x, across), (y, down))]
            found.append([2 * at[0] / (width - 1) - 1, 2 * at[1] / (height - 1) - 1])
        return torch.tensor(found)

    def soft(scores: Tensor, temperature: float) -> Tensor:
        return mean_place((scores.flatten(1) / temperature).softmax(1).view_as(scores))

    assert checks.higher_peak(by_parabola).passed
    assert checks.higher_peak(lambda scores: soft(scores, 0.1)).mistake == "soft-argmax over the whole map"
    assert checks.higher_peak(lambda scores: soft(scores, 0.01)).mistake == "a lower temperature"
    for temperature in (0.005, 0.02, 0.03, 0.05):  # no single temperature will do
        verdict = checks.higher_peak(lambda scores, temperature=temperature: soft(scores, temperature))
        assert not verdict.passed and "cells on average" in verdict.message
    assert "shape" in checks.higher_peak(lambda scores: scores[0]).message
