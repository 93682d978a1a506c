"""Badges and the set-up cell come from the one address in pyproject.toml, and what the cell does in a kernel."""

import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from scripts import link_notebooks

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = "https://github.com/somebody/motion.course"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The notebooks in a tree of their own."""
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    publish(tmp_path, "")
    return tmp_path


def publish(root: Path, address: str) -> None:
    """Give the tree an address."""
    (root / "pyproject.toml").write_text(f'[tool.fomm_lite]\nrepository = "{address}"\n', encoding="utf-8")


def contents(root: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in root.rglob("*.ipynb")}


def test_the_notebooks_say_what_pyproject_says(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert link_notebooks.main(tmp_path) == [], "run scripts/link_notebooks.py"


def test_an_address_puts_a_badge_and_an_install_line_into_every_notebook_and_goes_again(copy: Path) -> None:
    link_notebooks.main(copy)
    before = contents(copy)
    assert not [name for name, text in before.items() if "colab.research" in text or "%pip install -q" in text]
    publish(copy, MADE_UP)
    changed = link_notebooks.main(copy)
    assert len(changed) == len(list(copy.rglob("[0-9][0-9]_*.ipynb")))
    for path in changed:
        title, *rest = nbformat.read(path, 4).cells
        place = path.relative_to(copy).as_posix()
        page = f"https://colab.research.google.com/github/somebody/motion.course/blob/main/{place}"
        assert title.source.splitlines()[2].endswith(f"({page})")
        code = next(cell for cell in rest if cell.cell_type == "code")
        assert f"%pip install -q git+{MADE_UP}\n" in code.source
    assert link_notebooks.main(copy) == []
    publish(copy, MADE_UP + "2")
    link_notebooks.main(copy)
    assert all(text.count("colab-badge.svg") == 1 for text in contents(copy).values())
    publish(copy, "")
    link_notebooks.main(copy)
    assert contents(copy) == before


@pytest.mark.parametrize("address", ["motion", "http://github.com/a/b", "https://github.com/a/b/", "https://x.org/a/b"])
def test_an_address_of_another_form_is_refused_before_anything_is_written(copy: Path, address: str) -> None:
    before = contents(copy)
    publish(copy, address)
    with pytest.raises(ValueError, match="expected https://github.com/OWNER/REPO"):
        link_notebooks.main(copy)
    assert contents(copy) == before


class Kernel:
    """IPython without fomm_lite, whose `%pip` is a note and, if wanted, a success."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
        self.asked: list[str] = []
        real = importlib.util.find_spec
        self.there = False

        def find_spec(name: str, package: str | None = None) -> object:
            return real(name, package) if name != "fomm_lite" or self.there else None

        def pip(line: str) -> None:
            self.asked.append(line)
            self.there = works

        monkeypatch.setattr(importlib.util, "find_spec", find_spec)
        self.shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
        self.shell.register_magic_function(pip, "line", "pip")


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], Kernel]:
    return lambda works: Kernel(monkeypatch, works)


@pytest.mark.parametrize("address", ["", MADE_UP])
def test_where_nothing_can_be_installed_the_cell_says_what_to_do_in_one_line_and_stops(
    kernel: Callable[[bool], Kernel], capsys: pytest.CaptureFixture[str], address: str
) -> None:
    bare = kernel(False)
    result = bare.shell.run_cell(link_notebooks.set_up_cell(address))
    assert not result.success  # "Run all" goes no further
    said = "".join(capsys.readouterr())
    assert said.count("\n") == 1 and "`%pip install` its wheel" in said
    assert bare.asked == ([f"install -q git+{address}"] if address else [])


def test_where_it_can_be_installed_the_cell_does_and_goes_on(
    kernel: Callable[[bool], Kernel], capsys: pytest.CaptureFixture[str]
) -> None:
    online = kernel(True)
    assert online.shell.run_cell(link_notebooks.set_up_cell(MADE_UP)).success
    assert online.asked == [f"install -q git+{MADE_UP}"]
    assert online.shell.run_cell(link_notebooks.set_up_cell(MADE_UP)).success
    assert len(online.asked) == 1
    assert "".join(capsys.readouterr()) == ""
