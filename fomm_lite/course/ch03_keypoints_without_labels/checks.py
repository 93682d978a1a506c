"""Exercises and quiz of the notebook on keypoints without labels."""

from typing import Any

import torch
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key


def _soft_argmax(confidence: Tensor) -> Tensor:
    return geometry.soft_argmax(confidence[None])[0]


def _pixels(confidence: Tensor) -> Tensor:
    height, width = confidence.shape[1:]
    return (_soft_argmax(confidence) + 1) / 2 * torch.tensor([width - 1, height - 1])


def _hardest(confidence: Tensor) -> Tensor:
    height, width = confidence.shape[1:]
    grid = geometry.coordinate_grid(height, width).flatten(0, 1)
    return grid[confidence.flatten(1).argmax(1)]


def _map_cases() -> list[Case]:
    random = seeded(3)
    cases = []
    for name, shape in (("square maps", (3, 6, 6)), ("wide maps", (2, 4, 9)), ("one tall map", (1, 8, 3))):
        logits = 3 * torch.randn(shape, generator=random)
        cases.append(Case(name, (logits.flatten(1).softmax(1).view(shape),)))
    return cases


SOFT_ARGMAX = Exercise(
    name="soft_argmax",
    reference=_soft_argmax,
    cases=_map_cases,
    mistakes=[
        Mistake("x and y swapped", lambda c: _soft_argmax(c).flip(-1), "Columns are x: which axis of the map is that?"),
        Mistake("in pixels", _pixels, "Coordinates go from -1 to +1, whatever the size of the map."),
        Mistake(
            "the highest pixel", _hardest, "A mean over all places, not the best place: only a mean has a gradient."
        ),
    ],
    hints=["Multiply each place of geometry.coordinate_grid by its confidence.", "Sum over both axes of the map."],
)


def _confidence(logits: Tensor, temperature: float) -> Tensor:
    return (logits.flatten(1) / temperature).softmax(1).view_as(logits)


def _logit_cases() -> list[Case]:
    random = seeded(8)
    return [
        Case(name, (torch.randn(k, 5, 4, generator=random), temperature))
        for name, k, temperature in (("warm", 2, 1.5), ("the model's temperature", 3, 0.1), ("hot", 1, 10.0))
    ]


CONFIDENCE = Exercise(
    name="confidence_maps",
    reference=_confidence,
    cases=_logit_cases,
    mistakes=[
        Mistake(
            "softmax over each row",
            lambda x, t: (x / t).softmax(-1),
            "A map has two axes, and all its places compete: the whole map sums to 1.",
        ),
        Mistake(
            "softmax over keypoints",
            lambda x, t: (x / t).softmax(0),
            "Each keypoint chooses a place; places do not choose keypoints here (that is notebook 04).",
        ),
        Mistake(
            "softmax over all maps",
            lambda x, t: (x / t).flatten().softmax(0).view_as(x),
            "Every keypoint has a place of its own: each map sums to 1, not all of them together.",
        ),
        Mistake(
            "the temperature forgotten",
            lambda x, _: _confidence(x, 1.0),
            "One argument is not used: how sharp shall the choice be?",
        ),
        Mistake(
            "multiplied by the temperature",
            lambda x, t: _confidence(x, 1 / t),
            "A small temperature makes the choice sharp.",
        ),
    ],
    hints=["Flatten each map, take the softmax, and give it its shape back.", "Where does the temperature stand?"],
)


def _read(maps: Tensor, confidence: Tensor) -> Tensor:
    return torch.einsum("khw,kijhw->kij", confidence, maps)


def _jacobian_cases() -> list[Case]:
    random = seeded(13)
    cases = []
    for name, sharp in (("sharp confidence", 8.0), ("soft confidence", 1.0), ("hardly any preference", 0.1)):
        logits = sharp * torch.randn(3, 4, 5, generator=random)
        cases.append(Case(name, (torch.randn(3, 2, 2, 4, 5, generator=random), _confidence(logits, 1.0))))
    return cases


JACOBIAN = Exercise(
    name="read_jacobians",
    reference=_read,
    cases=_jacobian_cases,
    mistakes=[
        Mistake(
            "plain mean of the maps",
            lambda maps, _: maps.mean((-2, -1)),
            "What the map says far away from the keypoint should not count.",
        ),
        Mistake(
            "transposed", lambda maps, c: _read(maps, c).mT, "Row = output axis; the maps have it that way already."
        ),
        Mistake(
            "divided by the number of places",
            lambda maps, c: (c[:, None, None] * maps).mean((-2, -1)),
            "The confidence sums to 1: a weighted sum is a mean already.",
        ),
    ],
    hints=[
        "It is soft-argmax once more, with jacobian maps in place of coordinates.",
        "einsum or broadcasting both do.",
    ],
)


def _loss13(driving: Tensor, transformed: Tensor, slope: Tensor) -> Tensor:
    return (torch.eye(2) - torch.linalg.inv(driving) @ slope @ transformed).abs().mean()


def _loss_cases() -> list[Case]:
    random = seeded(21)

    def matrices() -> Tensor:
        return torch.eye(2) + 0.4 * torch.randn(5, 2, 2, generator=random)

    driving, slope = matrices(), matrices()
    return [
        Case("any matrices", (matrices(), matrices(), matrices())),
        Case("consistent ones", (driving, torch.linalg.inv(slope) @ driving, slope)),
        Case("small jacobians", (0.1 * matrices(), 0.1 * matrices(), matrices())),
    ]


EQUIVARIANCE = Exercise(
    name="jacobian_equivariance",
    reference=_loss13,
    cases=_loss_cases,
    mistakes=[
        Mistake(
            "Eq. 12 as a difference",
            lambda b, t, s: (b - s @ t).abs().mean(),
            "That is small too when all jacobians are small. Eq. 13 measures a distance to the identity.",
        ),
        Mistake(
            "inverse on the other side",
            lambda b, t, s: (torch.eye(2) - s @ t @ torch.linalg.inv(b)).abs().mean(),
            "Matrices do not commute: which factor stands on the left in Eq. 13?",
        ),
        Mistake(
            "the wrong one inverted",
            lambda b, t, s: (torch.eye(2) - torch.linalg.inv(t) @ s @ b).abs().mean(),
            "Which jacobian goes from the picture back to the reference?",
        ),
    ],
    hints=[
        "Three matrices in a row, one of them inverted; for consistent ones the product is the identity.",
        "Then the mean absolute difference to torch.eye(2).",
    ],
)

NEAR = 0.1  # cells that the higher peak may be missed by


def _rivals() -> list[Case]:
    """Scores with two peaks each: maps (k h w), and where the higher peak is in cells (k 2)."""
    random = seeded(17)
    found = []
    for name, second, (height, width) in (
        ("0.8 beside 1", 0.8, (20, 20)),
        ("0.95 beside 1", 0.95, (16, 30)),
        ("0.9 beside 1", 0.9, (28, 14)),
    ):
        size = torch.tensor([width, height])
        high = 2.5 + torch.rand(12, 2, generator=random) * (size / 2 - 5)  # in the upper left quarter
        low = size / 2 + 1.5 + torch.rand(12, 2, generator=random) * (size / 2 - 4)  # in the lower right one
        places = (geometry.coordinate_grid(height, width) + 1) / 2 * (size - 1)
        bumps = [(-(places - at[:, None, None]).square().sum(-1) / 8).exp() for at in (high, low)]
        found.append(Case(name, (torch.maximum(bumps[0], second * bumps[1]),), (high,)))
    return found


def _near_the_highest(scores: Tensor) -> Tensor:
    height, width = scores.shape[1:]
    places = (geometry.coordinate_grid(height, width) + 1) / 2 * torch.tensor([width - 1, height - 1])
    best = places.flatten(0, 1)[scores.flatten(1).argmax(1)]
    near = (places - best[:, None, None]).square().sum(-1) <= 9
    return _soft_argmax(_confidence(scores.masked_fill(~near, -torch.inf), 0.1))


def _missed(positions: Any, scores: Tensor, high: Tensor) -> str | None:
    """What is wrong with positions, by how many cells they miss the higher peak on average."""
    mine = as_tensor(positions)
    if wrong := misshapen(mine, (len(scores), 2)):
        return wrong
    cells = (mine + 1) / 2 * torch.tensor([scores.shape[2] - 1, scores.shape[1] - 1])
    off = float((cells - high).norm(dim=-1).mean())
    return None if off <= NEAR else f"off by {off:.2f} cells on average; expected {NEAR} or less"


HIGHER_PEAK = Exercise(
    name="higher_peak",
    reference=_near_the_highest,
    cases=_rivals,
    property=_missed,
    mistakes=[
        Mistake(
            "soft-argmax over the whole map",
            lambda scores: _soft_argmax(_confidence(scores, 0.1)),
            "The second peak draws the mean towards it, from however far. Which places should have a say?",
        ),
        Mistake(
            "the highest cell",
            _hardest,
            "The right peak, but only to a cell. What do the cells around it know about the rest?",
        ),
        Mistake(
            "a lower temperature",
            lambda scores: _soft_argmax(_confidence(scores, 0.01)),
            "So sharp a choice hears one cell and little else: it loses the fraction of a cell. Can the map stay soft "
            "where the peak is?",
        ),
    ],
    hints=[
        "Two steps: which peak, and then where exactly it is.",
        "`torch.where` or `masked_fill` can silence all places that are far from the highest one.",
    ],
)

EXERCISES = (CONFIDENCE, SOFT_ARGMAX, JACOBIAN, EQUIVARIANCE, HIGHER_PEAK)
QUIZ = (
    Key("d", "the position is their mean, weighted by confidence"),
    Key("c", "a small temperature makes the choice sharp"),
    Key("d", "at step 0 every local motion is a plain shift"),
    Key("a", "the keypoints of the transformed picture are carried by T"),
    Key("b", "jacobians that shrink to nothing would satisfy it"),
)
