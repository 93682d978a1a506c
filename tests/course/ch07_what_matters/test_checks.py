"""The exercises of notebook 07 recognise what people really hand in."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from fomm_lite.course import checks


def test_held_out_ratio() -> None:
    assert checks.held_out_ratio(lambda l1, copy_l1: float(sum(l1) / sum(copy_l1))).passed
    assert checks.held_out_ratio(lambda l1, copy_l1: l1.mean() / copy_l1.mean()).passed
    averaged = checks.held_out_ratio(
        lambda l1, copy_l1: np.mean([float(a / b) for a, b in zip(l1, copy_l1, strict=True)])
    )
    assert averaged.mistake == "mean of the ratios"
    assert checks.held_out_ratio(lambda l1, copy_l1: copy_l1.mean() / l1.mean()).mistake == "the wrong one below"


def middle(values: list[float]) -> list[float]:
    """The middle 95 % by numpy."""
    return np.percentile(values, [2.5, 97.5]).tolist()


def test_paired_interval() -> None:
    def right(a: Tensor, b: Tensor, draws: Tensor) -> list[float]:
        return middle([float((b[row] - a[row]).mean()) for row in draws])

    def apart(a: Tensor, b: Tensor, draws: Tensor) -> list[float]:
        low_a, high_a = middle([float(a[row].mean()) for row in draws])
        low_b, high_b = middle([float(b[row].mean()) for row in draws])
        return [low_b - high_a, high_b - low_a]

    assert checks.paired_interval(right).passed
    assert checks.paired_interval(apart).mistake == "the clips are not paired"
    assert checks.paired_interval(lambda a, b, draws: right(b, a, draws)).mistake == "the wrong sign"
    single = checks.paired_interval(lambda a, b, _: middle((b - a).tolist()))
    assert single.mistake == "spread of the clips, not of their mean"


def test_kept_keypoints() -> None:
    def right(logits: Tensor, keypoints: list[int]) -> Tensor:
        shares = logits.exp()
        for map_ in range(1, logits.shape[1]):
            if map_ - 1 not in keypoints:
                shares[:, map_] = 0
        return shares / shares.sum(1, keepdim=True)

    def multiplied(logits: Tensor, keypoints: list[int]) -> Tensor:
        switch = torch.zeros(logits.shape[1])
        switch[[0, *(k + 1 for k in keypoints)]] = 1
        return logits.softmax(1) * switch[:, None, None]

    def zeroed(logits: Tensor, keypoints: list[int]) -> Tensor:
        switch = torch.zeros(logits.shape[1])
        switch[[0, *(k + 1 for k in keypoints)]] = 1
        return (logits * switch[:, None, None]).softmax(1)

    assert checks.kept_keypoints(right).passed
    assert checks.kept_keypoints(multiplied).mistake == "switched off after the softmax"
    assert checks.kept_keypoints(zeroed).mistake == "a logit of 0 is no switch"


def greedy(error: Callable[[list[int]], float], k: int) -> set[int]:
    """One after the other, whichever helps most beside those before."""
    kept: list[int] = []
    while len(kept) < 4:
        kept.append(min(set(range(k)) - set(kept), key=lambda one: error([*kept, one])))
    return set(kept)


def test_four_to_keep() -> None:
    assert checks.four_to_keep(greedy).passed
    alone = checks.four_to_keep(
        lambda error, k: torch.tensor([error([one]) for one in range(k)]).argsort()[:4].tolist()
    )
    assert alone.mistake == "the four that do best alone"
    assert checks.four_to_keep(lambda *_: (3, 1, 2, 0)).mistake == "the first four"
    twice = checks.four_to_keep(lambda *_: [0, 0, 1, 2])
    assert not twice.passed and "four different numbers" in twice.message
