"""Exercises and quiz of the notebook on autoencoders and GANs."""

import math
from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.ch01_autoencoders_and_gans.gan import HEAPS, heap_centres
from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key


def _codes() -> list[Case]:
    dice = seeded(101)

    def case(name: str, pictures: int, code: int, pixels: int, *, centred: bool = False) -> Case:
        basis = torch.linalg.qr(torch.randn(pixels, code, generator=dice)).Q.T
        mean = torch.zeros(pixels) if centred else 0.2 + 0.6 * torch.rand(pixels, generator=dice)
        return Case(name, (torch.rand(pictures, pixels, generator=dice), mean, basis))

    return [
        case("one number for nine pixels", 3, 1, 9),
        case("a code of four", 5, 4, 12),
        case("a mean of zero", 2, 3, 8, centred=True),
    ]


def _persons() -> list[Case]:
    dice = seeded(102)

    def case(name: str, who: list[int]) -> Case:
        drawn = [torch.randn(*shape, generator=dice) for shape in ((len(who), 6), (3, 6), (2, 6, 3))]
        return Case(name, (*drawn, torch.tensor(who)))

    return [case("both persons", [0, 1, 1, 0, 1]), case("person 0 only", [0, 0]), case("person 1 only", [1])]


def _swapped(pictures: Tensor, encoder: Tensor, decoders: Tensor, who: Tensor) -> Tensor:
    return torch.einsum("bpc,bc->bp", decoders[1 - who], pictures @ encoder.T)


def _densities() -> list[Case]:
    x = torch.linspace(-3, 3, 13)
    bell = [(-0.5 * (x - middle) ** 2).exp() / math.sqrt(2 * math.pi) for middle in (-1.0, 1.0, 0.0)]
    wide = (-0.5 * (x / 2) ** 2).exp() / math.sqrt(8 * math.pi)
    pairs = {
        "two bells apart": (bell[0], bell[1]),
        "a generator that has learnt everything": (bell[2], bell[2]),
        "a generator that spreads too far": (bell[2], wide),
    }
    return [Case(name, (real, made)) for name, (real, made) in pairs.items()]


def _scores() -> list[Case]:
    return [
        Case("four scores", (torch.tensor([-2.0, 0.0, 0.5, 3.0]),)),
        Case("a generator seen through", (torch.full((6,), -5.0),)),
        Case("one score", (torch.tensor([0.25]),)),
        Case("many scores", (torch.randn(40, generator=seeded(104)),)),
    ]


def _generators() -> list[Case]:
    """Data and what generators made of it: real points (n 2), made ones (g n 2); and the heaps missing (g)."""
    kept = {
        "data on a circle": [[0, 2, 4, 6], list(range(8)), [3], [0, 1, 3, 4, 6]],
        "data that lie to the right": [[0, 4], [0, 1, 2, 3, 5, 6, 7], [7, 1, 4], [2]],
        "a stretched circle": [list(range(8)), [0, 1, 2], [1, 2, 3, 5, 6, 7], [6, 2]],
    }
    moves = {"data that lie to the right": (1.0, 3.0), "a stretched circle": (2.0, 0.0)}
    found = []
    for seed, (name, generators) in enumerate(kept.items(), 20):
        random = seeded(seed)
        stretch, right = moves.get(name, (1.0, 0.0))
        centres = heap_centres() * torch.tensor([stretch, 1.0]) + torch.tensor([right, 0.0])
        real, *made = (
            centres[torch.tensor(heaps)[torch.randint(len(heaps), (240,), generator=random)]]
            + 0.05 * torch.randn(240, 2, generator=random)
            for heaps in [list(range(HEAPS)), *generators]
        )
        found.append(Case(name, (real, torch.stack(made)), ([HEAPS - len(heaps) for heaps in generators],)))
    return found


def _order(scores: Any, _real: Tensor, made: Tensor, missing: list[int]) -> str | None:
    """What is wrong with scores of generators: a worse one must have the larger score."""
    mine = as_tensor(scores)
    if wrong := misshapen(mine, made.shape[:1], ", one number for each generator"):
        return wrong
    order = sorted(range(len(missing)), key=missing.__getitem__)
    for better, worse in zip(order, order[1:], strict=False):
        if not mine[better] + 1e-9 < mine[worse]:
            lacks = f"one that lacks {missing[worse]} of 8 heaps got {mine[worse]:.3f}"
            return f"{lacks}, one that lacks {missing[better]} got {mine[better]:.3f}; expected less for the latter"
    return None


MISSING = Exercise(
    name="how_much_is_missing",
    reference=lambda real, made: torch.stack([torch.cdist(real, each).amin(1).mean() for each in made]),
    cases=_generators,
    property=_order,
    mistakes=[
        Mistake(
            "asked the generated points",
            lambda real, made: torch.stack([torch.cdist(each, real).amin(1).mean() for each in made]),
            "Every generated point lies near a real one, also where a single heap is made. Whom do you have to ask?",
        ),
        Mistake(
            "the spreads compared",
            lambda real, made: (made.std(1) - real.std(0)).abs().mean(-1),
            "Two heaps opposite each other spread as far as eight do. What tells them apart?",
        ),
        Mistake(
            "the means compared",
            lambda real, made: (made.mean(1) - real.mean(0)).norm(dim=-1),
            "Two heaps opposite each other have the mean of all eight. What tells them apart?",
        ),
    ],
    hints=[
        "Draw real and generated points of one case, and point at what is missing. What is far from what there?",
        "`torch.cdist(a, b)` holds all distances; a minimum along one of its axes asks for the nearest.",
    ],
)
EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="linear_autoencoder",
        reference=lambda pictures, mean, basis: (pictures - mean) @ basis.T @ basis + mean,
        cases=_codes,
        mistakes=(
            Mistake(
                "the mean was not taken off",
                lambda pictures, mean, basis: pictures @ basis.T @ basis + mean,
                "What do the directions describe: pictures, or how pictures differ from the mean one?",
            ),
            Mistake(
                "the mean was not put back",
                lambda pictures, mean, basis: (pictures - mean) @ basis.T @ basis,
                "Feed it the mean picture itself: its code is zero. What should be painted from a code of zeros?",
            ),
            Mistake(
                "no mean at all",
                lambda pictures, _, basis: pictures @ basis.T @ basis,
                "One argument is not used. Where would a code of zeros lead, and where should it?",
            ),
        ),
        hints=(
            "Two steps: first k numbers for each picture, then pixels from those k numbers.",
            "The code is (pictures - mean) times the transposed basis; check that its shape is (b, k).",
        ),
    ),
    Exercise(
        name="swapped_persons",
        reference=_swapped,
        cases=_persons,
        mistakes=(
            Mistake(
                "everybody by their own decoder",
                lambda pictures, encoder, decoders, who: torch.einsum(
                    "bpc,bc->bp", decoders[who], pictures @ encoder.T
                ),
                "That restores every picture as it was. Whose decoder paints the other person?",
            ),
            Mistake(
                "everybody as person 1",
                lambda pictures, encoder, decoders, _: pictures @ encoder.T @ decoders[1].T,
                "Person 1 should come out as person 0. Who is in a picture is told by `who`.",
            ),
            Mistake(
                "everybody as person 0",
                lambda pictures, encoder, decoders, _: pictures @ encoder.T @ decoders[0].T,
                "Person 0 should come out as person 1. Who is in a picture is told by `who`.",
            ),
        ),
        hints=(
            "The encoder is the same for all: the codes are pictures @ encoder.T.",
            "Loop over the pictures: number b is painted by decoders[1 - who[b]].",
        ),
    ),
    Exercise(
        name="best_discriminator",
        reference=lambda real, generated: real / (real + generated),
        cases=_densities,
        mistakes=(
            Mistake(
                "the share of generated points",
                lambda real, generated: generated / (real + generated),
                "The discriminator says how likely a point is *real*. What should it say where nothing real is?",
            ),
            Mistake(
                "real over generated",
                lambda real, generated: real / generated,
                "That can exceed 1. Of all points that fall at x, which share is real?",
            ),
            Mistake(
                "the sign only",
                lambda real, generated: (real > generated).float(),
                "A judge that is sure pays dearly when wrong: -log 0. What does it say where both are possible?",
            ),
        ),
        hints=(
            "At one x the loss is -p log Dis - q log(1 - Dis). Where is its slope in Dis zero?",
            "-p / Dis + q / (1 - Dis) = 0; solve for Dis.",
        ),
    ),
    Exercise(
        name="least_squares_slope",
        reference=lambda scores: 2 * (scores - 1) / len(scores),
        cases=_scores,
        mistakes=(
            Mistake(
                "the sign is turned",
                lambda scores: 2 * (1 - scores) / len(scores),
                "The inner derivative of (1 - Dis) with respect to Dis is -1.",
            ),
            Mistake(
                "a sum instead of a mean",
                lambda scores: 2 * (scores - 1),
                "The loss is a mean: each score has only its share of it.",
            ),
            Mistake(
                "the discriminator's slope",
                lambda scores: 2 * scores / len(scores),
                "That pulls scores of generated points towards 0, as the discriminator wants. And the generator?",
            ),
            Mistake(
                "the square was not differentiated",
                lambda scores: (scores - 1) / len(scores),
                "The derivative of u squared is 2 u.",
            ),
        ),
        hints=(
            "Write the loss as (1/n) sum over i of (1 - s_i)^2 and differentiate with respect to one s_i.",
            "At a score of 1 the slope is zero; below 1 it must be negative, so that descent raises the score.",
        ),
    ),
    MISSING,
)
QUIZ: tuple[Key, ...] = (
    Key("a", "so the code need not say it"),
    Key("c", "the pose comes from the encoder and the looks come from the decoder"),
    Key("d", "one good answer satisfies a discriminator that forgets"),
    Key("c", "its slope is nearly zero exactly where the generator is worst"),
    Key("a", "one picture of somebody it has never seen"),
)
