"""Chapters lean on the kit, never on each other: what two of them need belongs to the kit."""

import ast
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = sorted((ROOT / "fomm_lite" / "course").glob("ch[0-9][0-9]_*"))
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[0-9][0-9]_*.ipynb"))
IMPORT = re.compile(r"fomm_lite\.course\.(ch\d\d_\w+)")


def code_of(chapter: Path) -> list[str]:
    """The modules of a chapter, and the code of its notebook."""
    notebook = json.loads((ROOT / "notebooks" / f"{chapter.name.removeprefix('ch')}.ipynb").read_text(encoding="utf-8"))
    modules = [ast.unparse(ast.parse(path.read_text(encoding="utf-8"))) for path in chapter.glob("*.py")]
    return [*modules, *("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter_names_no_other_chapter(chapter: Path) -> None:
    assert {name for code in code_of(chapter) for name in IMPORT.findall(code)} <= {chapter.name}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT / "notebooks").as_posix())
def test_what_a_notebook_imports_is_there(path: Path) -> None:
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    code = "".join("".join(cell["source"]) + "\n" for cell in cells)
    plain = "\n".join(line for line in code.splitlines() if not line.lstrip().startswith(("%", "!")))
    asked = [node for node in ast.walk(ast.parse(plain)) if isinstance(node, ast.ImportFrom)]
    own = [
        (node.module, name.name) for node in asked if (node.module or "").startswith("fomm_lite") for name in node.names
    ]
    assert own
    for module, name in own:
        if not hasattr(import_module(module), name):
            import_module(f"{module}.{name}")  # raises where it is no module either


def test_the_kit_and_the_puppet_name_no_chapter() -> None:
    shared = [path for folder in ("kit", "puppet") for path in (CHAPTERS[0].parent / folder).glob("*.py")]
    assert not [path.name for path in shared if IMPORT.search(path.read_text(encoding="utf-8"))]
    assert len(CHAPTERS) == 13
