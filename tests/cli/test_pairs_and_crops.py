"""animate --data, crop-video, export and evaluate --judge, from the command line."""

import csv
import json
from pathlib import Path

import pytest
import torch

from fomm_lite import weights
from fomm_lite.cli import main as cli
from fomm_lite.evaluation.judges import Judge, save_judge
from fomm_lite.media.read import probe, read_image, stream_frames
from fomm_lite.media.write import write_image

FRAMES = 5


def pairs(*options: str, out: str = "new") -> int:
    return cli.main(["animate", "--data", "films", "--split", "all", "--weights", "tiny", "--out", out, *options])


def listed(folder: str) -> list[tuple[str, str, str]]:
    with Path(folder, "pairs.csv").open(newline="") as file:
        return [(row["source"], row["driving"], row["made"]) for row in csv.DictReader(file)]


def video(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


def test_listed_pairs_are_what_animating_them_one_by_one_gives(desk, capsys):
    Path("list.csv").write_text("source,driving\nwide.mp4,driver.mp4\nnobody.mp4,driver.mp4\ndriver,wide\n")
    assert pairs("--pairs", "list.csv", "--adapt-scale") == 0
    told = capsys.readouterr()
    assert "nobody.mp4" in told.err
    assert told.out == "wrote 2 videos and pairs.csv to new\n"
    assert listed("new") == [
        ("wide.mp4", "driver.mp4", "driver-wide.mp4"),
        ("driver.mp4", "wide.mp4", "wide-driver.mp4"),
    ]
    write_image("first.png", next(iter(stream_frames("films/wide.mp4", 32))))
    one = ["--weights", "tiny", "--adapt-scale", "--driving", "driver.mp4"]
    assert cli.main(["animate", "--source", "first.png", *one, "--out", "one.mp4"]) == 0
    assert float((video("one.mp4") - video("new/driver-wide.mp4")).abs().max()) < 0.05
    assert (probe("new/driver-wide.mp4").has_audio, probe("new/wide-driver.mp4").has_audio) == (True, False)
    assert probe("new/driver-wide.mp4").fps == 12.5


def test_drawn_pairs_depend_on_the_seed_and_can_be_listed_again(desk):
    assert pairs("--num-pairs", "2", "--seed", "1") == pairs("--num-pairs", "2", "--seed", "1", out="again") == 0
    assert listed("new") == listed("again") and len(listed("new")) == 2
    assert pairs("--pairs", "new/pairs.csv", "--absolute", out="third") == 0
    assert listed("third") == listed("new")
    made = listed("new")[0][2]
    assert float((video(f"new/{made}") - video(f"third/{made}")).abs().max()) > 0.1
    assert pairs(out="all") == 0
    assert len({made for _, _, made in listed("all")}) == 4


def test_pairs_as_pictures_and_as_grids(desk, capsys):
    assert pairs("--num-pairs", "1", "--png", "--grid") == 0
    ((_, _, made),) = listed("new")
    files = sorted(path.name for path in Path("new", made).iterdir())
    assert files == [f"{index:07d}.png" for index in range(FRAMES)]
    assert read_image(Path("new", made, files[0])).shape[2] > 700
    assert pairs("--num-pairs", "1", "--png") == 2
    assert "there already" in capsys.readouterr().err


def test_broken_clips_are_named_once_and_the_others_made(desk, capsys):
    Path("films/letter.mp4").write_text("this is a letter")
    assert pairs() == 0
    told = capsys.readouterr()
    assert told.err.count("left out letter.mp4") == 1
    assert "wrote 4 videos and pairs.csv to new, 5 left out" in told.out
    assert sorted(path.suffix for path in Path("new").iterdir()) == [".csv"] + 4 * [".mp4"]


def test_nothing_but_broken_clips_is_bad_input(desk, capsys):
    for path in Path("films").iterdir():
        path.write_text("a letter")
    assert pairs() == 2
    assert "none of which could be animated" in capsys.readouterr().err
    assert not Path("new").exists()


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
    Path("films/broken.gif").write_text("a letter")  # no reason to take the folder for one of stills
    Path("source.png").rename("films/a still.png")
    assert cli.main(["crop-video", "films", "--out", "new"]) == 0
    told = capsys.readouterr()
    assert sorted(path.name for path in Path("new").iterdir()) == ["driver.mp4", "wide.mp4"]
    assert all(f"left out {name}" in told.err for name in ("still.mp4", "broken.gif", "a still.png"))
    assert told.out.endswith("wrote 2 clips to new\n")


def test_evaluate_with_a_judge(desk, capsys):
    torch.manual_seed(0)
    save_judge(Judge(("a", "b")), "judge.safetensors")
    command = "evaluate tiny --data films --split all --json scores.json"
    assert cli.main([*command.split(), "--judge", "judge.safetensors"]) == 0
    assert "AED" in capsys.readouterr().out
    measures = json.loads(Path("scores.json").read_text())["measures"]
    assert measures["aed"] > 0 and measures["akd_floor"] is None
    assert cli.main(command.split()) == 0
    assert "--judge NAME|FILE" in capsys.readouterr().out
    assert json.loads(Path("scores.json").read_text())["measures"]["aed"] is None


def test_evaluate_on_a_world_asks_its_own_judge_unless_told_otherwise(desk, capsys, monkeypatch):
    torch.manual_seed(0)
    folder = weights.native.assets_folder()
    monkeypatch.setattr("fomm_lite.evaluation.judges.assets_folder", lambda: folder)
    save_judge(Judge(tuple(f"point {n}" for n in range(16))), folder / "weights" / "judge-faces.safetensors")
    command = "evaluate tiny --world faces --clips 1 --json scores.json"
    assert cli.main(command.split()) == 0
    numbers = json.loads(Path("scores.json").read_text())
    assert numbers["judge"] == "judge-faces" and numbers["measures"]["akd_floor"] > 0
    assert "true pictures: " in capsys.readouterr().out
    assert cli.main([*command.split(), "--judge", "none"]) == 0
    assert json.loads(Path("scores.json").read_text())["judge"] is None
    assert "tiny" in weights.shipped() and "judge-faces" not in weights.shipped()


def test_export_says_what_it_wrote_and_how_close_it_is(desk, capsys):
    pytest.importorskip("onnxruntime")
    assert cli.main("export tiny --out new".split()) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["wrote new/detector.onnx", "wrote new/generator.onnx"]
    assert all("32 px, at most " in line for line in said)


def test_export_without_the_extra_is_one_line(desk, capsys, monkeypatch):
    monkeypatch.setattr("fomm_lite.weights.onnx_export.importlib.util.find_spec", lambda _: None)
    assert cli.main("export tiny --out new".split()) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and "pip install 'fomm-lite[onnx]'" in told.err
    assert not Path("new").exists()
