"""Maps in colour and small charts: what lies where."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from fomm_lite.course.kit import panels
from fomm_lite.course.kit.panels import bent_grid_picture, curves, dots, flow_colours, framed, heat, signed, trace
from fomm_lite.geometry import coordinate_grid
from fomm_lite.media.draw import keypoint_colour

BLUE, ORANGE = panels._BLUE, panels._ORANGE


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
    assert (bordered[:, 1:-1, 1:-1] == 1).all() and (bordered != 1).any(0).sum() == 28
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
    assert near(moved, ORANGE)[:, 0].unique().tolist() == [8, 40] and near(moved, BLUE)[:, 1].unique().tolist() == [
        0,
        32,
        64,
    ]


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
    picture = curves({"a": [(0.0, 1.0), (5.0, 0.1), (10.0, 0.001)], "b": [(0.0, 0.01), (10.0, 0.01)]}, (640, 260))
    assert picture.shape == (3, 260, 640)
    left, right, top, bottom = 56, 640 - 192, 12, 260 - 34
    first, second = (near(picture, keypoint_colour(index)) for index in (0, 1))
    chart = first[first[:, 0] <= right]
    assert chart.amin(0).tolist() == pytest.approx([left, top], abs=1)
    assert chart.amax(0).tolist() == pytest.approx([right, bottom], abs=1)
    halfway = chart[(chart[:, 0] - (left + right) // 2).abs() <= 1][:, 1].float().mean()
    assert float(halfway) == pytest.approx(top + (bottom - top) / 3, abs=2)  # 0.1 is one of three powers down
    flat = second[second[:, 0] <= right]
    assert flat[:, 1].float().mean() == pytest.approx(top + (bottom - top) * 2 / 3, abs=1)


def test_names_at_one_height_stand_below_each_other_inside_the_picture() -> None:
    picture = curves({name: [(0.0, 0.1), (10.0, 0.1)] for name in "abcdef"})
    marks = picture[:, :, 640 - 192 + 6 : 640 - 192 + 18]  # in front of the names
    heights = [float(near(marks, keypoint_colour(index))[:, 1].float().mean()) for index in range(6)]
    assert [lower - upper for upper, lower in pairwise(heights)] == pytest.approx([14] * 5, abs=1)
    assert heights[-1] < 255
    assert curves({}).shape == curves({"a": []}).shape == (3, 260, 640)


def test_dots_lie_left_and_right_of_zero_and_arrows_at_the_end() -> None:
    size, limit = (480, 200), 4.0
    picture = dots(["up", "down"], {"real": [-2.0, 0.0], "fake": [1.0, 9.0]}, limit, size, "what")
    left, right, top, bottom = 148, 480 - 14, 30, 200 - 44
    centre, unit = (left + right) / 2, (right - left) / 2 / limit
    for colour, values in ((BLUE, (-2.0, 0.0)), (ORANGE, (1.0, limit))):
        places = near(picture, colour)
        places = places[places[:, 1] > top]  # below the legend
        for row, value in enumerate(values):
            y = top + (row + 0.5) / 2 * (bottom - top)
            dot = places[(places[:, 1] - y).abs() < 10].float()
            if value < limit:
                assert dot.mean(0).tolist() == pytest.approx([centre + unit * value, y], abs=0.6)
            else:
                assert float(dot[:, 0].max()) == pytest.approx(right, abs=1.5)
