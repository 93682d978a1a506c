"""Exercises and quiz of the notebook on scaling up."""

import torch
from torch import Tensor

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake
from fomm_lite.course.kit.quiz import Key


def _columns() -> list[Case]:
    return [
        Case("a picture of 5 pixels", (torch.arange(5.0), 5)),
        Case("a picture of 64 pixels", (torch.arange(64.0), 64)),
        Case("the two corners of 256 pixels", (torch.tensor([0.0, 255.0]), 256)),
    ]


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


EXERCISES: tuple[Exercise, ...] = (
    Exercise(
        name="identity_warp_column",
        reference=lambda columns, width: columns * width / (width - 1) - 0.5,
        cases=_columns,
        mistakes=(
            Mistake(
                "aligned corners on both sides",
                lambda columns, _: columns * 1.0,
                "That is the warp without the bug: grid and sampler agree. Here the sampler takes -1 for a border.",
            ),
            Mistake(
                "the half pixel is missing",
                lambda columns, width: columns * width / (width - 1),
                "Put in x = -1: the sampler takes it for the left *border* of the picture. Which column is that?",
            ),
            Mistake(
                "shrunk instead of magnified",
                lambda columns, width: columns * (width - 1) / width - 0.5,
                "The sampler spreads [-1, 1] over W pixels, borders included; the grid spread W - 1 steps over it.",
            ),
        ),
        hints=(
            "First the column's coordinate on the aligned grid, x = -1 + 2 i / (W - 1); then where the sampler looks.",
            "With align_corners=False the sampler looks at column ((x + 1) W - 1) / 2.",
        ),
    ),
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
)
QUIZ: tuple[Key, ...] = (
    Key("b", "see 32 pixels, whatever the picture has"),
    Key("d", "one frame keeps the arithmetic units busy already"),
    Key("b", "coordinates need digits, colours do not"),
    Key("b", "rotations of the plane commute"),
    Key("c", "the answer for one picture depends on its neighbours in the batch"),
)
