"""Figures of notebook 12, by what is drawn in them."""

import numpy as np
import pytest
import torch

from fomm_lite.course.ch12_going_further import figures
from fomm_lite.course.ch12_going_further.few_clips import STEPS, Bill, Plan
from fomm_lite.course.ch12_going_further.free_jacobians import Told
from fomm_lite.course.ch12_going_further.new_category import Moment


def test_each_sick_run_stands_beside_a_healthy_one(panels):
    line = [(0, 1.0), (3, 0.5)]
    names = ("apart", "stretch", "reconstruction", "discriminator")
    runs = {name: dict.fromkeys(names, line) for name in ("healthy", "discriminator, one step", *figures.SYMPTOMS)}
    runs["rate of 0.1"] = dict.fromkeys(names, [(0, 1.0), (3, 0.75)])
    shown = figures.sick_curves(runs)
    charts = panels(shown)
    assert [list(panel.named) for panel in charts] == [
        ["discriminator, one step" if curve == "discriminator" else "healthy", name]
        for name, (curve, _) in figures.SYMPTOMS.items()
    ]
    assert charts[2].named["rate of 0.1"][-1].tolist() == [3, 0.75]
    assert "rate of 0.1, reconstruction ends at 0.75" in shown.alt


def test_masks_of_a_size_are_one_sheet_with_the_prediction_behind_them(panels):
    masks = torch.tensor([1.0, 0.0, 0.5]).view(3, 1, 1).expand(3, 2, 2)
    red, driving = (
        torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1).expand(3, 4, 4),
        torch.tensor([0, 0, 0.25]).view(3, 1, 1).expand(3, 4, 4),
    )
    shown = figures.mask_sheets({2: (masks, red, 0.125), 1: (masks[:, :1, :1], red, 0.25)}, driving)
    two, expected = panels(shown), [[1, 1, 1], [0, 0, 0], [0.5] * 3, [1, 0, 0], [0, 0, 0.25]]
    assert [panel.title for panel in two] == ["2 pixels: L1 0.1250", "1 pixels: L1 0.2500"]
    for panel in two:
        sheet = panel.axes.images[0].get_array()
        assert sheet.shape == (8, 40, 3)  # five tiles of 4 pixels, 2 around each
        assert [sheet[4, 8 * place + 4].tolist() for place in range(5)] == expected
        assert [text.get_text() for text in panel.axes.texts] == ["M0", "M1", "M2", "made", "driving"]
    assert "2 pixels, L1 0.1250; 1 pixels, L1 0.2500" in shown.alt


def test_a_new_category_is_followed_over_seconds_on_its_own_clips_and_on_others(panels):
    def look(clips, seconds, seen, unseen):
        return Moment(clips, seconds, 9, (seen, seen, seen), (unseen - 0.1, unseen, unseen + 0.2))

    trainings = {100: [look(100, 15, 0.8, 0.8), look(100, 240, 0.4, 0.5)], 5: [look(5, 15, 0.7, 0.9)]}
    shown = figures.category_lines(trainings)
    (panel,) = panels(shown)
    assert panel.axes.get_xscale() == "log"
    assert panel.named["100 clips: others"].tolist() == [[15, 0.8], [240, 0.5]]
    assert panel.named["5 clips: its own"].tolist() == [[15, 0.7]]
    whiskers = [lines.get_segments()[0] for lines in panel.axes.collections]
    assert whiskers[0] == pytest.approx(np.array([[15, 0.8], [15, 1.1]]))  # of 5 clips, the fewest first
    assert "5 clips: 0.90 on others and 0.70 on its own after 15 s" in shown.alt


def test_jacobians_are_bars_beside_the_identity(panels):
    shown = figures.jacobians_told({"free": Told(0.2, 0.15), "tied": Told(0.1, 0.14)})
    (panel,) = panels(shown)
    assert [bar[2] for bar in panel.bars] == [0.1, 0.2]
    assert panel.lines[0][:, 0].tolist() == [0.15, 0.15]


def test_orders_are_lines_in_a_panel_for_each_noise(panels):
    lines = [torch.tensor([0.1, 0.2]), torch.tensor([0.01, 0.04])]
    two = panels(figures.order_lines([0.1, 0.2], {"exact": lines, "noisy": lines}))
    assert [panel.title for panel in two] == ["exact", "noisy"]
    assert two[1].named["order 1"][:, 1] == pytest.approx([0.01, 0.04])


def test_errors_on_the_wall_are_told_in_words_too(panels):
    shown = figures.wall_lines([0, 4], {"motion 0": [0.0, 4.0], "fitted": [1.0, 1.0]})
    (panel,) = panels(shown)
    assert panel.named["motion 0"].tolist() == [[0, 0], [4, 4]]
    assert "motion 0: 0.0 to 4.0" in shown.alt


def test_clips_and_steps_are_on_logarithmic_axes_with_intervals(panels):
    def bill(clips, faces, steps=STEPS, seed=0):
        unseen = 0.9 - 0.1 * faces - 0.001 * clips - 0.0001 * steps
        return Bill(Plan(clips, faces, steps, seed), 1.0, (0.2, 0.25, 0.3), (unseen - 0.1, unseen, unseen + 0.2))

    plans = [(1,), (64,), (64, 50), (64, STEPS, 1)]
    bills = [bill(clips, faces, *more) for faces in (False, True) for clips, *more in plans]
    shown = figures.clips_needed(bills, clips=64)
    left, right = panels(shown)
    assert [each.axes.get_xscale() for each in (left, right)] == ["log", "log"]
    assert left.named["from nothing, other puppets"] == pytest.approx(np.array([[1, 0.879], [64, 0.816]]))
    assert left.named["from faces, its own"].tolist() == [[1, 0.25], [64, 0.25]]
    assert right.named["from faces, other puppets"] == pytest.approx(np.array([[50, 0.731], [STEPS, 0.716]]))
    (whisker, *_), *_ = (lines.get_segments() for lines in left.axes.collections)
    assert whisker == pytest.approx(np.array([[1, 0.779], [1, 1.079]]))
    assert "from faces, other puppets 0.78 with 1 clip and 0.72 with 64, its own 0.25 and 0.25" in shown.alt
