"""Pictures in rows: which stands where, under which name, and at which resolution."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.picture_words import bare_pictures
from fomm_lite.course import picture_sheet, strip
from fomm_lite.errors import InputError

PIECE = re.compile(r'<div style="font[^>]*>([^<]*)</div>|<img ([^>]*)src="data:image/webp;base64,([^"]+)">')


def pieces(page: str) -> list[str | np.ndarray]:
    """Names and pictures in the order in which they are read."""
    found: list[str | np.ndarray] = []
    for name, _, data in PIECE.findall(page):
        found.append(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) if data else name)
    return found


def shade(value: float, height: int = 8, width: int = 8) -> torch.Tensor:
    return torch.full((3, height, width), value)


def test_each_picture_stands_under_its_name_and_each_row_under_its() -> None:
    rows = {"<up>": {"a": shade(0.0), "b": shade(0.2)}, "down": {"a": shade(0.4), "b": shade(0.6)}}
    read = pieces(picture_sheet(rows, "four shades of grey", side=16)._repr_html_())
    assert [each for each in read if isinstance(each, str)] == ["&lt;up&gt;", "a", "b", "down", "a", "b"]
    shades = [round(float(each.mean()) / 255, 1) for each in read if not isinstance(each, str)]
    assert shades == [0.0, 0.2, 0.4, 0.6]
    assert [isinstance(each, str) for each in read] == [True, True, False, True, False] * 2


def test_there_are_two_pixels_for_each_of_the_page_and_no_blur() -> None:
    wide = torch.rand(3, 4, 8)
    (image,) = pieces(picture_sheet([{"": wide}], "some noise on paper", side=16)._repr_html_())
    assert isinstance(image, np.ndarray) and image.shape == (16, 32, 3)
    expected = (wide * 255).round().byte().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(image, expected.repeat(4, 0).repeat(4, 1))
    assert 'width="16" height="8"' in picture_sheet([{"": wide}], "some noise on paper", side=16)._repr_html_()
    (fine,) = pieces(picture_sheet([{"": torch.rand(3, 64, 64)}], "some noise on paper", side=16)._repr_html_())
    assert isinstance(fine, np.ndarray) and fine.shape == (64, 64, 3)  # finer than it must be: as it is


def test_the_words_are_read_once_and_reach_the_page() -> None:
    shown = picture_sheet([{"a": shade(0.0), "b": shade(1.0)}], "black beside white")
    page = shown._repr_html_()
    assert page.count('alt="black beside white"') == 1 and bare_pictures(page) == []
    assert shown._repr_mimebundle_()["text/plain"] == "black beside white"


def test_a_sheet_without_words_or_pictures_is_refused() -> None:
    with pytest.raises(InputError, match="without words"):
        picture_sheet([{"a": shade(0.0)}], " ")
    for empty in ([], [{}], {"row": {}}):
        with pytest.raises(InputError, match="without pictures"):
            picture_sheet(empty, "nothing at all here")


def test_strip_shows_the_first_and_last_moment_of_each_clip() -> None:
    rising = [shade(value / 4) for value in range(5)]
    read = pieces(strip({"up": rising, "down": rising[::-1]}, "two clips of greys", count=3, side=64)._repr_html_())
    assert [each for each in read if isinstance(each, str)] == [
        "up", "frame 0", "frame 2", "frame 4", "down", "frame 0", "frame 2", "frame 4",
    ]  # fmt: skip
    shades = [round(float(each.mean()) / 255, 1) for each in read if not isinstance(each, str)]
    assert shades == [0.0, 0.5, 1.0, 1.0, 0.5, 0.0]
    with pytest.raises(InputError, match="one length"):
        strip({"up": rising, "short": rising[:2]}, "two clips of greys")


def test_a_picture_that_is_white_at_its_edge_shows_where_it_ends() -> None:
    blot = shade(1.0)
    blot[:, 3:5, 3:5] = 0
    page = picture_sheet(
        [{"map": blot, "face": shade(0.5)}], "a dark blot on white, and a grey field", side=16
    )._repr_html_()
    first, second = page.split("<img ")[1:]
    assert "outline:1px" in first and "outline" not in second
