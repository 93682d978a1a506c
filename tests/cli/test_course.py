"""``fomm-lite course``: notebooks are copied, own work is kept, JupyterLab is opened."""

from pathlib import Path

import pytest

from fomm_lite.cli import course as course_module
from fomm_lite.cli import main as cli


@pytest.fixture
def notebooks(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "notebooks"
    for name in ("00_start.ipynb", "solutions/00_start.ipynb", ".ipynb_checkpoints/00_start.ipynb", "out/old.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
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
    (there / "00_start.ipynb").write_text("my own work")
    (there / "solutions" / "00_start.ipynb").unlink()
    capsys.readouterr()
    assert cli.main(["course", str(there), "--no-open"]) == 0
    assert (there / "00_start.ipynb").read_text() == "my own work"
    assert (there / "solutions" / "00_start.ipynb").read_text() == "solutions/00_start.ipynb"
    said = capsys.readouterr().out
    assert "1 files copied" in said
    assert "kept your own 00_start.ipynb;" in said


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
    (tmp_path / "mine").write_text("a file")
    assert cli.main(["course", str(tmp_path / "mine"), "--no-open"]) == 2
    assert "mine" in capsys.readouterr().err
