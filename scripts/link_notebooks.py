"""Writes where the project is published into every notebook: a badge "Open in Colab", and what its set-up installs.

    python scripts/link_notebooks.py

The address stands once, in pyproject.toml (`[tool.fomm_lite] repository`). While it is empty both are left out: a badge
that leads nowhere is worse than none. Outputs stay as they are.
"""

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

from fomm_lite.files.atomic import written_whole

ROOT = Path(__file__).resolve().parent.parent
BRANCH = "main"
BADGE = "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
ANY_BADGE = re.compile(re.escape(BADGE) + r"\([^)]*\)\n\n")
ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")
# what a reader sees where fomm_lite is missing; one line without a traceback, and "Run all" stops
SET_UP = """\
import importlib.util

from IPython.core.error import UsageError
{install}
if importlib.util.find_spec("fomm_lite") is None:
    raise UsageError(
        "fomm_lite is not in this kernel: {remedy}, "
        "then run this cell again"
    )"""
INSTALL = """
if importlib.util.find_spec("fomm_lite") is None:  # a hosted notebook, or a bare kernel
    %pip install -q git+{repository}
    importlib.invalidate_caches()"""
ONLINE = "it could not be fetched (see above), so get online or `%pip install` its wheel"
NOWHERE = "`%pip install` its wheel, or start Jupyter by `make course` in its folder"


def set_up_cell(repository: str) -> str:
    """The first code cell of every notebook.

    Args:
        repository: the address, or an empty text.
    """
    install = INSTALL.format(repository=repository) if repository else ""
    return SET_UP.format(install=install, remedy=ONLINE if repository else NOWHERE)


def linked(notebook: NotebookNode, place: str, repository: str) -> NotebookNode:
    """The notebook with its badge below the title and its set-up cell, or with neither.

    Args:
        notebook: changed in place.
        place: its path in the repository, with forward slashes.
        repository: the address, or an empty text.

    Raises:
        ValueError: an address of another form, or a notebook without a title or a set-up cell.
    """
    at = ADDRESS.fullmatch(repository)
    if repository and at is None:
        raise ValueError(f"repository is {repository!r}; expected https://github.com/OWNER/REPO, or nothing")
    title, break_, text = ANY_BADGE.sub("", notebook.cells[0].source).partition("\n\n")
    code = next((cell for cell in notebook.cells if cell.cell_type == "code"), None)
    if not title.startswith("# ") or code is None or 'find_spec("fomm_lite")' not in code.source:
        raise ValueError(f"{place} does not begin with a title and a set-up cell")
    target = f"https://colab.research.google.com/github/{at[1]}/blob/{BRANCH}/{quote(place)}" if at else ""
    badge = f"{BADGE}({target})\n\n" if at else ""
    notebook.cells[0].source = f"{title}{break_}{badge}{text}"
    code.source = set_up_cell(repository)
    return notebook


def main(root: Path = ROOT) -> list[Path]:
    """Rewrite what differs.

    Args:
        root: of the checkout.

    Returns:
        The notebooks that were changed.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    repository = project["tool"]["fomm_lite"]["repository"]
    changed = []
    for path in sorted((root / "notebooks").rglob("[0-9][0-9]_*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        before = path.read_text(encoding="utf-8")
        after = linked(nbformat.reads(before, 4), path.relative_to(root).as_posix(), repository)
        text = nbformat.writes(after, 4) + "\n"
        if text != before:
            with written_whole(path) as draft:
                draft.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    for path in main():
        print(path.relative_to(ROOT))
