"""Figures of notebook 08, by what is drawn in them."""

import numpy as np
import torch

from fomm_lite.course.ch08_full_animation import figures
from fomm_lite.course.ch08_full_animation.quality_forecast import Alignment
from fomm_lite.types import Keypoints


def test_keypoints_are_joined_with_where_a_transfer_moves_them(panels):
    source = torch.rand(3, 16, 16)
    jacobians = torch.tensor([[1.0, 0.5], [0.0, 2.0]]).expand(1, 4, 2, 2)
    kp = Keypoints(torch.rand(1, 4, 2) - 0.5, jacobians)
    moved = Keypoints(kp.positions + torch.tensor([0.1, 0.0]), kp.jacobians)
    driver = Keypoints(kp.positions + torch.tensor([0.0, 0.3]), kp.jacobians)
    shown = figures.transfers((source, kp), (1 - source, driver), {"absolute": moved})
    first, driving, second = panels(shown)
    np.testing.assert_allclose(driving.images[0], 1 - source.permute(1, 2, 0))
    np.testing.assert_allclose(driving.dots[0], driver.positions[0])
    np.testing.assert_allclose(first.images[0], source.permute(1, 2, 0))
    np.testing.assert_allclose(first.dots[0], kp.positions[0])
    for line, start, end in zip(second.lines[:4], kp.positions[0], moved.positions[0], strict=True):
        np.testing.assert_allclose(line, torch.stack([start, end]))
    np.testing.assert_allclose(second.dots[0], kp.positions[0])
    np.testing.assert_allclose(second.dots[1], moved.positions[0])
    steps = [line[1] - line[0] for line in first.lines[1:4:2]]  # white lines lie under coloured ones
    np.testing.assert_allclose(steps, [[0.1, 0.0], [0.05, 0.2]], atol=1e-6)  # a step right, a step down
    assert second.title == "absolute" and "absolute by 0.10, to 0.32 from the driver's" in shown.alt


def test_hulls_are_drawn_around_what_is_inside(panels):
    square = torch.tensor([[0.0, 0.0], [0.5, 0.0], [0.2, 0.1], [0.5, 0.5], [0.0, 0.5]])
    shown = figures.hulls({"near": square, "wide": square * torch.tensor([2.0, 1.0])})
    near, wide = panels(shown)
    np.testing.assert_allclose(near.dots[0], square)
    for panel, width in ((near, 0.5), (wide, 1.0)):
        (hull,) = panel.lines
        assert len(hull) == 5 and hull[0].tolist() == hull[-1].tolist()
        np.testing.assert_allclose(hull.max(0) - hull.min(0), [width, 0.5])
        assert panel.axes.yaxis_inverted() and panel.labels[0].startswith("x")
    assert wide.title == "wide: hull of area 0.50" and "near has area 0.25" in shown.alt


def test_corners_of_a_hull_come_in_order_without_what_is_inside():
    square = torch.tensor([[0.5, 0.5], [0.0, 0.0], [0.2, 0.1], [0.5, 0.0], [0.0, 0.5]])
    corners = figures._corners(square)
    assert sorted(corners) == [0, 1, 3, 4]
    steps = square[corners] - square[corners].roll(1, 0)
    torch.testing.assert_close(steps.norm(dim=1), torch.full((4,), 0.5))  # along the sides, never across


def test_errors_over_time(panels):
    shown = figures.errors_over_time({"film": torch.tensor([0.1, 0.4]), "other": torch.tensor([0.2, 0.2])}, "error")
    (panel,) = panels(shown)
    np.testing.assert_allclose(panel.named["film"], [[0, 0.1], [1, 0.4]], rtol=1e-6)
    np.testing.assert_allclose(panel.named["other"][:, 1], 0.2, rtol=1e-6)
    assert panel.labels == ("driving frame", "error") and "film 0.250" in shown.alt


def test_error_over_angle(panels):
    shown = figures.error_over_angle([0, 90], [0.1, 0.3], [0.0, 0.4])
    (panel,) = panels(shown)
    assert panel.named["film"].tolist() == [[0, 0.1], [90, 0.3]]
    assert panel.named["the source, not moved at all"].tolist() == [[0, 0.0], [90, 0.4]]
    assert "from 0.100 to 0.300" in shown.alt


def test_leak_averages_the_background_only(panels):
    change = torch.full((8, 8), torch.nan)
    change[0] = 0.05
    source, driving, film = torch.rand(3, 3, 8, 8)
    shown = figures.leak(source, driving, film, change)
    seen = panels(shown)
    for panel, picture, name in zip(seen, (source, driving, film), ("source", "driving", "film"), strict=False):
        np.testing.assert_allclose(panel.images[0], picture.permute(1, 2, 0))
        assert panel.title == name
    drawn = np.ma.filled(seen[3].images[0], np.nan)
    np.testing.assert_allclose(drawn[0], 0.05)
    assert np.isnan(drawn[1:]).all() and "0.050" in shown.alt


def test_alignment_has_arrangement_left_and_displacement_right(panels):
    rising = torch.arange(6.0)
    shown = figures.alignment({"faces": Alignment(rising, -rising, rising + 1)})
    left, right = panels(shown)
    np.testing.assert_allclose(left.dots[0], torch.stack([rising, rising + 1], 1))
    np.testing.assert_allclose(right.dots[0], torch.stack([-rising, rising + 1], 1))
    assert left.labels == ("pose distance (arrangement only),\nsource to initial", "error of the film")
    assert right.labels[0].startswith("mean keypoint displacement")
    assert "rank correlation 1.00 and -1.00" in shown.alt
