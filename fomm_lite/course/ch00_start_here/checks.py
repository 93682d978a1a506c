"""Exercises and quiz of notebook 00: reading the tensors."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.geometry import coordinate_grid


def _look(motions: Tensor, keypoint: int, column: int, row: int) -> Tensor:
    return motions[0, keypoint + 1, row, column]


def _look_cases() -> list[Case]:
    motions = 2 * torch.rand(1, 5, 4, 6, 2, generator=seeded(0)) - 1
    return [
        Case("keypoint 0, right of the middle", (motions, 0, 3, 1)),
        Case("keypoint 2, first column", (motions, 2, 0, 2)),
        Case("the last keypoint but one", (motions, 2, 1, 3)),
    ]


def _flow(deformation: Tensor) -> Tensor:
    height, width = deformation.shape[:2]
    return (deformation - coordinate_grid(height, width)) * torch.tensor([(width - 1) / 2, (height - 1) / 2])


def _flow_cases() -> list[Case]:
    square, wide = coordinate_grid(5, 5), coordinate_grid(4, 9)
    shift = torch.tensor([2 / 8, 0.0])
    return [
        Case("one pixel to the right, everywhere", (wide + shift,)),
        Case("twice as large", (square * 0.5,)),
        Case("random looks", (wide + 0.2 * torch.randn(4, 9, 2, generator=seeded(1)),)),
    ]


def _kind(source: Tensor, initial: Tensor, driving: Tensor, film: Tensor) -> str:
    absolute = (film - driving).norm(dim=-1).mean()
    relative = (film - (source + driving - initial)).norm(dim=-1).mean()
    return "absolute" if absolute < relative else "relative"


def _opposite(source: Tensor, initial: Tensor, driving: Tensor, film: Tensor) -> str:
    return "relative" if _kind(source, initial, driving, film) == "absolute" else "absolute"


def _near_source(source: Tensor, _: Tensor, driving: Tensor, film: Tensor) -> str:
    still, copied = (film - source).norm(dim=-1).mean(), (film - driving).norm(dim=-1).mean()
    return "relative" if still < copied else "absolute"


def _near_initial(source: Tensor, initial: Tensor, _: Tensor, film: Tensor) -> str:
    still, copied = (film - source).norm(dim=-1).mean(), (film - initial).norm(dim=-1).mean()
    return "relative" if still < copied else "absolute"


def _kind_cases() -> list[Case]:
    source = 0.4 * (torch.rand(6, 2, generator=seeded(2)) - 0.5)
    initial = 1.5 * source + torch.tensor([0.1, 0.0])  # a driver with a larger face, a little to the right
    noise = 0.01 * torch.randn(6, 2, generator=seeded(3))
    far = torch.tensor([0.9, -0.3])
    cases = []
    for name, move in (("hardly moves", torch.tensor([0.02, 0.0])), ("moves far", far), ("moves back", -0.6 * far)):
        driving = initial + move
        cases.append(Case(f"relative, driver {name}", (source, initial, driving, source + move + noise)))
        cases.append(Case(f"absolute, driver {name}", (source, initial, driving, driving + noise)))
    driving = source + noise  # the driver comes to stand where the source stands
    return [*cases, Case("absolute, driver ends on the source", (source, initial, driving, driving + 0.1 * noise))]


ENOUGH = 0.75  # of what evenly spread moments leave


def _clips() -> list[Case]:
    """How six keypoints move in 48 frames (t k 2), and how many moments are to be chosen."""
    t = torch.arange(48.0)
    moves = {
        "waits, then turns": (t - 30).clamp(min=0) / 17,
        "a quick nod between two pauses": (-((t - 24) / 4).square()).exp(),
        "there and back, then far away": 0.5 * (torch.pi * t / 20).sin().clamp(min=0) + ((t - 40) / 8).clamp(min=0),
    }
    place = 0.6 * torch.rand(6, 2, generator=seeded(4)) - 0.3
    way = torch.randn(6, 2, generator=seeded(5))
    return [Case(name, (place + 0.3 * move[:, None, None] * way, 6)) for name, move in moves.items()]


def _untold(positions: Tensor, moments: Sequence[int]) -> float:
    """Mean distance of the frames' keypoints to those of the nearest moment."""
    apart = (positions[:, None] - positions[list(moments)]).norm(dim=-1).mean(-1)
    return float(apart.amin(1).mean())


def _even(positions: Tensor, count: int) -> list[int]:
    return [round(float(moment)) for moment in torch.linspace(0, len(positions) - 1, count)]


def _one_by_one(positions: Tensor, count: int) -> list[int]:
    """Each time the moment that helps most."""
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(min(range(len(positions)), key=lambda moment: _untold(positions, [*chosen, moment])))
    return sorted(chosen)


def _quickest(positions: Tensor, count: int) -> list[int]:
    speed = positions.diff(dim=0).norm(dim=-1).mean(-1)
    return sorted(speed.topk(count).indices.tolist())


def _tells_little(moments: Any, positions: Tensor, count: int) -> str | None:
    """What is wrong with chosen moments, measured by how much of the film they leave untold."""
    mine = as_tensor(moments)
    if wrong := misshapen(mine, (count,)):
        return wrong
    if not all(moment in range(len(positions)) for moment in mine.tolist()):
        return f"a moment is no frame; expected whole numbers from 0 to {len(positions) - 1}"
    after, even = _untold(positions, mine.long().tolist()), _untold(positions, _even(positions, count))
    if after <= ENOUGH * even:
        return None
    return f"the mean distance is {after:.4f}, of even moments {even:.4f}; expected {ENOUGH * even:.4f} or less"


MOMENTS = Exercise(
    name="telling_moments",
    reference=_one_by_one,
    cases=_clips,
    property=_tells_little,
    mistakes=[
        Mistake(
            "evenly spread",
            _even,
            "While the driver waits, one moment is as good as ten. Where are more of them needed?",
        ),
        Mistake(
            "the quickest moments",
            _quickest,
            "They show the middle of a movement again and again. Which pose of the film is far from all those chosen?",
        ),
        Mistake(
            "the first frames",
            lambda _, count: list(range(count)),
            "The end of the film is missing. Which frame is farthest from all those chosen?",
        ),
    ],
    hints=[
        "Measure first: for each frame the mean distance of its keypoints to those of every other, a table (t t).",
        "Choose one moment after the other: the one after which the frames are nearest to a chosen one, in the mean.",
    ],
)
EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="where_it_looks",
        reference=_look,
        cases=_look_cases,
        mistakes=[
            Mistake(
                "the background counted as keypoint 0",
                lambda motions, keypoint, column, row: motions[0, keypoint, row, column],
                "There are k + 1 maps for k keypoints. Whose is the first?",
            ),
            Mistake(
                "column and row swapped",
                lambda motions, keypoint, column, row: motions[0, keypoint + 1, min(column, 3), row],
                "A picture is stored row by row: which of x and y is the earlier axis?",
            ),
            Mistake(
                "(y, x) handed back",
                lambda motions, keypoint, column, row: _look(motions, keypoint, column, row).flip(0),
                "Points are (x, y) everywhere in this course, and so is the last axis already.",
            ),
        ],
        hints=[
            "The shape is (batch, k + 1, rows, columns, 2).",
            "Four indices are enough: picture 0, a map, a row, a column; the last axis stays whole.",
        ],
    ),
    Exercise(
        name="flow_in_pixels",
        reference=_flow,
        cases=_flow_cases,
        mistakes=[
            Mistake(
                "still in normalised units",
                lambda deformation: deformation - coordinate_grid(*deformation.shape[:2]),
                "From -1 to +1 there are 2 units. How many pixels lie between the centres of the first and the last?",
            ),
            Mistake(
                "the wrong direction",
                lambda deformation: -_flow(deformation),
                "The deformation says where to look. A look one pixel to the right is a flow of +1.",
            ),
            Mistake(
                "a picture taken as one pixel wider",
                lambda deformation: (
                    (deformation - coordinate_grid(*deformation.shape[:2]))
                    * torch.tensor([deformation.shape[1] / 2, deformation.shape[0] / 2])
                ),
                "-1 and +1 are the centres of the corner pixels, not their outer edges.",
            ),
            Mistake(
                "height and width swapped",
                lambda deformation: (
                    (deformation - coordinate_grid(*deformation.shape[:2]))
                    * torch.tensor([(deformation.shape[0] - 1) / 2, (deformation.shape[1] - 1) / 2])
                ),
                "x goes with the width. It shows only in pictures that are not square.",
            ),
        ],
        hints=[
            "`coordinate_grid(h, w)` is where each pixel is; the deformation is where it looks.",
            "Subtract, then turn units into pixels, x and y each with its own factor.",
        ],
    ),
    Exercise(
        name="which_transfer",
        reference=_kind,
        cases=_kind_cases,
        mistakes=[
            Mistake(
                "the two swapped", _opposite, "Where do the film's keypoints lie if the driver's are simply copied?"
            ),
            Mistake(
                "compared with the source itself",
                _near_source,
                "A relative film leaves the source's place as soon as the driver moves. Where should it be by now?",
            ),
            Mistake(
                "compared with the first driving frame",
                _near_initial,
                "An absolute film follows the driver through all frames. Which driving frame belongs to this one?",
            ),
        ],
        hints=[
            "Compute where each of the two kinds would put the keypoints at this frame, then see which is nearer.",
            "Absolute: `driving`. Relative: the source's own, plus the driver's movement since `initial`.",
        ],
    ),
    MOMENTS,
)
QUIZ: tuple[Key, ...] = (
    Key("a", found="for every pixel of the new frame, where in the source should I look?"),
    Key("b", found="which keypoint's motion explains which pixel"),
    Key("b", found="the model has learnt to paint there"),
    Key("a", found="adds the driver's movement to the source's own pose"),
    Key("c", found="No film of a person without that person's consent to it"),
)
