"""Exercises and quiz of the notebook on first-order motion."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion.taylor import PlaneMap, finite_difference_jacobian
from fomm_lite.course.kit.compare import as_tensor, misshapen
from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, one_value, rotation, seeded
from fomm_lite.course.kit.quiz import Key
from fomm_lite.geometry import coordinate_grid, relative_jacobians

Motion = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def _bend(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x + 0.3 * y, y + 0.5 * x**2], dim=-1)


def _swirl(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([torch.sin(2 * x) - 0.4 * y**2, torch.exp(0.5 * y) + 0.6 * x * y], dim=-1)


def _tilt(points: Tensor) -> Tensor:
    return points @ torch.tensor([[1.0, 0.5], [-0.2, 2.0]], dtype=torch.float64) + 0.7


def _jacobian_cases() -> list[Case]:
    def point(x: float, y: float) -> Tensor:
        return torch.tensor([x, y], dtype=torch.float64)

    return [
        Case("an affine map", (_tilt, point(0.2, 0.1))),
        Case("a bent plane", (_bend, point(0.6, -0.3))),
        Case("a swirl, off the centre", (_swirl, point(-0.5, 0.7))),
        Case("the map that swaps x and y", (lambda p: p.flip(-1), point(0.0, 0.0))),
    ]


def _one_sided(plane_map: Callable[[Tensor], Tensor], point: Tensor) -> Tensor:
    columns = [(plane_map(point + 0.01 * e) - plane_map(point)) / 0.01 for e in torch.eye(2, dtype=point.dtype)]
    return torch.stack(columns, dim=1)


FINITE_JACOBIAN = Exercise(
    name="finite_jacobian",
    reference=finite_difference_jacobian,
    cases=_jacobian_cases,
    mistakes=[
        Mistake(
            "rows and columns swapped",
            lambda plane_map, point: finite_difference_jacobian(plane_map, point).T,
            "A step to the right moves both x and y of the output. Do these two numbers fill a row or a column?",
        ),
        Mistake(
            "divided by half the distance",
            lambda plane_map, point: 2 * finite_difference_jacobian(plane_map, point),
            "How far apart are the two places whose images you compare?",
        ),
        Mistake(
            "a one-sided difference with a large step",
            _one_sided,
            "On a curve, a step to one side only sees half of what happens. Look to both sides.",
        ),
    ],
    hints=[
        "Make a step of 0.0001 in x only, and see how far the output moves; then in y only.",
        "The output moves by (difference of two outputs) / (distance of the two inputs): that is one column.",
        "torch.stack([right, down], dim=1) puts two vectors beside each other as columns.",
    ],
    relative=1e-4,
)


def _rotating_grid(angle: Tensor, centre: Tensor, size: int) -> Tensor:
    grid = coordinate_grid(size, size, dtype=torch.float64)
    return centre + (grid - centre) @ rotation(-angle).T


def _grid_cases() -> list[Case]:
    def case(name: str, angle: float, x: float, y: float, size: int) -> Case:
        return Case(
            name,
            (torch.tensor(angle, dtype=torch.float64), torch.tensor([x, y], dtype=torch.float64), size),
        )

    return [
        case("a quarter, about the middle", torch.pi / 2, 0.0, 0.0, 5),
        case("30 degrees, about a corner", torch.pi / 6, 1.0, 1.0, 6),
        case("-20 degrees, about (0.3, -0.5)", -torch.pi / 9, 0.3, -0.5, 7),
    ]


ROTATING_GRID = Exercise(
    name="rotating_grid",
    reference=_rotating_grid,
    cases=_grid_cases,
    mistakes=[
        Mistake(
            "the direction of the content, not of the gaze",
            lambda angle, centre, size: _rotating_grid(-angle, centre, size),
            "Your grid turns the picture the other way. A pixel must look at where its content came from.",
        ),
        Mistake(
            "turned about the middle of the picture",
            lambda angle, centre, size: _rotating_grid(angle, torch.zeros_like(centre), size),
            "The centre itself must stay where it is: what does your grid give at z = centre?",
        ),
        Mistake(
            "the centre not put back",
            lambda angle, centre, size: _rotating_grid(angle, centre, size) - centre,
            "What does your grid give at z = centre? It should be the centre.",
        ),
    ],
    hints=[
        "Write it for one place z first: the way from the centre to z, turned, and added to the centre again.",
        "The content turns clockwise by the angle, so the gaze goes back by the angle.",
        "On the whole grid: offsets (h w 2) times the transposed matrix turns every row vector.",
    ],
)


def _motion(z: Tensor, s: Tensor, a: Tensor, d: Tensor, b: Tensor) -> Tensor:
    return s + relative_jacobians(a, b) @ (z - d)


def _motion_cases() -> list[Case]:
    generator = seeded(2)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    eye = torch.eye(2, dtype=torch.float64)
    d = draw(2)
    return [
        Case("any keypoint", (draw(2), draw(2), eye + 0.4 * draw(2, 2), draw(2), eye + 0.4 * draw(2, 2))),
        Case("z on the driving keypoint", (d, draw(2), eye + 0.4 * draw(2, 2), d, eye + 0.4 * draw(2, 2))),
        Case("the driver turned, the source not", (draw(2), draw(2), eye, draw(2), rotation(0.8))),
        Case("the driver twice as large", (draw(2), draw(2), eye, draw(2), 2 * eye)),
    ]


MOTION_AT = Exercise(
    name="motion_at",
    reference=_motion,
    cases=_motion_cases,
    mistakes=[
        Mistake(
            "the product the wrong way round",
            lambda z, s, a, d, b: s + torch.linalg.inv(b) @ a @ (z - d),
            "A place in the driving frame first goes back to the reference, then on to the source: which acts first?",
        ),
        Mistake(
            "no inverse",
            lambda z, s, a, d, b: s + a @ b @ (z - d),
            "The driving jacobian leads from the reference to the driving frame. You need the way back.",
        ),
        Mistake(
            "source and driving exchanged",
            lambda z, s, a, d, b: d + b @ torch.linalg.inv(a) @ (z - s),
            "z is a place in the driving frame; near which keypoint is it, and where shall the answer lie?",
        ),
        Mistake(
            "zero order",
            lambda z, s, _a, d, _b: s + (z - d),
            "Your places move but do not turn: where are the jacobians?",
        ),
        Mistake(
            "around the source keypoint",
            lambda z, s, a, _d, b: s + relative_jacobians(a, b) @ (z - s),
            "At z = d the answer must be exactly s. Is it?",
        ),
    ],
    hints=[
        "Test your function at z = d: it must return s, whatever the jacobians.",
        "Eq. 5 first: one 2 x 2 matrix made of both jacobians. Then Eq. 4.",
        "torch.linalg.inv gives the way back from the driving frame to the reference.",
    ],
)


SINE_SLOPE = one_value(
    "sine_slope",
    right=3,
    wrong={
        2: ("the usual case", "That holds where f'' is not 0. What is the second derivative of sin at 0?"),
        1: ("the order itself", "Order 1 is what is kept. The error is made of what was left out."),
        4: ("one power too far", "Write sin h as h minus something: which power is the something?"),
    },
    hints=["Write down the Taylor series of sin at 0.", "The tangent at 0 is h. What is left of the series?"],
)

EVEN = 0.5 * torch.tensor([[-1, -1], [1, -1], [-1, 1], [1, 1]], dtype=torch.float64)
ENOUGH = 0.8  # of the even places' error


def _copy_error(plane_map: PlaneMap, places: Tensor) -> float:
    """Mean distance of a map to its first-order copies at the places (n 2), each point by its nearest."""
    points = coordinate_grid(17, 17, dtype=torch.float64).flatten(0, 1)
    steps = 1e-4 * torch.eye(2, dtype=torch.float64)
    columns = [(plane_map(places + step) - plane_map(places - step)) / 2e-4 for step in steps]
    nearest = torch.cdist(points, places).argmin(1)
    offset = points - places[nearest]
    copied = plane_map(places)[nearest] + sum(offset[:, j, None] * columns[j][nearest] for j in range(2))
    return float((plane_map(points) - copied).norm(dim=-1).mean())


def _tried(plane_map: PlaneMap) -> Tensor:
    """The best of 30 quadruples drawn at random, then bettered by 60 small changes."""
    random = seeded(0)
    drawn = 2 * torch.rand(30, 4, 2, generator=random, dtype=torch.float64) - 1
    error, best = min(((_copy_error(plane_map, places), places) for places in drawn), key=lambda pair: pair[0])
    for change in 0.1 * torch.randn(60, 4, 2, generator=random, dtype=torch.float64):
        places = (best + change).clamp(-1, 1)
        if (found := _copy_error(plane_map, places)) < error:
            error, best = found, places
    return best


def _stripes(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x, y + 0.3 * torch.sin(4 * x)], dim=-1)


def _dent(points: Tensor) -> Tensor:
    centre = torch.tensor([0.4, -0.3], dtype=torch.float64)
    near = (-(points - centre).square().sum(-1, keepdim=True) / 0.2).exp()
    return points + 0.5 * near * (points - centre)


def _one_side(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x + 0.2 * y, y + 0.3 * (x + 0.2).clamp_min(0) ** 3], dim=-1)


def _well_placed(places: Any, plane_map: PlaneMap) -> str | None:
    """What is wrong with four places, by the error that they leave."""
    mine = as_tensor(places)
    if wrong := misshapen(mine, (4, 2)):
        return wrong
    if mine.abs().max() > 1:
        return "a place lies outside the picture; expected coordinates from -1 to +1"
    left, even = _copy_error(plane_map, mine), _copy_error(plane_map, EVEN)
    if left <= ENOUGH * even:
        return None
    return f"the error is {left:.4f}, with even places {even:.4f}; expected {ENOUGH * even:.4f} or less"


FOUR_PLACES = Exercise(
    name="four_places",
    reference=_tried,
    cases=lambda: [Case("bent along x", (_stripes,)), Case("a dent", (_dent,)), Case("bent on one side", (_one_side,))],
    property=_well_placed,
    mistakes=[
        Mistake(
            "even places",
            lambda _: EVEN,
            "Where the map is affine, one place serves as far as it goes. Where is a place needed more?",
        ),
        Mistake(
            "the corners",
            lambda _: 2 * EVEN,
            "Of a corner's neighbourhood three quarters lie outside the picture. Where is a place needed more?",
        ),
    ],
    hints=[
        "Write the error of four given places first: each point is copied by its nearest. Then try many quadruples.",
        "`torch.rand` draws places, `min(..., key=...)` keeps the best; then change the best a little.",
    ],
)

EXERCISES: tuple[Exercise, ...] = (SINE_SLOPE, FINITE_JACOBIAN, ROTATING_GRID, MOTION_AT, FOUR_PLACES)
QUIZ: tuple[Key, ...] = (
    Key("c", found="halving the distance divides the error by four"),
    Key("b", found="every output pixel looks up exactly one place"),
    Key("b", found="the change of reference cancels in the product"),
    Key("c", found="the same turn would collapse the picture to one point"),
    Key("a", found="where neighbours of the keypoint go, not only the keypoint itself"),
)
