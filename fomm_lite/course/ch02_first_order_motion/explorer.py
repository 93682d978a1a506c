"""A bent map beside its Taylor polynomial around a point, and how the error between them grows (Eq. 1)."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion import taylor
from fomm_lite.course.kit import equations
from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.course.kit.charts import LINES, SquareChart
from fomm_lite.course.kit.controls import choice, slider
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.linear import log_log_slope
from fomm_lite.course.kit.palette import PINK, rgb
from fomm_lite.course.kit.panel_view import Chart, Panel
from fomm_lite.course.kit.panels import bent_grid_picture, frame, framed, heat, trace
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import draw_keypoints

SIDE = 384  # pixels, one and a half for each of the page: with two the answer comes too late
HEAT = 32  # side of the map of the error; whole pixels each
RADIUS = 0.25  # of the circle that is followed, in normalised units
ERROR_LIMIT = 0.5  # that is drawn in the brightest colour, in normalised units
DISTANCES = (0.05, 0.1, 0.2, 0.4)  # from the point, in normalised units, at which the error is measured
REACH = 0.8  # of the point, in normalised units
_REACHED = REACH * coordinate_grid(161, 161).flatten(0, 1)  # each hundredth
_PINK, _DARK, _WHITE = tuple(rgb(PINK).tolist()), (0.16, 0.16, 0.16), (1.0, 1.0, 1.0)
_ORDERS = [("0: the value alone", 0), ("1: value and jacobian", 1), ("2: and second derivatives", 2)]


class TaylorExplorer(Explorer):
    """What is kept of a map by its value at a point, by its jacobian too, and by its second derivatives too."""

    about = (
        "Eq. 1: near a point a map is its value plus its jacobian times the step; what is left out grows with a "
        "power of the distance, which is the slope of a line in the last chart. Try the three orders, then "
        "curvature 0: which errors vanish? Then double the curvature. The point can be dragged on the pictures."
    )
    presets = {"curvature 0": {"curvature": 0.0}, "curvature doubled": {"curvature": 2.0}}
    columns = 2
    kept = (0, 1, 3)  # all but the map of the error

    def __init__(self) -> None:
        super().__init__(
            "How far does a jacobian reach?",
            {
                "x": slider("point, right", 0.35, -REACH, REACH, 0.01, "normalised units"),
                "y": slider("point, down", -0.3, -REACH, REACH, 0.01, "normalised units"),
                "order": choice("order of the approximation", _ORDERS, 1),
                "curvature": slider("curvature of the true map", 1.0, 0.0, 2.0, 0.1, "0: affine"),
            },
        )

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:
        """The point, where the map has it and where it lies."""
        place = (state["x"], state["y"])
        value = bent(torch.tensor(place), state["curvature"]).tolist()
        return {0: {"value": Handle(tuple(value), "value at the point")}, 2: {"point": Handle(place, "point")}}

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:
        """The point, or the one of that value."""
        if name == "value":
            values = bent(_REACHED, self.controls["curvature"].value)
            nearest = int((values - torch.tensor(place)).square().sum(-1).argmin())
            place = tuple(_REACHED[nearest].tolist())
        return {"x": round(place[0], 2), "y": round(place[1], 2)}

    def compute(self, x: float, y: float, order: int, curvature: float) -> Drawn:
        """The true map, its polynomial, their distance at every place, and how it grows.

        Args:
            x: of the point that is expanded around.
            y: of that point.
            order: of the polynomial.
            curvature: how much the true map is bent.
        """

        def true_map(points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
            return bent(points, curvature)

        point = torch.tensor([x, y], dtype=torch.float64)
        jacobian, polynomials = taylor.all_orders(true_map, point)
        polynomial = polynomials[order]
        grid = coordinate_grid(33, 33, dtype=torch.float64)
        angles = torch.linspace(0, math.tau, 49, dtype=torch.float64)
        circle = point + RADIUS * torch.stack([angles.cos(), angles.sin()], dim=-1)
        true, near = true_map(circle), polynomial(circle)
        everywhere, approximated = true_map(grid), polynomial(grid)
        bent_true, bent_near = (bent_grid_picture(places.float(), SIDE) for places in (everywhere, approximated))
        cells = coordinate_grid(HEAT, HEAT, dtype=torch.float64)
        error = (true_map(cells) - polynomial(cells)).norm(dim=-1).float()
        value = true_map(point)[None].float()
        shown = framed(heat(error / ERROR_LIMIT), SIDE)
        for drawn in (bent_true, bent_near):
            frame(drawn)
            trace(drawn, true.float(), _DARK, inplace=True)
        trace(bent_near, near.float(), _PINK, dotted=True, inplace=True)
        trace(shown, circle.float(), _WHITE, inplace=True)
        for drawn, dot in ((bent_true, value), (bent_near, value), (shown, point[None].float())):
            draw_keypoints(drawn, dot, inplace=True)
        distances = torch.tensor(DISTANCES, dtype=torch.float64)
        errors = {
            each: taylor.error_at_distances(true_map, approximation, point, distances)
            for each, approximation in enumerate(polynomials)
        }
        panels: dict[str, Panel] = {
            "true map": Chart(bent_true),
            f"Taylor, order {order}": Chart(bent_near),
            f"error; yellow: {ERROR_LIMIT}": shown,
            "mean error of orders 0, 1, 2 (blue, orange dashed, pink dotted)": Chart(_growth(errors, order)),
        }
        written = equations.matrices({"jacobian at the point": jacobian.float()}, 0)
        return Drawn(panels, _words(jacobian, distances, errors[order]), written)


def bent(points: Float[Tensor, "*n 2"], curvature: float) -> Float[Tensor, "*n 2"]:
    """A map of the plane that is affine for curvature 0, with derivatives of every order otherwise.

    Args:
        points: normalised (x, y).
        curvature: 1 bends the picture by about a quarter of its side.
    """
    x, y = points.unbind(-1)
    across = 0.75 * x + 0.2 * y + 0.12 * curvature * torch.sin(2.5 * y)
    down = 0.75 * y - 0.2 * x + 0.2 * curvature * (1 - torch.cos(2 * x))
    return torch.stack([across, down], dim=-1)


def _growth(errors: Mapping[int, Float[Tensor, " n"]], chosen: int) -> Float[Tensor, "3 h w"]:
    """Errors over the distance, both scales logarithmic: a power is a straight line, and its slope the power."""
    chart = SquareChart((0.04, 0.5), (1e-5, 1.0), SIDE, logarithmic=True)
    chart.grid(DISTANCES, [10.0**power for power in range(-5, 1)], "distance from the point")
    for order, values in errors.items():
        points = list(zip(DISTANCES, values.tolist(), strict=True))
        chart.line(points, LINES[order], width=2.4 if order == chosen else 1.4)
        for point in points if order == chosen else []:
            chart.dot(*point, LINES[order])
    return chart.picture


def _words(jacobian: Float[Tensor, "2 2"], distances: Float[Tensor, " n"], errors: Float[Tensor, " n"]) -> str:
    """Jacobian, errors, and the power with which they grow."""
    (a, b), (c, d) = jacobian.tolist()
    told = ", ".join(f"{error:.4f} at {distance:g}" for distance, error in zip(distances, errors, strict=True))
    exact = float(errors.max()) < 1e-9
    power = "exact: no error" if exact else f"the error grows with power {log_log_slope(distances, errors):.2f}"
    return f"jacobian at the point [[{a:+z.2f}, {b:+z.2f}], [{c:+z.2f}, {d:+z.2f}]]\nmean error {told}\n{power}"
