"""YAML that nobody means well by, or that trips its parser: one line, at once, through every command that reads it."""

from pathlib import Path

import pytest

from fomm_lite.config import read_config
from fomm_lite.training.recipes import read_recipe
from fomm_lite.weights.official import read_settings
from tests.hostile import MEGABYTES, command_line, refusal


def tower(opening: str, closing: str) -> str:
    """Eight values, b to i, each of nine times the one before it."""
    return "".join(
        f"{after}: &{after} {opening}{', '.join(['*' + before] * 9)}{closing}\n"
        for before, after in zip("abcdefgh", "bcdefghi", strict=True)
    )


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + tower("[", "]")
CASES = {
    "laughs": LAUGHS + "num_keypoints: *i\n",
    "laughs in model_params": LAUGHS + "model_params: {common_params: {num_kp: *i}}\ntrain_params: *i\n",
    "laughing merges": "a: &a {x: 1}\n" + tower("{<<: [", "]}"),
    "in itself": "a: &a [*a]",
    "deep": "[" * 20_000,
    "deep mapping": "{a: " * 5_000,
    "a date": "num_keypoints: 2020-13-45",
    "a fine date": "num_keypoints: 2020-12-24",
    "digits": "num_keypoints: " + "9" * 900,
    "more digits": "num_keypoints: 0x" + "f" * 999,
    "no end of digits": "num_keypoints: " + "9" * 20_000,
    "an odd number": "num_keypoints: 0x_",
    "sexagesimal": "num_keypoints: 1:2:3",
    "a tag": "num_keypoints: !!int ''",
    "a float tag": "num_keypoints: !!float x",
    "a time tag": "num_keypoints: !!timestamp x",
    "code": "num_keypoints: !!python/object/apply:os.system ['true']",
    "whole keys": "{1: 2, 3: 4}",
    "keys of all kinds": "{1: 2, null: 4, true: 5, 2.5: 1, 2020-01-01: 3}",
    "a key that is a list": "? [1, 2]\n: 3",
    "a set": "num_keypoints: !!set {a, b}",
    "two documents": "num_keypoints: 1\n---\nnum_keypoints: 2",
    "null bytes": "num_keypoints: 1\0",
    "not a number": "temperature: .nan",
    "too large a number": "temperature: 1" + "0" * 400,
    "long": "# " + "x" * 100_000,
    "a width": "generator: {block_expansion: 1000000000}",
    "a length": "generator: {num_bottleneck_blocks: 10000000}",
    "negative": "generator: {max_features: -1}",
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_reader_refuses_in_one_line(tmp_path: Path, case: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CASES[case], encoding="utf-8")
    refusal(lambda: read_config(str(path)))
    refusal(lambda: read_settings(path))
    if "train_params" in CASES[case]:
        refusal(lambda: read_recipe(str(path)))


def test_bytes_that_are_no_text_and_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"num_keypoints: \xff\xfe")
    refusal(lambda: read_config(str(path)))
    refusal(lambda: read_settings(path))
    refusal(lambda: read_config("/dev/zero"))
    refusal(lambda: read_settings(tmp_path))
    refusal(lambda: read_settings(tmp_path / "none.yaml"))


def test_an_anchor_that_is_used_sensibly_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    hourglass = "{block_expansion: 8, max_features: 32, num_blocks: 3, scale_factor: 0.5}"
    path.write_text(f"detector: &same {hourglass}\ndense_motion: *same\nnum_keypoints: 7\n", encoding="utf-8")
    config = read_config(str(path))
    assert config.detector == config.dense_motion
    assert config.num_keypoints == 7


@pytest.mark.parametrize("command", ["train", "import"])
def test_commands_end_in_one_line_and_little_memory(tmp_path: Path, command: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(CASES["laughs in model_params"], encoding="utf-8")
    arguments = {
        "train": ["train", "--world", "faces", "--steps", "1", "--config", path, "--out", tmp_path / "run"],
        "import": ["import", path, "--config", path, "--out", tmp_path / "x.safetensors"],
    }[command]
    code, said, most = command_line(*arguments, cwd=tmp_path)
    assert (code, said.count("\n")) == (2, 1)
    assert most < MEGABYTES
    assert [p.name for p in tmp_path.iterdir()] == ["c.yaml"]


def test_a_network_too_large_for_any_machine_is_not_trained(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    wide, shallow = "{block_expansion: 4096, max_features: 8192}", "{num_blocks: 3}"
    path.write_text(f"generator: {wide}\ndetector: {shallow}\ndense_motion: {shallow}\n", encoding="utf-8")
    code, said, most = command_line(
        "train", "--world", "faces", "--clips", "2", "--steps", "1", "--config", path, "--out", tmp_path / "run",
        cwd=tmp_path,
    )  # fmt: skip
    assert (code, said.count("\n")) == (2, 1)
    assert "million parameters" in said
    assert most < MEGABYTES


def test_what_moves_a_cursor_is_shown_and_not_done(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("num_keypoints: '\ufeff\u202e'\n", encoding="utf-8")
    assert r"\u202e" in refusal(lambda: read_config(str(path)))
    assert r"\x1b[2J" in refusal(lambda: read_config("\x1b[2Jx"))
