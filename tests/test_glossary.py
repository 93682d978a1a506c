"""The glossary keeps its promise: each of its words is the name that the code has."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.keypoint_detector import KeypointDetector
from fomm_lite.training.objective import Terms
from fomm_lite.transfer import transfer
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction

PAGE = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
TABLE = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")][2:]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE]
OWNERS = {"motion": DenseMotion, "keypoints": Keypoints, "out": Reconstruction, "KeypointDetector": KeypointDetector}
# where the names of pictures and arguments stand
KNOWN = set(Terms.__annotations__) | set(FirstOrderModel.motion.__annotations__) | set(transfer.__annotations__)


def test_every_word_has_a_chinese_one_and_an_explanation() -> None:
    assert len(ROWS) > 15
    for word, chinese, _, _, what in ROWS:
        assert re.search(r"[\u4e00-\u9fff]", chinese), word
        assert len(what.split()) >= 4, word
    assert len({row[0] for row in ROWS}) == len({row[1] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("name", [row[2].strip("`") for row in ROWS if row[2]])
def test_names_in_the_code_exist(name: str) -> None:
    owner, _, attribute = name.rpartition(".")
    if owner in OWNERS:
        assert attribute in OWNERS[owner].__annotations__ or hasattr(OWNERS[owner], attribute)
    elif owner:
        assert hasattr(import_module(f"fomm_lite.{owner}"), attribute)
    else:
        assert name in KNOWN or hasattr(import_module("fomm_lite"), name)
