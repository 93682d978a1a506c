"""Exercises and quiz of notebook 12."""

from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.ch12_going_further.moving_wall import fit_affine
from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.linear import apply_line
from fomm_lite.course.kit.quiz import Key

CLOSE = 0.02  # normalised: less than a pixel of 64
ROUNDS = 12


def least_distances(places: Tensor, wanted: Tensor) -> Tensor:
    """The affine map of the least sum of distances: least squares again and again, what is far off counting less."""
    weights = torch.ones(len(places), dtype=places.dtype)
    for _ in range(ROUNDS):
        found = fit_affine(places, wanted, weights)
        off = (apply_line(found.T, places) - wanted).norm(dim=-1)
        weights = 1 / off.clamp_min(1e-4)  # sums of squares become sums of distances, which few outliers do not move
    return found


def _crowded(seed: int, share: float) -> tuple[Tensor, Tensor]:
    """Places, and where they go: by one affine map, but for a share that goes with something else."""
    dice = seeded(seed)
    places = 2 * torch.rand(300, 2, generator=dice, dtype=torch.float64) - 1
    wanted = apply_line(_true(seed).T, places)
    wanted += 0.002 * torch.randn(300, 2, generator=dice, dtype=torch.float64)
    figure = torch.arange(300) < round(300 * share)
    return places, torch.where(figure[:, None], places * 0.8 + torch.tensor([0.5, -0.4], dtype=torch.float64), wanted)


def _true(seed: int) -> Tensor:
    """The wall's map of a case."""
    bent = 0.05 * torch.randn(2, 2, generator=seeded(seed + 1), dtype=torch.float64)
    shift = 0.2 * torch.rand(2, 1, generator=seeded(seed + 2), dtype=torch.float64) - 0.3
    return torch.cat([torch.eye(2, dtype=torch.float64) + bent, shift], dim=1)


def _walls() -> list[Case]:
    return [
        Case("a small figure", (*_crowded(10, 0.1),)),
        Case("a figure on a fifth of the places", (*_crowded(20, 0.2),)),
        Case("a figure on a third of the places", (*_crowded(30, 1 / 3),)),
    ]


def _misses(output: Any, places: Tensor, wanted: Tensor) -> str | None:
    """How far the wall's places land from where they should, judged on those that no figure covers."""
    found = as_tensor(output).to(places.dtype)
    if wrong := misshapen(found, (2, 3), ": jacobian, then shift"):
        return wrong
    wall = (apply_line(least_distances(places, wanted).T, places) - wanted).norm(dim=-1) < CLOSE
    off = float((apply_line(found.T, places) - wanted)[wall].norm(dim=-1).mean())
    return None if off < CLOSE else f"the wall is missed by {off:.3f}, more than {CLOSE}"


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="taylor_numbers",
        reference=lambda keypoints, order: keypoints * (order + 1) * (order + 2),
        cases=lambda: [
            Case("order 0", (10, 0)),
            Case("order 1", (10, 1)),
            Case("order 2", (7, 2)),
            Case("order 3", (3, 3)),
        ],
        mistakes=(
            Mistake(
                "xy and yx counted twice",
                lambda keypoints, order: keypoints * 2 * sum(2**power for power in range(order + 1)),
                "The second derivative by x and then y is the one by y and then x.",
            ),
            Mistake(
                "the highest order only",
                lambda keypoints, order: keypoints * 2 * (order + 1),
                "The lower orders are still needed.",
            ),
            Mistake(
                "one component",
                lambda keypoints, order: keypoints * (order + 1) * (order + 2) // 2,
                "The map has two components, x and y.",
            ),
        ),
        hints=(
            "Of each component: 1 value, 2 first derivatives. How many different second ones?",
            "Order n adds n + 1 numbers to each of two components.",
        ),
    ),
    Exercise(
        name="step_in_units",
        reference=lambda pixels, width, align_corners: pixels * 2 / (width - 1 if align_corners else width),
        cases=lambda: [
            Case("corners aligned, 64", (3.0, 64, True)),
            Case("corners aligned, 256", (-5.0, 256, True)),
            Case("borders at -1 and 1, 64", (3.0, 64, False)),
            Case("borders at -1 and 1, 5 wide", (1.5, 5, False)),
        ],
        mistakes=(
            Mistake(
                "the two conventions exchanged",
                lambda pixels, width, align_corners: pixels * 2 / (width if align_corners else width - 1),
                "Aligned corners: how many steps lie between the first centre and the last?",
            ),
            Mistake(
                "an interval of length 1",
                lambda pixels, width, align_corners: pixels / (width - 1 if align_corners else width),
                "From -1 to 1 it is 2.",
            ),
            Mistake(
                "a place instead of a step",
                lambda pixels, width, align_corners: (
                    -1 + 2 * pixels / (width - 1) if align_corners else -1 + (2 * pixels + 1) / width
                ),
                "A step of 0 pixels is 0.",
            ),
        ),
        hints=(
            "A step is the difference of two places: what is the same in both falls out.",
            "How many pixel steps fill the interval from -1 to 1?",
        ),
    ),
    Exercise(
        name="wall_behind_a_figure",
        reference=least_distances,
        cases=_walls,
        property=_misses,
        mistakes=(
            Mistake(
                "plain least squares", fit_affine, "A few places that are far off pull hardest. Let them count less."
            ),
            Mistake(
                "a shift only",
                lambda places, wanted: torch.cat(
                    [torch.eye(2, dtype=places.dtype), (wanted - places).median(0).values[:, None]], dim=1
                ),
                "The wall comes nearer and turns as well: six numbers, not two.",
            ),
        ),
        hints=(
            "Fit, look which places are far off, fit again with less of those.",
            "Weights of 1 / distance, or random triples of places and a count of those that agree.",
        ),
    ),
)
QUIZ: tuple[Key, ...] = (
    Key("c", "its loss comes to 1/2 and the generator's to 1/4, where neither can tell"),
    Key("a", "nothing ties them to the picture's geometry"),
    Key("d", "the error of its derivatives is smaller than they are themselves"),
    Key("b", "the error grows pixel for pixel with the shift"),
    Key("c", "half of all signs are wrong by chance"),
)
