"""``fomm-lite explore`` in a browser: the page works, and asks nothing of other machines."""

import importlib.util
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(importlib.util.find_spec("voila") is None, reason="Voila comes with the extra `explore`"),
]


NIGHT = 90  # of 255: what is lighter on average stands out from a dark page as a slab
SMALLEST = 10  # pixels of a letter
CONTRAST = 3.0  # of what a control is known by
LETTERS = """(root) => {
    const seen = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), sizes = [];
    while (seen.nextNode()) {
        const around = seen.currentNode.parentElement;
        if (seen.currentNode.textContent.trim() && around.checkVisibility()) {
            sizes.push(parseFloat(getComputedStyle(around).fontSize));
        }
    }
    return sizes;
}"""
COLOURS = """(root) => {
    const behind = getComputedStyle(document.body).backgroundColor;
    const handle = getComputedStyle(root.querySelector(".noUi-handle"));
    const track = getComputedStyle(root.querySelector(".noUi-connects")).backgroundColor;
    return [behind, handle.backgroundColor, handle.borderTopColor, track];
}"""
# what hangs over a picture's edge is there to be taken hold of as well
REACHED = """(handles) => handles.map((one) => {
    one.scrollIntoView({ block: "center" });
    const box = one.getBoundingClientRect();
    return document.elementFromPoint(Math.max(box.x + 2, 0), box.y + box.height / 2) === one;
})"""


def lightness(colour: str) -> float:
    """Relative luminance, as WCAG has it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Of two colours, 1 to 21."""
    low, high = sorted(map(lightness, (one, other)))
    return (high + 0.05) / (low + 0.05)


def mean_of(picture: "Locator") -> float:
    """How light a part of the page is, 0 to 255."""
    return float(np.asarray(Image.open(io.BytesIO(picture.screenshot())).convert("L")).mean())


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of an explorer that has a Play button, whose icons are letters of a font."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fomm_lite", "explore", "motion", "--no-open"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    yield re.search(r"http://\S+", process.stdout.readline())[0]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def test_the_page_shows_its_icons_and_fetches_nothing_from_elsewhere(
    browser: "Browser", address: str, pictures: Path
) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, timeout=120_000)
    page.locator(".fomm-lite-explorer img").first.wait_for(timeout=120_000)
    page.locator(".widget-play button").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=pictures / "explore-page.png")
    loaded = "() => Array.from(document.fonts).filter(f => f.status === 'loaded').map(f => f.family).join()"
    assert "Font Awesome" in page.evaluate(loaded)
    home = address.split("?")[0]
    assert [url for url in asked if not url.startswith((home, "data:", "blob:", home.replace("http", "ws")))] == []
    page.close()


def test_on_a_telephone_by_night_all_can_be_read_and_taken_hold_of(
    browser: "Browser", address: str, pictures: Path
) -> None:
    for theme in ("light", "dark"):
        page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=theme)
        page.goto(f"{address}&theme={theme}", timeout=120_000)
        root = page.locator(".fomm-lite-explorer")
        root.locator("img").first.wait_for(timeout=120_000)
        page.locator(".fomm-lite-handles button").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=pictures / f"explore-page-phone-{theme}.png", full_page=True)
        assert min(root.evaluate(LETTERS)) >= SMALLEST
        behind, handle, border, track = root.evaluate(COLOURS)
        assert contrast(behind, track) >= CONTRAST
        assert max(contrast(behind, handle), contrast(behind, border)) >= CONTRAST
        wipe = root.get_by_role("button", name="line between both pictures", exact=True)
        assert wipe.evaluate_all(REACHED) == [True]
        light = {}
        for panel in root.locator(".fomm-lite-chart").all():
            light[panel.locator(".fomm-lite-name").inner_text().strip()] = mean_of(panel.locator("img"))
        assert len(light) == 4
        assert [name for name, value in light.items() if (value < NIGHT) != (theme == "dark")] == []
        page.close()
