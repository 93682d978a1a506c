"""Handles on the pictures of explorers in JupyterLab: by mouse, finger and keyboard, and with a slow kernel."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from benchmarks.lab import Lab, LabNotebook

pytestmark = pytest.mark.browser

NAME = "handles.ipynb"
SECONDS = 1.5  # that the slow explorer takes for its pictures
CELLS = [
    "import json, time\n"
    "from fomm_lite.course.ch02_first_order_motion.explorer import TaylorExplorer\n"
    "from fomm_lite.course.ch04_dense_motion.explorer import MotionExplorer",
    "taylor = TaylorExplorer()\ntaylor.widget",
    "motion = MotionExplorer()\nmotion.widget",
    "\n".join(f"print({line})" for line in range(60)),  # a page that is long enough to be scrolled
]


class Page:
    """Two explorers in a notebook of their own."""

    def __init__(self, notebook: "LabNotebook", folder: Path) -> None:
        self.notebook, self.page, self.folder = notebook, notebook.page, folder

    def handle(self, label: str) -> "Locator":
        """A handle by what it is."""
        found = self.page.get_by_role("button", name=label, exact=True)
        found.scroll_into_view_if_needed()
        return found

    def middle(self, label: str) -> tuple[float, float]:
        """Where a handle is on the page."""
        box = self.handle(label).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def state(self, name: str) -> dict[str, Any]:
        """What an explorer's controls say."""
        self.notebook.settle()
        self.notebook.execute(f"open('state.json', 'w').write(json.dumps({name}.state))")
        return json.loads((self.folder / "state.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def opened(lab: "Lab") -> Iterator[Page]:
    lab.write(NAME, CELLS)
    notebook = lab.open(NAME)
    notebook.run()
    yield Page(notebook, lab.folder)
    notebook.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The explorers as they were at the beginning."""
    opened.page.mouse.move(2, 2)
    opened.notebook.execute("taylor.reset(); motion.reset()")
    opened.notebook.settle()
    return opened


def show(page: Page, cell: str, title: str) -> "Locator":
    """Bring an explorer onto the screen."""
    page.notebook.show(cell)
    return page.notebook.explorer(title).root


def test_a_handle_follows_the_mouse_to_the_pixel_and_the_sliders_follow_it(page: Page, pictures: Path) -> None:
    root = show(page, "taylor = ", "How far does a jacobian reach?")
    old = root.locator("img").nth(2).get_attribute("src")
    x, y = page.middle("point")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x - 20, y + 10, steps=4)
    page.page.mouse.move(x - 41, y + 23, steps=4)
    assert page.middle("point") == pytest.approx((x - 41, y + 23), abs=1.0)  # under the hand at once
    page.page.mouse.up()
    state = page.state("taylor")
    assert page.middle("point") == pytest.approx((x - 41, y + 23), abs=1.5)
    width = root.locator("img").nth(2).bounding_box()["width"]
    assert state["x"] == pytest.approx(0.35 - 41 * 2 / width, abs=0.02)
    assert state["y"] == pytest.approx(-0.3 + 23 * 2 / width, abs=0.02)
    assert root.locator("img").nth(2).get_attribute("src") != old
    assert page.notebook.explorer("How far").control("point, right").locator(".widget-readout").inner_text() == (
        f"{state['x']:.2f}"
    )
    page.page.screenshot(path=pictures / "handles-taylor.png")
    assert page.notebook.errors == []


def test_no_key_on_a_handle_reaches_the_notebook(page: Page) -> None:
    show(page, "taylor = ", "How far does a jacobian reach?")
    handle, before = page.handle("point"), page.notebook.sources()
    handle.focus()
    for key in (*"xbaddrymcvz01", "Shift+M", "Shift+ArrowDown", "Enter", "Shift+Enter", "Delete", "Escape"):
        page.page.keyboard.press(key)
        page.page.wait_for_timeout(60)
    page.notebook.settle()
    assert page.notebook.sources() == before
    assert page.state("taylor")["y"] == pytest.approx(-0.29)  # Shift and an arrow: a small step
    handle.press("ArrowRight")
    assert page.state("taylor")["x"] == pytest.approx(0.40)
    page.page.keyboard.press("Tab")  # the way out is open
    assert not handle.evaluate("it => document.activeElement === it")


def test_a_slow_explorer_drops_stale_moves(page: Page) -> None:
    root = show(page, "taylor = ", "How far does a jacobian reach?")
    slow = (
        "class Slow:\n"
        "    begun, compute = [], taylor.compute\n"
        "    def __call__(self, **state):\n"
        f"        Slow.begun.append(time.time()); time.sleep({SECONDS}); return Slow.compute(**state)\n"
        "taylor.compute = Slow()"
    )
    page.notebook.execute(slow)
    x, y = page.middle("point")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    begun, step = time.monotonic(), 0
    while time.monotonic() - begun < 2.5 * SECONDS:
        step += 1
        page.page.mouse.move(x - 15 * (step % 2), y + 0.3 * (step % 30))
        page.page.wait_for_timeout(30)
    page.page.mouse.move(x - 30, y + 12)
    released = time.time()
    page.page.mouse.up()
    page.notebook.settle()
    page.notebook.execute("open('begun.json', 'w').write(str(Slow.begun)); del taylor.compute")
    drawn = json.loads((page.folder / "begun.json").read_text(encoding="utf-8"))
    assert 2 <= len(drawn) < step / 4
    assert len([each for each in drawn if each > released]) <= 1  # and one may have been under way
    assert page.middle("point") == pytest.approx((x - 30, y + 12), abs=1.5)
    assert root.locator("button[aria-label='point']").count() == 1


def test_a_finger_on_a_handle_drags_it_and_one_beside_it_scrolls(page: Page) -> None:
    root = show(page, "taylor = ", "How far does a jacobian reach?")
    session = page.page.context.new_cdp_session(page.page)

    def stroke(start: tuple[float, float], steps: int, dx: float, dy: float) -> None:
        for step in range(steps + 1):
            kind = "touchStart" if step == 0 else "touchMove"
            at = {"x": start[0] + dx * step / steps, "y": start[1] + dy * step / steps}
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
            page.page.wait_for_timeout(30)
        page.page.wait_for_timeout(100)
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    x, y = page.middle("point")
    stroke((x, y), 8, -30, 25)
    page.notebook.settle()
    assert page.middle("point") == pytest.approx((x - 30, y + 25), abs=1.5)
    box = root.locator("img").nth(3).bounding_box()
    assert box is not None
    before = page.page.locator("button[aria-label='point']").bounding_box()
    stroke((box["x"] + 20, box["y"] + 120), 8, 0, -80)
    page.page.wait_for_timeout(500)
    after = page.page.locator("button[aria-label='point']").bounding_box()
    assert before is not None and after is not None and after["y"] < before["y"] - 20  # the page went up
    assert page.state("taylor")["x"] < 0.35


def test_a_keypoint_that_is_pointed_at_is_chosen_and_one_that_is_dragged_moves(page: Page, pictures: Path) -> None:
    root = show(page, "motion = ", "How do a few points move every pixel?")
    start = page.state("motion")
    other = 5 if start["k"] != 5 else 6
    page.page.mouse.move(*page.middle(f"keypoint {other}"))
    root.get_by_text(f"mask {other}", exact=True).wait_for(timeout=10_000)
    chosen = root.locator("select").first.locator("option:checked").inner_text()
    assert (
        chosen.replace("\xa0", " ")
        == f"keypoint {other}"
        == root.locator(".fomm-lite-chosen").get_attribute("aria-label")
    )
    assert root.get_by_text(f"keypoint {other}", exact=True).locator("visible=true").count() > 0
    x, y = page.middle(f"keypoint {other}")
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 14, y - 9, steps=4)
    page.page.mouse.up()
    state = page.state("motion")
    assert state["k"] == other and state["right"] > 0.1 and state["down"] < -0.05
    assert page.middle(f"keypoint {other}") == pytest.approx((x + 14, y - 9), abs=1.5)
    page.page.screenshot(path=pictures / "handles-motion.png")
    assert page.notebook.errors == []
