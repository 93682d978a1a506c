"""docs/paper_map.md tells the truth: every function, test and notebook in it exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from fomm_lite import geometry
from fomm_lite.training import losses

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "paper_map.md").read_text(encoding="utf-8")


def rows() -> list[list[str]]:
    """The cells of every table row, headers left out."""
    lines = [line for line in TEXT.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in ("Eq.", "what")]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def named() -> Iterator[tuple[str, str]]:
    """Each function with the tests in its row."""
    for row in rows():
        function, test = row[2:4] if row[0].isdigit() else row[1:3]
        assert quoted(function) and quoted(test), row
        yield from ((each, test) for each in quoted(function))


@cache
def functions_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_equation_has_its_row() -> None:
    assert [int(row[0]) for row in rows() if row[0].isdigit()] == list(range(1, 16))


def is_module(parts: list[str]) -> bool:
    path = ROOT.joinpath(*parts)
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("name", sorted({name for name, _ in named()}))
def test_every_function_exists(name: str) -> None:
    parts = name.split(".")
    while not is_module(parts[:-1]):
        assert len(parts) > 1, f"{name} lies in no module"
        parts[-2:] = [".".join(parts[-2:])]
    found: object = import_module(".".join(parts[:-1]))
    for part in parts[-1].split("."):
        found = getattr(found, part)
    assert callable(found)
    assert found.__doc__


@pytest.mark.parametrize("name", sorted({test for _, tests in named() for test in quoted(tests)}))
def test_every_test_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert function.startswith("test_")
    assert function in functions_in(path)


def test_every_equation_has_its_notebook_or_says_that_it_is_planned() -> None:
    for row in rows():
        if row[0].isdigit():
            number = re.fullmatch(r"(\d\d)( \(planned\))?", row[4])
            assert number, row
            written = list((ROOT / "notebooks").glob(f"{number[1]}_*.ipynb"))
            assert bool(written) != bool(number[2]), f"notebook {number[1]}: {written}"


def test_an_equation_that_a_function_claims_is_on_the_page() -> None:
    functions = {row[0]: row[2] for row in rows() if row[0].isdigit()}
    claims = []
    for module in (geometry, losses):
        for name, function in vars(module).items():
            first = (getattr(function, "__doc__", None) or "").partition("\n")[0]
            for equation in re.findall(r"\(Eq\. (\d+)\)", first):
                claims.append(f"{module.__name__}.{name}")
                assert f"`{claims[-1]}`" in functions[equation]
    assert len(claims) >= 6
