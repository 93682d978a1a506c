"""Notebooks timed as a reader runs them: who says how many threads there are, and what a job beside costs."""

import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from benchmarks import notebooks


@pytest.mark.parametrize("threads", [None, "2"])
def test_threads_are_said_or_left_to_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: str | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as in a terminal that says something
    cell = nbformat.v4.new_code_cell("import os; os.environ.get('OMP_NUM_THREADS', 'nothing')")
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    (output,) = notebooks.executed(path, threads).cells[0].outputs
    assert output["data"]["text/plain"] == repr(threads or "nothing")
    assert nbformat.read(path, 4).cells[0].outputs == []  # nothing is stored


def test_the_job_beside_runs_while_the_notebook_does_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[subprocess.Popen[bytes]] = []
    beside: list[bool] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            jobs.append(self)

    def look(path: Path, threads: str | None) -> float:
        beside.append(bool(jobs) and jobs[-1].poll() is None)
        return 1.5 if beside[-1] else 1.0

    monkeypatch.setattr(notebooks.subprocess, "Popen", Recorded)
    monkeypatch.setattr(notebooks, "seconds", look)
    (figure,) = notebooks.beside_a_job()
    assert beside == [False, True] * notebooks.TURNS
    assert all(job.poll() is not None for job in jobs)
    assert figure.value == 1.5 and not figure.missed
