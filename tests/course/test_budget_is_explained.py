"""Who reads one notebook only is told what ``budget`` is, at its first use there."""

import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
USED = re.compile(r"\bbudget\(full=")
USING = [path for path in sorted(FOLDER.glob("[0-9][0-9]_*.ipynb")) if USED.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", USING, ids=lambda path: path.stem)
def test_budget_is_explained_where_it_is_used_first(path: Path) -> None:
    cells = nbformat.read(path, 4).cells
    first = next(at for at, cell in enumerate(cells) if cell.cell_type == "code" and USED.search(cell.source))
    beside = [cells[first].source, *(cell.source for cell in cells[:first] if cell.cell_type == "markdown")]
    told = [text for text in beside if re.search(r"FOMM_LITE_FAST", text)]
    assert told, f"{cells[first].id} uses budget, and nothing says what that is"


def test_most_notebooks_use_it() -> None:
    assert len(USING) >= 8
