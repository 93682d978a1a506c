"""The puppet's canvas under other keys, other buttons and fingers, and with slow and dead kernels."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from benchmarks.lab import Lab, LabNotebook

pytestmark = pytest.mark.browser

NAME = "canvas.ipynb"
SECONDS = 4.0  # that the slow model takes for a picture
CELLS = [
    "import os, time\n"
    "from fomm_lite.course.live_puppet.explorer import PuppetExplorer\n"
    "from fomm_lite.course.live_puppet.state import PuppetState\n"
    "from fomm_lite.worlds import faces",
    "puppet = PuppetExplorer(faces(3, frames=1, size=64).frames[0])\npuppet.widget",
    "\n".join(f"print({line})" for line in range(60)),  # a page that is long enough to be scrolled
]
SEND = "code => { jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}); }"


class Page:
    """A puppet in a notebook of its own."""

    def __init__(self, notebook: "LabNotebook", folder: Path) -> None:
        self.notebook, self.page, self.folder = notebook, notebook.page, folder
        notebook.show("PuppetExplorer(faces")
        self.root = notebook.explorer("The live puppet").root
        self.canvas = self.root.locator("canvas.fomm-lite-puppet")
        self.canvas.scroll_into_view_if_needed()

    def place(self, name: str = "chosenAt") -> Any:
        """Where the chosen keypoint is on the page, in pixels; likewise the ends of its arms."""
        box = self.canvas.bounding_box()
        assert box is not None
        scale = box["width"] / int(self.canvas.get_attribute("width") or 0)
        at = json.loads(self.canvas.get_attribute("data-" + name.replace("At", "-at")) or "")
        where = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in ([at] if name == "chosenAt" else at)]
        return where[0] if name == "chosenAt" else where

    def shown(self) -> int:
        """How many pictures the canvas has shown."""
        return int(self.canvas.get_attribute("data-shown") or 0)

    def points(self) -> list[list[float]]:
        """Where the kernel has the keypoints."""
        self.notebook.execute("open('points.json', 'w').write(__import__('json').dumps(puppet.puppet.points(0)))")
        return json.loads((self.folder / "points.json").read_text(encoding="utf-8"))


@pytest.fixture
def page(lab: "Lab") -> Iterator[Page]:
    lab.write(NAME, CELLS)
    notebook = lab.open(NAME)
    notebook.run()
    yield Page(notebook, lab.folder)
    notebook.close()


@pytest.mark.parametrize("where", ["dot", "beside"])
def test_no_key_reaches_the_notebook(page: Page, where: str) -> None:
    x, y = page.place()
    box = page.canvas.bounding_box()
    assert box is not None
    page.page.mouse.click(*((x, y) if where == "dot" else (box["x"] + 3, box["y"] + 3)))
    before = page.notebook.sources()
    for key in "xbadd1rymcvz0" + "n+.":
        page.page.keyboard.press(key)
        page.page.wait_for_timeout(60)
    for key in ("Shift+M", "Shift+ArrowDown", "Enter", "Shift+Enter", "ArrowDown", "Delete"):
        page.page.keyboard.press(key)
        page.page.wait_for_timeout(60)
    page.notebook.settle()
    assert page.notebook.sources() == before
    assert page.canvas.evaluate("canvas => document.activeElement === canvas")
    page.page.keyboard.press("Tab")  # the way out is open
    assert not page.canvas.evaluate("canvas => document.activeElement === canvas")


def test_the_notebook_does_hear_such_keys_elsewhere(page: Page) -> None:
    from benchmarks.lab import SOURCES

    before = page.notebook.sources()
    page.page.locator(".jp-Cell .jp-InputPrompt").first.click()
    page.page.keyboard.press("b")
    page.page.wait_for_function(f"count => ({SOURCES})().length === count + 1", arg=len(before))


def test_a_slow_model_is_one_picture_behind_and_no_more(page: Page) -> None:
    slow = (
        f"draw = PuppetState.draw\nPuppetState.draw = lambda self, frame: (time.sleep({SECONDS}), draw(self, frame))[1]"
    )
    page.notebook.execute(slow)
    x, y = page.place()
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    begun, step = time.monotonic(), 0
    while time.monotonic() - begun < 3.2 * SECONDS:
        step += 1
        page.page.mouse.move(x + 30 * (step % 2), y + 0.5 * (step % 40))
        page.page.wait_for_timeout(50)
    page.page.mouse.move(x - 25, y)
    released, shown = time.monotonic(), page.shown()
    page.page.mouse.up()
    page.notebook.settle()
    assert page.shown() - shown <= 2  # the one that was under way, and the last
    assert time.monotonic() - released < 2 * SECONDS + 2.5
    assert page.place()[0] == pytest.approx(x - 25, abs=1.5)
    assert page.notebook.errors == []


def test_keys_for_two_keypoints_in_a_row_move_both(page: Page) -> None:
    page.notebook.execute("draw = PuppetState.draw\nPuppetState.draw = lambda s, f: (time.sleep(0.7), draw(s, f))[1]")
    page.page.mouse.click(*page.place())
    before = page.points()
    for _ in range(3):
        page.page.keyboard.press("ArrowDown")
        page.page.keyboard.press("n")
    page.notebook.settle()
    moved = [one != other for one, other in zip(before, page.points(), strict=True)]
    assert sum(moved) == 3


def test_a_dead_kernel_is_said_on_the_canvas(page: Page, pictures: Path) -> None:
    page.page.evaluate(SEND, "os._exit(1)")
    page.page.wait_for_timeout(1000)
    x, y = page.place()
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 20, y)
    page.page.mouse.up()
    page.root.get_by_text("Run this cell again").wait_for(timeout=30_000)
    page.page.screenshot(path=pictures / "PuppetExplorer-dead.png")


def test_a_restarted_kernel_is_said_without_a_touch(page: Page) -> None:
    page.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.root.get_by_text("Run this cell again").wait_for(timeout=30_000)
    page.notebook.settle()


def test_a_kernel_that_dies_while_it_draws_is_missed(page: Page) -> None:
    page.notebook.execute("PuppetState.draw = lambda self, frame: os._exit(1)")
    page.page.mouse.click(*page.place())
    page.page.keyboard.press("ArrowDown")
    page.root.get_by_text("Run this cell again").wait_for(timeout=30_000)


def test_the_right_button_does_nothing(page: Page) -> None:
    shown, (x, y) = page.shown(), page.place()
    page.page.mouse.move(x, y)
    page.page.mouse.down(button="right")
    page.page.mouse.move(x + 40, y)
    page.page.mouse.up(button="right")
    page.notebook.settle()
    assert page.shown() == shown and page.place() == (x, y)
    assert page.page.locator(".lm-Menu").count() == 0


def test_the_first_handles_lie_inside_and_are_named(page: Page) -> None:
    box = page.canvas.bounding_box()
    assert box is not None
    for x, y in [page.place(), *page.place("endsAt")]:
        assert 5 < x - box["x"] < box["width"] - 5 and 5 < y - box["y"] < box["height"] - 5
    said = page.root.locator(".fomm-lite-puppet-status").inner_text()
    assert said.startswith("Keypoint ") and "mirrored" not in said


def test_arms_that_cross_make_a_mirror_and_it_is_said(page: Page) -> None:
    right, down = page.place("endsAt")
    x, y = page.place()
    page.page.mouse.move(*right)
    page.page.mouse.down()
    for share in (0.5, 1.0):  # to the other side of the dot
        page.page.mouse.move(right[0] + 2 * share * (x - right[0]), right[1] + 2 * share * (y - right[1]))
    page.page.mouse.up()
    page.root.get_by_text("mirrored").wait_for()
    assert page.place("endsAt")[1] == pytest.approx(down, abs=1)


def test_a_finger_beside_the_dots_scrolls_the_page_and_one_on_a_dot_drags_it(page: Page) -> None:
    touch = page.page.context.new_cdp_session(page.page)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    box = page.canvas.bounding_box()
    assert box is not None

    def swipe(x: float, y: float) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 13):
            moved = {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 5 * step}]}
            touch.send("Input.dispatchTouchEvent", moved)
            page.page.wait_for_timeout(20)
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.notebook.settle()

    before = page.points()
    swipe(box["x"] + 8, box["y"] + box["height"] - 40)
    after = page.canvas.bounding_box()
    assert after is not None and box["y"] - after["y"] > 30
    assert page.points() == before
    chosen = int(page.root.locator(".fomm-lite-puppet-status").inner_text().split()[1]) - 1
    swipe(*page.place())
    still = page.canvas.bounding_box()
    assert still is not None and abs(still["y"] - after["y"]) < 1
    assert page.points()[chosen][1] < before[chosen][1] - 0.2


def test_a_saved_film_is_shown_and_can_be_taken_home(page: Page, pictures: Path) -> None:
    page.root.locator(".widget-checkbox", has_text="record").locator("input").click()
    page.root.locator("button", has_text="random motion").click()
    page.notebook.settle()
    for kind, film in (("MP4", "video[src]"), ("GIF", "img[width]")):  # the camera has a video too
        page.root.locator("button", has_text=f"save {kind}").click()
        link = page.root.locator(f"a[download='puppet.{kind.lower()}']")
        link.wait_for()
        with page.page.expect_download() as download:
            link.click()
        assert download.value.suggested_filename == f"puppet.{kind.lower()}"
        saved = page.folder.glob(f"puppet-*/puppet.{kind.lower()}")  # tests before this one may have saved films too
        newest = max(saved, key=lambda path: path.stat().st_mtime_ns)
        assert Path(download.value.path()).read_bytes() == newest.read_bytes()
        page.root.locator(film).wait_for()
        page.root.get_by_text("1 picture in").wait_for()
    page.root.locator(film).scroll_into_view_if_needed()
    page.page.screenshot(path=pictures / "PuppetExplorer-saved.png")
