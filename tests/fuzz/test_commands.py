"""Command lines that make no sense: an exit code and one line, and no file but what was asked for."""

import re
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.cli.main import main
from fomm_lite.media.write import write_image, write_video
from tests.fuzz.conftest import tries

ODD = st.sampled_from(
    (
        "", " ", "-", "--", "0", "-1", "1", "2.5", "nan", "inf", "1e309", "9" * 30, "true", "none", "auto", "cpu",
        "cuda:99", "faces", "lean", "vox-256", ".", "..", "/", "/dev/null", "/dev/zero", "/proc/self/mem", "a" * 300,
        "~nobody/x.png", "%d.webp", "x.mp4", "x.safetensors", "good.safetensors", "good.pth.tar", "good.yaml", "s.png",
        "d.mp4", "\U0001f642.png", "a\nb.png", "1,2,3,4", "0,0,-1,9", "00:00:01",
    )
)  # fmt: skip
OPTIONS = {
    "animate": "--source --driving --out --weights --absolute --adapt-scale --best-frame --device --start --end --box",
    "reconstruct": "--weights --out --device",
    "evaluate": "--world --data --json --device",
    "import": "--config --out",
    "train": "--world --data --config --recipe --start --resume --precision --augment --learning-rate --seed --grow",
    "export": "--out --size",
    "crop-video": "--out --size",
    "check-data": "",
}
# what keeps a command that makes sense after all from taking long
SHORT = {
    "train": ["--steps", "1", "--clips", "1", "--batch", "1", "--size", "32", "--out", "run", "--minutes", "0.001"]
}


@tries(60)
@given(data=st.data())
def test_command_lines(
    shelf: Path,
    tmp_path: Path,
    data: st.DataObject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("good.safetensors", "good.pth.tar", "good.yaml"):
        (tmp_path / name).write_bytes((shelf / name).read_bytes())
    write_image(tmp_path / "s.png", torch.rand(3, 32, 32))
    write_video(tmp_path / "d.mp4", torch.rand(2, 3, 32, 32), 10)
    monkeypatch.chdir(tmp_path)
    command = data.draw(st.sampled_from(sorted(OPTIONS)))
    arguments = [command, *data.draw(st.lists(ODD, max_size=1))]
    for option in data.draw(st.lists(st.sampled_from(OPTIONS[command].split() or ["--help"]), max_size=4)):
        arguments += [option, *data.draw(st.lists(ODD, min_size=1, max_size=1))]
    capsys.readouterr()
    code = main([*arguments, *SHORT.get(command, [])])
    said = capsys.readouterr().err
    assert code in (0, 1, 2)
    if code:
        lines = [line for line in re.split(r"[\r\n]+", said) if line.startswith("fomm-lite: ")]
        assert len(lines) == 1
        assert "Traceback" not in said
    assert not [path for path in tmp_path.rglob(".*") if path.is_dir()]  # drafts
