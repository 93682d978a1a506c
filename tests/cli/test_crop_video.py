"""``fomm-lite crop-video``: where it moves, or where it is told to."""

from pathlib import Path

import torch

from fomm_lite.cli import main as cli
from fomm_lite.media.read import probe, stream_frames

FRAMES = 5


def video(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


def test_crop_video_finds_the_motion_keeps_rate_and_sound_and_says_the_box(desk, capsys):
    assert cli.main(["crop-video", "wide.mp4", "--print"]) == 0
    box = capsys.readouterr().out.strip()
    x, _, width, height = map(int, box.split(","))
    assert width == height <= 64 and x >= 60  # the left half of the clip is black
    assert cli.main(["crop-video", "driver.mp4", "--out", "new/crop.mp4", "--size", "48"]) == 0
    assert "driver.mp4: " in capsys.readouterr().out
    info = probe("new/crop.mp4")
    assert (info.width, info.height, info.fps, info.frames, info.has_audio) == (48, 48, 12.5, FRAMES, True)


def test_crop_video_cuts_the_given_box(desk, capsys):
    assert cli.main("crop-video wide.mp4 --box 64,0,64,64 --size 64 --out right.mkv --no-audio".split()) == 0
    assert float((video("right.mkv") - video("wide.mp4")[..., 64:]).abs().mean()) < 0.02
    assert cli.main("crop-video wide.mp4 --box=-10,10,40,30 --size 40 --out left.mkv".split()) == 0
    assert "-10,5,40,40" in capsys.readouterr().out


def test_crop_video_takes_a_folder_and_passes_over_what_does_not_move(desk, capsys):
    Path("still.mp4").rename("films/still.mp4")
    Path("films/broken.gif").write_text("a letter", encoding="utf-8")  # no reason to take the folder for one of stills
    Path("source.png").rename("films/a still.png")
    assert cli.main(["crop-video", "films", "--out", "new"]) == 0
    told = capsys.readouterr()
    assert sorted(path.name for path in Path("new").iterdir()) == ["driver.mp4", "wide.mp4"]
    assert all(f"left out {name}" in told.err for name in ("still.mp4", "broken.gif", "a still.png"))
    assert told.out.endswith("wrote 2 clips to new\n")
