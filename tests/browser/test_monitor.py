"""The training monitor of notebook 06, without the four minutes of training before it."""

from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from benchmarks.lab import Lab

pytestmark = pytest.mark.browser

NOTEBOOK = "06_losses_and_training.ipynb"
NEEDED = ('find_spec("fomm_lite")', "lessons = ", "TrainingMonitor(lessons")


@pytest.fixture
def excerpt(lab: "Lab") -> str:
    """A notebook of the cells that the monitor needs, as they stand in the course."""
    notebook = nbformat.read(lab.folder / NOTEBOOK, 4)
    cells = [
        next(cell for cell in notebook.cells if cell.cell_type == "code" and text in cell.source) for text in NEEDED
    ]
    cells.insert(2, nbformat.v4.new_code_cell("folder = tempfile.TemporaryDirectory()"))
    notebook.cells = cells
    nbformat.write(notebook, lab.folder / "excerpt.ipynb")
    return "excerpt.ipynb"


def test_a_training_is_started_watched_and_stopped_by_its_buttons(lab: "Lab", excerpt: str, pictures: Path) -> None:
    notebook = lab.open(excerpt)
    notebook.run()
    start = notebook.page.get_by_role("button", name="start", exact=True)
    start.click()
    images = notebook.page.locator("img.widget-image")
    drawn = "([image, before]) => image.naturalWidth > 100 && image.src !== before"
    curves, samples = images.nth(0), notebook.page.locator(".jp-OutputArea figure img").first
    notebook.page.wait_for_function(drawn, arg=[curves.element_handle(), ""], timeout=60_000)
    notebook.page.wait_for_function(drawn, arg=[curves.element_handle(), curves.get_attribute("src")], timeout=60_000)
    notebook.page.wait_for_function(drawn, arg=[samples.element_handle(), ""])
    assert start.is_disabled()
    notebook.page.get_by_role("button", name="stop", exact=True).click()
    notebook.page.get_by_text("a checkpoint is left").wait_for(timeout=60_000)
    notebook.show("TrainingMonitor(lessons")
    notebook.page.screenshot(path=pictures / "TrainingMonitor.png")
    assert notebook.errors == []
    notebook.close()
