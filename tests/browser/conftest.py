"""JupyterLab on a copy of the notebooks, and a browser; only where they are asked for."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what drives a browser, unless -m asks for it: it takes minutes, and a browser."""
    if "browser" not in config.getoption("markexpr"):
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason="drives a real browser: run `make test-browser`"))


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A browser. A machine without one fails here and says what to install."""
    from benchmarks.lab import running_browser

    with running_browser() as it:
        yield it


@pytest.fixture(scope="session")
def lab(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """JupyterLab in that browser."""
    from benchmarks.lab import running_lab

    folder, scratch = tmp_path_factory.mktemp("lab") / "notebooks", tmp_path_factory.mktemp("scratch")
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*", "out", "runs"))
    with running_lab(browser, folder, scratch, FOMM_LITE_FAST="0", OMP_NUM_THREADS="1") as it:
        yield it


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept."""
    folder = ROOT / "out" / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
