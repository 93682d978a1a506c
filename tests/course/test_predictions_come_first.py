"""Every prompt of the notebooks has a place for the prediction, and nothing gives its answer before it is revealed.

That a revealed answer is one of the choices is held by ``Prediction.reveal`` itself, in every notebook that is run.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
PROMPT = re.compile(r"^\*\*Predict first\.?\*\*", re.MULTILINE)

on_course = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def kept(cell: NotebookNode) -> list[str]:
    """The names under which a cell keeps predictions."""
    return re.findall(r"^(\w+) = predict\(", cell.source, re.MULTILINE) if cell.cell_type == "code" else []


def asserts(cell: NotebookNode) -> bool:
    """Whether a cell asserts something outside of its functions."""
    if cell.cell_type != "code" or cell.source.startswith("%"):
        return False
    return any(isinstance(each, ast.Assert) for each in ast.parse(cell.source).body)


def faults(cells: list[NotebookNode]) -> list[str]:
    """Prompts that nothing is said to, predictions without answer, and answers that stand there before."""
    found = []
    for at, cell in enumerate(cells):
        if cell.cell_type != "markdown" or not PROMPT.search(cell.source):
            continue
        names = kept(cells[at + 1])
        if not names:
            found.append(f"{cell.id}: no predict() below it")
        for name in names:
            shown = [place for place in range(at + 2, len(cells)) if f"{name}.reveal(" in cells[place].source]
            if not shown:
                found.append(f"{cell.id}: {name} is never revealed")
            elif any(asserts(each) for each in cells[at + 1 : shown[0] + 1]):
                found.append(f"{cell.id}: an assert gives {name} before it is revealed")
    return found


@on_course
def test_a_prediction_is_kept_and_revealed_before_anything_gives_it(path: Path) -> None:
    assert faults(nbformat.read(path, 4).cells) == []


def test_each_fault_is_seen() -> None:
    def read(*sources: str) -> list[str]:
        new = nbformat.v4.new_code_cell
        return faults([nbformat.v4.new_markdown_cell("**Predict first.** Which?", id="q"), *map(new, sources)])

    assert read("said = predict('which', ...)", "said.reveal(2)", "assert x == 2") == []
    assert read("x = 2") == ["q: no predict() below it"]
    assert read("said = predict('which', ...)") == ["q: said is never revealed"]
    told = ["q: an assert gives said before it is revealed"]
    assert read("said = predict('which', ...)", "assert x == 2", "said.reveal(2)") == told
    assert read("said = predict('which', ...)", "assert x == 2\nsaid.reveal(2)") == told
