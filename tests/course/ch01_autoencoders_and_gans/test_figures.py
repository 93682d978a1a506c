"""Figures of notebook 01, by what is drawn in them."""

import numpy as np
import pytest
import torch

from fomm_lite.course.ch01_autoencoders_and_gans import figures, gan
from fomm_lite.course.kit.style import LINES


@pytest.fixture(scope="module")
def runs():
    return {"one": gan.train_gan(4, looks=2), "other": gan.train_gan(4, looks=2, seed=1)}


def test_errors_stand_over_the_lengths_of_codes(panels):
    (panel,) = panels(figures.code_lengths([1, 2, 4], {"A": [0.3, 0.2, 0.1], "B": [0.5, 0.4, 0.4]}))
    assert panel.named["A"].tolist() == [[1, 0.3], [2, 0.2], [4, 0.1]]
    assert panel.named["B"][:, 1].tolist() == [0.5, 0.4, 0.4]
    assert panel.axes.get_xscale() == "log" and panel.labels[1] == "L1 of restored pictures"


def test_a_running_mean_ends_where_its_window_ends(panels):
    values = [1 / (1 + step) for step in range(40)]
    (panel,) = panels(figures.losses(values, window=5))
    assert panel.named["each step"][:, 1].tolist() == values
    mean = panel.named["mean of 5 steps"]
    assert mean[0].tolist() == pytest.approx([4, np.mean(values[:5])])
    assert mean[-1].tolist() == pytest.approx([39, np.mean(values[-5:])])


def test_rows_show_the_chosen_moments(cells):
    a = torch.arange(5).view(5, 1, 1, 1).expand(5, 3, 8, 8) / 10
    shown = figures.rows({"A": a, "B": a + 0.5}, [0, 3], "Two rows of two pictures", side=64)
    assert [name for name, _ in cells(shown)] == ["frame 0", "frame 3"] * 2
    np.testing.assert_allclose([seen.mean() for _, seen in cells(shown)], [0, 0.3, 0.5, 0.8], atol=0.01)
    assert shown.alt == "Two rows of two pictures"


def test_what_is_read_stands_beside_the_truth_x_and_y_apart(panels):
    read, truth = torch.rand(2, 9, 2)
    for axis, panel in enumerate(panels(figures.pose_follows(read, truth, "A"))):
        np.testing.assert_allclose(panel.named["read off the swapped pictures"][:, 1], read[:, axis])
        np.testing.assert_allclose(panel.named["true nose of A"][:, 1], truth[:, axis])
        assert f"nose {'xy'[axis]}" in panel.labels[1]


def test_densities_left_and_the_judge_right(panels):
    x = torch.linspace(-1, 1, 9)
    left, right = panels(figures.best_judge(x, x**2, 1 - x**2, 0.5 + x / 2))
    np.testing.assert_allclose(left.named["real"], torch.stack([x, x**2], 1))
    np.testing.assert_allclose(left.named["generated"][:, 1], 1 - x**2)
    np.testing.assert_allclose(right.lines[0], torch.stack([x, 0.5 + x / 2], 1))


def test_generated_points_lie_over_real_ones(panels, runs):
    shown = figures.heaps(runs)
    for panel, (name, run) in zip(panels(shown), runs.items(), strict=True):
        real, made = panel.dots
        np.testing.assert_allclose(made, run.points, rtol=1e-6)
        assert (np.hypot(*real.T) - 1).max() < 0.4  # on their circle
        assert panel.title == name
    assert shown.alt == "; ".join(f"{name}: {run.moments[-1].heaps} of 8 heaps" for name, run in runs.items())


def test_heaps_left_and_judgements_right(panels, runs):
    left, right = panels(figures.contest(runs))
    for name, run in runs.items():
        np.testing.assert_allclose(left.named[name][:, 0], [moment.step / 4 for moment in run.moments])
        np.testing.assert_allclose(left.named[name][:, 1], [moment.heaps for moment in run.moments])
        np.testing.assert_allclose(right.named[name][:, 1], [moment.judged for moment in run.moments])


def test_slopes_are_the_derivatives_of_what_is_paid(panels):
    left, right = panels(figures.three_losses(gan.LOSSES))
    for name, steep in zip(left.named, right.lines, strict=False):
        score, paid = left.named[name].T
        middle = np.diff(paid) / np.diff(score)
        np.testing.assert_allclose((steep[1:, 1] + steep[:-1, 1]) / 2, middle, atol=0.02)
    score, paid = left.named["least squares"].T
    np.testing.assert_allclose(paid, 0.5 * (1 - score) ** 2 * (paid[0] / (0.5 * (1 - score[0]) ** 2)), rtol=1e-4)


def test_slopes_over_steps(panels):
    found = {name: [(0, 1.0), (3, 0.1 * (1 + place))] for place, name in enumerate(gan.LOSSES)}
    (panel,) = panels(figures.slopes(found))
    assert {name: [tuple(point) for point in line] for name, line in panel.named.items()} == found
    assert [line.get_color() for line in panel.axes.lines] == list(LINES[:3])
