"""Damaged and invented settings: a configuration, or one line."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.config import read_config
from fomm_lite.training.recipes import read_recipe
from tests.fuzz.conftest import CONFIG, tries
from tests.fuzz.damage import VALUES, damaged
from tests.hostile import outcome

PIECES = (
    *"[]{}:,-?&*!|>%@`#'\"\\\n \t", "a: ", "- ", "&a ", "*a", "<<: ", "!!int ", "!!timestamp ", "!!set ", "!!binary ",
    "2020-13-40", "0x_", "1_", "1:2", ".inf", "~", "yes", "model_params: ", "num_kp: ", "generator: ", "\0", "\ufeff",
    "---\n", "...\n", "9" * 400, "\U0001f642",
)  # fmt: skip


def read(path: Path) -> None:
    outcome(lambda: read_config(str(path)))
    outcome(lambda: read_recipe(str(path)))


@tries(80)
@given(data=st.data())
def test_damaged_official_files(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "c.yaml"
    whole = Path("tests/golden/vox-256.yaml").resolve().read_bytes()
    path.write_bytes(data.draw(damaged(whole)))
    read(path)


@tries(60)
@given(name=st.sampled_from(sorted(CONFIG.to_dict())), value=VALUES, more=VALUES)
def test_values_of_all_kinds(tmp_path: Path, name: str, value: Any, more: Any) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(yaml.safe_dump({name: value, "train_params": more}), encoding="utf-8")
    read(path)
    path.write_text(yaml.safe_dump({"model_params": {name: value}, "train_params": more}), encoding="utf-8")
    read(path)


@tries(60)
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=60), times=st.sampled_from((1, 1, 1, 50, 500)))
def test_what_looks_like_yaml(tmp_path: Path, pieces: list[str], times: int) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("".join(pieces) * times, encoding="utf-8")
    read(path)
