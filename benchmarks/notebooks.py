"""How long each notebook of the course takes, and all of them together, beside what they are allowed to take.

    python -m benchmarks.notebooks [NUMBER ...]

Each runs from top to bottom in a kernel of its own, as a reader would run it, on two threads; solutions too. Nothing is
stored. The budgets are for a quiet machine of two cores.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from benchmarks.figures import Figure, tell

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
THREADS = "2"
SECONDS = 150
TRAINING = {"06": 330, "11": 330}  # train a model in front of the reader
SOLUTION = 15
TOGETHER = 25 * 60
LIMIT = 1800  # of a single cell


def budget(path: Path) -> int:
    """How many seconds a notebook may take."""
    return SOLUTION if path.parent.name == "solutions" else TRAINING.get(path.name[:2], SECONDS)


def every() -> list[Path]:
    """All notebooks of the course, and their solutions."""
    return [path for path in sorted(FOLDER.rglob("[0-9][0-9]_*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def executed(path: Path, threads: str) -> NotebookNode:
    """The notebook with the outputs of a run from top to bottom, in full, in a kernel of its own; nothing is stored.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, 4)
    client = NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute(env=os.environ | {"OMP_NUM_THREADS": threads, "FOMM_LITE_FAST": "0"})
    return notebook


def seconds(path: Path) -> float:
    """How long a notebook takes from the start of its kernel to its last cell; a cell that fails raises."""
    started = time.perf_counter()
    executed(path, THREADS)
    return time.perf_counter() - started


def figures(numbers: Sequence[str] = ()) -> Iterator[Figure]:
    """Time the notebooks of these numbers, or all and their sum."""
    paths = every()
    chosen = [path for path in paths if not numbers or path.name[:2] in numbers]
    if not chosen:
        sys.exit(f"got {', '.join(numbers)}; expected some of {', '.join(sorted({path.name[:2] for path in paths}))}")
    total = 0.0
    for path in chosen:
        spent = seconds(path)
        total += spent
        yield Figure(f"notebook {path.relative_to(FOLDER).with_suffix('').as_posix()}", spent, "s", budget(path))
    if not numbers:
        yield Figure("notebooks together", total / 60, "min", TOGETHER / 60)


if __name__ == "__main__":
    tell(figures(sys.argv[1:]))
