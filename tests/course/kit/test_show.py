"""What notebooks show: valid pictures and clips, with words for those who cannot see them."""

import base64
import io
import re
from pathlib import Path

import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from fomm_lite.course import show_clip, show_film, show_picture
from fomm_lite.errors import InputError
from fomm_lite.media.write import write_video


def test_picture_keeps_its_pixels_and_says_what_it_shows() -> None:
    picture = torch.zeros(3, 4, 6)
    picture[0, 1, 2] = 1
    shown = show_picture(picture, "one red pixel", width=60)
    pixels = Image.open(io.BytesIO(shown.data))
    assert pixels.size == (6, 4)
    assert pixels.getpixel((2, 1)) == (255, 0, 0)
    assert shown.alt == "one red pixel"


def test_the_words_of_a_picture_are_part_of_the_page() -> None:
    data, about = DisplayFormatter().format(show_picture(torch.zeros(3, 4, 6), 'a "<black>" field', width=60))
    assert set(data) == {"text/html", "text/plain"} and not about
    assert 'alt="a &quot;&lt;black&gt;&quot; field"' in data["text/html"]
    assert 'width="60" height="40" style="max-width:100%;height:auto"' in data["text/html"]
    assert data["text/plain"] == 'a "<black>" field'  # what a terminal prints


def test_a_picture_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="without words"):
        show_picture(torch.zeros(3, 4, 6), " ")


def test_clip_is_an_mp4_inside_the_page() -> None:
    html = show_clip([torch.rand(3, 32, 32) for _ in range(3)], 'two "quoted" words', width=64).data
    found = re.search(r"base64,([A-Za-z0-9+/=]+)", html)
    assert found
    assert base64.b64decode(found[1])[4:8] == b"ftyp"  # an MP4 container
    assert 'aria-label="two &quot;quoted&quot; words"' in html and 'title="two' in html
    assert "max-width:100%" in html
    assert "muted" in html  # browsers start no film with sound by themselves


def test_film_is_the_file_itself_and_may_be_heard(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", torch.rand(3, 3, 32, 32), fps=12)
    html = show_film(path, "a <film>").data
    found = re.search(r"base64,([A-Za-z0-9+/=]+)", html)
    assert found and base64.b64decode(found[1]) == path.read_bytes()
    assert "muted" not in html and "autoplay" not in html
    assert 'aria-label="a &lt;film&gt;"' in html


def test_clip_of_nothing_is_refused() -> None:
    with pytest.raises(InputError):
        show_clip([], "nothing")
