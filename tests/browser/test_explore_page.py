"""``fomm-lite explore`` in a browser: the page works, and asks nothing of other machines."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(importlib.util.find_spec("voila") is None, reason="Voila comes with the extra `explore`"),
]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of an explorer that has a Play button, whose icons are letters of a font."""
    process = subprocess.Popen(
        [sys.executable, "-m", "fomm_lite", "explore", "equivariance", "--no-open"],
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
