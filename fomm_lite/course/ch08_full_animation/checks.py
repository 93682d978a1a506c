"""Exercises and quiz of the notebook on full animation."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, rotation, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.transfer import hull_area, pose_distance
from fomm_lite.types import Keypoints


def _relative(s: Tensor, a: Tensor, d_t: Tensor, b_t: Tensor, d_0: Tensor, b_0: Tensor) -> tuple[Tensor, Tensor]:
    return s + d_t - d_0, b_t @ torch.linalg.inv(b_0) @ a


def _transfer_cases() -> list[Case]:
    generator = seeded(8)
    eye = torch.eye(2, dtype=torch.float64).expand(3, 2, 2)

    def places() -> Tensor:
        return torch.randn(3, 2, generator=generator, dtype=torch.float64)

    def near_eye() -> Tensor:
        return eye + 0.35 * torch.randn(3, 2, 2, generator=generator, dtype=torch.float64)

    d, b = places(), near_eye()
    return [
        Case("any frame", (places(), near_eye(), places(), near_eye(), places(), near_eye())),
        Case("the initial frame itself", (places(), near_eye(), d, b, d, b)),
        Case("a driver that turned by 0.9 radians", (places(), near_eye(), places(), rotation(0.9) @ b, places(), b)),
        Case("a zero-order model", (places(), eye, places(), eye, places(), eye)),
    ]


RELATIVE_KEYPOINTS = Exercise(
    name="relative_keypoints",
    reference=_relative,
    cases=_transfer_cases,
    mistakes=[
        Mistake(
            "absolute transfer",
            lambda _s, _a, d_t, b_t, _d_0, _b_0: (d_t, b_t),
            "In the initial frame, relative transfer must leave the source as it is. Does yours?",
        ),
        Mistake(
            "the turn on the wrong side",
            lambda s, a, d_t, b_t, d_0, b_0: (s + d_t - d_0, a @ b_t @ torch.linalg.inv(b_0)),
            "The driver's turn happens in the picture, after the source's jacobian has led there from the reference.",
        ),
        Mistake(
            "turned backwards",
            lambda s, a, d_t, b_t, d_0, b_0: (s + d_t - d_0, b_0 @ torch.linalg.inv(b_t) @ a),
            "From the initial frame to frame t: undo which of the two, and then apply which?",
        ),
        Mistake(
            "jacobians not transferred",
            lambda s, _a, d_t, b_t, d_0, _b_0: (s + d_t - d_0, b_t),
            "Positions became relative; your jacobians are still the driver's own.",
        ),
        Mistake(
            "the sign of the movement",
            lambda s, a, d_t, b_t, d_0, b_0: (s + d_0 - d_t, b_t @ torch.linalg.inv(b_0) @ a),
            "If the driver goes right, where does your source go?",
        ),
    ],
    hints=[
        "Put d_t = d_0 and B_t = B_0: you must get s and A back.",
        "Positions: add what the driver moved since its initial frame.",
        "Jacobians: how did the driver's neighbourhood turn since then? One product with one inverse; then A.",
    ],
)


def _scale(source: Tensor, initial: Tensor) -> float:
    return (hull_area(source) / hull_area(initial)) ** 0.5


def _box(points: Tensor) -> float:
    return float((points.amax(0) - points.amin(0)).prod())


def _perimeter(points: Tensor) -> float:
    """The way around the hull: its width seen from all sides, averaged, times pi."""
    angles = torch.linspace(0, torch.pi, 20001, dtype=points.dtype)[:-1]
    seen = points @ torch.stack([angles.cos(), angles.sin()])
    return float((seen.amax(0) - seen.amin(0)).mean()) * torch.pi


def _scale_cases() -> list[Case]:
    generator = seeded(5)
    square = torch.tensor([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5], [0.1, 0.0]], dtype=torch.float64)
    diamond = torch.tensor([[0.0, -0.4], [0.4, 0.0], [0.0, 0.4], [-0.4, 0.0], [0.0, 0.1]], dtype=torch.float64)
    cloud = torch.rand(9, 2, generator=generator, dtype=torch.float64)
    return [
        Case("the same figure, twice as large", (2 * cloud - 1, cloud)),
        Case("a diamond and a square", (diamond, square)),
        Case("a small one and a large one", (0.3 * square, diamond)),
        Case("a wide one and a tall one", (square * torch.tensor([1.6, 0.2]), cloud * torch.tensor([0.5, 1.5]))),
    ]


MOVEMENT_FACTOR = Exercise(
    name="movement_factor",
    reference=_scale,
    cases=_scale_cases,
    mistakes=[
        Mistake(
            "the ratio of areas",
            lambda source, initial: hull_area(source) / hull_area(initial),
            "Twice as wide and twice as high is four times the area. How much longer is an arm then?",
        ),
        Mistake(
            "the wrong way round",
            lambda source, initial: _scale(initial, source),
            "A large source needs large movements: is your factor above 1 for it?",
        ),
        Mistake(
            "boxes for hulls",
            lambda source, initial: (_box(source) / _box(initial)) ** 0.5,
            "A diamond fills half of its box only. The hull is what `hull_area` measures.",
        ),
        Mistake(
            "perimeters instead of areas",
            lambda source, initial: _perimeter(source) / _perimeter(initial),
            "A flat figure can be long all around and have no area. Which of the two does the equation take?",
        ),
    ],
    hints=["Which factor makes a length of the driver a length of the source?", "Areas grow with the square of it."],
)


def _as_keypoints(positions: Tensor) -> Keypoints:
    return Keypoints(positions, torch.eye(2, dtype=positions.dtype).expand(*positions.shape, 2))


def _best(source: Tensor, driving: Tensor) -> int:
    return int(pose_distance(_as_keypoints(source[None]), _as_keypoints(driving)).argmin())


def _distances(source: Tensor, driving: Tensor, *, centred: bool) -> Tensor:
    if centred:
        source, driving = source - source.mean(0), driving - driving.mean(1, keepdim=True)
    return ((driving - source) ** 2).sum((1, 2))


def _best_cases() -> list[Case]:
    generator = seeded(11)

    def noise() -> Tensor:
        return torch.randn(6, 2, generator=generator, dtype=torch.float64)

    source = noise()
    # frame 0: elsewhere and larger but alike; 1: near and unlike; 2: the size but not the arrangement; 3: a stranger
    frames = torch.stack([2.2 * source + 3.0, source + 0.5 * noise(), source + 0.3 * noise() + 4.0, 3 * noise() - 5.0])
    return [
        Case("the same pose, elsewhere and larger", (source, frames)),
        Case("the frames in another order", (source, frames[[3, 1, 0, 2]])),
        Case("a driver that stands small in a corner", (source, 0.2 * frames[[2, 3, 1, 0]] + 0.7)),
        Case("the first frame is right", (frames[3], frames[[3, 2, 1, 0]])),
    ]


CLOSEST_FRAME = Exercise(
    name="closest_frame",
    reference=_best,
    cases=_best_cases,
    mistakes=[
        Mistake(
            "place and size left in",
            lambda source, driving: int(_distances(source, driving, centred=False).argmin()),
            "Somebody in the same pose in the corner of the picture should count as equal.",
        ),
        Mistake(
            "size left in",
            lambda source, driving: int(_distances(source, driving, centred=True).argmin()),
            "You took the place out, but a figure twice as large still counts as different.",
        ),
        Mistake(
            "the farthest frame",
            lambda source, driving: int(pose_distance(_as_keypoints(source[None]), _as_keypoints(driving)).argmax()),
            "Is a large distance good or bad?",
        ),
    ],
    hints=[
        "Take out what does not matter: subtract the mean position of every set of keypoints.",
        "Then divide every set by its size: the root of its hull's area.",
        "Sum the squared differences to the source for every frame; which frame has the least?",
    ],
)


FRAMES = 60
_TREMOR = 0.02  # of a position, in normalised units
_ENOUGH = 0.5  # of the error that is there without smoothing


def _tracks() -> list[Case]:
    """A driver's positions (t k 2) as a noisy picture has them, and the true ones."""
    generator = seeded(17)
    start, t = torch.rand(4, 2, generator=generator, dtype=torch.float64) - 0.5, torch.arange(FRAMES).double()
    phase = torch.tensor([[0.0, 1.0], [0.4, 2.0], [0.8, 3.0], [1.2, 4.0]], dtype=torch.float64)
    found = []
    for name, reach, period in (("who sits still", 0.0, 60), ("who sways", 0.15, 50), ("who nods", 0.07, 24)):
        true = start + reach * torch.sin(2 * torch.pi * t[:, None, None] / period + phase)
        noise = torch.randn(true.shape, generator=generator, dtype=torch.float64)
        found.append(Case(f"a driver {name}", (true + _TREMOR * noise,), (true,)))
    return found


def _mean_over(positions: Tensor, weights: Sequence[float], *, ahead: int) -> Tensor:
    """Weighted mean over neighbouring frames, the first and the last standing for those beyond."""
    last, total = len(positions) - 1, torch.zeros_like(positions)
    for offset, weight in enumerate(weights, ahead - len(weights) + 1):
        total += weight * positions[(torch.arange(len(positions)) + offset).clamp(0, last)]
    return total / sum(weights)


def _smooth(positions: Tensor) -> Tensor:
    return _mean_over(positions, [math.exp(-((n / 1.5) ** 2) / 2) for n in range(-4, 5)], ahead=4)


def _still_trembles(output: object, positions: Tensor, true: Tensor) -> str | None:
    """What is wrong with smoothed positions: more than half of the tremor's error is left."""
    mine = as_tensor(output)
    if wrong := misshapen(mine, true.shape, ", a position for each frame"):
        return wrong
    left = float((mine - true).norm(dim=-1).mean() / (positions - true).norm(dim=-1).mean())
    return None if left < _ENOUGH else f"your positions are off by {left:.0%} of what the noisy ones are"


SMOOTHER = Exercise(
    name="smoother_track",
    reference=_smooth,
    cases=_tracks,
    property=_still_trembles,
    mistakes=[
        Mistake(
            "three frames only",
            lambda p: _mean_over(p, [1, 2, 1], ahead=1),
            "The right idea, over too short a time: how many frames does it take to halve the error?",
        ),
        Mistake(
            "three frames alike",
            lambda p: _mean_over(p, [1, 1, 1], ahead=1),
            "The right idea, over too short a time: how many frames does it take to halve the error?",
        ),
        Mistake(
            "one mean for the whole film",
            lambda p: p.mean(0, keepdim=True).expand_as(p),
            "Nothing trembles, for nothing moves. Who sways has to keep swaying.",
        ),
        Mistake(
            "only frames of the past",
            lambda p: _mean_over(p, [1, 1, 1, 1, 1], ahead=0),
            "Your film comes late, by two frames. The driver is known to its end: look as far ahead as back.",
        ),
    ],
    hints=[
        "A weighted mean of neighbouring frames, as many before as after; what do the first and the last frame do?",
        "Too few frames leave the tremor, too many flatten a nod. Print both errors for several widths.",
    ],
)

EXERCISES: tuple[Exercise, ...] = (
    RELATIVE_KEYPOINTS,
    MOVEMENT_FACTOR,
    CLOSEST_FRAME,
    SMOOTHER,
)
QUIZ: tuple[Key, ...] = (
    Key("c", found="the driver's own proportions come along with its pose"),
    Key("d", found="it has not moved since its initial frame"),
    Key("d", found="assumes that source and initial frame share a pose"),
    Key("a", found="it has to be painted from nothing"),
    Key("a", found="every frame is computed on its own"),
)
