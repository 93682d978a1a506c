"""Explorers in JupyterLab: their notebooks are run, a control is moved, the right part of the picture changes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from benchmarks.lab import Lab, LabExplorer

pytestmark = pytest.mark.browser

LEAST = 0.3  # mean difference, of 255, that counts as a change
HIGHEST = 620  # pixels of a student's 768: the rest is the browser's and JupyterLab's
STUDENT, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
TRACK = 90  # pixels of a slider
PANEL = 130  # pixels of a picture on a phone: two in a row. Of a dozen pictures they may be fewer


@dataclass(frozen=True)
class Move:
    """One movement of one control, and what it may change."""

    notebook: str
    maker: str  # the class, as the notebook's cell names it
    title: str
    act: Callable[["LabExplorer"], None]
    changed: tuple[int, ...]  # places of pictures
    same: tuple[int, ...]


MOVES = [
    Move("02_first_order_motion", "TaylorExplorer", "How far does a jacobian reach?",
         lambda it: it.choose("order of the approximation", "0: the value alone"),
         (1, 2, 3), (0,)),
    Move("03_keypoints_without_labels", "TemperatureExplorer", "What does the softmax temperature do?",
         lambda it: it.press("temperature", "PageUp"),
         (1, 2), (0,)),
    Move("03_keypoints_without_labels", "EquivarianceExplorer", "Do keypoints follow a known warp?",
         lambda it: it.press("another warp"),
         (0, 1), ()),  # in the original stands a frame: what the transformed picture shows of it
    Move("04_dense_motion", "MotionExplorer", "How do a few points move every pixel?",
         lambda it: it.choose("local motion shown", "background"),
         (1, 2, 3, 4), (0, 5, 6, 7, 8, 9)),
    Move("05_occlusion_and_generator", "OcclusionExplorer", "What must be painted anew?",
         lambda it: it.choose("occlusion map used", "paint everything"),
         (1, 4, 5), (0, 2, 3)),
    Move("07_what_matters", "AblationExplorer", "What does each ingredient do?",
         lambda it: it.toggle("show keypoints and jacobians"),
         (1, 2, 3, 4, 5), (0, 6, 7, 8, 9, 10, 11)),
    Move("08_full_animation", "TransferExplorer", "Whose pose, whose shape?",
         lambda it: it.choose("transfer", "absolute"),
         (3, 4), (0, 1, 2)),
    Move("09_detecting_and_defending", "ForgeryExplorer", "What is left of the cues?",
         lambda it: it.press("sharpened by", "PageUp"),
         (1, 2, 4), (0, 3)),
]  # fmt: skip


@pytest.fixture(scope="module", params=MOVES, ids=lambda move: move.maker)
def move(request: pytest.FixtureRequest) -> Move:
    """One at a time for the whole module, so that a notebook is run once for all that is tried in it."""
    return request.param


@pytest.fixture(scope="module")
def notebooks(lab: "Lab"):
    """Opens and runs a notebook once, for all of its explorers."""
    opened = {}

    def run(name: str):
        if name not in opened:
            for other in list(opened):
                opened.pop(other).close()
            opened[name] = lab.open(f"{name}.ipynb")
            opened[name].run()
        return opened[name]

    yield run
    for notebook in opened.values():
        notebook.close()


def test_a_control_changes_the_picture_where_it_should(move: Move, notebooks, pictures: Path) -> None:
    notebook = notebooks(move.notebook)
    notebook.show(f"{move.maker}(")
    explorer = notebook.explorer(move.title)
    before = list(explorer.pixels().values())
    explorer.watch()
    move.act(explorer)
    explorer.waited()
    after = list(explorer.pixels().values())
    notebook.page.screenshot(path=pictures / f"{move.maker}.png")
    assert [each.shape for each in before] == [each.shape for each in after]
    for place in move.changed:
        assert np.abs(after[place].astype(float) - before[place]).mean() > LEAST, place
    for place in move.same:
        assert np.array_equal(after[place], before[place]), place
    assert explorer.cut_labels() == []
    assert not explorer.message()
    assert notebook.errors == []


def test_it_fits_on_a_students_screen_and_stands_upright_on_a_phone(move: Move, notebooks, pictures: Path) -> None:
    notebook = notebooks(move.notebook)
    page, usual = notebook.page, notebook.page.viewport_size
    try:
        for screen in (STUDENT, PHONE):
            page.set_viewport_size(screen)
            page.evaluate(f"() => jupyterapp.shell.{'expand' if screen is STUDENT else 'collapse'}Left()")
            notebook.show(f"{move.maker}(")
            explorer = notebook.explorer(move.title)
            page.wait_for_timeout(500)
            parts = (explorer.root, *(explorer.root.locator(f".fomm-lite-{name}") for name in ("side", "stage")))
            box, side, stage = (part.bounding_box() for part in parts)
            page.screenshot(path=pictures / f"{move.maker}-{screen['width']}.png")
            assert stage["x"] + stage["width"] <= box["x"] + box["width"] + 1
            if screen is STUDENT:
                assert box["height"] <= HIGHEST, box
                assert stage["x"] >= side["x"] + side["width"]
            else:
                assert stage["y"] >= side["y"] + side["height"]
                panels = [each.bounding_box()["width"] for each in explorer.root.locator(".fomm-lite-panel").all()]
                assert min(panels) >= PANEL or len(panels) >= 12
                assert max(panels) <= box["width"]
            tracks = explorer.root.locator(".slider-container:visible").all()
            assert all(track.bounding_box()["width"] >= TRACK for track in tracks)
            assert explorer.cut_labels() == []
    finally:
        page.evaluate("() => jupyterapp.shell.collapseLeft()")
        page.set_viewport_size(usual)
