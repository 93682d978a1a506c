"""A bent map beside its Taylor polynomial around a point, and how the error between them grows (Eq. 1)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion import taylor
from fomm_lite.course.kit.controls import choice, slider
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panels import bent_grid_picture, framed, heat, trace
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import draw_keypoints, sheet

SIDE = 256
RADIUS = 0.25  # of the circle that is followed, in normalised units
ERROR_LIMIT = 0.5  # that is drawn in the brightest colour, in normalised units
_RED, _DARK, _WHITE = (0.75, 0.19, 0.13), (0.16, 0.16, 0.16), (1.0, 1.0, 1.0)
_ORDERS = [("0: the value alone", 0), ("1: value and jacobian", 1), ("2: and second derivatives", 2)]


class TaylorExplorer(Explorer):
    """What is kept of a map by its value at a point, by its jacobian too, and by its second derivatives too."""

    def __init__(self) -> None:
        super().__init__(
            "How far does a jacobian reach?",
            {
                "x": slider("point, right", 0.35, -0.8, 0.8, 0.05, "normalised units"),
                "y": slider("point, down", -0.3, -0.8, 0.8, 0.05, "normalised units"),
                "order": choice("order of the approximation", _ORDERS, 1),
                "curvature": slider("curvature of the true map", 1.0, 0.0, 2.0, 0.1, "0: affine"),
            },
        )

    def compute(self, x: float, y: float, order: int, curvature: float) -> Drawn:
        """The true map, its polynomial, and their distance at every place.

        Args:
            x: of the point that is expanded around.
            y: of that point.
            order: of the polynomial.
            curvature: how much the true map is bent.
        """

        def true_map(points: Float[Tensor, "*n 2"]) -> Float[Tensor, "*n 2"]:
            return bent(points, curvature)

        point = torch.tensor([x, y], dtype=torch.float64)
        polynomial = taylor.expand(true_map, point, order)
        grid = coordinate_grid(33, 33, dtype=torch.float64)
        angles = torch.linspace(0, math.tau, 49, dtype=torch.float64)
        circle = point + RADIUS * torch.stack([angles.cos(), angles.sin()], dim=-1)
        true, near = true_map(circle), polynomial(circle)
        everywhere, approximated = true_map(grid), polynomial(grid)
        bent_true, bent_near = (bent_grid_picture(places.float(), SIDE) for places in (everywhere, approximated))
        error = (everywhere - approximated).norm(dim=-1).float()
        value = true_map(point)[None].float()
        both = trace(trace(bent_near, true.float(), _DARK), near.float(), _RED, dotted=True)
        panels = [
            framed(draw_keypoints(trace(bent_true, true.float(), _DARK), value), SIDE),
            framed(draw_keypoints(both, value), SIDE),
            draw_keypoints(trace(framed(heat(error / ERROR_LIMIT), SIDE), circle.float(), _WHITE), point[None].float()),
        ]
        distances = torch.tensor([0.05, 0.1, 0.2, 0.4], dtype=torch.float64)
        errors = taylor.error_at_distances(true_map, polynomial, point, distances)
        labels = ["true map", f"Taylor, order {order}", f"error; yellow: {ERROR_LIMIT}"]
        return sheet([panels], labels, SIDE), _words(taylor.jacobian(true_map, point), distances, errors)


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


def _words(jacobian: Float[Tensor, "2 2"], distances: Float[Tensor, " n"], errors: Float[Tensor, " n"]) -> str:
    """Jacobian, errors, and the power with which they grow."""
    (a, b), (c, d) = jacobian.tolist()
    told = ", ".join(f"{error:.4f} at {distance:g}" for distance, error in zip(distances, errors, strict=True))
    exact = float(errors.max()) < 1e-9
    power = "exact: no error" if exact else f"the error grows with power {taylor.log_log_slope(distances, errors):.2f}"
    return f"jacobian at the point [[{a:+.2f}, {b:+.2f}], [{c:+.2f}, {d:+.2f}]]\nmean error {told}\n{power}"
