"""Figures of notebook 02, by what is drawn in them."""

import re

import numpy as np
import pytest
import torch
from torch import Tensor

from fomm_lite.course.ch02_first_order_motion import figures
from fomm_lite.worlds import puppets

POINT = torch.tensor([0.3, -0.2], dtype=torch.float64)


def bend(points: Tensor) -> Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x + 0.2 * y**2, y + 0.4 * x**2], dim=-1)


# by hand, at POINT: its columns are where a step right and a step down lead
SLOPE = np.array([[1, 2 * 0.2 * -0.2], [2 * 0.4 * 0.3, 1]])


def arrows(panel) -> list[tuple[np.ndarray, np.ndarray]]:
    """Start and step of each arrow."""
    return [(np.array(each.xyann), np.array(each.xy) - each.xyann) for each in panel.axes.texts]


def test_windows_narrow_around_the_point_where_the_tangent_touches(panels):
    seen = panels(figures.tangent_zoom(torch.sin, 1.0, 0.0, [1.0, 0.1]))
    for panel, half in zip(seen, (1.0, 0.1), strict=True):
        x, y = panel.named["f"].T
        assert (x.min(), x.max()) == (-half, half)
        np.testing.assert_allclose(y, np.sin(x))
        np.testing.assert_allclose(panel.named["tangent at p"][:, 1], x, atol=1e-9)
        assert panel.dots[0].tolist() == [[0, 0]] and panel.title == f"p ± {half:g}"


def test_a_circle_its_image_and_the_image_of_first_order(panels):
    left, right = panels(figures.bent_grid(bend, POINT, 0.25))
    circle = left.named["circle of radius 0.25"]
    np.testing.assert_allclose(np.hypot(*(circle - POINT.numpy()).T), 0.25)
    np.testing.assert_allclose(right.named["the circle, mapped"], bend(torch.from_numpy(circle)))
    middle = bend(POINT).numpy()
    np.testing.assert_allclose(right.named["its first-order copy"], middle + (circle - POINT.numpy()) @ SLOPE.T)
    for (start, step), column in zip(arrows(right), SLOPE.T, strict=True):
        np.testing.assert_allclose(start, middle)
        np.testing.assert_allclose(step, 0.25 * column)
    assert left.axes.yaxis_inverted() and right.axes.yaxis_inverted()


def test_every_reference_is_followed_by_driving_and_source(panels):
    def half(points: Tensor) -> Tensor:
        return 0.5 * points

    reference, driving, source = panels(figures.references([("R", bend, half, POINT)]))
    titles = [re.split("[ ,]", panel.title)[0] for panel in (reference, driving, source)]
    assert titles == ["reference", "driving", "source"]
    for panel, place, slope in (
        (reference, POINT, np.eye(2)),
        (driving, half(POINT), np.eye(2) / 2),
        (source, bend(POINT), SLOPE),
    ):
        assert panel.dots[0].tolist() == [place.tolist()]
        np.testing.assert_allclose([step for _, step in arrows(panel)], 0.35 * slope.T)
    corners = np.concatenate(driving.lines)
    np.testing.assert_allclose([corners.min(), corners.max()], [-0.5, 0.5])


def test_the_way_leads_from_driving_by_the_reference_to_the_source(panels):
    driving, reference, source = panels(figures.way_through_reference(bend, lambda z: bend(0.5 * z), POINT, radius=0.3))
    circle = torch.from_numpy(driving.named["the circle"])
    np.testing.assert_allclose(reference.named["the circle"], bend(circle))
    np.testing.assert_allclose(source.named["the circle"], bend(0.5 * circle))
    near = bend(POINT).numpy() + (circle - POINT).numpy() @ SLOPE.T
    np.testing.assert_allclose(reference.named["first order"], near)


def test_errors_stand_over_distances_with_their_slopes(panels):
    distances = torch.logspace(-2, -1, 5, dtype=torch.float64)
    shown = figures.error_powers(distances, {"square": 3 * distances**2, "cube": distances**3})
    (panel,) = panels(shown)
    np.testing.assert_allclose(panel.named["square: slope 2.00"], torch.stack([distances, 3 * distances**2], 1))
    np.testing.assert_allclose(panel.named["cube: slope 3.00"][:, 1], distances**3)
    assert "square slope 2.00, cube slope 3.00" in shown.alt


def test_candidates_over_the_angle(panels):
    degrees = torch.linspace(0, 60, 5)
    shown = figures.product_or_difference(degrees, {"product": 0 * degrees, "difference": degrees / 60})
    (panel,) = panels(shown)
    np.testing.assert_allclose(panel.named["difference"], torch.stack([degrees, degrees / 60], 1))
    assert (panel.named["product"][:, 1] == 0).all()
    assert "difference ends at 1" in shown.alt


def test_errors_of_parts_beside_source_and_driving(panels):
    clip = puppets(2, frames=2, size=32)
    error = torch.full((32, 32), torch.nan)
    error[:, :8], error[:, 8:16] = 1.0, 2.0
    shown = figures.part_errors(clip, 0, 1, {"zero order": error}, limit=4.0)
    source, driving, off, _ = panels(shown)
    for panel, name, frame in ((source, "source", 0), (driving, "driving", 1)):
        assert panel.title == name
        np.testing.assert_allclose(panel.images[0], clip.frames[frame].permute(1, 2, 0), atol=1e-6)
    assert (
        off.images[0][0, 0] == 1 and off.images[0][0, 8] == 2 and np.isnan(np.ma.filled(off.images[0], np.nan)[0, 20])
    )
    assert off.axes.images[0].get_clim() == (0, 4)
    assert "1.50 px" in off.title and "zero order 1.50 pixels" in shown.alt


@pytest.mark.parametrize("limit", [1.65])
def test_planes_reach_as_far_as_asked_and_y_runs_down(panels, limit):
    for panel in panels(figures.references([("R", bend, bend, POINT)])):
        assert panel.axes.get_xlim() == (-limit, limit) and panel.axes.get_ylim() == (limit, -limit)
