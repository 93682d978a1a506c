"""Whole files or none."""

import os
import stat
from pathlib import Path

import pytest

from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole


def test_an_interrupted_write_leaves_the_older_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), written_whole(target) as draft:
        draft.write_text("ha", encoding="utf-8")
        raise KeyboardInterrupt
    assert target.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_others_may_read_what_they_may_read_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("", encoding="utf-8")
    with written_whole(tmp_path / "whole") as draft:
        draft.write_text("", encoding="utf-8")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "whole")]
    assert modes[0] == modes[1]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot|can be written"), written_whole(tmp_path / "file" / "a.txt"):
        raise AssertionError("the block must not be entered")
