"""Figures of notebook 06, by what is drawn in them."""

import numpy as np
import torch

from fomm_lite.course.ch06_losses_and_training import figures
from fomm_lite.training import State


def test_levels_of_a_pyramid_with_their_differences(panels):
    predictions = [torch.rand(3, 8, 8), torch.rand(3, 4, 4)]
    drivings = [level / 2 for level in predictions]
    shown = figures.pyramid(predictions, drivings)
    seen = panels(shown)
    for row, (made, wanted) in enumerate(zip(predictions, drivings, strict=True)):
        first, second, third = seen[3 * row : 3 * row + 3]
        np.testing.assert_allclose(first.images[0], made.permute(1, 2, 0))
        np.testing.assert_allclose(second.images[0], wanted.permute(1, 2, 0))
        np.testing.assert_allclose(third.images[0], (made - wanted).abs().mean(0))
        assert (first.title, second.title) == ("prediction", "driving")
    assert f"4 pixels {float(predictions[1].mean() / 2):.3f}" in shown.alt


def test_errors_over_shifts(panels):
    shown = figures.shifted_errors([0, 1, 2], {"64": [0.0, 1.0, 0.5], "4": [0.0, 0.5, 1.0]})
    (panel,) = panels(shown)
    assert panel.named["seen at 64"].tolist() == [[0, 0.0], [1, 1.0], [2, 0.5]]
    assert panel.named["seen at 4"][:, 1].tolist() == [0.0, 0.5, 1.0]
    assert "64 it rises and falls, seen at 4 it never falls" in shown.alt


def test_progress_shows_curves_and_rows_of_pictures(panels):
    rows = {"driving": torch.rand(2, 3, 8, 8), "prediction": torch.rand(2, 3, 8, 8)}
    curves = {"warp": [(1, 0.5), (4, 0.25)], "reconstruction": [(1, 0.7), (4, 0.3)]}
    shown = figures.progress(curves, rows, State(step=4, seconds=90))
    left, *grid = panels(shown)
    assert {name: [tuple(point) for point in line] for name, line in left.named.items()} == curves
    assert left.axes.get_yscale() == "log" and left.title == "losses after 4 steps, 1.5 minutes"
    for panel, picture in zip(grid, [*rows["driving"], *rows["prediction"]], strict=True):
        np.testing.assert_allclose(panel.images[0], picture.permute(1, 2, 0))
    assert [panel.labels[1] for panel in grid] == ["driving", "", "prediction", ""]
    assert all(said in shown.alt for said in ("Step 4", "warp 0.250", "driving, prediction"))


def test_progress_says_how_long_it_still_takes(panels):
    rows, curves = {"driving": torch.rand(1, 3, 8, 8)}, {"warp": [(1, 0.5), (4, 0.25)]}
    early = figures.progress(curves, rows, State(step=4, seconds=90, progress=0.25))
    assert panels(early)[0].title == "losses after 4 steps, 1.5 minutes, about 4 to go"
    assert early.alt.startswith("Step 4, 1.5 minutes, about 4 to go: ")
    assert "to go" not in figures.progress(curves, rows, State(step=4, seconds=90, progress=1.0)).alt


def test_a_loss_that_is_no_number_is_marked_and_left_out(panels):
    runs = {
        "sick": ([(1, 0.5), (2, 0.75), (3, float("inf"))], [(1, 0.1), (2, 0.2)]),
        "well": ([(1, 0.4), (2, 0.3)], [(1, 0.6), (2, 0.7)]),
    }
    left, right = panels(figures.sick_curves(runs))
    assert left.lines[0].tolist() == [[1, 0.5], [2, 0.75]] and left.lines[1].tolist() == [[1, 0.4], [2, 0.3]]
    assert [dots.tolist() for dots in left.dots] == [[[2, 0.75]]]
    assert right.named["sick"].tolist() == [[1, 0.1], [2, 0.2]] and right.named["well"].tolist() == [[1, 0.6], [2, 0.7]]
    assert left.labels[1] == "reconstruction" and "nearest keypoint" in right.labels[1]


def test_ratios_run_down_in_the_order_given(panels):
    shown = figures.held_out_ratios({"copying": 1.0, "model": 0.45})
    (panel,) = panels(shown)
    names = [tick.get_text() for tick in panel.axes.get_yticklabels()]
    heights = {name: bar[1:3] for name, bar in zip(names, panel.bars, strict=True)}
    assert heights["copying"][0] > heights["model"][0]
    assert (heights["copying"][1], heights["model"][1]) == (1.0, 0.45)
    assert "model 0.45" in shown.alt


def test_keypoints_carried_back_are_joined_with_those_found(panels):
    image, warped = torch.rand(2, 3, 8, 8)
    found, carried = torch.rand(2, 4, 2) - 0.5
    shown = figures.carried_back(image, warped, {"run A": (found, found), "run D": (found, carried)})
    first, second, _, far = panels(shown)
    np.testing.assert_allclose(first.images[0], image.permute(1, 2, 0))
    np.testing.assert_allclose(second.images[0], warped.permute(1, 2, 0))
    np.testing.assert_allclose(far.dots[0], found)
    np.testing.assert_allclose(far.dots[1], carried)
    for line, a, b in zip(far.lines, found, carried, strict=True):
        np.testing.assert_allclose(line, torch.stack([a, b]))
    apart = float((found - carried).norm(dim=-1).mean())
    assert far.title == f"run D: {apart:.2f} apart" and f"run A 0.000, run D {apart:.3f}" in shown.alt
    assert far.axes.yaxis_inverted() and not far.axes.xaxis_inverted()
