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

EDGE = 26  # pixels along a panel's sides that are not compared: a JPEG block reaches over them
LEAST = 0.3  # mean difference, of 255, that counts as a change
Box = tuple[float, float, float, float]  # left, top, right, bottom, as shares of the picture


def cell(column: int, columns: int, row: int = 0, rows: int = 1) -> Box:
    """A panel of a sheet."""
    return column / columns, row / rows, (column + 1) / columns, (row + 1) / rows


def row(numbers: range, columns: int, number: int) -> tuple[Box, ...]:
    """Some panels of one of two rows."""
    return tuple(cell(column, columns, number, 2) for column in numbers)


@dataclass(frozen=True)
class Move:
    """One movement of one control, and what it may change."""

    notebook: str
    maker: str  # the class, as the notebook's cell names it
    title: str
    act: Callable[["LabExplorer"], None]
    changed: tuple[Box, ...]
    same: tuple[Box, ...]


MOVES = [
    Move("02_first_order_motion", "TaylorExplorer", "How far does a jacobian reach?",
         lambda it: it.choose("order of the approximation", "0: the value alone"),
         (cell(1, 3), cell(2, 3)), (cell(0, 3),)),
    Move("03_keypoints_without_labels", "TemperatureExplorer", "What does the softmax temperature do?",
         lambda it: it.press("temperature", "PageUp"),
         (cell(1, 2),), (cell(0, 2),)),
    Move("03_keypoints_without_labels", "EquivarianceExplorer", "Do keypoints follow a known warp?",
         lambda it: it.press("another warp"),
         (cell(1, 3),), (cell(0, 3),)),
    Move("04_dense_motion", "MotionExplorer", "How do a few points move every pixel?",
         lambda it: it.choose("local motion shown", "background"),
         row(range(1, 5), 5, 0), (cell(0, 5, 0, 2), *row(range(5), 5, 1))),
    Move("05_occlusion_and_generator", "OcclusionExplorer", "What must be painted anew?",
         lambda it: it.choose("occlusion map used", "paint everything"),
         (cell(1, 6), cell(4, 6), cell(5, 6)), (cell(0, 6), cell(2, 6))),
    Move("07_what_matters", "AblationExplorer", "What does each ingredient do?",
         lambda it: it.toggle("show keypoints and jacobians"),
         row(range(1, 6), 6, 0), (cell(0, 6), *row(range(6), 6, 1))),
    Move("08_full_animation", "TransferExplorer", "Whose pose, whose shape?",
         lambda it: it.choose("transfer", "absolute"),
         (cell(3, 5), cell(4, 5)), (cell(0, 5), cell(1, 5), cell(2, 5))),
    Move("09_detecting_and_defending", "ForgeryExplorer", "What is left of the cues?",
         lambda it: it.press("sharpened by", "PageUp"),
         (cell(1, 5),), (cell(0, 5),)),
]  # fmt: skip


def part(pixels: np.ndarray, box: Box) -> np.ndarray:
    """The inside of a panel."""
    height, width = pixels.shape[:2]
    left, top, right, bottom = (round(share * size) for share, size in zip(box, (width, height) * 2, strict=True))
    return pixels[top + EDGE : bottom - EDGE, left + EDGE : right - EDGE].astype(float)


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


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.maker)
def test_a_control_changes_the_picture_where_it_should(move: Move, notebooks, pictures: Path) -> None:
    notebook = notebooks(move.notebook)
    notebook.show(f"{move.maker}(")
    explorer = notebook.explorer(move.title)
    before = explorer.pixels()
    explorer.watch()
    move.act(explorer)
    explorer.waited()
    after = explorer.pixels()
    notebook.page.screenshot(path=pictures / f"{move.maker}.png")
    assert before.shape == after.shape
    for box in move.changed:
        assert np.abs(part(after, box) - part(before, box)).mean() > LEAST, box
    for box in move.same:
        assert np.abs(part(after, box) - part(before, box)).max() == 0, box
    assert explorer.cut_labels() == []
    assert not explorer.message()
    assert notebook.errors == []
