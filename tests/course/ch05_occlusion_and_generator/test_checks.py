"""Answers as students write them, right and wrong, to the exercises on occlusion."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course import checks


def sample(features: Tensor, grid: Tensor) -> Tensor:
    return F.grid_sample(features, grid, padding_mode="border", align_corners=True)


def test_eq_8() -> None:
    assert checks.carry_features(lambda f, d, o: o * sample(f, d)).passed
    assert checks.carry_features(lambda f, d, o: sample(o * f, d)).mistake == "occluded before it is warped"
    assert checks.carry_features(lambda f, d, o: sample(f, d) - o * sample(f, d)).mistake == "map upside down"


def test_blend() -> None:
    assert checks.blend_painted(lambda d, p, k: p + (d - p) * k).passed
    assert checks.blend_painted(lambda d, p, k: d + (p - d) * k).mistake == "roles swapped"
    assert checks.blend_painted(lambda d, p, k: d * k + p).mistake == "painted everywhere"


def test_average_precision() -> None:
    def walk(scores: Tensor, hidden: Tensor, downwards: bool = True) -> float:
        order = np.argsort(scores.numpy())
        hits, found = 0, []
        for place, index in enumerate(order[::-1] if downwards else order):
            if hidden[int(index)]:
                hits += 1
                found.append(hits / (place + 1))
        return float(np.mean(found))

    assert checks.average_precision(walk).passed
    assert checks.average_precision(lambda s, h: walk(s, h, downwards=False)).mistake == "least confident first"
    assert checks.average_precision(lambda s, h: sum(h) / len(s)).mistake == "share of hidden pixels"


def test_the_letter() -> None:
    assert checks.why_truth_hurts("B ").passed
    for letter in "acd":
        assert checks.why_truth_hurts(letter).mistake == letter
    assert not checks.why_truth_hurts(torch.tensor(1.0)).passed


def test_hidden_scores() -> None:
    def by_loop(deformation: torch.Tensor) -> list[list[float]]:
        """Whoever moves marks the place that it left, as somebody writes it who likes loops."""
        height, width = deformation.shape[:2]
        scores = [[0.0] * width for _ in range(height)]
        for row in range(height):
            for column in range(width):
                x, y = ((deformation[row, column] + 1) / 2 * (height - 1)).round().int().tolist()
                if (x, y) != (column, row) and 0 <= x < width and 0 <= y < height:
                    scores[y][x] = 1.0
        for row in range(height):  # but a place that is left and taken again is not the wall
            for column in range(width):
                x, y = ((deformation[row, column] + 1) / 2 * (height - 1)).round().int().tolist()
                scores[row][column] *= float((x, y) == (column, row))
        return scores

    assert checks.hidden_scores(by_loop).passed
    assert "average precision" in checks.hidden_scores(lambda grid: torch.ones(grid.shape[:2])).message
    assert "shape" in checks.hidden_scores(lambda grid: grid).message
    far = checks.hidden_scores(lambda grid: (grid - geometry.coordinate_grid(48, 48)).square().sum(-1).sqrt())
    assert far.mistake == "what moves is called hidden"
