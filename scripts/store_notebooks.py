"""Runs notebooks from top to bottom and stores them with their outputs, as a reader without a kernel sees them.

    python scripts/store_notebooks.py [PATH ...]      all of the course and its solutions where no path is given

A notebook is written only when every cell ran. Left out are a widget's view and state, which show nothing without a
kernel (and break the page on GitHub): its static figure stands in the cell below. Times of execution are left out too.
A warning on stderr is an error here, and a picture without words.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from benchmarks.notebooks import every, executed
from benchmarks.picture_words import without_words
from fomm_lite.files.atomic import written_whole

VIEW = "application/vnd.jupyter.widget-view+json"


def run(path: Path) -> NotebookNode:
    """The notebook with the outputs of a fresh run, in full, on one thread as the tests run it.

    Raises:
        CellExecutionError: a cell failed.
        SystemExit: a cell wrote to stderr, or something is shown without words.
    """
    notebook = executed(path, threads="1")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            warned = [output.text for output in cell.outputs if output.get("name") == "stderr"]
            if warned:
                sys.exit(f"{path.name}, cell {cell.id}, wrote to stderr: {warned[0][:300]}")
    if bare := without_words(notebook):
        sys.exit(f"{path.name} shows something without words: {'; '.join(bare)}")
    return notebook


def stored(notebook: NotebookNode) -> NotebookNode:
    """The notebook without what only a kernel can show, and without what differs from run to run."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if VIEW not in output.get("data", {})]
    return notebook


def main(names: list[str]) -> None:
    """Run and store the notebooks of these paths, or all."""
    for path in [Path(name).resolve() for name in names] or every():
        started = time.perf_counter()
        try:
            notebook = stored(run(path))
        except CellExecutionError as error:
            sys.exit(f"{path.name} is as it was, for a cell failed: {error}")
        text = nbformat.writes(notebook, 4) + "\n"
        with written_whole(path) as draft:
            draft.write_text(text, encoding="utf-8")
        print(f"{path.name}: {time.perf_counter() - started:.0f} s, {len(text) / 1e6:.2f} MB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
