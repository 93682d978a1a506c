"""Exercises and quiz of the notebook on dense motion."""

from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.geometry import coordinate_grid


def _gaussian(position: Tensor, variance: float, size: int) -> Tensor:
    distance = (coordinate_grid(size, size) - position).square().sum(-1)
    return (-distance / (2 * variance)).exp()


def _heatmap(driving: Tensor, source: Tensor, variance: float, size: int) -> Tensor:
    return _gaussian(driving, variance, size) - _gaussian(source, variance, size)


def _heatmap_cases() -> list[Case]:
    places = torch.tensor([[0.3, -0.5], [-0.2, 0.6], [0.8, 0.1]])
    return [
        Case("a short way", (places[0], places[0] + 0.1, 0.01, 12)),
        Case("a long way", (places[1], places[2], 0.05, 16)),
        Case("nothing moves", (places[2], places[2], 0.01, 8)),
    ]


HEATMAP = Exercise(
    name="heatmap_difference",
    reference=_heatmap,
    cases=_heatmap_cases,
    mistakes=[
        Mistake(
            "the sum of both",
            lambda d, s, v, n: _gaussian(d, v, n) + _gaussian(s, v, n),
            "What should the map of a keypoint that stays where it is look like?",
        ),
        Mistake(
            "source minus driving",
            lambda d, s, v, n: _heatmap(s, d, v, n),
            "The map is positive where the thing is now, in the driving frame.",
        ),
        Mistake(
            "x and y swapped",
            lambda d, s, v, n: _heatmap(d, s, v, n).T,
            "The grid's last axis is (x, y), but pixels are counted rows first.",
        ),
        Mistake(
            "without the 2 below the square",
            lambda d, s, v, n: _heatmap(d, s, v / 2, n),
            "The code's Gaussian divides the squared distance by 2 x variance; the paper's formula does not.",
        ),
    ],
    hints=["Make one Gaussian first, with the squared distance of every grid point.", "Then subtract the other one."],
)


def _with_background(motions: Tensor) -> Tensor:
    grid = coordinate_grid(motions.shape[1], motions.shape[2])
    return torch.cat([grid[None], motions])


def _motion_cases() -> list[Case]:
    random = seeded(4)
    return [
        Case(f"{count} keypoints, {height} x {width}", (torch.randn(count, height, width, 2, generator=random),))
        for count, height, width in ((1, 3, 3), (2, 4, 7), (5, 6, 2))
    ]


BACKGROUND = Exercise(
    name="add_background",
    reference=_with_background,
    cases=_motion_cases,
    mistakes=[
        Mistake(
            "zeros for the background",
            lambda m: torch.cat([torch.zeros_like(m[:1]), m]),
            "A sparse motion says where to look, not how far to go: zeros make every pixel look at the centre.",
        ),
        Mistake(
            "background last",
            lambda m: torch.cat([m, coordinate_grid(m.shape[1], m.shape[2])[None]]),
            "Which index has the background?",
        ),
        Mistake(
            "(y, x) instead of (x, y)",
            lambda m: torch.cat([coordinate_grid(m.shape[1], m.shape[2]).flip(-1)[None], m]),
            "A pixel of the first row, at the right, looks at (+1, -1): x comes first, and the height is given first.",
        ),
    ],
    hints=["The background does not move: where does each of its pixels look?", "geometry.coordinate_grid helps."],
)


def _mix(masks: Tensor, motions: Tensor) -> Tensor:
    return (masks[..., None] * motions).sum(0)


def _mix_cases() -> list[Case]:
    random = seeded(7)
    cases = []
    for name, count, sharpness in (("soft masks", 4, 1.0), ("nearly hard masks", 3, 20.0), ("one keypoint", 2, 1.0)):
        logits = sharpness * torch.randn(count, 5, 6, generator=random)
        cases.append(Case(name, (logits.softmax(0), torch.randn(count, 5, 6, 2, generator=random))))
    return cases


MIXTURE = Exercise(
    name="mix_motions",
    reference=_mix,
    cases=_mix_cases,
    mistakes=[
        Mistake(
            "background forgotten",
            lambda masks, motions: _mix(masks[1:], motions[1:]),
            "Eq. 7 has a term in front of its sum.",
        ),
        Mistake(
            "mean of the motions",
            lambda _, motions: motions.mean(0),
            "Every pixel listens to its own masks.",
        ),
        Mistake(
            "divided by the number of motions",
            lambda masks, motions: (masks[..., None] * motions).mean(0),
            "The masks sum to 1 already.",
        ),
    ],
    hints=["Masks need one more axis at the end before they can multiply (x, y).", "Sum over the k+1 axis."],
)


def _error_cases() -> list[Case]:
    random = seeded(11)
    cases = []
    for name, shape, hidden in (
        ("all visible", (8, 8), 0.0),
        ("half of it hidden", (9, 9), 0.5),
        ("a wide picture", (5, 11), 0.3),
    ):
        truth = coordinate_grid(*shape) + 0.1 * torch.randn(*shape, 2, generator=random)
        seen = torch.rand(*shape, generator=random) >= hidden
        cases.append(Case(name, (truth + 0.2 * torch.randn(*shape, 2, generator=random), truth, seen)))
    return cases


def _pixels(truth: Tensor) -> Tensor:
    return torch.tensor([(truth.shape[1] - 1) / 2, (truth.shape[0] - 1) / 2])


ENDPOINT = Exercise(
    name="endpoint_error",
    reference=endpoint_error,
    cases=_error_cases,
    mistakes=[
        Mistake(
            "hidden pixels counted",
            lambda d, t, _: ((d - t) * _pixels(t)).norm(dim=-1).mean(),
            "Where the source does not show a place there is nothing right to look at.",
        ),
        Mistake(
            "normalised units",
            lambda d, t, v: (d - t).norm(dim=-1)[v].mean(),
            "The answer is in pixels: from -1 to +1 there are width - 1 of them.",
        ),
        Mistake(
            "squared distances",
            lambda d, t, v: ((d - t) * _pixels(t)).square().sum(-1)[v].mean(),
            "A distance has a root.",
        ),
        Mistake(
            "width / 2 pixels a unit",
            lambda d, t, v: ((d - t) * torch.tensor([t.shape[1] / 2, t.shape[0] / 2])).norm(dim=-1)[v].mean(),
            "-1 and +1 are the centres of the corner pixels, not the picture's edges.",
        ),
    ],
    hints=["Turn both components into pixels before taking the length.", "Then take the mean over visible pixels."],
)

HARM = 0.25  # of the plain mean's error, where one opinion is wrong
COST = 2.0  # times the plain mean's error, where none is


def _crowds() -> list[Case]:
    """Opinions: masks (k+1 h w), motions (k+1 h w 2); the bound on the error, and where to look (h w 2).

    Four motions that nearly agree share each pixel, with one more that goes astray by ``far``; the others' masks are
    almost 0, and so their opinions, which are far off, count for nothing.
    """
    random = seeded(29)
    found = []
    for name, share, far in (
        ("one goes far astray", 0.4, 1.0),
        ("one is a little off", 0.35, 0.5),
        ("all agree", 0.2, 0.0),
    ):
        truth = coordinate_grid(6, 7) + 0.1 * torch.randn(6, 7, 2, generator=random)
        motions = truth + 0.02 * torch.randn(9, 6, 7, 2, generator=random)
        away = torch.randn(5, 6, 7, 2, generator=random)
        away = away / away.norm(dim=-1, keepdim=True)
        motions[4] += far * away[0]
        motions[5:] += away[1:]
        masks = torch.cat(
            [torch.full((4, 6, 7), (0.996 - share) / 4), torch.full((1, 6, 7), share), torch.full((4, 6, 7), 0.001)]
        )
        order = torch.rand(9, 6, 7, generator=random).argsort(0)  # nobody is known by a number
        masks, motions = masks.gather(0, order), motions.gather(0, order[..., None].expand_as(motions))
        plain = float((_mix(masks, motions) - truth).norm(dim=-1).mean())
        found.append(Case(name, (masks, motions), (plain * (HARM if far else COST), truth)))
    return found


def _weighted_median(masks: Tensor, motions: Tensor) -> Tensor:
    ordered, order = motions.sort(dim=0)
    passed = masks[..., None].expand_as(motions).gather(0, order).cumsum(0) >= 0.5 * masks.sum(0)[..., None]
    return ordered.gather(0, passed.int().argmax(0)[None])[0]


def _strongest(masks: Tensor, motions: Tensor) -> Tensor:
    return motions.gather(0, masks.argmax(0)[None, ..., None].expand(1, *motions.shape[1:]))[0]


def _robust(deformation: Any, masks: Tensor, motions: Tensor, bound: float, truth: Tensor) -> str | None:
    """What is wrong with a mixture, by its distance from the truth in units of the plain mean's."""
    mine = as_tensor(deformation)
    if wrong := misshapen(mine, motions.shape[1:]):
        return wrong
    off = float((mine - truth).norm(dim=-1).mean())
    plain = float((_mix(masks, motions) - truth).norm(dim=-1).mean())
    if off <= bound:
        return None
    return f"off by {off:.3f} on average, Eq. 7 by {plain:.3f}; expected {bound:.3f} or less"


ROBUST = Exercise(
    name="robust_mix",
    reference=_weighted_median,
    cases=_crowds,
    property=_robust,
    mistakes=[
        Mistake(
            "Eq. 7 itself",
            _mix,
            "A mean goes along with every opinion, however far off, in proportion to its mask. What does not?",
        ),
        Mistake(
            "the strongest takes all",
            _strongest,
            "The one that goes astray can have the largest mask, while the others agree with each other.",
        ),
        Mistake(
            "a median of all motions alike",
            lambda _, motions: motions.median(0).values,
            "Most motions are far off at any pixel, and have no share in it. Their masks have to count.",
        ),
    ],
    hints=[
        "Take one pixel and one coordinate: sort the opinions. Where is half of the *shares* reached?",
        "Or repeat: mean, then smaller weights for those that are far from it.",
    ],
)

EXERCISES = (HEATMAP, BACKGROUND, MIXTURE, ENDPOINT, ROBUST)
QUIZ = (
    Key("d", "a keypoint that stays where it is leaves no trace"),
    Key("b", "its motion is the identity: every pixel looks at itself"),
    Key("c", "they are a softmax over the k+1 local motions"),
    Key("b", "an absolute sampling grid, not a displacement"),
    Key("d", "the mixture bends where two motions meet"),
)
