"""The comparison with the original's way: same numbers, turns taken, a table and a file of it."""

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from benchmarks import speed
from fomm_lite.config import preset
from fomm_lite.model import FirstOrderModel


def test_both_ways_make_the_same_film(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(preset("tiny")).eval()
    films = [list(islice(way(model, 32), 3)) for way in (speed.original_frames, speed.our_frames)]
    for theirs, ours in zip(*films, strict=True):
        assert (theirs[0] - ours).abs().max() < 1e-4


def test_works_take_turns() -> None:
    done: list[str] = []
    spent = speed.taking_turns([lambda: done.append("a"), lambda: done.append("b")], 3)
    assert done == ["a", "b"] * 3
    assert [len(times) for times in spent] == [3, 3]


def test_table_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for architecture in ("preset", "small_original"):
        monkeypatch.setattr(speed, architecture, lambda _: preset("tiny"))
    monkeypatch.setattr(speed, "CEILING_SIDE", 64)
    speed.main(["--repeats", "2", "--threads", str(torch.get_num_threads()), "--json", str(tmp_path / "speed.json")])
    shown, written = capsys.readouterr().out, json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert written["gflops"] > 0 and len(written["films"]) == 7
    for row in written["films"]:
        assert row["ratio"] > 0 and f"| {row['size']} | {row['original'] * 1e3:.1f} |" in shown


def test_the_small_original_takes_all_sizes() -> None:
    for width in (16, 32):
        config = speed.small_original(width)
        for size in (64, 128, 256):
            config.check_size(size, size)
        assert config.num_keypoints == 10 and not config.align_corners
