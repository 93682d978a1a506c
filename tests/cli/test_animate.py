"""``fomm-lite animate``: every option does what it says."""

import shutil

import pytest
import torch

from fomm_lite import weights
from fomm_lite.cli import animate as animate_module
from fomm_lite.cli import main as cli
from fomm_lite.cli import options
from fomm_lite.media.read import probe, read_image, stream_frames
from fomm_lite.media.write import write_video

FRAMES = 5


def animate(*options: str, out: str = "out.mp4", source: str = "source.png", driving: str = "driver.mp4") -> int:
    return cli.main(["animate", "--source", source, "--driving", driving, "--weights", "tiny", "--out", out, *options])


def video(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


def differ(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).abs().max())


def test_animate_writes_a_video_like_the_driver(desk, capsys):
    assert animate() == 0
    info, driver = probe("out.mp4"), probe("driver.mp4")
    assert (info.width, info.height, info.frames) == (32, 32, FRAMES)
    assert info.fps == driver.fps == 12.5
    assert info.has_audio
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert f"wrote out.mp4: {FRAMES} frames, 0.4 s at 12.5 frames/s" in said


def test_animate_without_options_uses_what_is_shipped(desk, monkeypatch):
    shipped = {animate_module.DEFAULT_SOURCE: desk / "source.png", animate_module.DEFAULT_DRIVING: desk / "driver.mp4"}
    monkeypatch.setattr(animate_module, "asset", lambda name: shipped[name])
    shutil.move(
        weights.find("tiny"), weights.native.assets_folder() / "weights" / f"{options.DEFAULT_WEIGHTS}.safetensors"
    )
    assert cli.main(["animate"]) == 0
    assert probe(animate_module.DEFAULT_VIDEO).frames == FRAMES


@pytest.mark.parametrize("option", [["--absolute"], ["--adapt-scale"], ["--best-frame", "3"]])
def test_options_of_transfer_change_the_frames(desk, option):
    fixed = {"source": "wide.png"}  # its shape is another than the driver's
    assert animate(out="out.apng", **fixed) == 0
    assert animate(*option, out="other.apng", **fixed) == 0
    assert differ(video("out.apng"), video("other.apng")) > 0.02


def test_the_best_frame_shows_the_source_as_the_first_frame_does_otherwise(desk):
    # without loss: what differs is the motion, not the codec, which does not make the same small film twice
    assert animate(out="out.apng") == animate("--best-frame", "3", out="best.apng") == 0
    assert animate("--best-frame", "0", out="zero.apng") == 0
    usual, best = video("out.apng"), video("best.apng")
    assert differ(usual, video("zero.apng")) == 0
    assert differ(usual[0], best[3]) < 0.15 < differ(usual[0], best[0])


def test_the_best_frame_can_be_found(desk, capsys):
    frames = [read_image(f"frames/{name}.png", 32) for name in (0, 3, 1)]
    write_video("search.apng", torch.stack(frames), 10)  # without loss, so that the second is the source itself
    assert animate("--best-frame", "auto", source="frames/3.png", driving="search.apng") == 0
    assert "best frame: 1" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "sound"), [("--audio", True), ("--no-audio", False)])
def test_sound_is_kept_or_dropped(desk, option, sound):
    assert animate(option) == 0
    assert probe("out.mp4").has_audio is sound


def test_the_grid_is_wider_and_as_long(desk):
    assert animate("--grid") == 0
    info = probe("out.mp4")
    assert info.width > 700
    assert info.frames == FRAMES


def test_fit_keeps_what_a_cut_loses(desk):
    assert animate(source="wide.png", driving="wide.mp4") == 0
    assert animate("--fit", source="wide.png", driving="wide.mp4", out="fit.mp4") == 0
    assert differ(video("out.mp4"), video("fit.mp4")) > 0.2


def test_the_size_is_that_of_the_weights_or_what_is_asked_for(desk):
    assert animate("--size", "64") == 0
    assert probe("out.mp4").width == 64
    weights.save(weights.load_model("tiny"), "unsized.safetensors")
    assert animate("--weights", "unsized.safetensors", out="usual.mp4") == 0
    assert probe("usual.mp4").width == 256


def test_the_batch_changes_nothing(desk):
    assert animate("--batch", "1") == animate("--batch", "5", out="five.mp4") == 0
    assert differ(video("out.mp4"), video("five.mp4")) < 0.02


def test_the_device_can_be_named(desk):
    assert animate("--device", "cpu") == 0


@pytest.mark.parametrize("name", ["out.gif", "out.webp", "new/folder/out.mkv"])
def test_other_formats_and_new_folders(desk, name):
    assert animate(out=name) == 0
    assert probe(name).frames == FRAMES


def test_a_folder_of_frames_drives(desk):
    assert animate(driving="frames") == 0
    assert probe("out.mp4").frames == FRAMES
