"""Exercises and quiz of the notebook on losses and training."""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, one_value, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.training import losses


def _pyramid(prediction: Tensor, driving: Tensor) -> Tensor:
    return losses.pyramid_l1(prediction, driving, 3)


def _picture_cases() -> list[Case]:
    random = seeded(2)

    def pictures(height: int, width: int) -> tuple[Tensor, Tensor]:
        return torch.rand(2, 3, height, width, generator=random), torch.rand(2, 3, height, width, generator=random)

    light = torch.full((1, 3, 8, 8), 0.4)
    return [
        Case("noise", pictures(16, 16)),
        Case("one is lighter", (light, light + 0.3)),
        Case("wide pictures", pictures(8, 20)),
    ]


PYRAMID = Exercise(
    name="pyramid_l1",
    reference=_pyramid,
    cases=_picture_cases,
    mistakes=[
        Mistake(
            "full resolution only",
            lambda p, d: (p - d).abs().mean(),
            "Three levels, each half as large as the one before; shrink first, take the absolute value then.",
        ),
        Mistake(
            "sum of the levels",
            lambda p, d: 3 * _pyramid(p, d),
            "The mean over levels, so that more levels do not make the term heavier.",
        ),
        Mistake(
            "coarsest level only",
            lambda p, d: F.avg_pool2d(p - d, 4).abs().mean(),
            "The finer levels count as much: they place the edges.",
        ),
    ],
    hints=["F.avg_pool2d(x, 2) halves a picture.", "A mean of three numbers, one a level."],
)


def _rate(progress: float, peak: float) -> float:
    up = min(1.0, progress / 0.05)
    down = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - progress) / 0.5))
    return peak * min(up, down)


def _rate_cases() -> list[Case]:
    return [
        Case(f"{name} ({progress:.0%} done)", (progress, peak))
        for name, peak, every in (
            ("in the warm-up", 2e-3, (0.0, 0.02, 0.04)),
            ("on the plateau", 2e-3, (0.05, 0.1, 0.3, 0.45, 0.5)),
            ("in the cool-down", 2e-3, (0.52, 0.6, 0.7, 0.75, 0.8, 0.9, 0.99, 1.0)),
            ("another peak", 0.5, (0.01, 0.2, 0.65)),
        )
        for progress in every
    ]


RATE = Exercise(
    name="learning_rate",
    reference=_rate,
    cases=_rate_cases,
    mistakes=[
        Mistake(
            "no warm-up",
            lambda p, peak: peak * (0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - p) / 0.5))),
            "It begins at 0.",
        ),
        Mistake(
            "a straight cool-down",
            lambda p, peak: peak * min(1.0, p / 0.05, (1 - p) / 0.5),
            "Down along half a cosine: slowly at first, slowly at the end.",
        ),
        Mistake(
            "cosine from the start",
            lambda p, peak: peak * min(1.0, p / 0.05) * (0.5 + 0.5 * math.cos(math.pi * p)),
            "It is flat until half of the training is done.",
        ),
    ],
    hints=[
        "Three pieces: up, flat, down; the smallest of two factors does it.",
        "How much is left? (1 - progress) / 0.5.",
    ],
)


def _lsgan(real: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
    return (1 - generated).square().mean(), (1 - real).square().mean() + generated.square().mean()


def _map_cases() -> list[Case]:
    random = seeded(4)
    return [
        Case("undecided", (torch.rand(2, 1, 3, 3, generator=random), torch.rand(2, 1, 3, 3, generator=random))),
        Case("seen through", (torch.ones(1, 1, 2, 2), torch.full((1, 1, 2, 2), 0.1))),
        Case("fooled", (torch.full((1, 1, 2, 2), 0.2), torch.full((1, 1, 2, 2), 0.9))),
    ]


LSGAN = Exercise(
    name="lsgan_terms",
    reference=_lsgan,
    cases=_map_cases,
    mistakes=[
        Mistake(
            "the two terms swapped",
            lambda r, g: _lsgan(r, g)[::-1],
            "Return the generator's term first.",
        ),
        Mistake(
            "generator wants zero",
            lambda r, g: (g.square().mean(), _lsgan(r, g)[1]),
            "What would the generator like the discriminator to say about its picture?",
        ),
        Mistake(
            "real ones forgotten",
            lambda r, g: (_lsgan(r, g)[0], g.square().mean()),
            "A discriminator that says 0 to everything must pay for it.",
        ),
    ],
    hints=["Real pictures should get 1, generated ones 0; squares of the distance.", "Two numbers: return a, b."],
)

DIAGNOSIS = one_value(
    "diagnosis",
    right="b",
    wrong={
        "a": ("a", "A rate that is too high shows in the losses: they jump or stay high."),
        "c": ("c", "Its reconstruction falls as in the healthy run: something is learnt, by the generator."),
        "d": ("d", "Look at the right-hand picture: one curve lies far below the others."),
    },
    hints=["Which of the three curves in the right-hand picture stands out?", "What pushes keypoints apart?"],
)

FACTORS = (1, 2, 4, 8, 16)


def _differences(picture: Tensor, shift: int) -> Tensor:
    return (picture - picture.roll(shift, 2))[None]


def _coarse_enough(picture: Tensor, shifts: list[int]) -> int:
    for factor in FACTORS:
        errors = [float(F.avg_pool2d(_differences(picture, s), factor).abs().mean()) for s in shifts]
        if all(later > earlier - 1e-6 for earlier, later in pairwise(errors)):
            return factor
    return 0


def _blind(picture: Tensor, shifts: list[int]) -> int:
    """Absolute values taken before the shrinking."""
    errors = [float(_differences(picture, s).abs().mean()) for s in shifts]
    return 1 if all(later > earlier - 1e-6 for earlier, later in pairwise(errors)) else 0


def _ends_only(picture: Tensor, shifts: list[int]) -> int:
    return next(
        (
            factor
            for factor in FACTORS
            if F.avg_pool2d(_differences(picture, shifts[-1]), factor).abs().mean()
            > F.avg_pool2d(_differences(picture, shifts[0]), factor).abs().mean()
        ),
        0,
    )


def _shift_cases() -> list[Case]:
    across = torch.arange(64)
    inside = ((across - 20.0) ** 2 + (across[:, None] - 32.0) ** 2 < 144).float()

    def filled(half: int) -> Tensor:
        return ((across // half % 2).float() * inside * 0.8 + 0.1).expand(3, 64, 64).contiguous()

    shifts = list(range(0, 21, 2))
    return [
        Case("a plain disc", ((inside * 0.8 + 0.1).expand(3, 64, 64).contiguous(), shifts)),
        Case("fine stripes", (filled(2), shifts)),
        Case("wider stripes", (filled(4), shifts)),
        Case("stripes without an end", ((across // 4 % 2).float().expand(3, 64, 64).contiguous(), shifts)),
    ]


COARSE = Exercise(
    name="coarse_enough",
    reference=_coarse_enough,
    cases=_shift_cases,
    mistakes=[
        Mistake(
            "absolute values taken before shrinking",
            _blind,
            "Then nothing cancels, and every level says the same as the first. In which order does Eq. 9 have it?",
        ),
        Mistake(
            "first and last shift only",
            _ends_only,
            "Between the two the error may go down and up again: compare each shift with the next.",
        ),
        Mistake("always the coarsest", lambda _picture, _shifts: 16, "Is a plain disc not felt on a finer level?"),
    ],
    hints=[
        "For each factor a list of errors, one a shift; is it equal to its sorted self, but for rounding?",
        "picture.roll(shift, 2) shifts sideways; F.avg_pool2d needs a first axis for the batch.",
    ],
)

EXERCISES = (PYRAMID, COARSE, RATE, LSGAN, DIAGNOSIS)
QUIZ = (
    Key("a", "a coarse level still feels a shift that a fine one cannot"),
    Key("a", "reaches keypoints and masks without passing through the generator"),
    Key("c", "the discriminator has an optimiser of its own"),
    Key("a", "compare with copying the source on clips that were held out"),
    Key("d", "A stopped training goes on from its checkpoint as if nothing had happened"),
)
