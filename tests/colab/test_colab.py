"""What `make test-colab` is for: the versions really are Colab's, and installing fomm_lite there moves none of them."""

import json
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

REPORT = Path(sys.prefix) / "fomm-lite-report.json"  # scripts/setup_env.py: what `pip install fomm_lite` would install
PINS = dict(re.findall(r"^([\w.-]+)==(\S+)$", (Path(__file__).parent / "constraints.txt").read_text("utf-8"), re.M))

pytestmark = pytest.mark.skipif(not REPORT.exists(), reason="for the environment of `make test-colab`")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_package_has_the_version_of_a_colab_notebook() -> None:
    found = {name: metadata.version(name) for name in PINS}
    assert found == PINS


def test_installing_there_moves_nothing_that_is_there() -> None:
    wanted = [canonical(each["metadata"]["name"]) for each in json.loads(REPORT.read_text("utf-8"))["install"]]
    assert "fomm-lite" in wanted
    assert not {*map(canonical, PINS), "torch"} & set(wanted)


def test_what_it_adds_is_small() -> None:
    added = {canonical(each["metadata"]["name"]) for each in json.loads(REPORT.read_text("utf-8"))["install"]}
    assert added <= {"fomm-lite", "jaxtyping", "wadler-lindig", "av"}
