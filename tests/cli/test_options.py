"""Options of all commands: each declared once, each used, and none of it waits for torch."""

import ast
import inspect
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, get_args, get_origin

import pytest
import typer

import fomm_lite.cli
from fomm_lite.cli.main import app

FOLDER = Path(fomm_lite.cli.__file__).parent
COMMANDS = {command.name: command.callback for command in app.registered_commands}


def declared() -> Iterator[str]:
    """What the help says of each option, wherever it is declared in the source."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("typer.Option", "typer.Argument"):
                (said,) = [ast.unparse(keyword.value) for keyword in node.keywords if keyword.arg == "help"]
                yield said


def test_each_option_is_declared_once():
    twice = [said for said, count in Counter(declared()).items() if count > 1]
    # the same weights are an argument here and an option there
    assert twice == ["'Shipped name, or a .safetensors file.'"]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_has_help_and_is_used(name):
    command = COMMANDS[name]
    (function,) = ast.parse(inspect.getsource(command)).body
    used = {node.id for statement in function.body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    for parameter in inspect.signature(command).parameters.values():
        assert get_origin(parameter.annotation) is Annotated, parameter
        (option,) = get_args(parameter.annotation)[1:]
        assert isinstance(option, typer.models.ParameterInfo) and option.help.endswith("."), parameter
        assert parameter.name in used, parameter


def test_help_and_mistakes_in_the_command_line_do_not_wait_for_torch():
    lines = [[name, "--help"] for name in COMMANDS]
    lines += [["train", "--gird"], ["animat"], ["animate", "--size", "0"], ["train"], ["evaluate", "tiny"]]
    lines += [
        ["animate", "--absolute", "--adapt-scale"],
        ["crop-video", "a.mp4"],
        ["train", "--world", "a", "--clips", "0"],
    ]
    script = f"""
import sys
from fomm_lite.cli.main import main
codes = [main(line) for line in {lines!r}]
assert codes == {[0] * len(COMMANDS) + [2] * (len(lines) - len(COMMANDS))!r}, codes
assert not {{"torch", "numpy", "av", "accelerate"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    mistakes = done.stderr.splitlines()
    assert len(mistakes) == len(lines) - len(COMMANDS)
    assert all(line.startswith("fomm-lite: got ") for line in mistakes)
