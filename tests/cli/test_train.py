"""``fomm-lite train`` from the command line: what it leaves, what it says, how it goes on."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from fomm_lite.cli import main as cli
from fomm_lite.cli import train as module
from fomm_lite.media.write import write_video
from fomm_lite.weights import read_header
from fomm_lite.worlds import faces
from tests.cli.small import TINY


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a small architecture and two clips in the official layout."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "HELD_OUT_CLIPS", 2)
    Path("tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    for part, seed in (("train", 0), ("test", 1)):
        write_video(Path("clips") / part / "face.mp4", faces(seed, frames=4, size=32).frames, 10)
    (Path("clips") / "train" / "letter.mp4").write_text("not a film", encoding="utf-8")
    return tmp_path


def train(*options: str) -> int:
    return cli.main(["train", "--config", "tiny.yaml", "--size", "16", "--batch", "2", *options])


def test_a_world_gives_weights_that_say_where_they_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--world", "faces", "--steps", "2", "--clips", "3", "--keypoints", "5") == 0
    said = capsys.readouterr().out
    assert "of copying the source" in said
    assert "fomm-lite animate --weights" in said
    config, about = read_header("runs/faces-16/model.safetensors")
    assert config.num_keypoints == 5
    assert about["steps"] == 2
    assert about["finished"]
    assert 0 < about["held_out_l1_ratio"] < 10


def test_the_speaking_preset_brings_its_recipe_and_takes_over_the_weights_of_lean() -> None:
    short = ("--world", "faces", "--size", "64", "--batch", "2", "--steps", "1", "--clips", "2", "--keypoints", "3")
    assert cli.main(["train", "--config", "lean", "--out", "lean", *short]) == 0
    start = ("--start", "lean/model.safetensors")
    assert cli.main(["train", "--config", "speaking", "--out", "speaking", *start, *short]) == 0
    config, about = read_header("speaking/model.safetensors")
    assert config.generator.motion_features and config.generator.deep_norm and config.detector_unshuffle == 2
    assert config.generator.fine_block and config.keypoint_embedding and config.motion_shuffle == 2
    assert about["training"]["lively"] > 0 and about["training"]["average"] > 0
    assert about["training"]["weights"]["expression"] > 0
    (line,) = Path("speaking/log.jsonl").read_text(encoding="utf-8").splitlines()
    assert 0 < json.loads(line)["expression"] < 1


@pytest.mark.parametrize("clips", [("--world", "puppets", "--clips", "2"), ("--data", "clips")], ids=str)
def test_where_nobody_says_where_mouths_are_the_speaking_preset_does_without(clips: tuple[str, ...]) -> None:
    assert train("--config", "speaking", "--steps", "1", "--size", "64", "--out", "run", *clips) == 0
    training = read_header("run/model.safetensors")[1]["training"]
    assert training["weights"]["expression"] == 0 < training["weights"]["hidden"]
    assert (training["lively"] > 0) == (clips[0] == "--world")


def test_a_folder_is_read_and_its_broken_clip_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data", "clips", "--steps", "1", "--out", "run") == 0
    assert "letter.mp4" in capsys.readouterr().err
    assert sorted(path.name for path in Path("run").iterdir()) == [
        ".lock",
        "checkpoint.pt",
        "log.jsonl",
        "model.safetensors",
        "samples",
    ]


def test_resume_goes_on_and_a_second_start_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--world", "puppets", "--clips", "3", "--out", "run")
    assert train(*options, "--steps", "1") == 0
    assert train(*options, "--steps", "2") == 2
    assert "--resume" in capsys.readouterr().err
    assert train(*options, "--steps", "2", "--resume") == 0
    assert read_header("run/model.safetensors")[1]["steps"] == 2


BEGUN = (
    "--world", "puppets", "--clips", "3", "--keypoints", "4", "--seed", "5", "--learning-rate", "0.01",
    "--grow", "0.5", "--size", "32", "--steps", "1", "--out", "run",
)  # fmt: skip


def test_a_run_goes_on_as_it_was_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert train(*BEGUN) == 0
    begun = read_header("run/model.safetensors")
    assert begun[1]["run"]["world"] == "puppets" and begun[1]["training"]["grow"] == [0.5]
    assert cli.main("train --resume --out run".split()) == 0
    assert "the run in run was finished" in capsys.readouterr().err
    assert cli.main("train --resume --out run --steps 2 --workers 0".split()) == 0
    assert "finished" not in capsys.readouterr().err
    config, about = read_header("run/model.safetensors")
    assert (config, about["steps"], about["data"]) == (begun[0], 2, "puppets world, 3 clips")
    assert about["training"] == begun[1]["training"] | {"steps": 2}
    assert train(*BEGUN, "--resume", "--minutes", "0.001", "--precision", "no") == 0


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--world faces", "got --world faces; expected --world puppets, as the run in run has; leave it out"),
        ("--data clips", "got --data clips; expected no --data, as the run in run has"),
        ("--clips 4", "got --clips 4; expected --clips 3,"),
        ("--config lean", "got --config lean; expected --config tiny.yaml,"),
        ("--recipe vox-256", "got --recipe vox-256; expected --recipe tiny.yaml,"),
        ("--start tiny.safetensors", "got --start tiny.safetensors; expected no --start,"),
        ("--keypoints 5", "got num_keypoints = 5; expected 4,"),
        ("--seed 6", "got seed = 6; expected 5,"),
        ("--batch 4", "got batch_size = 4; expected 2,"),
        ("--learning-rate 0.02", "got learning_rate = 0.02; expected 0.01,"),
        ("--size 64", "got size = 64; expected 32,"),
        ("--grow 0.4", "got grow = (0.4,); expected (0.5,),"),
        ("--augment vox-256", "got augmentation.brightness = 0.1; expected 0.0,"),
    ],
)
def test_a_run_does_not_go_on_as_another(
    option: str, message: str, begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (begun / "checkpoint.pt").read_bytes()
    assert cli.main(["train", "--resume", "--out", "run", "--steps", "2", *option.split()]) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
    assert (begun / "checkpoint.pt").read_bytes() == before


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was begun, made once."""
    folder = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(module, "HELD_OUT_CLIPS", 1)
        Path("tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
        assert train(*BEGUN) == 0
    return folder / "run"


@pytest.fixture
def begun(shelf: Path, desk: Path) -> Path:
    """That run, in the working folder."""
    shutil.copytree(shelf, desk / "run")
    return desk / "run"


def test_a_moved_folder_of_clips_is_known_again_and_other_clips_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data", "clips", "--steps", "1", "--out", "run") == 0
    Path("clips").rename("moved")
    assert cli.main("train --resume --out run --steps 2".split()) == 2
    assert "got clips, which is no folder" in capsys.readouterr().err
    assert cli.main("train --resume --out run --data moved --steps 2".split()) == 0
    (Path("moved") / "train" / "face.mp4").rename("moved/train/other.mp4")
    capsys.readouterr()
    assert cli.main("train --resume --out run --data moved --steps 3".split()) == 2
    assert "got other clips in moved (1); expected those that the run in run had" in capsys.readouterr().err


OFFICIAL = {
    "dataset_params": {"frame_shape": [32, 32, 3], "id_sampling": True, "augmentation_params": {}},
    "model_params": {
        "common_params": {"num_kp": 3, "num_channels": 3, "estimate_jacobian": True},
        "kp_detector_params": {
            "temperature": 0.1, "block_expansion": 4, "max_features": 8, "num_blocks": 2, "scale_factor": 0.5,
        },
        "generator_params": {
            "block_expansion": 4, "max_features": 8, "num_down_blocks": 1, "num_bottleneck_blocks": 1,
            "estimate_occlusion_map": True,
            "dense_motion_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2, "scale_factor": 0.5},
        },
        "discriminator_params": {
            "scales": [1], "block_expansion": 4, "max_features": 8, "num_blocks": 2, "use_kp": True,
        },
    },
    "train_params": {
        "num_epochs": 3, "num_repeats": 4, "epoch_milestones": [1], "lr_generator": 0.001, "lr_discriminator": 0.001,
        "lr_kp_detector": 0, "batch_size": 2, "scales": [1], "checkpoint_freq": 1,
        "transform_params": {"sigma_affine": 0.05, "sigma_tps": 0.005, "points_tps": 4},
        "loss_weights": {
            "generator_gan": 1, "discriminator_gan": 1, "feature_matching": [10, 10], "perceptual": [0, 0, 0, 0, 0],
            "equivariance_value": 10, "equivariance_jacobian": 10,
        },
    },
}  # fmt: skip


def test_an_official_file_brings_architecture_and_recipe(capsys: pytest.CaptureFixture[str]) -> None:
    Path("official.yaml").write_text(yaml.safe_dump(OFFICIAL), encoding="utf-8")
    assert cli.main("train --world faces --clips 3 --config official.yaml --out run".split()) == 0
    assert "untrained: add --start" in capsys.readouterr().err
    config, about = read_header("run/model.safetensors")
    training = about["training"]
    assert (config.num_keypoints, about["size"]) == (3, 32)
    assert about["steps"] == 3 * (3 * 4 // 2)
    assert (training["detector_learning_rate"], training["points_tps"], training["warm_up"]) == (0, 4, 0)
    assert training["milestones"] == [1 / 3]
    assert "discriminator" in torch.load("run/checkpoint.pt", weights_only=True)
    lines = [json.loads(line) for line in Path("run/log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == [6, 12, 18, 18]
    assert {"generator_gan", "feature_matching", "discriminator_gan"} <= lines[-1].keys()


def test_options_override_the_recipe_and_weights_can_be_started_from(capsys: pytest.CaptureFixture[str]) -> None:
    Path("official.yaml").write_text(yaml.safe_dump(OFFICIAL), encoding="utf-8")
    base = "train --world faces --clips 3 --config official.yaml"
    assert cli.main(f"{base} --steps 2 --batch 3 --learning-rate 0.01 --size 64 --out run".split()) == 0
    about = read_header("run/model.safetensors")[1]
    training = about["training"]
    assert (about["steps"], about["size"], training["batch_size"], training["learning_rate"]) == (2, 64, 3, 0.01)
    assert cli.main(f"{base} --recipe lean --start run/model.safetensors --steps 1 --size 32 --out next".split()) == 0
    assert read_header("next/model.safetensors")[1]["training"]["weights"]["warp"] == 1.0
    assert cli.main("train --world faces --config tiny.yaml --start run/model.safetensors --out third".split()) == 2
    assert "another architecture" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--world", "faces", "--config", "lr.yaml"), "lr_generator = '1e-3' in 'train_params'"),
        (("--world", "faces", "--config", "word.yaml"), "model_params = 3"),
        (("--world", "faces", "--recipe", "nothing"), "nothing"),
        (("--world", "faces", "--recipe", "nemo-256", "--vgg", "no.pth", "--steps", "1"), "no.pth"),
        (("--data", "hollow"), "hollow"),
        (("--world", "faces", "--clips", "0"), "--clips 0"),
        (("--data", "clips", "--clips", "3"), "--clips with --data"),
        (("--world", "faces", "--steps", "0"), "use steps = 1"),
        (
            ("--world", "faces", "--grow", "5"),
            "got grow = (5.0,); expected a number above 0 and below 1; use grow = (0.5,)",
        ),
        (("--world", "faces", "--keypoints", "0"), "use num_keypoints = 1"),
        (("--world", "faces", "--seed", "-1"), "use seed = 0"),
        (("--world", "faces", "--workers", "-1"), "use workers = 0"),
        (("--world", "faces", "--checkpoint-minutes", "nan"), "use checkpoint_minutes = 1.0"),
        (("--world", "faces", "--minutes", "inf"), "use minutes = 1.0"),
        (("--world", "faces", "--resume"), "expected the folder of an earlier run"),
        (("--world", "faces", "--minutes", "0"), "minutes"),
        (("--world", "faces", "--size", "24"), "multiple of 16"),
        (("--world", "faces", "--precision", "fp7"), "precision"),
        (("--data", "nowhere"), "nowhere"),
        (("--data", "clips", "--learning-rate", "-1"), "learning_rate"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("hollow/train").mkdir(parents=True)
    wrong = OFFICIAL | {"train_params": OFFICIAL["train_params"] | {"lr_generator": "1e-3"}}
    Path("lr.yaml").write_text(yaml.safe_dump(wrong), encoding="utf-8")
    Path("word.yaml").write_text("model_params: 3\n", encoding="utf-8")
    assert train(*options, "--out", "run") == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error.removeprefix("left out")
    assert not Path("run").exists()


def test_a_checkpoint_is_not_believed(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--world", "faces", "--steps", "1", "--clips", "2", "--out", "run") == 0
    whole = torch.load("run/checkpoint.pt")
    for change in (
        {"step": "ten"},
        {"seconds": torch.zeros(2)},
        {"about": {"run": []}},
        {"about": {"run": {"world": "faces"}}},
        {"about": {"run": {**whole["about"]["run"], "world": 7}}},
        {"training": {}},
        {"training": {"size": "large"}},
        {"training": {**whole["training"], "batch_size": -1}},
        {"config": {"num_keypoints": 10**9}},
        {"model": {}},
        {7: 7},
    ):
        torch.save(whole | change, "run/checkpoint.pt")
        capsys.readouterr()
        assert cli.main("train --resume --out run --steps 2".split()) == 2, change
        assert capsys.readouterr().err.count("\n") == 1
