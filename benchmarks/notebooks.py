"""How long each notebook of the course takes, and all of them together, beside what they are allowed to take.

    python -m benchmarks.notebooks [NUMBER ...]

Each runs from top to bottom in a kernel of its own, as a reader would run it, on two threads; solutions too. Nothing is
stored. The budgets are for a quiet machine of two cores.

    python -m benchmarks beside_a_job

times one of them that trains, with nothing said of threads, alone and beside another job on both cores.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from benchmarks.figures import Figure, tell
from fomm_lite.files.cores import SAID_BY

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
THREADS = "2"
SECONDS = 150
TRAINING = {"06": 330, "11": 330}  # train a model in front of the reader
SOLUTION = 15
TOGETHER = 25 * 60
LIMIT = 1800  # of a single cell
BESIDE, SLOWER, TURNS = "07_what_matters.ipynb", 1.5, 3  # the notebook beside a job, how much it may lose, how often
JOB = "import torch; torch.set_num_threads(2); a = torch.rand(1500, 1500); a @ a; print(flush=True)\nwhile True: a @ a"


def budget(path: Path) -> int:
    """How many seconds a notebook may take."""
    return SOLUTION if path.parent.name == "solutions" else TRAINING.get(path.name[:2], SECONDS)


def every() -> list[Path]:
    """All notebooks of the course, and their solutions."""
    return [path for path in sorted(FOLDER.rglob("[0-9][0-9]_*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def executed(path: Path, threads: str | None) -> NotebookNode:
    """The notebook with the outputs of a run from top to bottom, in full, in a kernel of its own; nothing is stored.

    Args:
        path: of the notebook.
        threads: for PyTorch; None leaves it to the course to choose them.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, 4)
    client = NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    said = {name: value for name, value in os.environ.items() if name not in SAID_BY}
    client.execute(env=said | ({} if threads is None else {"OMP_NUM_THREADS": threads}) | {"FOMM_LITE_FAST": "0"})
    return notebook


def seconds(path: Path, threads: str | None = THREADS) -> float:
    """How long a notebook takes from the start of its kernel to its last cell; a cell that fails raises."""
    started = time.perf_counter()
    executed(path, threads)
    return time.perf_counter() - started


def beside_a_job() -> Iterator[Figure]:
    """How many times as long a notebook takes where another job has begun to use both cores."""
    alone, beside = [], []
    for _ in range(TURNS):
        alone.append(seconds(FOLDER / BESIDE, None))
        with subprocess.Popen([sys.executable, "-c", JOB], stdout=subprocess.PIPE) as job:
            try:
                assert job.stdout is not None
                job.stdout.readline()  # it works before the course looks how many cores are free
                beside.append(seconds(FOLDER / BESIDE, None))
            finally:
                job.kill()
    ratio = statistics.median(busy / quiet for quiet, busy in zip(alone, beside, strict=True))
    note = f"{statistics.median(alone):.0f} s alone, {statistics.median(beside):.0f} s beside two threads"
    yield Figure(f"notebook {BESIDE[:2]} beside another job", ratio, "times as long", SLOWER, note=note)


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
