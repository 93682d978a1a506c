"""The page of an evaluation: the right three clips, each twice."""

from pathlib import Path

import pytest
import torch

from fomm_lite.config import preset
from fomm_lite.errors import InputError
from fomm_lite.evaluation.measures import ClipScore
from fomm_lite.evaluation.page import MOMENTS, extremes, write_page
from fomm_lite.media.read import read_image
from fomm_lite.model import FirstOrderModel


def scored(*ratios: float | None) -> list[ClipScore]:
    return [ClipScore(3, 0.1, 0.2, ratio, 20.0) for ratio in ratios]


def test_best_median_and_worst_by_ratio_whatever_does_not_move() -> None:
    assert extremes(scored(0.5, None, 0.2, 0.9, 0.3)) == (2, 4, 3)
    assert extremes(scored(0.4)) == (0, 0, 0)
    with pytest.raises(InputError, match="nothing moves"):
        extremes(scored(None, None))


def test_a_page_shows_three_clips_and_says_which(tmp_path: Path) -> None:
    asked = []

    def clip_at(index: int) -> torch.Tensor:
        asked.append(index)
        return torch.rand(9, 3, 32, 32, generator=torch.Generator().manual_seed(index))

    write_page(FirstOrderModel(preset("tiny")).eval(), clip_at, scored(0.5, 0.2, 0.9), tmp_path / "page.png")
    assert asked == [1, 0, 2]
    _, height, width = read_image(tmp_path / "page.png").shape
    assert height > 6 * 128 and width > (1 + MOMENTS) * 128
