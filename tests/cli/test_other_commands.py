"""reconstruct, evaluate, import and course."""

import json
import re
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from fomm_lite import weights
from fomm_lite.cli import course as course_module
from fomm_lite.cli import main as cli
from fomm_lite.config import ModelConfig
from fomm_lite.media.read import probe, stream_frames
from fomm_lite.media.write import write_video
from fomm_lite.model import FirstOrderModel

FRAMES = 5


def video(path: str) -> torch.Tensor:
    return torch.stack(list(stream_frames(path)))


def test_reconstruct_a_clip(desk, capsys):
    assert cli.main(["reconstruct", "driver.mp4", "--weights", "tiny", "--out", "new"]) == 0
    assert sorted(path.name for path in Path("new").iterdir()) == ["driver.mp4", "scores.json"]
    assert probe("new/driver.mp4").frames == FRAMES
    scores = json.loads(Path("new/scores.json").read_text())
    assert scores["total"] == scores["clips"]["driver"]
    assert scores["total"]["frames"] == FRAMES - 1
    assert f"{scores['total']['l1']:.4f}" in capsys.readouterr().out


def test_reconstruct_a_folder_of_clips_and_leave_out_the_broken(desk, capsys):
    Path("clips").mkdir()
    for name in ("driver.mp4", "wide.mp4", "text.mp4"):
        shutil.copy(name, f"clips/{name}")
    write_video("clips/driver.gif", video("driver.mp4"), 10)
    assert cli.main(["reconstruct", "clips", "--weights", "tiny", "--out", "new", "--grid"]) == 0
    assert sorted(p.name for p in Path("new").iterdir()) == ["driver.mp4", "driver_mp4.mp4", "scores.json", "wide.mp4"]
    assert probe("new/wide.mp4").width > 700
    assert "left out text.mp4" in capsys.readouterr().err


def test_reconstruct_takes_a_folder_of_stills_as_one_clip(desk):
    assert cli.main(["reconstruct", "frames", "--weights", "tiny", "--out", "new"]) == 0
    assert probe("new/frames.mp4").frames == FRAMES


def test_evaluate_on_a_world(desk, capsys):
    assert cli.main("evaluate tiny --world faces --clips 2 --json new/faces.json".split()) == 0
    numbers = json.loads(Path("new/faces.json").read_text())
    assert numbers["size"] == 32
    assert numbers["names"] == ["faces 2", "faces 5"]
    assert numbers["truth"]["identity_error"] > 0.2
    table = capsys.readouterr().out
    assert f"{numbers['total']['ratio']:.3f}" in table
    assert "deformation error" in table


def test_evaluate_on_a_folder_and_a_split_of_it(desk, capsys):
    for part, name in (("train", "driver.mp4"), ("test", "wide.mp4"), ("test", "text.mp4")):
        Path("data", part).mkdir(parents=True, exist_ok=True)
        shutil.copy(name, f"data/{part}/{name}")
    counts = {}
    for split in ("train", "test", "all"):
        assert cli.main(["evaluate", "tiny", "--data", "data", "--split", split, "--json", "scores.json"]) == 0
        counts[split] = json.loads(Path("scores.json").read_text())["names"]
    assert counts == {"train": ["driver"], "test": ["wide"], "all": ["driver", "wide"]}
    assert "left out text.mp4" in capsys.readouterr().err
    assert cli.main("evaluate tiny --data data --split all --clips 1 --size 64 --json scores.json".split()) == 0
    numbers = json.loads(Path("scores.json").read_text())
    assert (numbers["names"], numbers["size"], numbers["truth"]) == (["driver"], 64, None)


OFFICIAL = {
    "dataset_params": {"frame_shape": [64, 64, 3]},
    "model_params": {
        "common_params": {"num_kp": 2, "num_channels": 3, "estimate_jacobian": True},
        "kp_detector_params": {"temperature": 0.1, "block_expansion": 4, "max_features": 8, "num_blocks": 2},
        "generator_params": {
            "block_expansion": 4,
            "max_features": 8,
            "num_down_blocks": 2,
            "num_bottleneck_blocks": 1,
            "estimate_occlusion_map": True,
            "dense_motion_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2},
        },
    },
}


def official_names(model: FirstOrderModel) -> dict[str, dict[str, torch.Tensor]]:
    """A state of ours as the original would have saved it."""
    rules = (
        (r"detector\.hourglass\.(down|up)", lambda m: f"predictor.{'en' if m[1] == 'down' else 'de'}coder.{m[1]}"),
        (r"detector\.confidence_head", "kp"),
        (r"detector\.jacobian_head", "jacobian"),
        (
            r"dense_motion\.hourglass\.(down|up)",
            lambda m: f"dense_motion_network.hourglass.{'en' if m[1] == 'down' else 'de'}coder.{m[1]}",
        ),
        (r"dense_motion\.(mask|occlusion)_head", r"dense_motion_network.\1"),
        (r"generator\.bottleneck\.", "bottleneck.r"),
        (r"generator\.", ""),
    )
    states: dict[str, dict[str, torch.Tensor]] = {"kp_detector": {}, "generator": {}}
    for name, tensor in model.state_dict().items():
        pattern, replacement = next(rule for rule in rules if re.match(rule[0], name))
        part = "kp_detector" if name.startswith("detector") else "generator"
        states[part][re.sub(pattern, replacement, name, count=1)] = tensor
    return states


def test_import_an_official_checkpoint(desk, capsys):
    original = FirstOrderModel(ModelConfig.from_official(OFFICIAL["model_params"])).eval()
    torch.save(official_names(original), "official.pth.tar")
    Path("official.yaml").write_text(yaml.safe_dump(OFFICIAL))
    command = ["import", "official.pth.tar", "--config", "official.yaml", "--out", "new/official.safetensors"]
    assert cli.main(command) == 0
    assert "2 keypoints" in capsys.readouterr().out
    imported, picture = weights.load_model("new/official.safetensors"), torch.rand(1, 3, 64, 64)
    assert torch.equal(imported.detect(picture).positions, original.detect(picture).positions)
    assert weights.read_header("new/official.safetensors")[1]["size"] == 64
    animate = ["animate", "--source", "source.png", "--driving", "driver.mp4", "--weights", "new/official.safetensors"]
    assert cli.main([*animate, "--out", "out.mp4"]) == 0
    assert probe("out.mp4").width == 64


@pytest.fixture
def notebooks(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "notebooks"
    for name in ("00_start.ipynb", "solutions/00_start.ipynb", ".ipynb_checkpoints/00_start.ipynb", "out/old.mp4"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.setattr(course_module, "notebooks_folder", lambda: folder)
    return folder


def test_the_course_is_copied_and_own_changes_are_kept(notebooks, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["course", "--no-open"]) == 0
    there = cli.DEFAULT_COURSE
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*.*")) == [
        "00_start.ipynb",
        "solutions/00_start.ipynb",
    ]
    (there / "00_start.ipynb").write_text("my own work")
    (there / "solutions" / "00_start.ipynb").unlink()
    capsys.readouterr()
    assert cli.main(["course", str(there), "--no-open"]) == 0
    assert (there / "00_start.ipynb").read_text() == "my own work"
    assert (there / "solutions" / "00_start.ipynb").read_text() == "solutions/00_start.ipynb"
    said = capsys.readouterr().out
    assert "1 files copied" in said
    assert "kept your own 00_start.ipynb;" in said


def test_the_course_opens_jupyterlab_there(notebooks, tmp_path, monkeypatch):
    started = []

    class Server:
        def __init__(self, command: list[str]) -> None:
            started.append(command)
            self.answers = iter([KeyboardInterrupt(), 7])

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def wait(self) -> int:
            answer = next(self.answers)
            if isinstance(answer, KeyboardInterrupt):
                raise answer  # JupyterLab gets Ctrl-C too and asks back: we go on waiting
            return answer

    monkeypatch.setattr(course_module.subprocess, "Popen", Server)
    assert cli.main(["course", str(tmp_path / "mine")]) == 7
    assert started[0][1:4] == ["-m", "jupyterlab", str(tmp_path / "mine")]


def test_without_jupyterlab_the_course_says_how_to_get_it(notebooks, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(course_module.importlib.util, "find_spec", lambda _: None)
    assert cli.main(["course", str(tmp_path / "mine")]) == 2
    assert "pip install 'fomm-lite[course]'" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()


def test_a_course_cannot_go_where_a_file_is(notebooks, tmp_path, capsys):
    (tmp_path / "mine").write_text("a file")
    assert cli.main(["course", str(tmp_path / "mine"), "--no-open"]) == 2
    assert "mine" in capsys.readouterr().err
