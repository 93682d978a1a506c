"""Sheets as readers see them: on a telephone they wrap, are sharp, and their letters can be read."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch

from fomm_lite.course import strip
from fomm_lite.course.ch02_first_order_motion.explorer import TaylorExplorer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

LOOK = """() => ({
  overflow: document.documentElement.scrollWidth - window.innerWidth,
  letters: Math.min(...[...document.querySelectorAll("figure div")].filter(e => !e.children.length)
    .map(e => parseFloat(getComputedStyle(e).fontSize))),
  sharp: Math.min(...[...document.images].map(i => i.naturalWidth / i.getBoundingClientRect().width)),
  widths: [...document.images].map(i => Math.round(i.getBoundingClientRect().width)),
  tops: [...document.images].map(i => Math.round(i.getBoundingClientRect().top)),
  under: [...document.images].every(i => i.previousElementSibling.getBoundingClientRect().bottom
    <= i.getBoundingClientRect().top),
})"""


@pytest.mark.parametrize("kind", ["strip", "explorer"])
def test_a_sheet_wraps_and_stays_sharp(kind: str, tmp_path: Path, browser: "Browser") -> None:
    clip = torch.rand(6, 3, 16, 16)
    shown = (
        strip({"driving": clip, "film": clip}, "two clips of noise")
        if kind == "strip"
        else TaylorExplorer().figure("a map and its approximation")
    )
    (tmp_path / "page.html").write_text(
        f'<!doctype html><meta name="viewport" content="width=device-width"><body>{shown._repr_html_()}',
        encoding="utf-8",
    )
    rows = {}
    for width in (1366, 390):
        page = browser.new_page(viewport={"width": width, "height": 800}, device_scale_factor=2)
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_function("[...document.images].every(i => i.complete)")
        look = page.evaluate(LOOK)
        assert look["overflow"] <= 0 and look["under"]
        assert look["letters"] >= 10
        assert look["sharp"] >= 1.99
        assert kind != "strip" or len(set(look["widths"])) == 1
        rows[width] = len(set(look["tops"]))
        page.close()
    assert rows[390] > rows[1366] if kind == "strip" else rows[390] >= rows[1366]
