"""What pytest is told for the whole tree: how notebooks run, and on how many threads."""

import os
from collections.abc import Generator

import pytest

# One thread for everybody: sums in another order differ in the last bits, and two threads that share their cores with
# another job wait for each other most of the time. A notebook's kernel inherits this.
os.environ.setdefault("OMP_NUM_THREADS", "1")

OUTPUT_SECONDS = 60
FIRST_FAILURE = pytest.StashKey[str]()


def is_cell(item: pytest.Item) -> bool:
    """Whether the item is a cell of a notebook, as nbval collects them."""
    return type(item).__module__ == "nbval.plugin"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives the kernel longer to send what a cell printed: nbval allows five seconds, too few on a busy machine."""
    for item in items:
        if is_cell(item):
            item.output_timeout = OUTPUT_SECONDS  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Notes the first cell of a notebook that failed."""
    report = yield
    if is_cell(item) and report.failed and item.parent is not None:
        item.parent.stash.setdefault(FIRST_FAILURE, item.name)
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips the cells after a failed one: they would only fail for what it left undefined, and bury the cause."""
    if is_cell(item) and item.parent is not None and FIRST_FAILURE in item.parent.stash:
        pytest.skip(f"{item.parent.stash[FIRST_FAILURE]} failed before it")
