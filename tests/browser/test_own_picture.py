"""One's own picture in JupyterLab: a file and its square under the mouse, a still of the camera, what is no picture."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from benchmarks.lab import Lab, LabNotebook

pytestmark = pytest.mark.browser

NAME = "own_picture.ipynb"
HIGHEST = 620  # pixels, as every explorer
CELLS = [
    "import json\n"
    "from fomm_lite.course.ch08_full_animation.explorer import SOURCES, TransferExplorer\n"
    "from fomm_lite.course.explorers import explorer",
    "people = TransferExplorer()\npeople.widget",
    "puppet = explorer('puppet')\npuppet.widget",
]
COLOURS = [(220, 40, 40), (40, 200, 60), (50, 60, 220)]


def bands() -> dict[str, Any]:
    """A file of 600 x 300: red on the left, green in the middle, blue on the right; so long that it needs two parts."""
    picture = Image.new("RGB", (600, 300))
    for number, colour in enumerate(COLOURS):
        picture.paste(colour, (200 * number, 0, 200 * number + 200, 300))
    return {"name": "bands.png", "mimeType": "image/png", "buffer": saved(picture)}


def saved(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "BMP")
    data.write(bytes(5_000_000))  # what follows the picture is read by nobody, but must travel
    return data.getvalue()


@pytest.fixture(scope="module")
def notebook(lab: "Lab") -> Iterator["LabNotebook"]:
    lab.write(NAME, CELLS)
    opened = lab.open(NAME)
    opened.page.set_viewport_size({"width": 1366, "height": 768})
    opened.page.evaluate("() => jupyterapp.shell.expandLeft()")
    opened.run()
    yield opened
    opened.close()


def shown(notebook: "LabNotebook", cell: str, title: str) -> "Locator":
    notebook.show(cell)
    return notebook.explorer(title).root


def colour(notebook: "LabNotebook", lab: "Lab", source: str) -> tuple[float, ...]:
    """Red, green and blue of the middle of a source, by the kernel."""
    notebook.settle()
    notebook.execute(f"open('own.json', 'w').write(json.dumps({source}[:, 20:44, 20:44].mean((1, 2)).tolist()))")
    return tuple(255 * part for part in json.loads((lab.folder / "own.json").read_text(encoding="utf-8")))


def test_a_file_becomes_the_source_and_its_square_is_dragged(
    notebook: "LabNotebook", lab: "Lab", pictures: Path
) -> None:
    root = shown(notebook, "people = ", "Whose pose, whose shape?")
    assert root.locator(".fomm-lite-thumbnails button").count() == 5
    root.locator("input[type=file]").set_input_files(bands())
    handle = root.get_by_role("button", name="middle of the square", exact=True)
    handle.wait_for(timeout=20_000)
    assert colour(notebook, lab, "people.sources[SOURCES]") == pytest.approx(COLOURS[1], abs=3)
    assert root.get_by_role("button", name="your own picture (chosen)", exact=True).count() == 1
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    notebook.page.mouse.move(x - 30, y, steps=4)
    notebook.page.mouse.move(x - 200, y, steps=4)
    notebook.page.mouse.up()
    notebook.settle()
    root.scroll_into_view_if_needed()
    notebook.page.screenshot(path=pictures / "own-picture.png")
    box = root.bounding_box()
    assert box is not None and box["height"] <= HIGHEST
    red, green, _ = colour(notebook, lab, "people.sources[SOURCES]")
    assert red > 150 and green < 150
    root.get_by_role("button", name="source 1", exact=True).click()
    handle.wait_for(state="hidden", timeout=20_000)
    assert notebook.errors == []


def test_what_is_no_picture_is_said_below_the_button(notebook: "LabNotebook") -> None:
    root = shown(notebook, "people = ", "Whose pose, whose shape?")
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Dear diary"}
    root.locator("input[type=file]").set_input_files(file)
    root.get_by_text("got notes.txt, which is no picture; expected").wait_for(timeout=20_000)
    assert root.get_by_role("button", name="source 1 (chosen)", exact=True).count() == 1


def test_a_still_of_the_camera_becomes_the_puppet(notebook: "LabNotebook", lab: "Lab", pictures: Path) -> None:
    root = shown(notebook, "puppet = ", "The live puppet")
    canvas = root.locator("canvas.fomm-lite-puppet")
    before = int(canvas.get_attribute("data-shown") or 0)
    first = colour(notebook, lab, "puppet.puppet.source[0]")
    root.get_by_role("button", name="camera", exact=True).click()
    root.get_by_role("button", name="take this picture", exact=True).click()
    root.get_by_role("button", name="your own picture (chosen)", exact=True).wait_for(timeout=20_000)
    assert not root.locator("video[aria-label='What the camera sees']").is_visible()
    assert colour(notebook, lab, "puppet.puppet.source[0]") != first
    assert int(canvas.get_attribute("data-shown") or 0) > before
    box = root.bounding_box()
    assert box is not None and box["height"] <= HIGHEST
    notebook.page.screenshot(path=pictures / "own-picture-puppet.png")
    root.get_by_role("button", name="the first source", exact=True).click()
    assert colour(notebook, lab, "puppet.puppet.source[0]") == first
    assert notebook.errors == []


def test_keys_on_the_buttons_stay_there_and_a_camera_that_is_refused_is_said(notebook: "LabNotebook") -> None:
    root = shown(notebook, "puppet = ", "The live puppet")
    before = notebook.sources()
    camera = root.get_by_role("button", name="camera", exact=True)
    camera.focus()
    for key in "xbaddr":
        notebook.page.keyboard.press(key)
    notebook.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); }"
    )
    camera.click()
    root.get_by_text("got no camera (NotAllowedError); expected one").wait_for(timeout=20_000)
    assert notebook.sources() == before


def test_the_puppet_grows_on_a_projector_and_stays_in_the_hand(
    notebook: "LabNotebook", lab: "Lab", pictures: Path
) -> None:
    page = notebook.page
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.evaluate("() => jupyterapp.shell.collapseLeft()")
    notebook.execute("puppet.reset()")
    root = shown(notebook, "puppet = ", "The live puppet")
    notebook.settle()
    canvas = root.locator("canvas.fomm-lite-puppet")
    box = canvas.bounding_box()
    assert box is not None and 500 < box["width"] <= 640 and box["height"] == pytest.approx(box["width"], abs=1)
    scale = box["width"] / 386  # 384 and a border
    x, y = (scale * part for part in json.loads(canvas.get_attribute("data-chosen-at") or ""))
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x + 60, box["y"] + y - 40, steps=4)
    page.mouse.up()
    notebook.settle()
    page.screenshot(path=pictures / "puppet-1920.png")
    moved = [scale * part for part in json.loads(canvas.get_attribute("data-chosen-at") or "")]
    assert moved == pytest.approx([x + 60, y - 40], abs=3)
