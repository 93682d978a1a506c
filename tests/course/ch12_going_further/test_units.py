"""Units: what the formula says is where the sampler looks."""

import pytest

from fomm_lite.course.ch12_going_further import units


@pytest.mark.parametrize("width", [5, 64, 256])
@pytest.mark.parametrize("align_corners", [True, False])
def test_the_sampler_looks_at_the_column_that_the_unit_was_made_from(width, align_corners):
    for column in (0, 1.25, width / 2, width - 1):
        x = units.to_units(column, width, align_corners=align_corners)
        assert units.column_seen(x, width, align_corners=align_corners) == pytest.approx(column, abs=1e-9)


def test_the_middle_is_0_in_both_and_the_border_differs_by_half_a_pixel():
    for width in (64, 256):
        assert units.to_units((width - 1) / 2, width, align_corners=True) == pytest.approx(0)
        assert units.to_units((width - 1) / 2, width, align_corners=False) == pytest.approx(0)
        first = units.to_units(0, width, align_corners=False)
        assert (first + 1) * width / 2 == pytest.approx(0.5)
