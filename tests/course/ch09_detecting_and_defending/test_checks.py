"""Answers to the exercises on detecting and defending, as students write them."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.forensics.cues import grey, noise_residual


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


def roughness(clip: Tensor) -> float:
    """Mean absolute difference of each pixel to the mean of its neighbours, in grey."""
    image = clip.mean(1, keepdim=True)
    return float((image - F.avg_pool2d(image, 3, stride=1, padding=1, count_include_pad=False)).abs().mean())


def fading(clip: Tensor) -> float:
    """How much rougher the first frame is than the last."""
    return roughness(clip[:1]) / roughness(clip[-1:])


@pytest.mark.parametrize(
    ("exercise", "answer", "mistake"),
    [
        ("area_by_pairs", strict_wins, "ties lost"),
        ("area_by_pairs", loose_wins, "ties won"),
        ("area_by_pairs", reals_win, "other way round"),
        ("telling_cue", lambda clip: 1 / noise_residual(grey(clip)).abs().mean(), "little detail"),
        ("telling_cue", lambda clip: noise_residual(grey(clip)).abs().sum(), "much detail"),
        ("precision_from_rates", balanced, "base rate ignored"),
        ("precision_from_rates", recall, "the share of fakes caught"),
        ("precision_from_rates", all_are_real, "real clips counted as if all were real"),
        ("has_agreed", lambda record, _, day: record != {} and record["until"] >= day, "any use"),
        ("has_agreed", lambda record, use, _: record.get("for", []).count(use), "for ever"),
        (
            "has_agreed",
            lambda record, use, day: all([use in record["for"], day <= record["until"]]) if record else 1,
            "silence is consent",
        ),
        (
            "has_agreed",
            lambda record, use, day: bool(record) and use in record["for"] and record["until"] > day,
            "the last day left out",
        ),
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
        ("area_by_pairs", rank_sum),
        ("precision_from_rates", lambda p, t, a: 1 / (1 + (1 - p) * a / (p * t))),
        ("telling_cue", fading),
        ("has_agreed", lambda record, use, day: record and use in record["for"] and not day > record["until"]),
    ],
)
def test_a_right_answer_written_differently_passes(exercise: str, answer: Callable) -> None:
    assert getattr(checks, exercise)(answer).passed
