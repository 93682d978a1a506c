"""Charts of explorers: what is drawn lies where its scales say."""

import pytest
import torch

from fomm_lite.course.kit import charts
from fomm_lite.course.kit.charts import LINES, SquareChart
from fomm_lite.course.kit.panels import BLUE, ORANGE


def where(picture: torch.Tensor, colour: object) -> torch.Tensor:
    """Row and column in the middle of what has a colour."""
    near = (picture - torch.as_tensor(colour).view(3, 1, 1)).abs().sum(0) < 0.05
    assert bool(near.any())
    return near.nonzero().float().mean(0)


@pytest.mark.parametrize(("logarithmic", "middle"), [(False, 50.5), (True, 10.0)])
def test_the_middle_of_the_scale_is_the_middle_of_the_chart(logarithmic: bool, middle: float) -> None:
    found = []
    for value in (1.0, middle, 100.0):
        chart = SquareChart((1.0, 100.0), (1.0, 100.0), logarithmic=logarithmic)
        chart.dot(value, value, BLUE)
        found.append(where(chart.picture, BLUE))
    torch.testing.assert_close(found[1], (found[0] + found[2]) / 2, atol=0.6, rtol=0)
    assert found[2][0] < found[0][0] and found[2][1] > found[0][1]  # up and right


def test_a_line_leads_through_its_points_and_an_upright_stands_at_its_place() -> None:
    chart, dots = (SquareChart((0.0, 1.0), (0.0, 1.0)) for _ in range(2))
    chart.line([(0.25, 0.25), (0.75, 0.75)], BLUE, width=2.0)
    dots.dot(0.5, 0.5, BLUE)
    torch.testing.assert_close(where(chart.picture, BLUE), where(dots.picture, BLUE), atol=1.0, rtol=0)
    chart.upright(0.5, ORANGE)
    assert abs(float(where(chart.picture, ORANGE)[1] - where(dots.picture, BLUE)[1])) < 1


def test_what_is_too_small_for_a_logarithmic_scale_lies_at_its_end() -> None:
    chart, low = (SquareChart((0.1, 1.0), (1e-3, 1.0), logarithmic=True) for _ in range(2))
    chart.dot(0.5, 0.0, LINES[0])
    low.dot(0.5, 1e-3, LINES[0])
    torch.testing.assert_close(chart.picture, low.picture)


def test_a_grid_writes_its_values() -> None:
    bare, grid = (SquareChart((0.0, 1.0), (0.0, 1.0)) for _ in range(2))
    grid.grid([0, 1], [0, 1], "x")
    assert float(bare.picture.min()) == 1.0 and float(grid.picture.min()) < 0.5


def test_a_smaller_chart_is_the_same_chart_smaller() -> None:
    large, small = (SquareChart((0.04, 0.5), (1e-5, 1.0), side, logarithmic=True) for side in (512, 256))
    for chart in (large, small):
        chart.grid([0.05, 0.4], [1e-5, 1.0], "distance from the point")
    halved = torch.nn.functional.avg_pool2d(large.picture[None], 2)[0]
    ink = [float((1 - picture).sum()) for picture in (halved, small.picture)]
    assert ink[1] == pytest.approx(ink[0], rel=0.25)  # thin lines do not become thinner
    assert float((halved - small.picture).abs().mean()) < 0.02


def test_small_powers_of_ten_are_written_in_few_letters() -> None:
    assert [charts._power(value) for value in (1.0, 0.01, 1e-3, 1e-5, 2e-3)] == ["1", "0.01", "10⁻³", "10⁻⁵", "0.002"]
