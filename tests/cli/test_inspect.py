"""What made films show of themselves, and what ``fomm-lite inspect`` finds of it."""

import json
from pathlib import Path

import pytest
import torch

from fomm_lite import __version__
from fomm_lite.cli import main as cli
from fomm_lite.media.read import stream_frames
from fomm_lite.media.statement import read_statement
from fomm_lite.media.write import write_video
from fomm_lite.worlds import faces

SHORT = "animate --source source.png --driving driver.mp4 --weights tiny --no-audio --size 64"


def frames(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_an_animation_says_that_it_is_one_and_how_it_was_made(desk, capsys, suffix):
    place = desk / "driver.mp4"
    assert cli.main([*SHORT.replace("driver.mp4", str(place)).split(), "--absolute", "--out", f"a.{suffix}"]) == 0
    told = read_statement(f"a.{suffix}")
    assert told["synthetic"] and told["made_by"] == f"fomm-lite {__version__}"
    assert told["how"] == {
        "command": "animate", "weights": "tiny", "source": "source.png", "driving": "driver.mp4", "absolute": True,
        "adapt_scale": False, "size": 64, "label": False, "watermark": False,
    }  # fmt: skip
    assert str(desk) not in json.dumps(told)
    capsys.readouterr()
    assert cli.main(["inspect", f"a.{suffix}"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[1] == f"says it is synthetic, made by fomm-lite {__version__}"
    assert "  driving: driver.mp4\n" in shown and "watermark of" not in shown


def test_films_of_other_commands_say_it_too_and_recorded_ones_do_not(desk, capsys):
    assert cli.main("reconstruct driver.mp4 --weights tiny --out redrawn".split()) == 0
    assert read_statement("redrawn/driver.mp4")["how"]["command"] == "reconstruct"
    assert cli.main("animate-pairs --data films --split all --num-pairs 1 --weights tiny --out pairs".split()) == 0
    assert read_statement(next(Path("pairs").glob("*.mp4")))["how"]["command"] == "animate-pairs"
    capsys.readouterr()
    assert cli.main(["inspect", "driver.mp4"]) == 0
    assert "says nothing about how it was made" in capsys.readouterr().out


def test_a_label_is_drawn_into_the_corner_and_nowhere_else(desk):
    assert cli.main([*SHORT.split(), "--out", "plain.apng"]) == 0
    assert cli.main([*SHORT.split(), "--label", "--out", "labelled.apng"]) == 0
    plain, labelled = frames("plain.apng"), frames("labelled.apng")
    differs = (plain != labelled).any(1).any(0)
    assert differs[-13:, :20].float().mean() > 0.5
    assert not differs[:-14].any()
    corner = labelled[0, :, -13:, :60]
    assert corner.max() > 0.9 and corner.min() < 0.4  # dark on light
    assert torch.equal(labelled[0, :, -13:, :20], labelled[1, :, -13:, :20])


def test_a_watermark_is_found_by_its_key_only(desk, capsys):
    clip = faces(3, frames=8, size=128).frames
    write_video("driver.mp4", clip, 10)
    command = SHORT.replace("--size 64", "--size 128").split()
    assert cli.main([*command, "--watermark", "mine", "--out", "marked.mp4"]) == 0
    assert cli.main([*command, "--out", "plain.mp4"]) == 0
    assert "mine" not in json.dumps(read_statement("marked.mp4"))
    for film, key, verdict in (
        ("marked", "mine", "found"),
        ("marked", "yours", "not found"),
        ("plain", "mine", "not found"),
    ):
        capsys.readouterr()
        assert cli.main(["inspect", f"{film}.mp4", "--watermark", key]) == 0
        assert f"watermark of this key: {verdict} (score" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["inspect", "nowhere.mp4"], "does not exist"),
        (["inspect", "text.mp4"], "no picture and no video"),
        (["inspect", "driver.mp4", "--watermark", ""], "got an empty key"),
        ([*SHORT.split(), "--watermark", "", "--out", "a.mp4"], "got an empty key"),
    ],
)
def test_bad_input_is_one_line(desk, capsys, arguments, message):
    assert cli.main(arguments) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert not Path("a.mp4").exists()
