"""Softmax temperature and two peaks: how sharp a choice is, and where the mean of a place lies."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch03_keypoints_without_labels.two_peaks import entropy, two_peaks
from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.course.kit.charts import PINK, SquareChart
from fomm_lite.course.kit.controls import log_slider, slider
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panel_view import Chart, Panel
from fomm_lite.course.kit.panels import BLUE, ORANGE, heat
from fomm_lite.geometry import coordinate_grid, soft_argmax
from fomm_lite.media.draw import draw_keypoints, enlarge

SIZE = 32
SIDE = 512  # pixels of a picture, two for each of the page


class TemperatureExplorer(Explorer):
    """Two peaks of scores, their confidence map, and the position that soft-argmax reads from it."""

    about = (
        "Confidence is the softmax of scores / temperature, and the position is the mean of all places weighted by "
        "it (soft-argmax, Eq. 2's value). Go from the lowest temperature to the highest: when does the position "
        "leave the higher peak? Then make the peaks nearly equal. They can be dragged on the pictures."
    )
    presets = {
        "authors' temperature": {"temperature": 0.1},
        "nearly equal peaks": {"height": 0.98},
        "equal peaks": {"height": 1.0},
    }
    kept = (2,)  # the cut

    def __init__(self) -> None:
        super().__init__(
            "What does the softmax temperature do?",
            {
                "temperature": log_slider("temperature", 0.1, 0.01, 3),
                "distance": slider("distance of the peaks", 1.0, 0.0, 1.6, 0.01, "normalised units"),
                "height": slider("height of the right peak", 0.8, 0.0, 1.0, 0.01, "left peak: 1"),
            },
        )

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:
        """Both peaks, and the top of the right one in the cut."""
        half = state["distance"] / 2
        top = _paper().where(half, state["height"])
        return {
            0: {"left": Handle((-half, 0.0), "left peak"), "right": Handle((half, 0.0), "right peak")},
            2: {"top": Handle(top, "top of the right peak")},
        }

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:
        """Peaks lie as far left of the middle as right of it; a top has a height too."""
        if name != "top":
            return {"distance": round(2 * max(0.0, place[0] if name == "right" else -place[0]), 2)}
        x, height = _paper().values(place)
        return {"distance": round(2 * max(0.0, x), 2), "height": round(height, 2)}

    def compute(self, temperature: float, distance: float, height: float) -> Drawn:
        """Scores, confidence map and position, and a cut through both maps.

        Args:
            temperature: the softmax divides the scores by it.
            distance: of the two peaks, in normalised units.
            height: of the right peak; the left one is 1.
        """
        scores = two_peaks(SIZE, SIZE, height, distance)
        confidence = (scores / temperature).flatten().softmax(0).view(SIZE, SIZE)
        position = soft_argmax(confidence[None, None])[0, 0]
        highest = torch.tensor([[-distance / 2, 0.0], [distance / 2, 0.0]])[: 1 if height < 1 else 2]
        grid = coordinate_grid(SIZE, SIZE)
        spread = float((confidence * (grid - position).square().sum(-1)).sum().sqrt())
        panels: dict[str, Panel] = {
            "scores; ring: highest peak": draw_keypoints(enlarge(heat(scores), SIDE), highest, hollow=True),
            "confidence map; dot: soft-argmax": draw_keypoints(
                enlarge(heat(confidence / confidence.max()), SIDE), position[None]
            ),
            "along the middle: scores blue, confidence (its highest: 1) orange dashed, soft-argmax pink": Chart(
                _profile(scores, confidence, float(position[0]))
            ),
        }
        text = (
            f"entropy {float(entropy(confidence)):.2f} bits (at most {math.log2(SIZE * SIZE):.0f}), "
            f"spread {spread:.2f} normalised units\n"
            f"position ({position[0]:+z.2f}, {position[1]:+z.2f}); bias, its distance from the highest peak "
            f"{float((position - highest).norm(dim=-1).min()):.2f}"
        )
        return Drawn(panels, text)


def _paper() -> SquareChart:
    """What the cut is drawn on."""
    return SquareChart((-1.0, 1.0), (0.0, 1.0))


def _profile(
    scores: Float[Tensor, "h w"], confidence: Float[Tensor, "h w"], position: float
) -> Float[Tensor, "3 512 512"]:
    """Both maps along a line through the peaks, and where soft-argmax puts the keypoint."""
    chart = _paper()
    chart.grid((-1, -0.5, 0, 0.5, 1), (0, 0.5, 1), "x, normalised units")
    places = torch.linspace(-1, 1, SIZE).tolist()
    for values, colour in ((scores, BLUE), (confidence / confidence.max(), ORANGE)):
        chart.line(list(zip(places, values[SIZE // 2].tolist(), strict=True)), colour, width=2.4)
    chart.upright(position, PINK)
    return chart.picture
