"""Answers as students write them, right and wrong, to the exercises on losses and training."""

import math

import torch
from torch import Tensor

from fomm_lite.course import checks


def level(x: Tensor, factor: int) -> Tensor:
    batch, channels, height, width = x.shape
    return x.reshape(batch, channels, height // factor, factor, width // factor, factor).mean((3, 5))


def test_pyramid() -> None:
    def right(prediction: Tensor, driving: Tensor) -> Tensor:
        return sum((level(prediction, f) - level(driving, f)).abs().mean() for f in (1, 2, 4)) / 3

    assert checks.pyramid_l1(right).passed
    assert checks.pyramid_l1(lambda p, d: torch.nn.functional.l1_loss(p, d)).mistake == "full resolution only"
    assert checks.pyramid_l1(lambda p, d: right(p, d) * 3).mistake == "sum of the levels"


def test_coarse_enough() -> None:
    def right(picture: Tensor, shifts: list[int], *, early: bool = False) -> int:
        for factor in (1, 2, 4, 8, 16):
            gaps = [picture - picture.roll(shift, dims=-1) for shift in shifts]
            small = [(gap.abs() if early else gap).unfold(1, factor, factor).unfold(2, factor, factor) for gap in gaps]
            errors = [round(float(blocks.mean((3, 4)).abs().mean()), 5) for blocks in small]
            if errors == sorted(errors):
                return factor
        return 0

    assert checks.coarse_enough(right).passed
    early = checks.coarse_enough(lambda *given: right(*given, early=True))
    assert early.mistake == "absolute values taken before shrinking"
    assert checks.coarse_enough(lambda *_: 16).mistake == "always the coarsest"


def test_rate() -> None:
    def right(progress: float, peak: float, warm: bool = True) -> float:
        factor = progress / 0.05 if warm and progress < 0.05 else 1.0
        if progress > 0.5:
            factor = math.cos(math.pi * (progress - 0.5)) ** 2
        return factor * peak

    assert checks.learning_rate(right).passed
    assert checks.learning_rate(lambda p, peak: right(p, peak, warm=False)).mistake == "no warm-up"
    straight = checks.learning_rate(lambda p, peak: right(p, peak) if p < 0.5 else 2 * (1 - p) * peak)
    assert straight.mistake == "a straight cool-down"


def test_least_squares() -> None:
    def right(real: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
        return ((generated - 1) ** 2).mean(), ((real - 1) ** 2 + generated**2).mean()

    assert checks.lsgan_terms(right).passed
    assert checks.lsgan_terms(lambda r, g: (right(r, g)[1], right(r, g)[0])).mistake == "the two terms swapped"
    assert checks.lsgan_terms(lambda r, g: (right(r, g)[0], (g**2).mean())).mistake == "real ones forgotten"


def test_the_letter() -> None:
    assert checks.diagnosis("b").passed
    for letter in "acd":
        assert checks.diagnosis(letter).mistake == letter
