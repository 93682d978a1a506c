"""Lines, dots and letters: where they lie, how thick they are, and that the border cuts them off."""

import numpy as np
import pytest
import torch

from fomm_lite.media.strokes import INK, layered, stroke, strokes, text_width, write

BLUE = np.array([0.0, 0.0, 1.0])


def paper(height: int = 40, width: int = 60) -> np.ndarray:
    return np.ones((3, height, width), np.float32)


def ink(pixels: np.ndarray) -> np.ndarray:
    """How much of each pixel is blue."""
    assert np.array_equal(pixels[0], pixels[1]) and (pixels[2] == 1).all()
    return 1 - pixels[0]


@pytest.mark.parametrize(
    ("start", "end"), [((5, 10), (50, 10)), ((12, 3), (12, 35)), ((4.3, 5.6), (52.1, 30.2)), ((40, 38), (31.5, 2.5))]
)
def test_many_strokes_at_once_are_what_single_ones_are(start: tuple[float, float], end: tuple[float, float]) -> None:
    one, both = paper(), paper()
    stroke(one, start, end, 1.2, BLUE)
    strokes(both, np.array([[start, end], [end, start]], float), 1.2, BLUE)  # painted twice, it is no thicker
    y, x = np.mgrid[:40, :60]
    way = np.array(end) - start
    share = ((x - start[0]) * way[0] + (y - start[1]) * way[1]) / (way @ way)
    inner = (share > 0.05) & (share < 0.95)  # single strokes have round ends
    np.testing.assert_allclose(ink(both)[inner], ink(one)[inner], atol=0.01)
    assert ink(both)[(share < -0.1) | (share > 1.1)].max() == 0
    length = np.hypot(*way)
    assert ink(both).sum() == pytest.approx(2.4 * length, rel=0.1)


@pytest.mark.parametrize("hole", [0.0, 2.5])
@pytest.mark.parametrize("end", [(20.3, 11.0), (3.0, 30.6)])  # the first is a dot
def test_layers_are_strokes_one_after_the_other(end: tuple[float, float], hole: float) -> None:
    one, at_once = (np.full((3, 40, 40), 0.5, np.float32) for _ in range(2))
    layers = [(6.0, np.zeros(3)), (8.5, np.ones(3)), (3.0, BLUE)]
    for radius, colour in layers:
        stroke(one, (20.3, 11.0), end, radius, colour, hole)
    layered(at_once, (20.3, 11.0), end, layers, hole)
    assert np.array_equal(one, at_once) and len(np.unique(one)) > 3


def test_strokes_beyond_the_border_are_cut_off() -> None:
    pixels = paper()
    strokes(pixels, np.array([[(-1e4, 20), (1e4, 20)], [(30, -70), (30, -5)], [(90, 3), (80, 30)]], float), 0.5, BLUE)
    assert (ink(pixels)[20] == 1).all() and ink(pixels).sum() == 60
    strokes(pixels, np.zeros((0, 2, 2)), 0.5, BLUE)
    strokes(pixels, np.array([[(-9, -9), (-5, -5)]], float), 0.5, BLUE)
    assert ink(pixels).sum() == 60


def test_strokes_write_into_pictures_of_any_layout() -> None:
    picture = torch.ones(40, 60, 3).permute(2, 0, 1)
    strokes(picture.numpy(), np.array([[(5, 10), (50, 10)]], float), 0.5, BLUE)
    assert float(picture[0, 10, 30]) == 0


def test_a_ring_has_a_hole() -> None:
    pixels = paper()
    stroke(pixels, (30, 20), (30, 20), 8, BLUE, hole=5)
    row = ink(pixels)[20]
    assert row[30] == row[34] == row[39] == 0 and row[36] == row[37] == row[24] == 1


@pytest.mark.parametrize(("across", "down"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_text_lies_where_it_is_put(across: float, down: float) -> None:
    pixels = paper(60, 200)
    write(pixels, "HHH", (100, 30), 20, across=across, down=down)
    rows, columns = np.nonzero(pixels[0] < 0.5)
    wide = text_width("HHH", 20)
    assert 30 < wide < 60
    assert columns.min() == pytest.approx(100 - across * wide + 1, abs=2)
    assert columns.max() == pytest.approx(100 + (1 - across) * wide - 2, abs=2)
    assert abs(rows.mean() - 30 - (0.5 - down) * 23) < 5
    assert pixels.min() == pytest.approx(float(INK[0]), abs=0.02)


def test_text_beyond_the_border_is_cut_off() -> None:
    pixels = paper()
    for place in ((0, 0), (60, 40), (-500, 20), (30, 400)):
        write(pixels, "a long line of words", place, 18)
    assert 0 < (pixels < 0.9).mean() < 0.5
