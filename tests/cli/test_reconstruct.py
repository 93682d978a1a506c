"""``fomm-lite reconstruct``: clips redrawn, the broken left out."""

import json
import shutil
from pathlib import Path

import torch

from fomm_lite.cli import main as cli
from fomm_lite.media.read import probe, stream_frames
from fomm_lite.media.write import write_video

FRAMES = 5


def test_reconstruct_a_clip(desk, capsys):
    assert cli.main(["reconstruct", "driver.mp4", "--weights", "tiny", "--out", "new"]) == 0
    assert sorted(path.name for path in Path("new").iterdir()) == ["driver.mp4", "scores.json"]
    assert probe("new/driver.mp4").frames == FRAMES
    scores = json.loads(Path("new/scores.json").read_text(encoding="utf-8"))
    assert scores["total"] == scores["clips"]["driver"]
    assert scores["total"]["frames"] == FRAMES - 1
    assert f"{scores['total']['l1']:.4f}" in capsys.readouterr().out


def test_reconstruct_a_folder_of_clips_and_leave_out_the_broken(desk, capsys):
    Path("clips").mkdir()
    for name in ("driver.mp4", "wide.mp4", "text.mp4"):
        shutil.copy(name, f"clips/{name}")
    write_video("clips/driver.gif", torch.stack(list(stream_frames("driver.mp4"))), 10)
    assert cli.main(["reconstruct", "clips", "--weights", "tiny", "--out", "new", "--grid"]) == 0
    assert sorted(p.name for p in Path("new").iterdir()) == ["driver.mp4", "driver_mp4.mp4", "scores.json", "wide.mp4"]
    assert probe("new/wide.mp4").width > 700
    assert "left out text.mp4" in capsys.readouterr().err


def test_reconstruct_takes_a_folder_of_stills_as_one_clip(desk):
    assert cli.main(["reconstruct", "frames", "--weights", "tiny", "--out", "new"]) == 0
    assert probe("new/frames.mp4").frames == FRAMES
