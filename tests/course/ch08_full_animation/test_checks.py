"""Answers to the exercises on full animation, wrong and right ones, as students write them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.transfer import hull_area


def looped(s: Tensor, a: Tensor, d_t: Tensor, b_t: Tensor, d_0: Tensor, b_0: Tensor) -> tuple[list, list]:
    positions = [(s[k] + d_t[k] - d_0[k]).tolist() for k in range(len(s))]
    jacobians = [(b_t[k].numpy() @ np.linalg.inv(b_0[k].numpy()) @ a[k].numpy()).tolist() for k in range(len(s))]
    return positions, jacobians


def sides_swapped(s: Tensor, a: Tensor, d_t: Tensor, b_t: Tensor, d_0: Tensor, b_0: Tensor) -> tuple[Tensor, Tensor]:
    return s + d_t - d_0, a @ (b_t @ b_0.inverse())


def backwards(s: Tensor, a: Tensor, d_t: Tensor, b_t: Tensor, d_0: Tensor, b_0: Tensor) -> tuple[Tensor, Tensor]:
    return s - d_0 + d_t, torch.linalg.solve(b_t, b_0, left=False) @ a


def copied(_s: Tensor, _a: Tensor, d_t: Tensor, b_t: Tensor, *_rest: Tensor) -> tuple[Tensor, Tensor]:
    return d_t, b_t


def nearest_plain(source: Tensor, driving: Tensor) -> int:
    return min(range(len(driving)), key=lambda t: float((driving[t] - source).norm()))


def nearest_centred(source: Tensor, driving: Tensor) -> int:
    source = source - source.mean(0)
    return min(range(len(driving)), key=lambda t: float((driving[t] - driving[t].mean(0) - source).norm()))


def unit(points: Tensor) -> Tensor:
    points = points - points.mean(0)
    return points / hull_area(points) ** 0.5


def nn_mean(positions: Tensor, weights: Tensor) -> Tensor:
    """Weights laid over the frames by a convolution, its ends padded."""
    reach, flat = len(weights) // 2, positions.flatten(1).T[:, None]
    padded = F.pad(flat, (reach, reach), mode="replicate")
    return F.conv1d(padded, weights.double()[None, None])[:, 0].T.reshape(positions.shape)


def late(positions: Tensor) -> Tensor:
    return torch.stack([positions[[max(t - back, 0) for back in range(5)]].mean(0) for t in range(len(positions))])


def parabolas(positions: Tensor) -> np.ndarray:
    """In each frame the value of a parabola laid through it and six frames to either side."""
    flat, found = positions.flatten(1).numpy(), []
    for t in range(len(flat)):
        near = np.arange(max(t - 6, 0), min(t + 7, len(flat)))
        found.append(np.polyfit(near - t, flat[near], 2)[-1])
    return np.stack(found).reshape(positions.shape)


WRONG = [
    ("relative_keypoints", copied, "absolute transfer"),
    ("relative_keypoints", sides_swapped, "the turn on the wrong side"),
    ("relative_keypoints", backwards, "turned backwards"),
    ("movement_factor", lambda s, d: hull_area(s) / hull_area(d), "the ratio of areas"),
    ("movement_factor", lambda s, d: (hull_area(d) / hull_area(s)) ** 0.5, "the wrong way round"),
    ("closest_frame", nearest_plain, "place and size left in"),
    ("closest_frame", nearest_centred, "size left in"),
    ("smoother_track", lambda p: nn_mean(p, torch.tensor([0.25, 0.5, 0.25])), "three frames only"),
    ("smoother_track", lambda p: nn_mean(p, torch.ones(3) / 3), "three frames alike"),
    ("smoother_track", lambda p: p.mean(0).repeat(len(p), 1, 1), "one mean for the whole film"),
    ("smoother_track", late, "only frames of the past"),
]


@pytest.mark.parametrize(("name", "answer", "mistake"), WRONG)
def test_a_wrong_answer_is_recognised(name: str, answer: object, mistake: str) -> None:
    verdict = getattr(checks, name)(answer)
    assert not verdict.passed
    assert verdict.mistake == mistake


RIGHT = [
    ("relative_keypoints", looped),
    ("movement_factor", lambda s, d: hull_area(s * hull_area(d) ** -0.5) ** 0.5),
    ("closest_frame", lambda s, d: np.argmin([float((unit(f) - unit(s)).square().sum()) for f in d])),
    ("smoother_track", lambda p: nn_mean(p, torch.ones(5) / 5)),
    ("smoother_track", parabolas),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_written_differently_passes(name: str, answer: object) -> None:
    verdict = getattr(checks, name)(answer)
    assert verdict.passed, verdict
