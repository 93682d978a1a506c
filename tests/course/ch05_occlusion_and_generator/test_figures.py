"""Figures of notebook 05, by what is drawn in them."""

import numpy as np
import torch

from fomm_lite.course.ch05_occlusion_and_generator import figures


def test_a_row_of_eq_8_for_each_channel(panels):
    features, warped, occlusion = torch.randn(4, 8, 8), torch.randn(4, 8, 8), torch.rand(1, 8, 8)
    shown = figures.feature_channels(features, warped, occlusion, [2, 0])
    seen = panels(shown)
    for channel, row in ((2, seen[:4]), (0, seen[4:])):
        np.testing.assert_allclose(row[0].images[0], features[channel])
        np.testing.assert_allclose(row[1].images[0], warped[channel])
        np.testing.assert_allclose(row[2].images[0], occlusion[0, :, :, None].expand(-1, -1, 3))
        np.testing.assert_allclose(row[3].images[0], warped[channel] * occlusion[0])
        limit = float(features[channel].abs().max())
        assert row[1].axes.images[0].get_clim() == row[3].axes.images[0].get_clim() == (-limit, limit)
    assert "2, 0" in shown.alt


def test_ways_run_down_and_dots_lie_at_their_ratios(panels):
    rows = {"faces": {"whole": 0.25, "none": 2.0}, "puppets": {"whole": 0.24, "none": 3.0}}
    shown = figures.generator_ratios(rows)
    (panel,) = panels(shown)
    *worlds, copying = panel.lines
    assert np.concatenate(worlds)[:, 0].tolist() == [0.25, 2.0, 0.24, 3.0]
    heights = np.concatenate(worlds)[:, 1]
    assert heights[0] > heights[2] > heights[1] > heights[3]  # the first way on top, faces above puppets
    assert [tick.get_text() for tick in panel.axes.get_yticklabels()] == ["whole", "none"]
    assert copying[:, 0].tolist() == [1, 1]
    assert "whole 0.25" in shown.alt
