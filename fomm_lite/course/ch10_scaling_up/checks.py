"""Exercises and quiz of the notebook on scaling up."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.ch10_scaling_up import suspects
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake
from fomm_lite.course.kit.quiz import Key
from fomm_lite.geometry import coordinate_grid

Warp = Callable[[Tensor, Tensor], Tensor]


def _reported() -> list[Case]:
    return [
        Case("the official head", (torch.tensor([-0.5, 0.0, 0.75, 1.0]), 64, 7)),
        Case("a small map", (torch.tensor([0.2, -1.0]), 16, 3)),
        Case("a head of one pixel", (torch.tensor([0.3, 0.9]), 32, 1)),
    ]


def _bills() -> list[Case]:
    return [
        Case("one frame", (torch.tensor([20.0, 5.0, 25.0, 60.0]), 1)),
        Case("a long clip", (torch.tensor([20.0, 5.0, 25.0, 60.0]), 300)),
        Case("an encoder that costs most", (torch.tensor([900.0, 1.0, 2.0, 3.0]), 10)),
    ]


def _numbers() -> list[Case]:
    return [
        Case("near the border", (torch.tensor([0.6, -0.9, 0.99]), 256)),
        Case("near the middle", (torch.tensor([0.01, -0.03, 0.2]), 256)),
        Case("a small picture", (torch.tensor([0.7, 0.3, -0.1]), 64)),
    ]


def _step(x: Tensor, width: int, digits: int) -> Tensor:
    """Pixels between neighbouring numbers with so many binary digits after the leading one."""
    return 2.0 ** (x.abs().log2().floor() - digits) * (width - 1) / 2


def _warps() -> list[Case]:
    return [
        Case("a right warp", (suspects.library,)),
        Case("a right warp in double precision", (suspects.by_neighbours,)),
        Case("corners aligned in one place only", (suspects.corners_unaligned,)),
        Case("x and y exchanged", (suspects.exchanged,)),
        Case("black outside", (suspects.black_outside,)),
        Case("the nearest pixel", (suspects.nearest,)),
        Case("the opposite way", (suspects.opposite,)),
    ]


def _verdict_of(test: Callable[[Warp], Any]) -> Callable[[Warp], Tensor | None]:
    """1 where a test says that a warp is right, else 0."""

    def verdict(warp: Warp) -> Tensor | None:
        said = test(warp)
        return None if said is None or said is ... else torch.tensor(float(bool(said)))

    return verdict


def _off(warp: Warp, reach: float, down: int = 6, right: int = 9) -> Tensor:
    """By how many pixels a picture that says its own places is shown wrongly by a grid that looks so far."""
    sizes = torch.tensor([right - 1.0, down - 1.0])
    places = (coordinate_grid(down, right) + 1) / 2 * sizes
    grid = reach * torch.rand(1, down, right, 2, generator=torch.Generator().manual_seed(0)) * 2 - reach
    expected = torch.minimum(((grid + 1) / 2 * sizes).clamp(min=0), sizes)
    return (warp(places.permute(2, 0, 1)[None], grid).permute(0, 2, 3, 1) - expected).abs().max()


def _keeps_identity(warp: Warp) -> bool:
    picture = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    return torch.allclose(warp(picture, coordinate_grid(6, 6)[None]), picture, atol=1e-4)


def _equals_the_library(warp: Warp) -> bool:
    dice = torch.Generator().manual_seed(0)
    picture, grid = torch.rand(1, 3, 6, 9, generator=dice), 3 * torch.rand(1, 6, 9, 2, generator=dice) - 1.5
    return torch.equal(warp(picture, grid), suspects.library(picture, grid))


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="unstretched_position",
        reference=lambda reported, side, kernel: reported * (side - kernel) / (side - 1),
        cases=_reported,
        mistakes=(
            Mistake(
                "stretched once more",
                lambda reported, side, kernel: reported * (side - 1) / (side - kernel),
                "The reported position is too far out. Is yours nearer to the middle than it was?",
            ),
            Mistake(
                "pixels counted instead of steps",
                lambda reported, side, kernel: reported * (side - kernel + 1) / side,
                "-1 and +1 are centres of corner pixels: between them lie as many steps as pixels, minus one.",
            ),
            Mistake(
                "nothing undone",
                lambda reported, *_: reported * 1.0,
                "How many columns does the head leave, and which columns of the map were they?",
            ),
        ),
        hints=(
            "An unpadded kernel of side k leaves n - k + 1 columns: steps from -1 to +1 on the small map: n - k.",
            "Both maps have their middle in the same place: count steps from there, of the small and of the large map.",
        ),
    ),
    Exercise(
        name="animation_bill",
        reference=lambda costs, frames: costs[0] + costs[1] + frames * costs[1:].sum(),
        cases=_bills,
        mistakes=(
            Mistake(
                "the source encoded for every frame",
                lambda costs, frames: costs[1] + frames * costs.sum(),
                "Which stage sees nothing of the driving frame?",
            ),
            Mistake(
                "the source's keypoints forgotten",
                lambda costs, frames: costs[0] + frames * costs[1:].sum(),
                "Keypoints are detected in every driving frame, and in one picture more.",
            ),
            Mistake(
                "keypoints of the source found anew for every frame",
                lambda costs, frames: costs[0] + frames * (costs[1:].sum() + costs[1]),
                "The source does not change. How often must its keypoints be found?",
            ),
        ),
        hints=(
            "Sort the stages: once for the source, once for each frame, or both.",
            "encode: once; detect: once for the source and once a frame; motion and render: once a frame.",
        ),
    ),
    Exercise(
        name="bfloat_step",
        reference=lambda x, width: _step(x, width, 7),
        cases=_numbers,
        mistakes=(
            Mistake(
                "the digits of float16",
                lambda x, width: _step(x, width, 10),
                "That is the other half precision. bfloat16 keeps the range of float32: how many digits are left?",
            ),
            Mistake(
                "twice as many pixels",
                lambda x, width: 2 * _step(x, width, 7),
                "From -1 to +1 there are W - 1 steps of a pixel, and the interval is 2 long.",
            ),
            Mistake(
                "the same step everywhere",
                lambda x, width: torch.full_like(x, 2.0**-7 * (width - 1) / 2),
                "Floating-point numbers lie closer together near 0: between 2^e and 2^(e+1) the step is 2^(e-7).",
            ),
        ),
        hints=(
            "First the exponent e with 2^e <= |x| < 2^(e+1): floor(log2 |x|).",
            "bfloat16 has 7 binary digits after the leading one: neighbours are 2^(e-7) apart. Then to pixels.",
        ),
    ),
    Exercise(
        name="telling_warps",
        reference=lambda warp: _off(warp, 1.5) < 1e-3,
        cases=_warps,
        use=_verdict_of,
        mistakes=(
            Mistake(
                "the identity only",
                _keeps_identity,
                "An identity moves nothing, looks at whole pixels, and never outside. Who is caught by something else?",
            ),
            Mistake(
                "nothing outside",
                lambda warp: _off(warp, 1.0) < 1e-3,
                "Your test never looks outside the picture. What must be seen there?",
            ),
            Mistake(
                "right to the last bit",
                _equals_the_library,
                "Another right warp adds in another order. How far off may it be?",
            ),
            Mistake(
                "everybody is right",
                lambda _: True,
                "Your test passes all of them. Which number would differ for a wrong one?",
            ),
        ),
        hints=(
            "Give it a picture in which each pixel says where it is, and you can read off where the warp looked.",
            "Look between pixels, outside, and not equally far in x and y; then you know what must be shown.",
        ),
    ),
)
QUIZ: tuple[Key, ...] = (
    Key("b", "see 32 pixels, whatever the picture has"),
    Key("d", "one frame keeps the arithmetic units busy already"),
    Key("b", "coordinates need digits, colours do not"),
    Key("b", "rotations of the plane commute"),
    Key("c", "the answer for one picture depends on its neighbours in the batch"),
)
