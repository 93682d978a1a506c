"""What holds for the places where the project is set up and run: other systems, Pythons, conda, containers, CI."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import setup_env
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = [
    path for folder in ("benchmarks", "fomm_lite", "scripts", "tests") for path in sorted((ROOT / folder).rglob("*.py"))
]
# what opens or pipes text, and where its mode stands
MODES = {"open": 0, "fdopen": 1, "NamedTemporaryFile": 0, "TemporaryFile": 0}


def test_environment_yml_says_only_python_and_an_editable_install():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert set(environment) == {"name", "dependencies"}
    python, pip, through_pip = environment["dependencies"]
    assert pip == "pip"
    assert set(through_pip) == {"pip"}
    assert through_pip["pip"] == ["-e .[course]"]
    version = re.fullmatch(r"python=(3\.\d+)", python)
    assert version and SpecifierSet(PROJECT["requires-python"]).contains(version[1])


def test_the_readme_activates_the_environment_that_conda_makes():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert re.findall(r"^conda activate (\S+)", README, re.MULTILINE) == [environment["name"]]


def test_the_oldest_python_is_the_same_wherever_it_is_said():
    oldest = ".".join(map(str, setup_env.OLDEST[:2]))
    assert PROJECT["requires-python"] == f">={oldest}"
    assert f"Python {oldest} or newer" in README
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert f"Python {'.'.join(map(str, setup_env.OLDEST))}, the oldest supported" in constraints
    assert f"sys.version_info < {setup_env.OLDEST[:2]}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_container_keeps_the_token_and_is_nobody_special():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    steps = [line for line in lines if line and not line.startswith("#")]
    assert not [line for line in steps if re.search(r"token|password|allow-root", line)]
    *_, user, _ = [line for line in steps if re.match(r"(USER|CMD) ", line)]
    assert user != "USER root" and steps[-1].startswith("CMD ")
    assert "127.0.0.1:8888:8888" in "\n".join(lines)  # told to be reached from this machine only


def test_news_of_another_project_fails_the_tests_in_ci_only(tmp_path):
    (tmp_path / "dependency.py").write_text(
        "import warnings\ndef work(): warnings.warn('old', DeprecationWarning, stacklevel=2)", encoding="utf-8"
    )
    test = tmp_path / "test_user.py"
    test.write_text("import dependency\ndef test_it(): dependency.work()", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-c", ROOT / "pyproject.toml", "-p", "no:cacheprovider", test]
    anywhere = os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": ""}
    shown = subprocess.run(command, env=anywhere, capture_output=True, encoding="utf-8", check=False)
    assert shown.returncode == 0 and "DeprecationWarning: old" in shown.stdout
    strict = re.search(r'PYTEST_ADDOPTS="(.+?)" timed make test$', (ROOT / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert strict
    in_ci = anywhere | {"PYTEST_ADDOPTS": strict[1]}
    assert subprocess.run(command, env=in_ci, capture_output=True, check=False).returncode == 1


def test_ci_runs_tests_that_are_there():
    script = ROOT / ".ci/run"
    subprocess.run(["bash", "-n", script], check=True)
    plain = re.search(r'^plain="(.+)"$', script.read_text(encoding="utf-8"), re.MULTILINE)
    assert plain and not [name for name in plain[1].split() if not list((ROOT / name).glob("test_*.py"))]


def nameless(call: ast.Call) -> bool:
    """Whether a call reads or writes text without saying in which encoding, so that Windows would choose another."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given = {each.arg: each.value for each in call.keywords}
    if "encoding" in given:
        return False
    if name in ("read_text", "write_text") and isinstance(call.func, ast.Attribute):
        return len(call.args) == (name == "write_text")
    if name in ("run", "Popen", "check_output"):
        return bool({"text", "universal_newlines"} & set(given))
    if name not in MODES:
        return False
    place = MODES[name] + (name == "open" and isinstance(call.func, ast.Name))
    mode = given.get("mode", call.args[place] if len(call.args) > place else None)
    if isinstance(call.func, ast.Attribute) and name == "open":  # of a path, whose first word is the mode
        return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) <= set("rwax+t")
    return isinstance(mode, ast.Constant) and "b" not in str(mode.value) if mode else name == "open"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("path.read_text()", True),
        ("path.read_text('utf-8')", False),
        ("path.write_text('a')", True),
        ("path.write_text('a', encoding='utf-8')", False),
        ("write_text(path, 'a')", False),
        ("open(path)", True),
        ("open(path, 'rb')", False),
        ("open(path, 'w', encoding='utf-8')", False),
        ("path.open('w')", True),
        ("path.open('ab')", False),
        ("Image.open(path)", False),
        ("run(command, text=True)", True),
        ("run(command, encoding='utf-8')", False),
        ("TemporaryFile()", False),
        ("TemporaryFile('w')", True),
    ],
)
def test_the_reader_of_calls_knows_text_from_bytes(text, told):
    assert nameless(ast.parse(text, mode="eval").body) == told


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_text_is_read_and_written_in_a_named_encoding(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [f"line {call.lineno}: {ast.unparse(call)}" for call in calls if nameless(call)]
