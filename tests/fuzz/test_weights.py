"""Damaged and invented weights: a model that draws, or one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite import load_model, weights
from tests.fuzz.conftest import CONFIG, tries
from tests.fuzz.damage import VALUES, damaged
from tests.hostile import outcome

FIELDS = [(name,) for name in CONFIG.to_dict()] + [
    (part, name) for part, inner in CONFIG.to_dict().items() if isinstance(inner, dict) for name in inner
]


@tries(100)
@given(data=st.data())
def test_damaged_files_of_ours(shelf: Path, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(data.draw(damaged((shelf / "good.safetensors").read_bytes(), first=3000)))
    outcome(lambda: load_model(path))


@tries(100)
@given(field=st.sampled_from(FIELDS), value=VALUES, about=VALUES)
def test_configurations_that_are_claimed(
    shelf: Path, tmp_path: Path, field: tuple[str, ...], value: Any, about: Any
) -> None:
    config: dict[str, Any] = CONFIG.to_dict()
    section = config
    for name in field[:-1]:
        section = section[name]
    section[field[-1]] = value
    tensors = safetensors.torch.load_file(shelf / "good.safetensors")
    words = {"format": "fomm_lite 1", "config": json.dumps(config), "about": json.dumps(about)}
    path = tmp_path / "m.safetensors"
    path.write_bytes(safetensors.torch.save(tensors, metadata=words))
    outcome(lambda: load_model(path))


@tries(60)
@given(data=st.data())
def test_damaged_official_files(shelf: Path, tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "c.pth.tar"
    path.write_bytes(data.draw(damaged((shelf / "good.pth.tar").read_bytes(), first=6000)))
    outcome(lambda: weights.load_official(path, shelf / "good.yaml"))


def kinds(tensor: torch.Tensor) -> dict[str, Any]:
    """The same numbers as they should not be."""
    return {
        "sparse": tensor.to_sparse(),
        "meta": tensor.to("meta"),
        "half": tensor.half(),
        "double": tensor.double(),
        "complex": tensor.to(torch.complex64),
        "whole": tensor.long(),
        "transposed": tensor.transpose(0, -1),
        "flat": tensor.flatten(),
        "empty": tensor.flatten()[:0],
        "broken": tensor * torch.nan,
        "huge": tensor.new_zeros(1).expand(10**9),
        "number": 3.5,
        "numpy": np.float64(3.5),
        "list": tensor.flatten().tolist(),
        "nothing": None,
    }


@pytest.mark.filterwarnings("ignore::UserWarning")  # of torch, on sparse tensors
@tries(40)
@given(data=st.data())
def test_official_states_of_another_kind(shelf: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = torch.load(shelf / "good.pth.tar", weights_only=True)
    part = data.draw(st.sampled_from(("generator", "kp_detector")))
    name = data.draw(st.sampled_from(sorted(content[part])))
    kind = data.draw(st.sampled_from(sorted(kinds(torch.ones(1)))))
    key = data.draw(st.sampled_from((name, f"module.{name}", f"_orig_mod.{name}", 7, name[1:])))
    content[part][key] = kinds(content[part].pop(name).float())[kind]
    content["epoch"] = data.draw(st.sampled_from((0, np.int64(3), np.float32(0.5), "last", None)))
    path = tmp_path / "c.pth.tar"
    torch.save(content, path, _use_new_zipfile_serialization=data.draw(st.booleans()))
    outcome(lambda: weights.load_official(path, shelf / "good.yaml"))
