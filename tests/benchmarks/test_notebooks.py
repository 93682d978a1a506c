"""Notebooks timed as a reader runs them: who says how many threads there are, and what a job beside costs."""

import os
from pathlib import Path

import nbformat
import pytest

from benchmarks import notebooks


@pytest.mark.parametrize(("threads", "said"), [(None, "None"), ("2", "'2'")])
def test_threads_are_said_or_left_to_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: str | None, said: str
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as in a terminal that says something
    cell = nbformat.v4.new_code_cell("import os; os.environ.get('OMP_NUM_THREADS')")
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    outputs = notebooks.executed(path, threads).cells[0].outputs
    assert [each["data"]["text/plain"] for each in outputs] == ([] if threads is None else [said])
    assert nbformat.read(path, 4).cells[0].outputs == []  # nothing is stored


def test_the_job_beside_runs_while_the_notebook_does_and_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[int] = []

    def look(path: Path, threads: str | None) -> float:
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        jobs.append(len(children.read_text().split()))
        return 1.0 + jobs[-1] / 4

    if not Path("/proc/self/task").exists():
        pytest.skip("needs Linux, which lists a process's children")
    before = len(Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split())
    monkeypatch.setattr(notebooks, "seconds", look)
    (figure,) = notebooks.beside_a_job()
    assert [number - before for number in jobs] == [0, 1] * notebooks.TURNS
    assert figure.value == (1 + (before + 1) / 4) / (1 + before / 4)
