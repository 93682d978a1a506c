"""Answers to the exercises on first-order motion, wrong and right ones, as students write them."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.geometry import coordinate_grid


def transposed_jacobian(plane_map, point: Tensor) -> Tensor:
    rows = []
    for axis in range(2):
        step = torch.zeros_like(point)
        step[axis] = 1e-4
        rows.append((plane_map(point + step) - plane_map(point - step)) / 2e-4)
    return torch.stack(rows)


def doubled_jacobian(plane_map, point: Tensor) -> Tensor:
    jacobian = torch.zeros(2, 2, dtype=point.dtype)
    for axis in range(2):
        step = torch.zeros_like(point)
        step[axis] = 1e-4
        jacobian[:, axis] = (plane_map(point + step) - plane_map(point - step)) / 1e-4
    return jacobian


def turned(angle: float, centre: Tensor, size: int) -> Tensor:
    x, y = (coordinate_grid(size, size, dtype=torch.float64) - centre).unbind(-1)
    cos, sin = math.cos(angle), math.sin(angle)
    return torch.stack([cos * x - sin * y, sin * x + cos * y], -1) + centre


def product_reversed(z: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> Tensor:
    return s + torch.linalg.solve(b, a) @ (z - d)


WRONG = [
    ("sine_slope", 2, "the usual case"),
    ("sine_slope", 1.0, "the order itself"),
    ("finite_jacobian", transposed_jacobian, "rows and columns swapped"),
    ("finite_jacobian", doubled_jacobian, "divided by half the distance"),
    ("rotating_grid", turned, "the direction of the content, not of the gaze"),
    ("rotating_grid", lambda a, c, n: turned(-a, 0 * c, n), "turned about the middle of the picture"),
    ("rotating_grid", lambda a, c, n: turned(-a, c, n) - c, "the centre not put back"),
    ("motion_at", product_reversed, "the product the wrong way round"),
    ("motion_at", lambda z, s, a, d, b: s + a @ (b @ (z - d)), "no inverse"),
    ("motion_at", lambda z, s, _a, d, _b: z + s - d, "zero order"),
    ("motion_at", lambda z, s, a, _d, b: s + a @ b.inverse() @ (z - s), "around the source keypoint"),
    ("four_places", lambda _: [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]], "even places"),
    ("four_places", lambda _: [[-1, -1], [1, -1], [-1, 1], [1, 1]], "the corners"),
]


@pytest.mark.parametrize(("name", "answer", "mistake"), WRONG)
def test_a_wrong_answer_is_recognised(name: str, answer: object, mistake: str) -> None:
    verdict = getattr(checks, name)(answer)
    assert not verdict.passed
    assert verdict.mistake == mistake


def numpy_jacobian(plane_map, point: Tensor) -> np.ndarray:
    return torch.autograd.functional.jacobian(plane_map, point).numpy()


def looped_grid(angle: Tensor, centre: Tensor, size: int) -> list[list[list[float]]]:
    line = np.linspace(-1, 1, size)
    (cx, cy), t = centre.tolist(), -float(angle)
    return [
        [
            [
                cx + math.cos(t) * (x - cx) - math.sin(t) * (y - cy),
                cy + math.sin(t) * (x - cx) + math.cos(t) * (y - cy),
            ]
            for x in line
        ]
        for y in line
    ]


RIGHT = [
    ("sine_slope", 3.0),
    ("finite_jacobian", numpy_jacobian),
    ("rotating_grid", looped_grid),
    ("motion_at", lambda z, s, a, d, b: s + a @ torch.linalg.solve(b, z - d)),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_written_differently_passes(name: str, answer: object) -> None:
    verdict = getattr(checks, name)(answer)
    assert verdict.passed, verdict


def test_a_one_sided_difference_is_too_coarse() -> None:
    def one_sided(plane_map, point: Tensor) -> Tensor:
        steps = 0.01 * torch.eye(2, dtype=point.dtype)
        return torch.stack([(plane_map(point + h) - plane_map(point)) / 0.01 for h in steps], dim=1)

    assert checks.finite_jacobian(one_sided).mistake == "a one-sided difference with a large step"


STRIPES = torch.tensor([[-0.4, 0.0], [0.0, 0.0], [0.4, 0.0], [0.8, 0.0]], dtype=torch.float64)


def test_four_places_that_are_good_for_one_map_only_do_not_pass() -> None:
    verdict = checks.four_places(lambda _: STRIPES)
    assert not verdict.passed and "expected" in verdict.message and "or less" in verdict.message


@pytest.mark.parametrize(
    ("places", "said"), [(torch.zeros(2, 4), "expected (4, 2)"), (torch.full((4, 2), 1.5), "outside the picture")]
)
def test_four_places_lie_in_the_picture(places: Tensor, said: str) -> None:
    verdict = checks.four_places(lambda _: places)
    assert not verdict.passed and said in verdict.message


def test_the_best_of_some_places_drawn_then_moved_one_after_the_other_passes() -> None:
    points = coordinate_grid(13, 13, dtype=torch.float64).reshape(-1, 2)

    def left(plane_map, places: Tensor) -> float:
        jacobians = [torch.autograd.functional.jacobian(plane_map, place[None])[0, :, 0] for place in places]
        copies = torch.stack([plane_map(p[None]) + (points - p) @ j.T for p, j in zip(places, jacobians, strict=True)])
        nearest = (points[None] - places[:, None]).norm(dim=-1).argmin(0)
        return float((copies[nearest, torch.arange(len(points))] - plane_map(points)).norm(dim=-1).mean())

    def moved(plane_map) -> Tensor:
        drawn = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, (40, 4, 2)))
        best = min(drawn, key=lambda places: left(plane_map, places))
        for step in (0.2, 0.1):
            for number in range(4):
                for way in torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=torch.float64):
                    tried = best.clone()
                    tried[number] = (tried[number] + step * way).clamp(-1, 1)
                    best = min(best, tried, key=lambda places: left(plane_map, places))
        return best

    verdict = checks.four_places(moved)
    assert verdict.passed, verdict
