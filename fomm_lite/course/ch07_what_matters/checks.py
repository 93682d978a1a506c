"""Exercises and quiz of notebook 07: measuring what an ingredient does."""

import torch
from torch import Tensor

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.linear import apply_line, fit_line
from fomm_lite.course.kit.quiz import Key


def _ratio(l1: Tensor, copy_l1: Tensor) -> Tensor:
    return l1.sum() / copy_l1.sum()


def _ratio_cases() -> list[Case]:
    random = seeded(0)
    copying = torch.rand(7, generator=random) * 0.1 + 0.02
    return [
        Case("two clips", (torch.tensor([0.02, 0.03]), torch.tensor([0.05, 0.05]))),
        Case("a clip that hardly moves", (torch.tensor([0.010, 0.004]), torch.tensor([0.080, 0.001]))),
        Case("seven clips", (copying * (0.3 + torch.rand(7, generator=random)), copying)),
    ]


def _paired(a: Tensor, b: Tensor, draws: Tensor) -> Tensor:
    return torch.quantile((b - a)[draws].mean(1), torch.tensor([0.025, 0.975]))


def _unpaired(a: Tensor, b: Tensor, draws: Tensor) -> Tensor:
    ends = torch.tensor([0.025, 0.975])
    mine, other = torch.quantile(b[draws].mean(1), ends), torch.quantile(a[draws].mean(1), ends)
    return torch.stack([mine[0] - other[1], mine[1] - other[0]])


def _paired_cases() -> list[Case]:
    cases = []
    for number, (name, clips, gap) in enumerate(
        [
            ("b a little better on every clip", 12, -0.002),
            ("no difference but noise", 20, 0.0),
            ("b much worse", 9, 0.05),
        ]
    ):
        random = seeded(number)
        a = torch.rand(clips, generator=random) * 0.1
        b = a + gap + 0.004 * torch.randn(clips, generator=random)
        cases.append(Case(name, (a, b, torch.randint(clips, (400, clips), generator=random))))
    return cases


def _landmarks(positions: Tensor, landmarks: Tensor, test: Tensor, truth: Tensor, *, one: bool = True) -> Tensor:
    """Predicted minus true landmarks of the test pictures, in normalised units."""
    inputs, asked, outputs = positions.flatten(1), test.flatten(1), landmarks.flatten(1)
    straight = asked @ torch.linalg.lstsq(inputs, outputs).solution
    return (apply_line(fit_line(inputs, outputs), asked) if one else straight).view_as(truth) - truth


def _landmark_error(positions: Tensor, landmarks: Tensor, test: Tensor, truth: Tensor, size: int) -> Tensor:
    return _landmarks(positions, landmarks, test, truth).norm(dim=-1).mean() * (size - 1) / 2


def _landmark_cases() -> list[Case]:
    cases = []
    for number, (name, k, n, size, noise) in enumerate(
        [
            ("landmarks beside the keypoints", 2, 3, 32, 0.02),
            ("a landmark that never moves", 2, 1, 64, 0.0),
            ("larger pictures, more noise", 3, 4, 256, 0.1),
        ]
    ):
        random = seeded(10 + number)
        mix = torch.randn(2 * k, 2 * n, generator=random) * (0.0 if noise == 0 else 0.4)
        shift = 0.5 * torch.rand(2 * n, generator=random) + 0.1

        def some(count: int, random=random, mix=mix, shift=shift, noise=noise, k=k, n=n) -> tuple[Tensor, Tensor]:  # type: ignore[no-untyped-def]
            at = torch.rand(count, k, 2, generator=random) - 0.5
            marks = at.flatten(1) @ mix + shift + (noise + 0.01) * torch.randn(count, 2 * n, generator=random)
            return at, marks.unflatten(1, (n, 2))

        cases.append(Case(name, (*some(40), *some(6), size)))
    return cases


def _kept(logits: Tensor, keypoints: list[int]) -> Tensor:
    keep = [0, *(index + 1 for index in keypoints)]
    masks = torch.zeros_like(logits)
    masks[:, keep] = logits[:, keep].softmax(dim=1)
    return masks


def _kept_without_offset(logits: Tensor, keypoints: list[int]) -> Tensor:
    return _kept(logits, [index - 1 for index in keypoints if index > 0])


def _kept_without_background(logits: Tensor, keypoints: list[int]) -> Tensor:
    keep = [index + 1 for index in keypoints]
    masks = torch.zeros_like(logits)
    if keep:
        masks[:, keep] = logits[:, keep].softmax(dim=1)
    return masks


def _kept_after_softmax(logits: Tensor, keypoints: list[int]) -> Tensor:
    masks = torch.zeros_like(logits)
    keep = [0, *(index + 1 for index in keypoints)]
    masks[:, keep] = logits.softmax(dim=1)[:, keep]
    return masks


def _kept_as_zero_logits(logits: Tensor, keypoints: list[int]) -> Tensor:
    zeroed = torch.zeros_like(logits)
    keep = [0, *(index + 1 for index in keypoints)]
    zeroed[:, keep] = logits[:, keep]
    return zeroed.softmax(dim=1)


def _kept_cases() -> list[Case]:
    random = seeded(20)
    return [
        Case("keypoints 0 and 2 of 4", (2 * torch.randn(1, 5, 3, 3, generator=random), [0, 2])),
        Case("one keypoint, two pictures", (torch.randn(2, 4, 2, 3, generator=random), [1])),
        Case("all of them", (torch.randn(1, 4, 2, 2, generator=random), [0, 1, 2])),
        Case("none: only the background is left", (torch.randn(1, 3, 2, 2, generator=random), [])),
    ]


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="held_out_ratio",
        reference=_ratio,
        cases=_ratio_cases,
        mistakes=[
            Mistake(
                "mean of the ratios",
                lambda l1, copy_l1: (l1 / copy_l1).mean(),
                "A clip in which almost nothing moves then counts as much as a whole dance. Which comes first, adding"
                " or dividing?",
            ),
            Mistake(
                "the wrong one below",
                lambda l1, copy_l1: copy_l1.sum() / l1.sum(),
                "1 should mean as bad as not moving, and 0 perfect. What does yours give for a perfect model?",
            ),
            Mistake(
                "a difference",
                lambda l1, copy_l1: copy_l1.mean() - l1.mean(),
                "This is a gain in L1, which depends on how much the clips move. What has no unit?",
            ),
        ],
        hints=[
            "What would a model score that returns the source unchanged?",
            "Add up over the clips first, then divide.",
        ],
    ),
    Exercise(
        name="paired_interval",
        reference=_paired,
        cases=_paired_cases,
        mistakes=[
            Mistake(
                "the clips are not paired",
                _unpaired,
                "Both models saw the same clips. What happens to a clip that is hard for both if you subtract before"
                " taking means?",
            ),
            Mistake(
                "the wrong sign",
                lambda a, b, draws: _paired(b, a, draws),
                "Less L1 is better: where b is better than a, the interval should lie below 0.",
            ),
            Mistake(
                "spread of the clips, not of their mean",
                lambda a, b, _: torch.quantile(b - a, torch.tensor([0.025, 0.975])),
                "This says where single clips lie. How sure the mean is, the draws tell: what do you compute in each of"
                " them?",
            ),
            Mistake(
                "an interval of 90 %",
                lambda a, b, draws: torch.quantile((b - a)[draws].mean(1), torch.tensor([0.05, 0.95])),
                "How much is to be left out at each end, so that 95 % stay?",
            ),
        ],
        hints=[
            "`values[draws]` has one row for each draw, with repetitions.",
            "Three steps: a difference for each clip, a mean for each draw, two percentiles of these means.",
        ],
    ),
    Exercise(
        name="landmark_error",
        reference=_landmark_error,
        cases=_landmark_cases,
        relative=1e-3,
        mistakes=[
            Mistake(
                "no constant",
                lambda *given: _landmarks(*given[:4], one=False).norm(dim=-1).mean() * (given[4] - 1) / 2,
                "Where do your landmarks lie when all keypoints are at (0, 0)? A column of ones frees them.",
            ),
            Mistake(
                "normalised units",
                lambda *given: _landmarks(*given[:4]).norm(dim=-1).mean(),
                "A picture is 2 units wide from the first pixel centre to the last. How many pixels is one unit?",
            ),
            Mistake(
                "dx and dy, not the distance",
                lambda *given: _landmarks(*given[:4]).abs().mean() * (given[4] - 1) / 2,
                "This is what the released evaluation calls AKD: the mean of |dx| and |dy|. Asked for is the length.",
            ),
            Mistake(
                "measured on the training pictures",
                lambda positions, landmarks, _, __, size: _landmark_error(
                    positions, landmarks, positions, landmarks, size
                ),
                "A fit is always good where it was made. Which pictures has it not seen?",
            ),
        ],
        hints=[
            "`torch.linalg.lstsq(inputs, outputs).solution` wants one row a picture in both: flatten two axes.",
            "Inputs: 2 k numbers and a 1. Then a length for each landmark, the mean, and the factor to pixels.",
        ],
    ),
    Exercise(
        name="kept_keypoints",
        reference=_kept,
        cases=_kept_cases,
        mistakes=[
            Mistake(
                "forgot that index 0 is the background",
                _kept_without_offset,
                "Mask 0 belongs to no keypoint. At which index does keypoint 0 stand?",
            ),
            Mistake(
                "the background is gone too",
                _kept_without_background,
                "With no keypoint kept, somebody must still explain every pixel.",
            ),
            Mistake(
                "switched off after the softmax",
                _kept_after_softmax,
                "What do your masks sum to? A deformation mixed with less than 1 in all is pulled to (0, 0).",
            ),
            Mistake(
                "a logit of 0 is no switch",
                _kept_as_zero_logits,
                "exp(0) is 1, so the mask still gets a share. Which number has an exponential of 0?",
            ),
        ],
        hints=[
            "The masks of what is left must sum to 1 at every pixel.",
            "Change the logits, then take the softmax over axis 1.",
        ],
    ),
)
QUIZ: tuple[Key, ...] = (
    Key("b", found="everything else is the same: data, steps, seed, learning rate"),
    Key("d", found="an interval over clips knows nothing of another seed"),
    Key("a", found="jacobians that nobody holds to the warp are worse than none"),
    Key("c", found="a switch at test time asks whether this model uses an ingredient"),
    Key("b", found="the sharpness it was trained with is the best one"),
)
