"""Maps in colour and small charts: what lies where."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from fomm_lite.course.kit import palette, panels
from fomm_lite.course.kit.panels import (
    DASH,
    NAME_HEIGHT,
    bent_grid_picture,
    curves,
    dashed,
    dots,
    flow_colours,
    framed,
    heat,
    signed,
    trace,
)
from fomm_lite.geometry import coordinate_grid

BLUE, ORANGE = panels.BLUE, panels.ORANGE


def near(picture: torch.Tensor, colour: object) -> torch.Tensor:
    """Places (n 2), x and y, of pixels in a colour."""
    away = (picture - torch.as_tensor(np.array(colour), dtype=torch.float32)[:, None, None]).abs().amax(0)
    return (away < 0.2).nonzero().flip(-1)  # lines that lie between two pixels are paler


def test_amounts_grow_lighter_and_signs_have_two_colours() -> None:
    lightness = heat(torch.linspace(0, 1, 9)[None])[:, 0].mean(0)
    assert (lightness.diff() > 0).all()
    below, none, above = signed(torch.tensor([[-3.0, 0.0, 2.0]]), limit=2.0)[:, 0].T
    assert none.tolist() == [1, 1, 1]
    assert below[0] > below[2] and above[2] > above[0]  # brown and violet
    torch.testing.assert_close(signed(torch.tensor([[-2.0]]), limit=2.0)[:, 0, 0], below)


def test_a_frame_lies_at_the_border_alone() -> None:
    white = torch.ones(3, 4, 4)
    bordered = framed(white, 8)
    assert (bordered[:, 2:-2, 2:-2] == 1).all() and (bordered != 1).any(0).sum() == 48
    assert (white == 1).all()


def test_flow_has_no_colour_where_nothing_moves() -> None:
    grid = coordinate_grid(5, 5)
    assert (flow_colours(grid) == 1).all()
    right, left = flow_colours(grid + torch.tensor([0.5, 0.0])), flow_colours(grid - torch.tensor([0.5, 0.0]))
    assert (right - left).abs().max() > 0.5


def test_a_straight_grid_has_blue_rows_and_orange_columns() -> None:
    picture = bent_grid_picture(coordinate_grid(9, 9), side=65, lines=3)
    for place in (0, 32, 64):
        assert (picture[:, place, 8:24] - torch.tensor(BLUE, dtype=torch.float32)[:, None]).abs().max() < 1e-5
        assert (picture[:, 8:24, place] - torch.tensor(ORANGE, dtype=torch.float32)[:, None]).abs().max() < 1e-5
    assert (picture[:, 4:28, 4:28] == 1).all()
    moved = bent_grid_picture(coordinate_grid(9, 9) + torch.tensor([0.25, 0.0]), side=65, lines=3)
    assert near(moved, ORANGE)[:, 0].unique().tolist() == [7, 8, 9, 39, 40, 41]
    assert near(moved, BLUE)[:, 1].unique().tolist() == [0, 1, 31, 32, 33, 63, 64]


def test_a_trace_leads_through_its_places_on_a_copy() -> None:
    image = torch.ones(3, 33, 65)
    drawn = trace(image, torch.tensor([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]]), (1.0, 0.0, 0.0))
    red = near(drawn, (1, 0, 0))
    assert red.amin(0).tolist() == pytest.approx([16, 8], abs=1)
    assert red.amax(0).tolist() == pytest.approx([48, 24], abs=1)
    assert drawn[1, 24, 32] == 0 and drawn[1, 16, 48] == 0 and drawn[1, 24, 60] == 1
    assert (image == 1).all()
    dotted = trace(image, torch.tensor([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]]), (1.0, 0.0, 0.0), dotted=True)
    assert dotted[1, 24, 32] == 0 and dotted[1, 12, 48] == 1  # the second piece is left out


def test_curves_lie_on_a_logarithmic_scale() -> None:
    picture = curves({"a": [(0.0, 1.0), (5.0, 0.1), (10.0, 0.001)], "b": [(0.0, 0.01), (10.0, 0.01)]}, (840, 560))
    assert picture.shape == (3, 560, 840)
    left, right, top, bottom = 112, 840 - 32, 24, 560 - 80 - NAME_HEIGHT
    first, second = (near(picture, palette.rgb(colour)) for colour in palette.LINES[:2])
    chart = first[first[:, 1] <= bottom + 4]
    assert chart.amin(0).tolist() == pytest.approx([left, top], abs=3)
    assert chart.amax(0).tolist() == pytest.approx([right, bottom], abs=3)
    halfway = chart[(chart[:, 0] - (left + right) // 2).abs() <= 1][:, 1].float().mean()
    assert float(halfway) == pytest.approx(top + (bottom - top) / 3, abs=3)  # 0.1 is one of three powers down
    flat = second[second[:, 1] <= bottom]
    assert flat[:, 1].float().mean() == pytest.approx(top + (bottom - top) * 2 / 3, abs=1)
    assert 0.5 < len(flat[:, 0].unique()) / (right - left) < 0.85  # its dashes leave gaps


def test_names_stand_below_a_chart_in_two_columns_inside_the_picture() -> None:
    picture = curves({name: [(0.0, 0.1), (10.0, 0.1)] for name in "abcdef"})
    below = 560 - 3 * NAME_HEIGHT - 10
    halves = (picture[:, below:, :420], picture[:, below:, 420:])
    marks = [near(halves[number % 2], palette.rgb(each)).float() for number, each in enumerate(palette.LINES)]
    marks = [mark[(mark[:, 1] - NAME_HEIGHT * (number // 2) - 22).abs() < 8] for number, mark in enumerate(marks)]
    heights = [float(mark[:, 1].mean()) for mark in marks]
    assert [heights[0], heights[2], heights[4]] == pytest.approx([heights[1], heights[3], heights[5]], abs=0.5)
    assert [lower - upper for upper, lower in pairwise(heights[::2])] == pytest.approx([NAME_HEIGHT] * 2, abs=0.5)
    assert heights[-1] + below < 560 - 12
    assert curves({}).shape == curves({"a": []}).shape == (3, 560, 840)


def test_dashes_cover_their_share_of_a_line_and_no_dashes_all_of_it() -> None:
    places = np.array([(0.0, 0.0), (300.0, 400.0)])

    def length(pieces: np.ndarray) -> float:
        return float(np.hypot(*(pieces[:, 1] - pieces[:, 0]).T).sum())

    assert length(dashed(places, ())) == pytest.approx(500)
    assert length(dashed(places, (10.0, 5.0))) == pytest.approx(500 * 2 / 3, abs=10 * DASH)
    assert dashed(places[:1], (1.0, 1.0)).shape == (0, 2, 2)


def test_dots_lie_left_and_right_of_zero_and_arrows_at_the_end() -> None:
    size, limit = (960, 400), 4.0
    picture = dots(["up", "down"], {"real": [-2.0, 0.0], "fake": [1.0, 9.0]}, limit, size, "what")
    left, right, top, bottom = 300, 960 - 28, 60, 400 - 88
    centre, unit = (left + right) / 2, (right - left) / 2 / limit
    for colour, values in ((BLUE, (-2.0, 0.0)), (ORANGE, (1.0, limit))):
        places = near(picture, colour)
        places = places[places[:, 1] > top]  # below the legend
        for row, value in enumerate(values):
            y = top + (row + 0.5) / 2 * (bottom - top)
            dot = places[(places[:, 1] - y).abs() < 20].float()
            if value < limit:
                assert dot.mean(0).tolist() == pytest.approx([centre + unit * value, y], abs=0.6)
            else:
                assert float(dot[:, 0].max()) == pytest.approx(right, abs=2.5)
