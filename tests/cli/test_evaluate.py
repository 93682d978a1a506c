"""``fomm-lite evaluate``: worlds, folders, judges."""

import json
import shutil
from pathlib import Path

import torch

from fomm_lite import weights
from fomm_lite.cli import main as cli
from fomm_lite.evaluation.judges import Judge, save_judge
from fomm_lite.media.read import read_image
from fomm_lite.worlds import faces


def test_evaluate_on_a_world(desk, capsys):
    assert cli.main("evaluate tiny --world faces --clips 2 --json new/faces.json".split()) == 0
    numbers = json.loads(Path("new/faces.json").read_text(encoding="utf-8"))
    assert numbers["size"] == 32
    assert numbers["names"] == ["faces 2", "faces 5"]
    assert numbers["truth"]["identity_error"] > 0.2
    table = capsys.readouterr().out
    assert f"{numbers['total']['ratio']:.3f}" in table
    assert "deformation error" in table


def test_figures_that_do_the_motion_of_others_are_another_test(desk):
    command = "evaluate tiny --world faces --clips 2 --json"
    assert cli.main([*command.split(), "own.json"]) == 0
    assert cli.main([*command.split(), "cross.json", "--cross"]) == 0
    own, cross = (json.loads(Path(name).read_text(encoding="utf-8")) for name in ("own.json", "cross.json"))
    assert cross["names"] == ["faces 2 as 5", "faces 5 as 2"]
    assert (own["cross"], cross["cross"]) == (False, True)
    assert cross["total"]["l1"] != own["total"]["l1"]
    assert own["expression"] is not None and cross["expression"] is not None


def test_a_page_shows_clips_from_best_to_worst(desk):
    assert cli.main("evaluate tiny --world faces --clips 3 --page new/page.png".split()) == 0
    _, height, width = read_image("new/page.png").shape
    assert height > 100 and width > 100


def test_cross_and_page_are_refused_where_they_say_nothing(desk, capsys):
    for wrong, said in (("--data data --cross", "--world"), ("--world faces --cross --page a.png", "one of the two")):
        assert cli.main(["evaluate", "tiny", *wrong.split()]) == 2
        assert said in capsys.readouterr().err
    assert not Path("a.png").exists()


def test_evaluate_on_a_folder_and_a_split_of_it(desk, capsys):
    for part, name in (("train", "driver.mp4"), ("test", "wide.mp4"), ("test", "text.mp4")):
        Path("data", part).mkdir(parents=True, exist_ok=True)
        shutil.copy(name, f"data/{part}/{name}")
    counts = {}
    for split in ("train", "test", "all"):
        assert cli.main(["evaluate", "tiny", "--data", "data", "--split", split, "--json", "scores.json"]) == 0
        counts[split] = json.loads(Path("scores.json").read_text(encoding="utf-8"))["names"]
    assert counts == {"train": ["driver"], "test": ["wide"], "all": ["driver", "wide"]}
    assert "left out text.mp4" in capsys.readouterr().err
    assert cli.main("evaluate tiny --data data --split all --clips 1 --size 64 --json scores.json".split()) == 0
    numbers = json.loads(Path("scores.json").read_text(encoding="utf-8"))
    assert (numbers["names"], numbers["size"], numbers["truth"]) == (["driver"], 64, None)


def test_evaluate_with_a_judge(desk, capsys):
    torch.manual_seed(0)
    save_judge(Judge(("a", "b")), "judge.safetensors")
    command = "evaluate tiny --data films --split all --json scores.json"
    assert cli.main([*command.split(), "--judge", "judge.safetensors"]) == 0
    assert "AED" in capsys.readouterr().out
    measures = json.loads(Path("scores.json").read_text(encoding="utf-8"))["measures"]
    assert measures["aed"] > 0 and measures["akd_floor"] is None
    assert cli.main(command.split()) == 0
    assert "--judge NAME|FILE" in capsys.readouterr().out
    assert json.loads(Path("scores.json").read_text(encoding="utf-8"))["measures"]["aed"] is None


def test_evaluate_on_a_world_asks_its_own_judge_unless_told_otherwise(desk, capsys, monkeypatch):
    torch.manual_seed(0)
    folder = weights.native.assets_folder()
    monkeypatch.setattr("fomm_lite.evaluation.judges.assets_folder", lambda: folder)
    save_judge(Judge(faces(0, frames=1, size=16).landmark_names), folder / "weights" / "judge-faces.safetensors")
    command = "evaluate tiny --world faces --clips 1 --json scores.json"
    assert cli.main(command.split()) == 0
    numbers = json.loads(Path("scores.json").read_text(encoding="utf-8"))
    assert numbers["judge"] == "judge-faces" and numbers["measures"]["akd_floor"] > 0
    assert "true pictures: " in capsys.readouterr().out
    assert cli.main([*command.split(), "--judge", "none"]) == 0
    assert json.loads(Path("scores.json").read_text(encoding="utf-8"))["judge"] is None
    assert "tiny" in weights.shipped() and "judge-faces" not in weights.shipped()
