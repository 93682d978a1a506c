"""Whose shape, whose motion: from the driver's keypoints to the ones the source is moved to (Eqs. 14-15).

Absolute transfer copies the driver's keypoints, and with them the driver's proportions. Relative transfer adds the
driver's movement since its initial frame to the source, which assumes that source and initial frame share a pose.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import relative_jacobians
from fomm_lite.types import Keypoints

_BRISK = 0.01  # normalised units a frame, a two-hundredth of the picture's width: where smoothing is halved


def hull_area(points: Float[Tensor, "k 2"]) -> float:
    """Area of the convex hull of some points, in squared normalised units.

    Example:
        >>> hull_area(torch.tensor([[0., 0.], [2., 0.], [0., 2.], [2., 2.], [1., 1.]]))
        4.0
    """
    ordered = sorted(map(tuple, points.detach().double().tolist()))
    hull: list[tuple[float, ...]] = []
    for chain in (ordered, ordered[::-1]):  # lower, then upper (monotone chain)
        start = len(hull)
        for point in chain:
            while len(hull) - start >= 2 and _turn(hull[-2], hull[-1], point) <= 0:
                hull.pop()
            hull.append(point)
        hull.pop()  # the last point of one chain starts the other
    return 0.5 * abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(hull, hull[1:] + hull[:1], strict=True)))


def _turn(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> float:
    """Twice the signed area of the triangle a b c: which way the path turns at b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def movement_scale(kp_source: Keypoints, kp_initial: Keypoints) -> float:
    """How much larger the source is than the driver: the square root of the ratio of their hull areas.

    1 when either hull has no area (fewer than three keypoints, or all on a line), where a ratio says nothing.
    """
    source, initial = hull_area(kp_source.positions[0]), hull_area(kp_initial.positions[0])
    return (source / initial) ** 0.5 if min(source, initial) > 1e-8 else 1.0


def transfer(
    kp_source: Keypoints,
    kp_driving: Keypoints,
    kp_initial: Keypoints,
    relative: bool = True,
    adapt_scale: bool = False,
    relative_jacobian: bool = True,
) -> Keypoints:
    """The keypoints to move the source to.

    Relative (Eqs. 14-15): positions s + m (d_t - d_0), jacobians B_t B_0^-1 A, with m = 1 or the ratio of sizes. Where
    B_0 is singular, nothing is known of the driver's turning since then, and the source keeps its jacobian A.

    Args:
        kp_source: s, A: of the source, one item.
        kp_driving: d_t, B_t: of the driving frames, any batch.
        kp_initial: d_0, B_0: of the driver's initial frame, one item.
        relative: False copies ``kp_driving`` as it is.
        adapt_scale: multiply the driver's displacement by :func:`movement_scale`.
        relative_jacobian: with ``relative``, whether jacobians are transferred relatively too (the original's switch).

    Returns:
        Keypoints with the batch of ``kp_driving``.
    """
    if not relative:
        return kp_driving
    scale = movement_scale(kp_source, kp_initial) if adapt_scale else 1.0
    positions = kp_source.positions + scale * (kp_driving.positions - kp_initial.positions)
    if not relative_jacobian:
        return Keypoints(positions, kp_driving.jacobians)
    turned = relative_jacobians(kp_driving.jacobians, kp_initial.jacobians.expand_as(kp_driving.jacobians))
    return Keypoints(positions, turned @ kp_source.jacobians)


class Smoother:
    """Keypoints filtered over time against trembling, more where they rest and less where they move (One Euro filter).

    A keypoint at rest is averaged over the last ``frames`` frames or so; the faster it moves, the fewer. Moving evenly
    at v (normalised units a frame) it lags behind by frames / (1 + v / 0.01) frames: one and a half of three at a
    two-hundredth of the picture's width a frame.

    Args:
        frames: 0 changes nothing; 2 to 5 is usual.
    """

    def __init__(self, frames: float) -> None:
        self.frames = frames
        self._before: tuple[Keypoints, Tensor, Tensor] | None = None  # smoothed; positions as given; velocities

    def __call__(self, keypoints: Keypoints) -> Keypoints:
        """The next frames of one clip, in their order, any number at a time; the first frame is kept as it is."""
        if self.frames == 0:
            return keypoints
        return Keypoints.cat([self._next(keypoints[i : i + 1]) for i in range(len(keypoints))])

    def _next(self, given: Keypoints) -> Keypoints:
        if self._before is None:
            self._before = given, given.positions, torch.zeros_like(given.positions)
            return given
        smoothed, positions, velocity = self._before
        # noise has no direction that lasts: averaged over as many frames, it looks slow
        velocity = velocity + (given.positions - positions - velocity) / (1 + self.frames)
        speed = velocity.norm(dim=-1, keepdim=True)  # (1 k 1)
        share = 1 / (1 + self.frames / (1 + speed / _BRISK))
        smoothed = Keypoints(
            smoothed.positions + share * (given.positions - smoothed.positions),
            smoothed.jacobians + share[..., None] * (given.jacobians - smoothed.jacobians),
        )
        self._before = smoothed, given.positions, velocity
        return smoothed


def pose_distance(kp_a: Keypoints, kp_b: Keypoints) -> Float[Tensor, " b"]:
    """How differently two sets of keypoints are arranged, whatever their place and size in the picture.

    Positions are centred and scaled to unit hull before they are compared, so a small figure in a corner can match a
    large one in the middle. Used to pick the driving frame that starts closest to the source's pose.

    Args:
        kp_a: one item or a batch.
        kp_b: a batch.

    Returns:
        Sum of squared differences per item; 0 for the same arrangement.
    """
    difference = _arranged(kp_a.positions) - _arranged(kp_b.positions)
    return (difference**2).sum((1, 2))


def _arranged(positions: Float[Tensor, "b k 2"]) -> Float[Tensor, "b k 2"]:
    """Centred, and divided by the square root of the hull area."""
    centred = positions - positions.mean(1, keepdim=True)
    sizes = [max(hull_area(p), 1e-8) ** 0.5 for p in centred]
    return centred / torch.tensor(sizes).to(centred)[:, None, None]
