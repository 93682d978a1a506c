"""Figures of notebook 07, by what is drawn in them."""

import numpy as np
import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.course.ch07_what_matters import figures
from fomm_lite.course.ch07_what_matters.dose import Estimate, Gain
from fomm_lite.course.kit.interval import interval
from fomm_lite.course.kit.style import LINES
from fomm_lite.media.draw import draw_keypoints, enlarge
from fomm_lite.model import FirstOrderModel

VALUES = torch.tensor([0.02, 0.03, 0.025, 0.01])


def test_each_model_has_a_column_and_each_frame_a_row(cells):
    models = {"one": FirstOrderModel(TINY).eval(), "other": FirstOrderModel(TINY).eval()}
    frames = torch.rand(3, 3, 32, 32)
    shown = figures.side_by_side(models, frames, [2, 1], side=64)
    wanted = []
    for index in (2, 1):
        wanted += [("source", enlarge(frames[0], 128)), ("driving", enlarge(frames[index], 128))]
        for name, model in models.items():
            with torch.no_grad():
                kp = model.detect(frames[[0, index]])
                made = model(frames[:1], kp[:1], kp[1:]).prediction[0]
            rings = draw_keypoints(enlarge(made, 128), kp[1:].positions[0], kp[1:].jacobians[0], hollow=True)
            wanted.append((name, rings))
    for (name, seen), (expected, picture) in zip(cells(shown), wanted, strict=True):
        assert name == expected
        np.testing.assert_allclose(seen, picture.permute(1, 2, 0), atol=0.01)
    assert "one, other" in shown.alt


def test_intervals_have_a_panel_for_each_measure(panels):
    results = {"A": {"l1": VALUES, "landmarks": 9 * VALUES}, "B": {"l1": VALUES + 0.01, "landmarks": VALUES}}
    shown = figures.intervals(results, ["l1", "landmarks"], identity={"l1": 0.05})
    seen = panels(shown)
    for panel, measure in zip(seen, ("l1", "landmarks"), strict=True):
        for place, label in enumerate(results):
            low, value, high = interval(results[label][measure])
            np.testing.assert_allclose(panel.lines[2 * place], [[low, place], [high, place]])
            np.testing.assert_allclose(panel.lines[2 * place + 1], [[value, place]])
    assert len(seen[0].lines) == 5 and seen[0].lines[4][:, 0].tolist() == [0.05, 0.05] and len(seen[1].lines) == 4
    assert [tick.get_text() for tick in seen[0].axes.get_yticklabels()] == ["A", "B"] and seen[0].axes.yaxis_inverted()
    assert "L1: B 0.031" in shown.alt


def test_gains_are_a_line_for_each_number_of_keypoints_and_a_dot_for_each_seed(panels):
    found = [
        Gain(3, 0.0, Estimate(0.1, 0.15, 0.2, (0.12, 0.18))),
        Gain(3, 1.2, Estimate(0.2, 0.25, 0.35, (0.25,))),
        Gain(1, 1.2, Estimate(0.3, 0.4, 0.5, (0.4,))),
    ]
    shown = figures.gains(found)
    (panel,) = panels(shown)
    lines = {tuple(map(tuple, np.round(line, 6))) for line in panel.lines}
    assert ((0.0, 15.0), (1.2, 25.0)) in lines  # three keypoints: the middle of three is not moved aside
    assert ((0.0, 12.0), (0.0, 18.0)) in lines and ((1.18, 40.0),) in lines
    assert [text.get_text() for text in panel.axes.get_legend().texts] == ["1 keypoint", "3 keypoints"]
    assert "K=1, turn 1.2: 40 %" in shown.alt and panels(figures.gains([]))


def test_steps_stand_beside_the_authors(panels):
    ours = {"A → B": (-0.2, -0.1, 0.0), "B → C": (0.1, 0.2, 0.4)}
    shown = figures.steps(ours, {"A → B": 0.05, "B → C": -0.3}, "L1")
    (panel,) = panels(shown)
    assert [bar[2] for bar in panel.bars] == pytest.approx([-10, 5, 20, -30])
    assert [text.get_text() for text in panel.axes.get_legend().texts] == [
        "ours, drawn puppets", "as reported by the authors, Tai-Chi-HD",
    ]  # fmt: skip
    np.testing.assert_allclose(panel.lines[0][:, 0], [-20, 0], atol=1e-9)
    np.testing.assert_allclose(panel.lines[1][:, 0], [10, 40])
    assert panel.axes.yaxis_inverted() and "ours -10.0, authors +5.0" in shown.alt


def test_differences_are_sorted_under_their_interval(panels):
    values = torch.tensor([-1.0, -2.0, 1.0])
    shown = figures.differences(values, "L1")
    (panel,) = panels(shown)
    low, mean, high = interval(values)
    assert [bar[3] for bar in panel.bars[:3]] == [-2, -1, 1]
    (_, bottom, _, height) = panel.bars[3]
    np.testing.assert_allclose([bottom, bottom + height], [low, high], rtol=1e-5)
    np.testing.assert_allclose(panel.named["mean"][:, 1], mean)
    assert "below 0 on 2 of 3 clips" in shown.alt


def test_curves_of_one_and_two_panels(panels):
    points, second = {0.01: 0.6, 0.1: 0.5, 1.0: 0.9}, {0.01: 3.0, 0.1: 2.0, 1.0: 4.0}
    shown = figures.curve(points, "temperature", 0.1, log=True)
    (one,) = panels(shown)
    assert {float(x): float(y) for x, y in one.lines[0]} == points
    assert one.named["as trained"].tolist() == [[0.1, 0.5]] and one.axes.get_xscale() == "log"
    left, right = panels(figures.curve(points, "k", 0.1, second=second))
    assert {float(x): float(y) for x, y in left.lines[0]} == points
    assert {float(x): float(y) for x, y in right.lines[0]} == second
    assert right.named["as trained"].tolist() == [[0.1, 2.0]] and "copying the source" not in right.named
    assert (left.labels[1], right.labels[1]) == ("L1 ratio", "deformation error, px")
    assert left.axes.lines[0].get_color() == LINES[0] and "0.1: 0.50" in shown.alt
