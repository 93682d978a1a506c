"""Softmax temperature and two peaks: how sharp a choice is, and where the mean of a place lies."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.controls import log_slider, slider
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import heat
from fomm_lite.geometry import coordinate_grid, soft_argmax
from fomm_lite.media.draw import draw_keypoints, enlarge, sheet

SIZE = 32
PEAK_WIDTH = 0.15  # normalised units


class TemperatureExplorer(Explorer):
    """Two peaks of scores, their confidence map, and the position that soft-argmax reads from it."""

    def __init__(self) -> None:
        super().__init__(
            "What does the softmax temperature do?",
            {
                "temperature": log_slider("temperature", 0.1, 0.01, 3),
                "distance": slider("distance of the peaks", 1.0, 0.0, 1.6, 0.05, "normalised units"),
                "height": slider("height of the right peak", 0.8, 0.0, 1.0, 0.02, "left peak: 1"),
            },
        )

    def compute(self, temperature: float, distance: float, height: float) -> Drawn:
        """Scores, confidence map and position.

        Args:
            temperature: the softmax divides the scores by it.
            distance: of the two peaks, in normalised units.
            height: of the right peak; the left one is 1.
        """
        scores = two_peak_map(distance, height)
        confidence = (scores / temperature).flatten().softmax(0).view(SIZE, SIZE)
        position = soft_argmax(confidence[None, None])[0, 0]
        highest = torch.tensor([[-distance / 2, 0.0], [distance / 2, 0.0]])[: 1 if height < 1 else 2]
        grid = coordinate_grid(SIZE, SIZE)
        entropy = float(-(confidence * confidence.clamp_min(1e-12).log2()).sum())
        spread = float((confidence * (grid - position).square().sum(-1)).sum().sqrt())
        panels = [
            draw_keypoints(enlarge(heat(scores), 256), highest, hollow=True),
            draw_keypoints(enlarge(heat(confidence / confidence.max()), 256), position[None]),
        ]
        text = (
            f"entropy {entropy:.2f} bits (at most {math.log2(SIZE * SIZE):.0f}), "
            f"spread {spread:.2f} normalised units\n"
            f"position ({position[0]:+.2f}, {position[1]:+.2f}); bias, its distance from the highest peak "
            f"{float((position - highest).norm(dim=-1).min()):.2f}"
        )
        return sheet([panels], ["scores; ring: highest peak", "confidence map; dot: soft-argmax"], 256), text


def two_peak_map(distance: float, height: float) -> Float[Tensor, "h w"]:
    """Scores with a peak of height 1 on the left and one of ``height`` on the right."""
    grid = coordinate_grid(SIZE, SIZE)
    left, right = torch.tensor([-distance / 2, 0.0]), torch.tensor([distance / 2, 0.0])

    def peak(centre: Tensor) -> Tensor:
        return (-(grid - centre).square().sum(-1) / (2 * PEAK_WIDTH**2)).exp()

    return torch.maximum(peak(left), height * peak(right))
