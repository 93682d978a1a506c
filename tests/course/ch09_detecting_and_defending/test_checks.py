"""Answers to the exercises on detecting and defending, as students write them."""

import math
from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from fomm_lite.course import checks


def speed(tracks: Tensor) -> float:
    steps = [
        math.dist(tracks[t, n].tolist(), tracks[t + 1, n].tolist())
        for t in range(len(tracks) - 1)
        for n in range(tracks.shape[1])
    ]
    return sum(steps) / len(steps)


def signed_jitter(tracks: Tensor) -> Tensor:
    return torch.diff(tracks, n=2, dim=0).mean()


def frobenius_jitter(tracks: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(torch.diff(tracks, n=2, dim=0)).mean()


def strict_wins(real: Tensor, fake: Tensor) -> float:
    return sum(float(f > r) for f in fake for r in real) / (len(real) * len(fake))


def loose_wins(real: Tensor, fake: Tensor) -> float:
    return sum(float(f >= r) for f in fake for r in real) / (len(real) * len(fake))


def reals_win(real: Tensor, fake: Tensor) -> float:
    return sum(float(r > f) + 0.5 * float(f == r) for f in fake for r in real) / (len(real) * len(fake))


def balanced(prevalence: float, hit: float, alarm: float) -> float:
    return 1 / (1 + alarm / hit)


def recall(prevalence: float, hit: float, alarm: float) -> float:
    return hit


def all_are_real(prevalence: float, hit: float, alarm: float) -> float:
    return 1 / (1 + alarm / (prevalence * hit))


def plain_mean(c: Tensor, w: Tensor) -> Tensor:
    return torch.dot(c, w) / len(c) / torch.sqrt(torch.mean((c * w) ** 2))


def t_statistic(c: Tensor, w: Tensor) -> Tensor:
    votes = c * w
    return votes.mean() / (votes.std() / math.sqrt(len(votes)))


def unscaled(c: Tensor, w: Tensor) -> Tensor:
    return torch.dot(c, w) / math.sqrt(len(c))


def zipped(now: list[str], signed: list[str]) -> int:
    for at, (one, other) in enumerate(zip(now, signed, strict=False)):
        if one != other:
            return at
    return -1


def backwards(now: list[str], signed: list[str]) -> int:
    shared = min(len(now), len(signed))
    for at in reversed(range(shared)):
        if now[at] != signed[at]:
            return at
    return -1 if len(now) == len(signed) else shared


def counted(now: list[str], signed: list[str]) -> int:
    shared = min(len(now), len(signed))
    return Counter(now[at] == signed[at] for at in range(shared))[False] + max(len(now), len(signed)) - shared


@pytest.mark.parametrize(
    ("exercise", "answer", "mistake"),
    [
        ("jitter", speed, "first difference"),
        ("jitter", signed_jitter, "signs cancel"),
        ("jitter", frobenius_jitter, "one length for all points"),
        ("area_by_pairs", strict_wins, "ties lost"),
        ("area_by_pairs", loose_wins, "ties won"),
        ("area_by_pairs", reals_win, "other way round"),
        ("precision_from_rates", balanced, "base rate ignored"),
        ("precision_from_rates", recall, "the share of fakes caught"),
        ("precision_from_rates", all_are_real, "real clips counted as if all were real"),
        ("watermark_score", plain_mean, "root of n forgotten"),
        ("watermark_score", t_statistic, "spread about the mean"),
        ("watermark_score", unscaled, "not divided by the picture's size"),
        ("first_altered", zipped, "lengths not compared"),
        ("first_altered", backwards, "last instead of first"),
        ("first_altered", counted, "number of altered frames"),
    ],
)
def test_a_wrong_answer_gets_the_hint_for_its_mistake(exercise: str, answer: Callable, mistake: str) -> None:
    verdict = getattr(checks, exercise)(answer)
    assert not verdict.passed
    assert verdict.mistake == mistake


def rank_sum(real: Tensor, fake: Tensor) -> float:
    """The area from the ranks of the fakes among all scores, ties sharing their mean rank."""
    scores = torch.cat([real, fake])
    ranks = ((scores[:, None] > scores).sum(1) + (scores[:, None] >= scores).sum(1) + 1) / 2
    return float((ranks[len(real) :].sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake)))


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("jitter", lambda tracks: torch.diff(tracks, n=2, dim=0).square().sum(-1).sqrt().mean()),
        ("area_by_pairs", rank_sum),
        ("precision_from_rates", lambda p, t, a: 1 / (1 + (1 - p) * a / (p * t))),
        ("watermark_score", lambda c, w: torch.dot(c, w) / torch.linalg.vector_norm(c * w)),
        (
            "first_altered",
            lambda now, signed: next(
                (at for at in range(max(len(now), len(signed))) if now[at : at + 1] != signed[at : at + 1]), -1
            ),
        ),
    ],
)
def test_a_right_answer_written_differently_passes(exercise: str, answer: Callable) -> None:
    assert getattr(checks, exercise)(answer).passed
