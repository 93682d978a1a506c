"""A seeded part of `make kill`, and that it would notice."""

import dataclasses
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts.conftest import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("kill_runs")


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


@pytest.mark.parametrize("job", ["TRAIN", "ANIMATE"])
def test_a_killed_command_goes_on_bit_for_bit(
    script: ModuleType, tmp_path: Path, job: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.survive(getattr(script, job), tmp_path, random.Random(1), 2) == []
    assert ": killed after" in capsys.readouterr().out


def test_a_difference_and_a_leftover_are_noticed(script: ModuleType, tmp_path: Path) -> None:
    seen = []

    def facts(folder: Path) -> dict[str, str]:
        seen.append(folder)
        (folder / "out" / ".a-1.fomm-draft").mkdir(parents=True, exist_ok=True)
        return {"a": str(len(seen)), f"b{len(seen)}": ""}

    job = dataclasses.replace(script.ANIMATE, arguments=("--version",), facts=facts)
    told = script.survive(job, tmp_path, random.Random(0), 1)
    assert sorted(told) == [
        "animate 1: a differs",
        "animate 1: b1 differs",
        "animate 1: b2 was not made before",
        "animate 1: out/.a-1.fomm-draft is left",
    ]
