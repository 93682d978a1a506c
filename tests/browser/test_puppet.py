"""The live puppet under a real pointer: the picture goes where the hand goes, and all else on its panel works."""

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from benchmarks.lab import Lab, LabNotebook

pytestmark = pytest.mark.browser

# the pictures come as files in memory: keep the last one, to look at it without the dots that are drawn over it
KEEP = """() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => { window.fommLast = blob; return make(blob); };
}"""
LAST = """async () => {
    const bytes = new Uint8Array(await window.fommLast.arrayBuffer());
    return btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
}"""
HALF = 28  # of the patch that is looked for, in pixels
BY = 40  # pixels that the pointer moves
NOTEBOOKS = ["00_start_here"]


class Puppet:
    """What the tests do with a puppet on a page."""

    def __init__(self, notebook: "LabNotebook") -> None:
        notebook.show("PuppetExplorer(")
        self.notebook, self.page = notebook, notebook.page
        self.root: Locator = notebook.explorer("The live puppet").root
        self.canvas = self.root.locator("canvas.fomm-lite-puppet")
        self.canvas.wait_for()
        self.canvas.scroll_into_view_if_needed()
        self.page.evaluate(KEEP)
        self.count = int(self.canvas.get_attribute("data-keypoints") or 0)
        self.button("random motion")
        self.button("reset")

    def shown(self) -> int:
        """How many pictures the canvas has shown."""
        return int(self.canvas.get_attribute("data-shown") or 0)

    def wait_for_another(self, before: int) -> None:
        """Wait until it has shown more pictures, and for what is still on its way."""
        self.wait_for_pictures(before)
        self.settle()

    def wait_for_pictures(self, before: int) -> None:
        """Wait until it has shown more pictures."""
        self.page.wait_for_function(
            "([canvas, before]) => Number(canvas.dataset.shown || 0) > before",
            arg=[self.canvas.element_handle(), before],
        )

    def settle(self) -> None:
        """Wait for what is still on its way: the kernel has nothing to do for a while."""
        quiet = 0
        while quiet < 4:
            self.page.wait_for_timeout(100)
            status = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
            quiet = quiet + 1 if self.page.evaluate(status) == "idle" else 0

    def button(self, name: str) -> None:
        """Click a button, and wait for what follows; a reset of what nobody touched changes nothing."""
        self.root.locator("button", has_text=name).click()
        self.settle()

    def picture(self) -> np.ndarray:
        """The last picture, (h w 3), without dots."""
        data = base64.b64decode(self.page.evaluate(LAST))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float)

    def dots(self) -> list[tuple[float, float]]:
        """Centres of the keypoints' dots on the canvas: where their colours lie in a disc."""
        data = self.canvas.screenshot()
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=int)
        found = []
        for colour in self.colours():
            near = (np.abs(pixels - np.array(colour)).sum(-1) <= 6).astype(float)
            total = sliding_window_view(near, (11, 11)).sum((2, 3))  # how much of it lies in each window
            row, column = np.unravel_index(np.argmax(total), total.shape)
            found.append((float(column + 5), float(row + 5)))
        return found

    def colours(self) -> list[tuple[int, int, int]]:
        """The keypoints' colours, as everywhere in the course."""
        from fomm_lite.media.draw import keypoint_colour

        return [tuple(round(255 * part) for part in keypoint_colour(index)) for index in range(self.count)]

    def drag(self, start: tuple[float, float], by: tuple[float, float], steps: int = 12) -> None:
        """Hold the pointer down at a place of the canvas, move it, and let go."""
        box = self.canvas.bounding_box()
        assert box is not None
        x, y = box["x"] + start[0], box["y"] + start[1]
        before = self.shown()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for step in range(1, steps + 1):
            self.page.mouse.move(x + by[0] * step / steps, y + by[1] * step / steps)
            self.page.wait_for_timeout(30)
        self.page.mouse.up()
        self.wait_for_another(before)


def moved(before: np.ndarray, after: np.ndarray, at: tuple[float, float], reach: int = 60) -> int:
    """By how many pixels the patch around a place has gone to the right: the shift that leaves the least difference."""
    x, y = (round(part) for part in at)
    patch = before[y - HALF : y + HALF, x - HALF : x + HALF]
    shifts = [shift for shift in range(-reach, reach + 1) if HALF <= x + shift <= before.shape[1] - HALF]
    errors = [np.abs(after[y - HALF : y + HALF, x + s - HALF : x + s + HALF] - patch).mean() for s in shifts]
    return shifts[int(np.argmin(errors))]


@pytest.fixture(scope="module", params=NOTEBOOKS)
def puppet(lab: "Lab", request: pytest.FixtureRequest):
    notebook = lab.open(f"{request.param}.ipynb")
    notebook.run()
    yield Puppet(notebook)
    assert notebook.errors == []
    notebook.close()


def roomy(dots: list[tuple[float, float]], side: float) -> list[int]:
    """Keypoints with room to be moved, and to be looked for."""
    low, high = HALF + 4, side - HALF - BY - 4
    return [k for k, place in enumerate(dots) if all(low < part < high for part in place)]


def test_the_picture_follows_the_pointer(puppet: Puppet, pictures: Path, request: pytest.FixtureRequest) -> None:
    dots, before = puppet.dots(), puppet.picture()
    shifts = {}
    for k in roomy(dots, before.shape[1]):
        count = puppet.shown()
        puppet.drag(dots[k], (BY, 0))
        assert puppet.shown() - count >= 3  # it follows on the way, not only at the end
        x, y = puppet.dots()[k]
        assert abs(x - dots[k][0] - BY) < 3 and abs(y - dots[k][1]) < 3
        shifts[k] = moved(before, puppet.picture(), dots[k])
        if shifts[k] == max(shifts.values()):
            puppet.page.screenshot(path=pictures / f"PuppetExplorer-{request.node.callspec.params['puppet']}.png")
        puppet.button("reset")
        assert np.array_equal(puppet.picture(), before)
    assert max(shifts.values()) > 0.7 * BY, shifts  # some keypoints are idle, and what they hold follows others
    assert min(shifts.values()) >= 0, shifts


def test_keys_move_what_the_pointer_chose(puppet: Puppet) -> None:
    before, dots = puppet.picture(), puppet.dots()
    chosen = roomy(dots, before.shape[1])[0]
    puppet.drag(dots[chosen], (1, 0), steps=1)
    for key in ("ArrowRight", ".", "+"):
        count, last = puppet.shown(), puppet.picture()
        puppet.canvas.press(key)
        puppet.wait_for_another(count)
        assert not np.array_equal(puppet.picture(), last), key
    puppet.button("reset")
    assert np.array_equal(puppet.picture(), before)


def test_a_random_motion_is_recorded_and_saved(puppet: Puppet) -> None:
    before = puppet.picture()
    puppet.root.locator(".widget-checkbox", has_text="record").locator("input").click()
    puppet.button("random motion")
    assert not np.array_equal(puppet.picture(), before)
    puppet.root.locator("button", has_text="save MP4").click()
    puppet.root.get_by_text("puppet.mp4").wait_for()
    puppet.root.locator(".widget-checkbox", has_text="record").locator("input").click()
    puppet.button("reset")


def test_overlays_show_other_maps(puppet: Puppet) -> None:
    seen = [puppet.picture()]
    for overlay in ("flow", "masks", "occlusion map", "picture"):
        count = puppet.shown()
        puppet.root.locator("select").first.select_option(label=overlay)
        puppet.wait_for_another(count)
        seen.append(puppet.picture())
    assert np.array_equal(seen[0], seen[-1])
    assert all(np.abs(one - other).mean() > 5 for one, other in zip(seen[1:4], seen[:3], strict=True))


def test_a_clip_plays_and_the_hand_interferes(puppet: Puppet) -> None:
    still, count = puppet.picture(), puppet.shown()
    puppet.root.locator(".widget-play button").first.click()
    puppet.wait_for_pictures(count + 3)
    puppet.root.locator(".widget-play button").first.click()  # the same button pauses
    puppet.settle()
    played, dots = puppet.picture(), puppet.dots()
    assert not np.array_equal(played, still)
    chosen = roomy(dots, played.shape[1])[0]
    puppet.drag(dots[chosen], (25, 0))
    x, y = puppet.dots()[chosen]
    assert abs(x - dots[chosen][0] - 25) < 3 and abs(y - dots[chosen][1]) < 3
    puppet.button("reset")
    assert np.array_equal(puppet.picture(), played)  # the clip is where it was, and the hand has let go
    puppet.root.locator(".widget-play button").nth(1).click()  # stop: back to the first frame
    puppet.settle()
    assert np.array_equal(puppet.picture(), still)


def test_a_camera_drives_where_there_is_one(puppet: Puppet) -> None:
    switch = puppet.root.locator(".widget-checkbox", has_text="camera").locator("input")
    count = puppet.shown()
    switch.click()
    puppet.wait_for_pictures(count + 5)  # a kernel that the camera keeps busy is never idle
    preview = puppet.root.locator("video.fomm-lite-puppet-camera")
    assert preview.is_visible() and preview.evaluate("it => it.videoWidth") > 0
    puppet.root.locator("button", has_text="this is my neutral pose").click()
    puppet.wait_for_pictures(puppet.shown() + 2)
    switch.click()
    preview.wait_for(state="hidden")
    puppet.button("reset")
    assert not puppet.root.locator("span[style*='c03020']").all()
