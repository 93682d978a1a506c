"""Exercises and quiz of notebook 07: measuring what an ingredient does."""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
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


class Drawn:
    """A figure whose keypoints each explain some of its pixels; calling it with a list says what share is left over."""

    def __init__(self, parts: dict[str, tuple[int, int]], order: Sequence[str]) -> None:
        self.pixels = [set(range(*parts[name])) for name in order]
        self.whole = max(end for _, end in parts.values())

    def __call__(self, keypoints: Iterable[int]) -> float:
        """The share that none of the keypoints explains."""
        kept = [self.pixels[int(keypoint)] for keypoint in keypoints]
        return 1 - len(set().union(*kept)) / self.whole


_PARTS = {  # from pixel to pixel: several keypoints sit on the head and the body, as in trained models
    "head": (0, 30), "face": (0, 29), "brow": (1, 30), "chin": (2, 30),
    "body": (30, 56), "chest": (30, 56), "left arm": (56, 68), "right arm": (68, 79),
    "hand": (58, 68), "foot": (79, 80),
}  # fmt: skip


def _choice_cases() -> list[Case]:
    names = list(_PARTS)
    mixed = [names[at] for at in torch.randperm(len(names), generator=seeded(5)).tolist()]
    fewer = ["brow", "head", "hand", "foot", "chest", "face", "left arm", "right arm"]
    return [
        Case(name, (Drawn(_PARTS, order), len(order)))
        for name, order in (("ten keypoints", names[::-1]), ("ten in another order", mixed), ("eight", fewer))
    ]


def _best_four(error: Callable[[Iterable[int]], float], k: int) -> list[int]:
    return list(min(combinations(range(k), 4), key=error))


def _chosen(answer: Callable[..., Any]) -> Callable[..., Any]:
    """An answer whose order does not count."""

    def sorted_answer(*given: Any) -> Any:
        found = answer(*given)
        return sorted(found) if isinstance(found, list | tuple | set) else found

    return sorted_answer


def _leaves_too_much(chosen: object, error: Callable[[Iterable[int]], float], k: int) -> str | None:
    kept = [int(each) for each in chosen]  # type: ignore[attr-defined]
    if len(set(kept)) != 4 or not set(kept) <= set(range(k)):
        return f"got {kept}; expected four different numbers below {k}"
    left, best = error(kept), error(_best_four(error, k))
    return None if left <= 1.02 * best else f"with {kept} an error of {left:.2f} is left, and there are four with less"


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
    Exercise(
        name="four_to_keep",
        reference=_best_four,
        cases=_choice_cases,
        use=_chosen,
        property=_leaves_too_much,
        mistakes=[
            Mistake("the first four", lambda _error, _k: [0, 1, 2, 3], "The order of keypoints means nothing."),
            Mistake(
                "the four that do best alone",
                lambda error, k: sorted(range(k), key=lambda one: error([one]))[:4],
                "Two that sit on one part explain the same pixels twice. What does the second add to the first?",
            ),
            Mistake(
                "the four that are missed most",
                lambda error, k: sorted(range(k), key=lambda one: error([*range(one), *range(one + 1, k)]))[-4:],
                "Of two that sit on one part neither is missed, for the other stands in. Both gone, the part is lost.",
            ),
        ],
        hints=[
            "How many sets of four are there among ten? itertools.combinations(range(k), 4) has them all.",
            "Cheaper: begin with the best one, then add whichever helps most beside those you have.",
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
