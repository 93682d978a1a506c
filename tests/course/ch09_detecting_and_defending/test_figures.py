"""Figures of the notebook on detecting and defending."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from IPython.display import Image
from matplotlib.figure import Figure
from PIL import Image as Pillow

from fomm_lite.course.ch09_detecting_and_defending import figures
from fomm_lite.forensics import embed_watermark, rescale
from fomm_lite.worlds import faces

CLIP = faces(2, 3, 64).frames
SOFT = rescale(CLIP, 0.5)
DICE = torch.Generator().manual_seed(0)
REAL, FAKE = torch.randn(12, 9, generator=DICE), torch.randn(10, 9, generator=DICE) + 1

DRAWN: dict[str, Callable[[], Image]] = {
    "residuals": lambda: figures.residuals(CLIP[0], SOFT[0]),
    "spectra": lambda: figures.spectra([CLIP], [SOFT]),
    "borders": lambda: figures.borders(CLIP, 1),
    "cue_dots": lambda: figures.cue_dots(REAL, FAKE),
    "weights": lambda: figures.weights(FAKE[0]),
    "roc_curves": lambda: figures.roc_curves({"one": (REAL[:, 0], FAKE[:, 0]), "other": (FAKE[:, 1], REAL[:, 1])}),
    "race": lambda: figures.race(torch.tensor([[1.0, 0.4], [0.6, 0.8]]), ["a", "b"], ["a", "b"]),
    "base_rates": lambda: figures.base_rates({"0.9, 0.05": (0.9, 0.05)}),
    "watermark_pictures": lambda: figures.watermark_pictures(CLIP[0], embed_watermark(CLIP[:1], "key")[0]),
    "watermark_scores": lambda: figures.watermark_scores({"a": 9.0, "b": 2.0}, {"a": 0.1, "b": -0.5}, 4.0),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_is_a_picture_with_words(name: str) -> None:
    shown = DRAWN[name]()
    seen = np.asarray(Pillow.open(io.BytesIO(shown.data)).convert("RGB"))
    assert seen.shape[1] in (700, 900)
    assert seen.std() > 5
    assert len(shown.alt) > 15


def test_a_better_detector_draws_another_curve() -> None:
    good = figures.roc_curves({"x": (REAL[:, 0], REAL[:, 0] + 9)})
    coin = figures.roc_curves({"x": (REAL[:, 0], REAL[:, 0])})
    assert good.data != coin.data


def test_roc_curves_go_over_false_and_up_true_positives(drawn: list[Figure]) -> None:
    """Each corner of a curve is what some threshold gives: the share of real clips called fake, and of fakes caught."""
    real, fake = torch.tensor([0.1, 0.2, 0.3, 0.6]), torch.tensor([0.25, 0.7, 0.8])
    figures.roc_curves({"good": (real, fake), "other": (fake, real)})
    axes = drawn[0].axes[0]
    for line, (name, calm, alarming) in zip(axes.lines, [("good", real, fake), ("other", fake, real)], strict=False):
        thresholds = [*torch.cat([real, fake]).tolist(), 2.0]
        expected = {(float((calm >= t).float().mean()), float((alarming >= t).float().mean())) for t in thresholds}
        assert {(round(x, 6), round(y, 6)) for x, y in line.get_xydata()} == {
            (round(x, 6), round(y, 6)) for x, y in expected
        }
        assert line.get_label().startswith(f"{name}: ")
    assert axes.get_xlabel().startswith("false positive rate") and axes.get_ylabel().startswith("true positive rate")
    coin = axes.lines[2]
    assert coin.get_xydata().tolist() == [[0, 0], [1, 1]]
