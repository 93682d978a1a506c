"""``fomm-lite course``: notebooks are copied, own work is kept, JupyterLab is opened."""

from pathlib import Path

import nbformat
import pytest

from fomm_lite.cli import course as course_module
from fomm_lite.cli import main as cli
from fomm_lite.files.shipped import notebooks_folder


@pytest.fixture
def notebooks(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "notebooks"
    for name in ("00_start.ipynb", "solutions/00_start.ipynb", ".ipynb_checkpoints/00_start.ipynb", "out/old.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    monkeypatch.setattr(course_module, "notebooks_folder", lambda: folder)
    return folder


def test_the_course_is_copied_and_own_changes_are_kept(notebooks, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["course", "--no-open"]) == 0
    there = course_module.DEFAULT_FOLDER
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*.*")) == [
        "00_start.ipynb",
        "solutions/00_start.ipynb",
    ]
    (there / "00_start.ipynb").write_text("my own work", encoding="utf-8")
    (there / "solutions" / "00_start.ipynb").unlink()
    capsys.readouterr()
    assert cli.main(["course", str(there), "--no-open"]) == 0
    assert (there / "00_start.ipynb").read_text(encoding="utf-8") == "my own work"
    assert (there / "solutions" / "00_start.ipynb").read_text(encoding="utf-8") == "solutions/00_start.ipynb"
    said = capsys.readouterr().out
    assert "1 files copied" in said
    assert "kept your own 00_start.ipynb;" in said


def test_students_get_notebooks_without_outputs_and_no_solutions(tmp_path, capsys):
    there = tmp_path / "class"
    assert cli.main(["course", str(there), "--student", "--no-open"]) == 0
    given = {path.name: nbformat.read(path, 4) for path in there.rglob("*.ipynb")}
    assert sorted(given) == sorted(path.name for path in notebooks_folder().glob("*.ipynb"))
    assert not list(there.rglob("*solution*"))
    for name, copy in given.items():
        whole = nbformat.read(notebooks_folder() / name, 4)
        code = [cell for cell in copy.cells if cell.cell_type == "code"]
        assert code and not [cell for cell in code if cell.outputs or cell.execution_count is not None]
        assert [(cell.id, cell.source, cell.metadata) for cell in copy.cells] == [
            (cell.id, cell.source, cell.metadata) for cell in whole.cells
        ]
    capsys.readouterr()
    assert cli.main(["course", str(there), "--student", "--no-open"]) == 0
    assert capsys.readouterr().out == f"the course is in {there}: 0 files copied\n"


def test_the_course_opens_jupyterlab_there(notebooks, tmp_path, monkeypatch):
    started = []

    class Server:
        def __init__(self, command: list[str]) -> None:
            started.append(command)
            self.answers = iter([KeyboardInterrupt(), 7])

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            answer = next(self.answers)
            if isinstance(answer, KeyboardInterrupt):
                raise answer  # JupyterLab gets Ctrl-C too and asks back: we go on waiting
            return answer

    monkeypatch.setattr(course_module.subprocess, "Popen", Server)
    assert cli.main(["course", str(tmp_path / "mine")]) == 7
    assert started[0][1:4] == ["-m", "jupyterlab", str(tmp_path / "mine")]


def test_without_jupyterlab_the_course_says_how_to_get_it(notebooks, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(course_module.importlib.util, "find_spec", lambda _: None)
    assert cli.main(["course", str(tmp_path / "mine")]) == 2
    assert "pip install 'fomm-lite[course]'" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_a_course_cannot_go_where_a_file_is(notebooks, tmp_path, capsys):
    (tmp_path / "mine").write_text("a file", encoding="utf-8")
    assert cli.main(["course", str(tmp_path / "mine"), "--no-open"]) == 2
    assert "mine" in capsys.readouterr().err
