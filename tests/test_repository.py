"""What holds for the tree as a whole: packaging, layers, sizes, stored notebooks."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import fomm_lite

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOTEBOOKS = [path for path in sorted((ROOT / "notebooks").rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]
SOURCES = [
    path
    for folder in ("benchmarks", "fomm_lite", "notebooks", "scripts", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]

# The ground comes first; a module imports only from its own wing and from wings before. The package's own files, which
# are the paper itself, stand where their imports put them.
WINGS = [
    "errors",
    "files",
    "geometry",
    "types",
    "config",
    "networks",
    "transfer",
    "model",
    "animation",
    "weights",
    "media",
    "worlds",
    "data",
    "training",
    "evaluation",
    "forensics",
    "course",
    "cli",
    "__main__",
]
ROOT_FILES = 9


def pins() -> dict[str, str]:
    """The exact versions in constraints.txt by canonical name."""
    lines = [
        line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==([^=<>~!;,\s*]+)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def requirements() -> list[Requirement]:
    """Every direct dependency, of the package and of each extra."""
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    return [Requirement(line) for line in lines]


def test_the_package_and_the_project_agree_on_the_version():
    assert fomm_lite.__version__ == PROJECT["version"]


def test_every_extra_that_is_asked_for_exists():
    own = [extra for each in requirements() if each.name == PROJECT["name"] for extra in each.extras]
    setup = ast.parse((ROOT / "scripts" / "setup_env.py").read_text(encoding="utf-8"))
    installed = [
        name
        for node in ast.walk(setup)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for group in re.findall(r"^\.?\[([a-z,]+)\]$", node.value)
        for name in group.split(",")
    ]
    assert {"course", "test", "dev"} <= set(installed)
    assert set(own) | set(installed) <= set(EXTRAS)


def test_every_direct_dependency_is_locked_to_a_version_that_it_allows():
    locked = pins()
    outside = [requirement for requirement in requirements() if requirement.name != PROJECT["name"]]
    missing = [str(each) for each in outside if canonicalize_name(each.name) not in locked]
    assert not missing, f"run `make lock`: constraints.txt lacks {missing}"
    for each in outside:
        assert each.specifier.contains(locked[canonicalize_name(each.name)]), each


def test_torch_is_locked_without_a_tag_so_that_cpu_and_gpu_builds_both_do():
    assert Version(pins()["torch"]).local is None


def test_spelling_is_not_checked_in_what_git_ignores():
    """Another project's Swedish, put there by npm, has failed `make lint`."""
    ignored = {
        line.strip("/").split("/")[-1]
        for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("/")
    }
    skipped = PYPROJECT["tool"]["codespell"]["skip"].split(",")
    assert {"node_modules", "out", ".venv*"} <= ignored
    assert ignored <= set(skipped)


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, fomm_lite; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    ).stdout.split()
    assert "fomm_lite" in loaded
    assert not {"matplotlib", "ipywidgets", "accelerate"} & set(loaded)


def modules() -> dict[str, Path]:
    """The modules of the package by dotted name."""
    named = {}
    for path in sorted((ROOT / "fomm_lite").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def imports(module: str, path: Path, known: set[str]) -> set[str]:
    """The modules of the package that a module's text imports, wherever in the file."""
    found = set()
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                found.add(deeper if deeper in known else base)
    return found & known - {module}


def wing(module: str) -> str:
    """The folder, or the file of the package's root, that a module lies in; empty for the package itself."""
    return module.removeprefix("fomm_lite").removeprefix(".").partition(".")[0]


def import_graph() -> dict[str, set[str]]:
    """What each module of the package imports of it."""
    named = modules()
    return {module: imports(module, path, set(named)) for module, path in named.items()}


def test_every_wing_has_its_place_and_the_root_is_small():
    entries = {path.name for path in (ROOT / "fomm_lite").iterdir() if path.name != "__pycache__"}
    assert {name.removesuffix(".py") for name in entries} == {*WINGS, "__init__", "py.typed"}
    assert len([name for name in entries if "." in name]) <= ROOT_FILES


def test_imports_run_downwards_only():
    upwards = [
        f"{module} imports {imported}"
        for module, reached in import_graph().items()
        for imported in sorted(reached)
        if wing(module) and wing(imported) and WINGS.index(wing(imported)) > WINGS.index(wing(module))
    ]
    assert not upwards


def test_imports_make_no_circle():
    order = list(TopologicalSorter(import_graph()).static_order())  # raises CycleError, which names the circle
    assert "fomm_lite.errors" in order


def test_the_import_reader_sees_every_way_to_import(tmp_path):
    known = {"fomm_lite", "fomm_lite.errors", "fomm_lite.data", "fomm_lite.training.loop", "fomm_lite.training.pairs"}
    path = tmp_path / "pairs.py"
    lines = [
        "import fomm_lite.errors",
        "from fomm_lite import data, missing",
        "def later():",
        "    from .loop import train",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    expected = {"fomm_lite.errors", "fomm_lite.data", "fomm_lite", "fomm_lite.training.loop"}
    assert imports("fomm_lite.training.pairs", path, known) == expected


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_short_enough_to_be_read_in_one_sitting(path):
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= 350


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_notebook_is_stored_executed_and_clean(path):
    assert path.stat().st_size <= 1.5e6
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert "widgets" not in notebook["metadata"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "restart the kernel and run all"
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"]
