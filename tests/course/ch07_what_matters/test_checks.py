"""The exercises of notebook 07 recognise what people really hand in."""

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


def regression(given: tuple[Tensor, Tensor, Tensor, Tensor, int], *, constant: bool, on_test: bool = True) -> Tensor:
    """Residuals (n m 2) of a fit by the pseudo-inverse, in numpy's double precision."""
    x, y, asked, wanted = (np.asarray(each, dtype=float).reshape(len(each), -1) for each in given[:4])
    if constant:
        x, asked = (np.column_stack([each, np.ones(len(each))]) for each in (x, asked))
    fitted = np.linalg.pinv(x) @ y
    off = asked @ fitted - wanted if on_test else x @ fitted - y
    return torch.from_numpy(off).view(len(off), -1, 2)


def test_landmark_error() -> None:
    def pixels(off: Tensor, size: int) -> float:
        return float(torch.linalg.vector_norm(off, dim=-1).mean()) * (size - 1) / 2

    assert checks.landmark_error(lambda *given: pixels(regression(given, constant=True), given[4])).passed
    assert (
        checks.landmark_error(lambda *given: pixels(regression(given, constant=False), given[4])).mistake
        == "no constant"
    )
    released = checks.landmark_error(lambda *given: regression(given, constant=True).abs().mean() * (given[4] - 1) / 2)
    assert released.mistake == "dx and dy, not the distance"
    trained = checks.landmark_error(lambda *given: pixels(regression(given, constant=True, on_test=False), given[4]))
    assert trained.mistake == "measured on the training pictures"


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
