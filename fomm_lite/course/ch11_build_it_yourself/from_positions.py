"""Exercise 11.9: what a jacobian is worth, on drawn faces that turn and on some that do not.

The keypoints are the faces' landmarks, so nothing is trained; each pixel of the figure follows its nearest keypoint by
Eq. 4, and the drawing says where it should have looked.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake
from fomm_lite.worlds import faces, seeds

SIZE, FRAMES = 64, 12
PAIRS = tuple((seed, now) for seed in seeds("test", 3) for now in (3, 6))  # a clip, and its driving frame
GAIN, HARM = 0.4, 1.1  # of zero order's error: at most, with turns; and without

Way = Callable[[Tensor, Tensor], Any]


@cache
def _scene(seed: int, now: int, turn: float) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Keypoints in source and driving frame; places on the figure, their nearest keypoints, and where to look."""
    clip = faces(seed, frames=FRAMES, size=SIZE, turn=turn)
    s, d = clip.landmarks[0], clip.landmarks[now]
    shown = (clip.part_masks[now, 0] < 0.5) & (clip.occlusion(0, now) > 0.5)  # part 0 is the wall
    places = geometry.coordinate_grid(SIZE, SIZE)[shown]
    return s, d, places, torch.cdist(places, d).argmin(1), clip.deformation(0, now)[shown]


def _pixels_off(jacobians: Float[Tensor, "k 2 2"], seed: int, now: int, turn: float) -> float:
    """The end-point error of one frame."""
    s, d, places, nearest, wanted = _scene(seed, now, turn)
    looked = s[nearest] + torch.einsum("nij,nj->ni", jacobians[nearest], places - d[nearest])
    return float((looked - wanted).norm(dim=-1).mean()) * (SIZE - 1) / 2


def identities(s: Float[Tensor, "k 2"], d: Float[Tensor, "k 2"]) -> Float[Tensor, "k 2 2"]:  # noqa: ARG001
    """Zero order: nothing turns."""
    return torch.eye(2).expand(len(s), 2, 2)


def one_linear_map(s: Float[Tensor, "k 2"], d: Float[Tensor, "k 2"]) -> Float[Tensor, "k 2 2"]:
    """The matrix that brings all keypoints of the driving frame nearest to those of the source, about their middles."""
    fitted = torch.linalg.lstsq(d - d.mean(0), s - s.mean(0)).solution.mT
    return fitted.expand(len(s), 2, 2)


def pixels_off(jacobians: Way, turn: float) -> float:
    """How far a face's pixels are sent astray when jacobians come from positions: the mean over frames, in pixels.

    Args:
        jacobians: from positions in source and driving frame, (k 2) both, to J_k of Eq. 4, (k 2 2).
        turn: of the clips, in radians.

    Example:
        >>> pixels_off(identities, 1.2) > pixels_off(identities, 0.0)
        True
    """
    off = [_pixels_off(jacobians(*_scene(*pair, turn)[:2]), *pair, turn) for pair in PAIRS]
    return sum(off) / len(off)


def _cases() -> list[Case]:
    asked = [("a face that turns", PAIRS[0], 1.2), ("it, further on", PAIRS[1], 1.2), ("another", PAIRS[5], 1.2)]
    asked += [("a face that does not turn", PAIRS[1], 0.0), ("another that does not", PAIRS[3], 0.0)]
    return [Case(name, _scene(*pair, turn)[:2], (*pair, turn)) for name, pair, turn in asked]


def _too_far(output: Any, s: Tensor, d: Tensor, seed: int, now: int, turn: float) -> str | None:
    """Whether jacobians are worth less than asked for, beside zero order."""
    found = as_tensor(output).to(s.dtype)
    if wrong := misshapen(found, (len(s), 2, 2), ": one jacobian a keypoint"):
        return wrong
    off, zero = (_pixels_off(each, seed, now, turn) for each in (found, identities(s, d)))
    most = GAIN if turn else HARM
    return None if off < most * zero else f"{off:.2f} pixels off, and zero order {zero:.2f}; at most {most} of that"


FROM_POSITIONS = Exercise(
    name="jacobians_from_positions",
    reference=one_linear_map,
    cases=_cases,
    property=_too_far,
    mistakes=[
        Mistake("zero order", identities, "Then nothing turns. What do neighbours of a keypoint say about it?"),
        Mistake(
            "from source to driving frame",
            lambda s, d: one_linear_map(d, s),
            "Eq. 4 looks back: J_k takes z - d_k in the driving frame to a step in the source.",
        ),
    ],
    hints=[
        "Where do the steps from one keypoint to the others, d - d_k, go? One matrix should bring them to s - s_k.",
        "torch.linalg.lstsq(d - d_k, s - s_k).solution is the transposed of such a matrix. Do all count alike?",
    ],
)
