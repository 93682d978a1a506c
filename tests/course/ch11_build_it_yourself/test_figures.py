"""Figures of notebook 11, by what is drawn in them."""

import pytest
import torch
from torch import nn

from fomm_lite.course.ch11_build_it_yourself import figures


def test_the_hourglass_shows_sizes_channels_and_skips(panels):
    shown = figures.hourglass(3)
    (panel,) = panels(shown)
    assert [bar[3] for bar in panel.bars] == [32, 16, 8, 4, 2, 4, 8, 16, 32]
    written = [text.split("\n")[0] for text in panel.texts if text]
    assert written == ["3", "32", "48", "48", "48", "48", "48", "32", "16"]
    assert panel.texts.count("") == 4  # an arrow for each skip
    assert "32, 16, 8, 4, 2 pixels" in shown.alt


def test_curves_are_means_of_25_steps(panels):
    falling = [float(value) for value in range(100, 0, -1)]
    shown = figures.curves({"first": falling, "second": [2.0] * 30})
    (panel,) = panels(shown)
    assert "first from 88.00 to 13.00" in shown.alt  # what is drawn, not the steps behind it
    assert panel.named["first"][0].tolist() == [25, 88] and panel.named["first"][-1].tolist() == [100, 13]
    assert panel.named["second"][:, 1] == pytest.approx(2)


def test_ratios_stand_in_order_from_above(panels):
    shown = figures.held_out_ratios({"copying": 1.0, "mine": 0.6})
    (panel,) = panels(shown)
    assert [bar[2] for bar in panel.bars] == [0.6, 1.0]
    assert "mine 0.60" in shown.alt


class Fills(nn.Module):
    """Draws pictures of one brightness."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def detector(self, frames):
        return torch.zeros(len(frames), 3, 2), torch.eye(2).expand(len(frames), 3, 2, 2)

    def forward(self, source, *_):
        return torch.full_like(source, self.value), source, source


def test_films_stand_below_the_frames_they_follow(panels):
    frames = torch.linspace(0, 1, 4).view(4, 1, 1, 1).expand(4, 3, 8, 8)
    shown = panels(figures.films(Fills(0.25), Fills(0.75), frames, [0, 3]))
    assert [float(panel.images[0].mean()) for panel in shown] == pytest.approx([0, 1, 0.25, 0.25, 0.75, 0.75], abs=0.01)
    assert [panel.title for panel in shown[:2]] == ["frame 0", "frame 3"]
