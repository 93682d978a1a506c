"""Exercises and quiz of the notebook on detecting and defending."""

import torch
from torch import Tensor

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.forensics import auc, precision_at
from fomm_lite.forensics.cues import temporal_jitter


def _track_cases() -> list[Case]:
    steady = torch.arange(6.0).double()[:, None, None] * torch.tensor([[0.125, -0.25], [0.0, 0.5]]).double()
    shaken = steady.clone()
    shaken[1::2, 0, 1] += 0.25
    walk = torch.randn(9, 4, 2, generator=seeded(0)).double().cumsum(0)
    return [
        Case("points that move steadily", (steady,)),
        Case("one of two points shakes", (shaken,)),
        Case("points that stumble", (walk,)),
    ]


def _second(tracks: Tensor) -> Tensor:
    return tracks[2:] - 2 * tracks[1:-1] + tracks[:-2]


JITTER = Exercise(
    name="jitter",
    reference=temporal_jitter,
    cases=_track_cases,
    mistakes=[
        Mistake(
            "first difference",
            lambda tracks: (tracks[1:] - tracks[:-1]).norm(dim=-1).mean(),
            "That is speed. A head that turns steadily moves fast and does not shake.",
        ),
        Mistake(
            "signs cancel",
            lambda tracks: _second(tracks).mean(),
            "Left and right shakes cancel in a mean of signed numbers. What has no sign?",
        ),
        Mistake(
            "one length for all points",
            lambda tracks: _second(tracks).flatten(1).norm(dim=-1).mean(),
            "Twice the points must not shake more. Along which axis is the length taken?",
        ),
        Mistake(
            "mean size of the coordinates",
            lambda tracks: _second(tracks).abs().mean(),
            "x and y of a point make one length together, by Pythagoras.",
        ),
    ],
    hints=[
        "Write p(t+1) - 2 p(t) + p(t-1) with three slices along the first axis.",
        "Then the length over the last axis, then the mean of all lengths.",
    ],
)


def _score_cases() -> list[Case]:
    return [
        Case("no ties", (torch.randn(7, generator=seeded(1)), torch.randn(5, generator=seeded(2)) + 0.7)),
        Case("many ties", (torch.tensor([0.0, 1.0, 1.0, 2.0]), torch.tensor([1.0, 1.0, 2.0]))),
        Case("all the same", (torch.ones(3), torch.ones(2))),
        Case("the wrong way round", (torch.tensor([3.0, 4.0, 6.0]), torch.tensor([1.0, 2.0, 5.0]))),
    ]


def _won(real: Tensor, fake: Tensor, tie: float) -> Tensor:
    gap = fake[:, None] - real
    return ((gap > 0).float() + tie * (gap == 0)).mean()


AREA = Exercise(
    name="area_by_pairs",
    reference=auc,
    cases=_score_cases,
    mistakes=[
        Mistake(
            "ties lost",
            lambda real, fake: _won(real, fake, 0.0),
            "A detector that gives every clip the same score is a coin. What must it get?",
        ),
        Mistake(
            "ties won",
            lambda real, fake: _won(real, fake, 1.0),
            "A detector that gives every clip the same score is a coin, not perfect.",
        ),
        Mistake(
            "other way round",
            lambda real, fake: 1 - _won(real, fake, 0.5),
            "Who should score higher, the fake or the real clip?",
        ),
        Mistake(
            "accuracy at zero",
            lambda real, fake: ((real < 0).float().sum() + (fake >= 0).float().sum()) / (len(real) + len(fake)),
            "That needs a threshold. The area needs only the order of the scores.",
        ),
    ],
    hints=[
        "Compare each fake with each real clip: two loops, or fake[:, None] - real.",
        "Count 1 for a fake above the real clip and a half for a tie, and divide by the number of pairs.",
    ],
)


def _rate_cases() -> list[Case]:
    return [
        Case("one clip in two is fake", (0.5, 0.9, 0.1)),
        Case("one clip in a hundred is fake", (0.01, 0.9, 0.1)),
        Case("one in three, many missed", (1 / 3, 0.4, 0.05)),
        Case("no false alarms", (0.02, 0.3, 0.0)),
    ]


PRECISION = Exercise(
    name="precision_from_rates",
    reference=precision_at,
    cases=_rate_cases,
    mistakes=[
        Mistake(
            "base rate ignored",
            lambda prevalence, hit, alarm: hit / (hit + alarm),  # noqa: ARG005
            "Rare fakes make few hits, however many of them are caught. Where does the prevalence enter?",
        ),
        Mistake(
            "the share of fakes caught",
            lambda prevalence, hit, alarm: hit,  # noqa: ARG005
            "That is the share of fakes that are called fake. Asked is the share of fakes among the called.",
        ),
        Mistake(
            "real clips counted as if all were real",
            lambda prevalence, hit, alarm: prevalence * hit / (prevalence * hit + alarm),
            "False alarms come from real clips only. What share of all clips is real?",
        ),
        Mistake(
            "share of all that are called fake",
            lambda prevalence, hit, alarm: prevalence * hit + (1 - prevalence) * alarm,
            "That is how many are called fake. Of these, which share is?",
        ),
    ],
    hints=[
        "Imagine 10 000 clips. How many are fake, and how many of those are called fake?",
        "How many real ones are called fake? Divide the right calls by all calls.",
    ],
)


def _vote_cases() -> list[Case]:
    def case(name: str, count: int, strength: float, scale: float, seed: int) -> Case:
        pattern = torch.randint(2, (count,), generator=seeded(seed)).double() * 2 - 1
        picture = scale * torch.randn(count, generator=seeded(seed + 1)).double()
        return Case(name, (picture + strength * pattern, pattern))

    return [
        case("a faint mark", 900, 0.02, 0.1, 3),
        case("no mark", 400, 0.0, 0.1, 5),
        case("a bright picture", 256, 0.5, 4.0, 7),
        case("a strong mark", 64, 1.0, 0.5, 9),
    ]


def _rms(votes: Tensor) -> Tensor:
    return votes.square().mean().sqrt()


WATERMARK = Exercise(
    name="watermark_score",
    reference=lambda c, w: (c * w).mean() / _rms(c * w) * len(c) ** 0.5,
    cases=_vote_cases,
    mistakes=[
        Mistake(
            "root of n forgotten",
            lambda c, w: (c * w).mean() / _rms(c * w),
            "A thousand votes are more certain than ten. By how much does a mean of n spread less?",
        ),
        Mistake(
            "not divided by the picture's size",
            lambda c, w: (c * w).mean() * len(c) ** 0.5,
            "Twice the contrast must not double the evidence. Divide by what one vote spreads.",
        ),
        Mistake(
            "n instead of its root",
            lambda c, w: (c * w).sum() / _rms(c * w),
            "A sum of n independent votes does not spread n times as far as one vote.",
        ),
        Mistake(
            "spread about the mean",
            lambda c, w: (c * w).mean() / (c * w).std() * len(c) ** 0.5,
            "Without a mark the votes have mean 0: equation (F5) takes the root of their mean square.",
        ),
        Mistake(
            "pattern forgotten",
            lambda c, w: c.mean() / _rms(c) * len(c) ** 0.5,  # noqa: ARG005
            "Without the key anybody would find the mark. Multiply each coefficient by its sign first.",
        ),
    ],
    hints=[
        "The votes are the products of coefficients and pattern, one for each coefficient.",
        "Their mean, divided by the root of their mean square, times the root of their number.",
    ],
)


def _digest_cases() -> list[Case]:
    signed = ["4f", "a0", "17", "c3", "9e"]
    return [
        Case("nothing altered", (signed.copy(), signed.copy())),
        Case("one frame altered", (["4f", "a0", "00", "c3", "9e"], signed.copy())),
        Case("two frames altered", (["4f", "00", "17", "01", "9e"], signed.copy())),
        Case("the end cut off", (signed[:3], signed.copy())),
        Case("a frame added", ([*signed, "55"], signed.copy())),
        Case("two frames swapped", (["4f", "17", "a0", "c3", "9e"], signed.copy())),
    ]


def _differing(now: list[str], signed: list[str]) -> list[int]:
    return [at for at, (one, other) in enumerate(zip(now, signed, strict=False)) if one != other]


def _first_altered(now: list[str], signed: list[str]) -> int:
    return next(iter(_differing(now, signed)), -1 if len(now) == len(signed) else min(len(now), len(signed)))


def _last_altered(now: list[str], signed: list[str]) -> int:
    found = _differing(now, signed)
    return found[-1] if found else _first_altered(now, signed)


def _by_membership(now: list[str], signed: list[str]) -> int:
    strange = (at for at, one in enumerate(now) if one not in signed)
    return next(strange, len(now) if len(now) < len(signed) else -1)


ALTERED = Exercise(
    name="first_altered",
    reference=_first_altered,
    cases=_digest_cases,
    mistakes=[
        Mistake(
            "lengths not compared",
            lambda now, signed: next(iter(_differing(now, signed)), -1),
            "Somebody cut the last two frames off, or added one. zip stops at the shorter list.",
        ),
        Mistake("last instead of first", _last_altered, "Stop at the first frame that differs."),
        Mistake(
            "order ignored",
            _by_membership,
            "Two frames that change places are an alteration too: compare place by place.",
        ),
        Mistake(
            "number of altered frames",
            lambda now, signed: len(_differing(now, signed)) + abs(len(now) - len(signed)),
            "Asked is where, not how many; and -1 where nothing was altered.",
        ),
    ],
    hints=[
        "Go through both lists together and return the index at the first difference.",
        "No difference, but lists of different lengths: the first frame that is missing or added is the answer.",
    ],
)

EXERCISES: tuple[Exercise, ...] = (JITTER, AREA, PRECISION, WATERMARK, ALTERED)
QUIZ: tuple[Key, ...] = (
    Key("a", "it has learned to tell the codec, not the fake"),
    Key("d", "below one half the order is the wrong way round"),
    Key("c", "most alarms are false when fakes are rare"),
    Key("d", "a mark that is not found proves nothing"),
    Key("c", "anybody can check but only the owner can sign"),
)
