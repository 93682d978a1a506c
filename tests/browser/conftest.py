"""JupyterLab on a copy of the notebooks, and a browser; only where they are asked for."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what drives a browser, unless -m asks for it: it takes minutes, and a browser."""
    if "browser" not in config.getoption("markexpr"):
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason="drives a real browser: run `make test-browser`"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """The server and the browser. A machine without a browser fails here and says what to install."""
    from benchmarks.lab import running_lab

    folder, scratch = tmp_path_factory.mktemp("lab") / "notebooks", tmp_path_factory.mktemp("scratch")
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*", "out", "runs"))
    with running_lab(folder, scratch, FOMM_LITE_FAST="0", OMP_NUM_THREADS="1") as it:
        yield it


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept."""
    folder = ROOT / "out" / "browser"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
