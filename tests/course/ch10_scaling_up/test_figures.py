"""Figures of notebook 10, by what is drawn in them."""

import numpy as np
import pytest
import torch

from fomm_lite.course.ch10_scaling_up import figures
from fomm_lite.course.ch10_scaling_up.museum import bend, offset_in_pixels
from fomm_lite.course.kit.costs import STAGES


def test_stages_are_stacked_in_order(panels):
    costs = dict(zip(STAGES, (1.0, 2.0, 4.0, 8.0), strict=True))
    bars = {"64": costs, "128": {stage: 3 * cost for stage, cost in costs.items()}}
    small, large = panels(figures.costs({"small": bars, "large": {"256": costs}}, "milliseconds"))
    assert [bar[1::2] for bar in small.bars] == [(0, 1), (0, 3), (1, 2), (3, 6), (3, 4), (9, 12), (7, 8), (21, 24)]
    assert [bar[1::2] for bar in large.bars] == [(0, 1), (1, 2), (3, 4), (7, 8)]
    assert (small.title, large.title) == ("small", "large") and small.labels[1] == "milliseconds a frame"
    assert [container.get_label() for container in small.axes.containers] == list(STAGES)


def test_measured_totals_carry_their_spread(panels):
    bars = {"64": dict(zip(STAGES, (1.0, 2.0, 4.0, 8.0), strict=True))}
    (panel,) = panels(figures.costs({"small": bars}, "milliseconds", {"small": {"64": (12.0, 19.0)}}))
    np.testing.assert_allclose(panel.lines[0], [[0, 12], [0, 19]])


def test_milliseconds_over_the_batch(panels):
    (panel,) = panels(figures.batches({1: 0.1, 2: 0.09, 8: 0.11}))
    assert panel.named["measured"].tolist() == [[1, 100], [2, 90], [8, 110]]
    assert panel.named["if a batch cost one frame"].tolist() == [[1, 100], [2, 50], [8, 12.5]]


def test_lines_over_one_axis(panels):
    x = torch.linspace(-1, 1, 5)
    shown = figures.lines(
        x, {"right": 0 * x, "wrong": 2 * x}, "place", "error", "A line that rises and one that does not"
    )
    (panel,) = panels(shown)
    np.testing.assert_allclose(panel.named["wrong"], torch.stack([x, 2 * x], 1))
    assert (panel.named["right"][:, 1] == 0).all() and panel.labels == ("place", "error")


def test_offsets_of_each_way_and_size(panels):
    ways = {"sliced": "slice", "centred": "bilinear"}
    seen = panels(figures.offsets((64, 128), ways))
    for panel, (title, how) in zip(seen, ways.items(), strict=True):
        assert panel.title == title
        for size in (64, 128):
            reported, wrong = panel.named[f"{size} px"].T
            np.testing.assert_allclose(wrong, 2 * offset_in_pixels(size, how) / (size - 1), atol=1e-6)
            assert (reported[0], reported[-1]) == (-1, 1)


def test_errors_are_shown_where_the_part_is_seen_on_one_scale(panels):
    right, wrong = torch.rand(9, 9), 2 + torch.rand(9, 9)
    seen = torch.zeros(9, 9, dtype=torch.bool)
    seen[2:6, 3:8] = True
    seen[2, 3] = False
    driving = torch.rand(3, 9, 9)
    shown = figures.order_errors(driving, right, wrong, seen, ("right", "wrong"))
    first, *both = panels(shown)
    np.testing.assert_allclose(first.images[0], driving.permute(1, 2, 0))
    outline = first.axes.collections[-1].get_paths()[0].vertices  # around columns 3 to 7 of 9, rows 2 to 5
    np.testing.assert_allclose(outline.max(0), [0.875, 0.375], atol=1e-5)
    np.testing.assert_allclose(outline.min(0), [-0.375, -0.625], atol=1e-5)
    assert f"wrong {float(wrong[seen].mean()):.2f} pixels" in shown.alt
    for panel, values, title in zip(both, (right, wrong), ("right", "wrong"), strict=False):
        drawn = np.ma.filled(panel.images[0], np.nan)
        assert drawn.shape == (4, 5) and np.isnan(drawn[0, 0])
        np.testing.assert_allclose(drawn.ravel()[1:], values[2:6, 3:8].flatten()[1:])
        assert panel.title == f"{title}:\nmean {float(values[seen].mean()):.2f} px"
        assert panel.axes.images[0].get_clim()[1] == pytest.approx(float(wrong.max()))


def test_what_a_control_point_moves_by_either_radius(panels):
    diamonds, circles = panels(figures.bends())[:2]
    np.testing.assert_allclose(diamonds.images[0], bend("manhattan"))
    np.testing.assert_allclose(circles.images[0], bend("euclidean"))
    assert (diamonds.title, circles.title) == ("L1 radius", "Euclidean radius")


def test_the_ledger_has_a_line_for_each_bug():
    text = figures.ledger({"(a) one": (0.0, 0.5, "pixels"), "(b) other": (0.01, 1.25, "L1")})
    assert text.splitlines()[1:] == [
        "(a) one                               0.0000    0.5000  pixels",
        "(b) other                             0.0100    1.2500  L1",
    ]
