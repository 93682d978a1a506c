"""Files of tensors: what is none is told by what it is, and never with the advice to run what is inside."""

import pickle
from pathlib import Path

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.networks.states import read_tensors


class Foreign:
    """Something that is no tensor."""


def test_what_is_no_file_of_tensors_is_told_by_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vox.pth.tar"

    def said() -> str:
        with pytest.raises(InputError) as caught:
            read_tensors(path, expected="a checkpoint")
        assert "weights_only" not in str(caught.value)
        return str(caught.value)

    path.write_text("<!DOCTYPE html><html><head><title>Quota exceeded</title></head></html>", encoding="utf-8")
    assert "a web page, not a checkpoint" in said()
    path.write_text("dear reader", encoding="utf-8")
    assert "no file of tensors" in said()
    torch.save({"generator": Foreign()}, path)
    assert "more than tensors" in said()
    path.write_bytes(pickle.dumps(Foreign(), protocol=2))
    assert "more than tensors" in said()
    torch.save({"generator": torch.rand(999)}, path)
    path.write_bytes(path.read_bytes()[:2000])
    assert "damaged" in said()
