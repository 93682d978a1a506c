"""Colours of lines: nobody takes one for another, or for a keypoint, by day or by night."""

import pytest
import torch

from fomm_lite.course.kit import palette
from fomm_lite.media.draw import keypoint_colour
from tests.media.test_draw import BLINDNESS, lab

LINES = torch.stack([torch.from_numpy(palette.rgb(code)).float() for code in palette.LINES])
KEYPOINTS = torch.tensor([keypoint_colour(index) for index in range(15)])
APART = 12


def seen(colours: torch.Tensor, kind: str) -> torch.Tensor:
    """In CIE Lab, as an eye without one kind of cone sees them."""
    linear = torch.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return lab((linear @ torch.tensor(BLINDNESS[kind]).T).clamp(0, 1))


def night(colours: torch.Tensor) -> torch.Tensor:
    """As explorer.css shows charts on a dark page: invert(1) hue-rotate(180deg)."""
    grey = torch.tensor([[0.213, 0.715, 0.072]]).expand(3, 3)
    return ((1 - colours) @ (2 * grey - torch.eye(3)).T).clamp(0, 1)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_no_line_has_the_colour_of_a_keypoint_or_of_another_line(kind: str) -> None:
    lines = seen(LINES, kind)
    assert torch.cdist(lines, seen(KEYPOINTS, kind)).min() >= APART
    assert torch.pdist(lines).min() >= 20


@pytest.mark.parametrize("kind", BLINDNESS)
def test_charts_of_explorers_keep_that_on_dark_pages(kind: str) -> None:
    charts = seen(night(LINES[[0, 1, 3]]), kind)
    assert torch.cdist(charts, seen(night(KEYPOINTS), kind)).min() >= APART
    assert torch.pdist(charts).min() >= APART


def test_lines_are_told_apart_in_grey_by_their_dashes() -> None:
    assert len(palette.DASHES) == len(palette.LINES) == len(set(palette.DASHES)) == len(set(palette.MARKERS))
