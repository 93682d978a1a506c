"""``fomm-lite train`` from the command line: what it leaves, what it says, how it goes on."""

from pathlib import Path

import pytest
import yaml

from fomm_lite import cli
from fomm_lite.data.worlds import faces
from fomm_lite.data.writing import write_video
from fomm_lite.weights import read_header

TINY = {
    "num_keypoints": 3,
    "motion_size": 16,
    "jacobian_kernel": 1,
    "detector": {"block_expansion": 4, "max_features": 8, "num_blocks": 2, "head_kernel": 3, "head_padding": 1},
    "dense_motion": {"block_expansion": 4, "max_features": 8, "num_blocks": 2, "head_kernel": 3, "head_padding": 1},
    "generator": {"block_expansion": 4, "max_features": 8, "num_down_blocks": 1, "num_bottleneck_blocks": 1},
}


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a small architecture and two clips in the official layout."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(yaml.safe_dump(TINY))
    for part, seed in (("train", 0), ("test", 1)):
        write_video(Path("clips") / part / "face.mp4", faces(seed, frames=4, size=32).frames, 10)
    (Path("clips") / "train" / "letter.mp4").write_text("not a film")
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


def test_a_folder_is_read_and_its_broken_clip_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert train("--data", "clips", "--steps", "1", "--out", "run") == 0
    assert "letter.mp4" in capsys.readouterr().err
    assert sorted(path.name for path in Path("run").iterdir()) == [
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--world", "faces", "--clips", "0"), "--clips 0"),
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
    assert train(*options, "--out", "run") == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error.removeprefix("left out")
    assert not Path("run").exists()
