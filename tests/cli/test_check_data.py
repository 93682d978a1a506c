"""check-data, called as the command line calls it."""

from pathlib import Path

import pytest
from PIL import Image

from fomm_lite.cli.check_data import check_data
from fomm_lite.errors import InputError


def test_prints_the_report(tmp_path, capsys):
    for number in range(5):
        Image.new("RGB", (96, 32)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.gif").touch()
    check_data(tmp_path, size=32, every_frame=True)
    said = capsys.readouterr().out
    assert "32x32 (5)" in said
    assert "broken.gif: got" in said
    assert "few clips to train on (4)" in said


def test_a_folder_without_a_usable_clip_is_bad_input(tmp_path: Path, capsys):
    (tmp_path / "broken.gif").touch()
    with pytest.raises(InputError, match="without a usable clip"):
        check_data(tmp_path, size=32, every_frame=False)
    assert "an empty file" in capsys.readouterr().out
