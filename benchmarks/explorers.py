"""How long a reader waits for an explorer: from the key press to the new picture, in JupyterLab, in a real browser.

    python -m benchmarks.explorers

Asked on two quiet cores: medians of 100 ms where only mathematics is drawn and 150 ms where the 64-pixel model runs,
and ten pictures a second from a puppet that is being dragged.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from benchmarks.figures import Figure, tell
from benchmarks.lab import Lab, LabNotebook, find_browser, running_browser, running_lab

PRESSES = 16
DRAG = 4.0  # seconds
MATHS, MODEL = 100, 150  # milliseconds
PUPPET = 10  # pictures a second


@dataclass(frozen=True)
class Wait:
    """An explorer and the slider that is moved."""

    name: str
    title: str
    slider: str
    budget: int
    key: str = "ArrowLeft"
    back: str | None = "ArrowRight"  # None where a state seen before is remembered: every press leads to a new one
    setting: str = ""  # a line before it is shown


HOMES = {
    "TaylorExplorer": "ch02_first_order_motion.explorer",
    "TemperatureExplorer": "ch03_keypoints_without_labels.temperature_explorer",
    "EquivarianceExplorer": "ch03_keypoints_without_labels.equivariance_explorer",
    "MotionExplorer": "ch04_dense_motion.explorer",
    "OcclusionExplorer": "ch05_occlusion_and_generator.explorer",
    "AblationExplorer": "ch07_what_matters.explorer",
    "TransferExplorer": "ch08_full_animation.explorer",
    "ForgeryExplorer": "ch09_detecting_and_defending.explorer",
}
WAITS = [
    Wait("TaylorExplorer", "How far does a jacobian reach?", "curvature", MATHS),
    Wait("TemperatureExplorer", "What does the softmax temperature do?", "temperature", MATHS),
    Wait("EquivarianceExplorer", "Do keypoints follow a known warp?", "affine part", MODEL),
    Wait("MotionExplorer", "How do a few points move every pixel?", "driving frame", MODEL),
    Wait("OcclusionExplorer", "What must be painted anew?", "how much of it", MODEL,
         setting="explorer.controls['used'].value = 'truth'"),  # else there is nothing to mix
    Wait("TransferExplorer", "Whose pose, whose shape?", "amount of movement", MODEL),
    Wait("AblationExplorer", "What does each ingredient do?", "driving frame", MODEL),
    Wait("ForgeryExplorer", "What is left of the cues?", "sharpened by", MODEL, "ArrowRight", None),
    Wait("ForgeryExplorer", "What is left of the cues?", "encoded again", MODEL, "ArrowRight", None),
]  # fmt: skip


def _write(folder: Path, name: str, *lines: str) -> str:
    """A notebook of one cell that makes ``explorer`` and shows it; its file's name."""
    cell = nbformat.v4.new_code_cell("\n".join([*lines, "explorer.widget"]))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / f"{name}.ipynb")
    return f"{name}.ipynb"


def waited(notebook: LabNotebook, wait: Wait) -> list[float]:
    """Milliseconds of each press: a step there and a step back, or always on."""
    explorer = notebook.explorer(wait.title)
    spent = []
    for press in range(PRESSES + 3):
        explorer.watch()
        explorer.press(wait.slider, wait.back if wait.back and press % 2 else wait.key)
        spent.append(explorer.waited())
        notebook.page.wait_for_timeout(60)
    return spent[3:]  # the first ones load and compile what all later ones use


def dragged(notebook: LabNotebook) -> float:
    """Pictures a second while the pointer moves without a pause."""
    canvas = notebook.explorer("The live puppet").root.locator("canvas.fomm-lite-puppet")
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box is not None
    points = notebook.page.evaluate(
        "() => { const c = document.querySelector('canvas.fomm-lite-puppet'); return JSON.parse(c.dataset.chosenAt); }"
    )
    x, y = box["x"] + points[0], box["y"] + points[1]
    notebook.page.mouse.move(x, y)
    notebook.page.mouse.down()
    rates = []
    for seconds in (1.0, DRAG):  # the first second warms up
        begun, shown = time.perf_counter(), int(canvas.get_attribute("data-shown") or 0)
        while time.perf_counter() - begun < seconds:
            phase = (time.perf_counter() - begun) % 1.0
            notebook.page.mouse.move(x + 60 * abs(2 * phase - 1), y)
            notebook.page.wait_for_timeout(10)
        spent = time.perf_counter() - begun
        rates.append((int(canvas.get_attribute("data-shown") or 0) - shown) / spent)
    notebook.page.mouse.up()
    return rates[-1]


def measured(lab: Lab, folder: Path) -> Iterator[Figure]:
    """A figure for each explorer."""
    for wait in WAITS:
        source = f"from fomm_lite.course.{HOMES[wait.name]} import {wait.name}"
        notebook = lab.open(_write(folder, wait.name, source, f"explorer = {wait.name}()", wait.setting))
        notebook.run()
        spent = waited(notebook, wait)
        median, late = statistics.median(spent), sorted(spent)[int(0.9 * len(spent))]
        yield Figure(f"{wait.name}, {wait.slider}", median, "ms", wait.budget, note=f"nine of ten within {late:.0f}")
        notebook.close()
    for size in (64, 128):
        name = _write(
            folder,
            "PuppetExplorer",
            "from fomm_lite.course.live_puppet.explorer import PuppetExplorer",
            "from fomm_lite.worlds import faces",
            f"frames = faces(7, frames=12, size={size}).frames",
            "explorer = PuppetExplorer(frames[0], driving=frames)",
        )
        notebook = lab.open(name)
        notebook.run()
        yield Figure(f"PuppetExplorer dragged, {size} px", dragged(notebook), "pictures/s", PUPPET, least=True)
        notebook.close()


def figures() -> Iterator[Figure]:
    """Measure, where there is a browser."""
    if find_browser() is None:
        print("explorers: not measured, there is no Chromium here")
        return
    with tempfile.TemporaryDirectory() as place:
        folder, scratch = Path(place) / "notebooks", Path(place) / "scratch"
        folder.mkdir()
        scratch.mkdir()
        with running_browser() as browser, running_lab(browser, folder, scratch) as lab:
            yield from measured(lab, folder)


if __name__ == "__main__":
    tell(figures())
