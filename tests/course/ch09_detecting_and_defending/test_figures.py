"""Figures of notebook 09, by what is drawn in them."""

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgba

from fomm_lite.course.ch09_detecting_and_defending import figures
from fomm_lite.course.ch09_detecting_and_defending.figures import FAKE, REAL
from fomm_lite.forensics import auc, embed_watermark, precision_at, rescale
from fomm_lite.forensics.cues import grey, match_blocks, motion_borders, noise_residual, radial_spectrum
from fomm_lite.worlds import faces

CLIP = faces(2, 3, 64).frames
SOFT = rescale(CLIP, 0.5)
DICE = torch.Generator().manual_seed(0)
ONE, OTHER = torch.randn(12, 9, generator=DICE), torch.randn(10, 9, generator=DICE) + 1


def colours(panel) -> list[tuple[float, ...]]:
    return [tuple(dots.get_facecolor()[0][:3]) for dots in panel.axes.collections]


def test_each_frame_stands_beside_its_own_residual(panels):
    seen = panels(figures.residuals(CLIP[0], SOFT[0]))
    for panel, residual, frame, name in zip(seen[::2], seen[1::2], (CLIP[0], SOFT[0]), ("real", "fake"), strict=False):
        np.testing.assert_allclose(panel.images[0], frame.permute(1, 2, 0), atol=1e-6)
        np.testing.assert_allclose(residual.images[0], noise_residual(grey(frame)).abs(), atol=1e-6)
        assert panel.title == f"{name} frame" and residual.title == f"{name}: residual"
    assert seen[1].axes.images[0].get_clim() == seen[3].axes.images[0].get_clim()


def test_spectra_have_the_mean_of_each_kind(panels):
    (panel,) = panels(figures.spectra([CLIP, SOFT], [SOFT]))
    real, soft = (radial_spectrum(grey(clip), 16) for clip in (CLIP, SOFT))
    np.testing.assert_allclose(panel.named["real, mean"][:, 1], (real * soft).sqrt(), rtol=1e-4)
    np.testing.assert_allclose(panel.named["fake, mean"][:, 1], soft, rtol=1e-4)
    np.testing.assert_allclose(panel.named["fake, mean"][:, 0], (np.arange(16) + 0.5) / 32)
    assert panel.axes.get_yscale() == "log" and len(panel.lines) == 5


def test_borders_follow_from_the_steps_between_two_frames(panels):
    images = grey(CLIP[:2])
    steps, _ = match_blocks(images[:1], images[1:])
    edge = motion_borders(steps)[0]
    frame, length, border, kept = panels(figures.borders(CLIP, 1))[:4]
    np.testing.assert_allclose(frame.images[0], CLIP[1].permute(1, 2, 0), atol=1e-6)
    np.testing.assert_allclose(length.images[0], steps[0].norm(dim=-1))
    np.testing.assert_allclose(border.images[0], edge)
    np.testing.assert_allclose(kept.images[0], noise_residual(images[1]).abs() * edge, atol=1e-6)


def test_cues_are_standardised_and_fakes_lie_below(panels):
    (panel,) = panels(figures.cue_dots(ONE, OTHER))
    both = torch.cat([ONE, OTHER])
    for row in range(9):
        real, fake = panel.dots[2 * row : 2 * row + 2]
        np.testing.assert_allclose(
            real[:, 0], (ONE[:, row] - both[:, row].mean()) / both[:, row].std(), rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(
            fake[:, 0], (OTHER[:, row] - both[:, row].mean()) / both[:, row].std(), rtol=1e-4, atol=1e-6
        )
        assert (real[:, 1] < row).all() and (fake[:, 1] > row).all()
        assert panel.texts[row] == f"{auc(ONE[:, row], OTHER[:, row]):.2f}"
    assert colours(panel)[:2] == [to_rgba(REAL)[:3], to_rgba(FAKE)[:3]]


def test_weights_that_speak_for_fake_go_right(panels):
    (panel,) = panels(figures.weights(torch.tensor([0.5, -2.0]), ["a", "b"]))
    assert [bar[2] for bar in panel.bars] == [0.5, -2.0]
    assert [tuple(bar.get_facecolor()) for bar in panel.axes.patches] == [to_rgba(FAKE), to_rgba(REAL)]
    assert [tick.get_text() for tick in panel.axes.get_yticklabels()] == ["a", "b"] and panel.axes.yaxis_inverted()


def test_a_roc_curve_rises_over_false_positives(panels):
    real, fake = torch.tensor([0.0, 1.0, 2.0, 5.0]), torch.tensor([3.0, 4.0])  # one false alarm in four comes first
    (panel,) = panels(figures.roc_curves({"x": (real, fake), "turned": (fake, real)}))
    curve, turned = panel.lines[:2]
    assert {(0.25, 0.0), (0.25, 1.0), (1.0, 1.0)} <= {tuple(point) for point in curve}
    assert (curve[:, 0].min(), curve[-1].tolist()) == (0, [1, 1])
    assert [0.0, 0.25] in turned.tolist()  # the highest score is a fake's now
    assert panel.labels == ("false positive rate: real clips called fake", "true positive rate: fakes caught")
    assert panel.axes.get_legend().texts[0].get_text().startswith("x: 0.75  [")


def test_rows_of_the_race_are_trained_and_columns_are_tested(panels):
    areas = torch.tensor([[1.0, 0.4, 0.5], [0.6, 0.8, 0.9]])
    panel = panels(figures.race(areas, ["a", "b"], ["c", "d", "e"]))[0]
    np.testing.assert_allclose(panel.images[0], areas)
    assert {each.get_text(): each.get_position() for each in panel.axes.texts}["0.90"] == (2, 1)
    assert [tick.get_text() for tick in panel.axes.get_yticklabels()] == ["a", "b"]
    assert [tick.get_text() for tick in panel.axes.get_xticklabels()] == ["c", "d", "e"]
    assert panel.labels == ("tested on", "trained on")


def test_precision_over_prevalence(panels):
    (panel,) = panels(figures.base_rates({"good": (0.9, 0.05), "bad": (0.5, 0.4)}))
    for name, rates in (("good", (0.9, 0.05)), ("bad", (0.5, 0.4))):
        share, precision = panel.named[name].T
        assert precision.tolist() == pytest.approx([precision_at(each, *rates) for each in share])
    assert panel.axes.get_xscale() == "log"


def test_a_watermark_stands_alone_beside_both_frames(panels):
    marked = embed_watermark(CLIP[:1], "key")[0]
    frame, after, mark = panels(figures.watermark_pictures(CLIP[0], marked))[:3]
    np.testing.assert_allclose(frame.images[0], CLIP[0].permute(1, 2, 0), atol=1e-6)
    np.testing.assert_allclose(after.images[0], marked.clamp(0, 1).permute(1, 2, 0), atol=1e-6)
    np.testing.assert_allclose(mark.images[0], grey(marked - CLIP[0]))


def test_scores_of_both_clips_over_the_trips(panels):
    (panel,) = panels(figures.watermark_scores({"a": 9.0, "b": 2.0}, {"a": 0.1, "b": -0.5}, 4.0))
    assert panel.named["marked"][:, 1].tolist() == [9.0, 2.0]
    assert panel.named["not marked"][:, 1].tolist() == [0.1, -0.5]
    assert panel.lines[2][:, 1].tolist() == [4.0, 4.0]
    assert [tick.get_text() for tick in panel.axes.get_xticklabels()] == ["a", "b"]
