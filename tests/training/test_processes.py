"""Two processes, as a launcher starts them, train one model: the same one that a single process trains."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.training.processes import leads, share_of

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("two_processes.py")
LAUNCHER = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", "--max-restarts=0")


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}


def launch(*arguments: str, several: bool = True) -> str:
    """Run to the end; what was said on stdout."""
    command = [sys.executable, *(LAUNCHER if several else ()), *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8", timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def record(folder: Path, rank: int) -> dict[str, Any]:
    return torch.load(folder / f"rank{rank}.pt", weights_only=True)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two processes: three steps, a stop that only the second asks for, then three more."""
    folder = tmp_path_factory.mktemp("two")
    launch(str(WORKER), str(folder))
    return folder


def test_processes_take_different_pairs_and_together_every_one(two: Path) -> None:
    first, second = (record(two, rank)["numbers"] for rank in (0, 1))
    assert not set(first) & set(second)
    assert set(range(6 * 8)) <= {*first, *second}


def test_processes_warp_differently(two: Path) -> None:
    first, second = (record(two, rank)["warps"] for rank in (0, 1))
    assert len(first) == len(second) >= 6
    assert not any(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_weights_are_equal_at_the_end(two: Path) -> None:
    first, second = (record(two, rank)["state"] for rank in (0, 1))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_all_stop_at_the_step_that_one_asked_for_and_go_on_together(two: Path) -> None:
    assert [record(two, rank)["steps"] for rank in (0, 1)] == [[1, 2, 3, 4, 5, 6]] * 2
    assert [record(two, rank)["stopped_at"] for rank in (0, 1)] == [3, 3]


def test_there_is_one_set_of_files_and_no_line_twice(two: Path) -> None:
    assert sorted(path.name for path in (two / "run").iterdir()) == [
        ".lock",
        "checkpoint.pt",
        "log.jsonl",
        "model.safetensors",
        "samples",
    ]
    steps = [json.loads(line)["step"] for line in (two / "run" / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert steps == [3, 6]


def test_a_loss_that_is_no_number_stops_all(two: Path) -> None:
    told = [record(two, rank)["broken"] for rank in (0, 1)]
    assert "another process" in told[0]
    assert "nan at step 2, the second in a row" in told[1]


def test_two_processes_train_what_one_does(two: Path, tmp_path: Path) -> None:
    launch(str(WORKER), str(tmp_path), several=False)
    alone, together = record(tmp_path, 0), record(two, 0)
    halves = torch.stack([torch.tensor(record(two, rank)["totals"]) for rank in (0, 1)]).mean(dim=0)
    assert torch.allclose(halves, torch.tensor(alone["totals"]), rtol=1e-3)
    weights = [(alone["state"][name] - tensor).abs().mean() for name, tensor in together["state"].items()]
    moved = [(alone["start"][name] - tensor).abs().mean() for name, tensor in together["state"].items()]
    assert float(torch.stack(weights).mean()) < 0.02 * float(torch.stack(moved).mean())
    assert torch.equal(torch.cat([record(two, rank)["warps"][0] for rank in (0, 1)]), alone["warps"][0])


def test_the_command_saves_when_the_cluster_takes_the_machine_back(tmp_path: Path) -> None:
    run, told = tmp_path / "run", tmp_path / "told"
    arguments = "-m fomm_lite train --world faces --clips 4 --config tiny --size 32 --batch 2 --steps 100000".split()
    with told.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, *LAUNCHER, *arguments, "--out", str(run)],
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        end = time.monotonic() + 60
        while "total=" not in told.read_text(encoding="utf-8") and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        assert not (run / "checkpoint.pt").exists()  # the first would come after a minute
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    finally:
        process.kill()
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    assert [line["step"] for line in lines] == [state["step"]]
    assert state["step"] > 0
    assert (run / "model.safetensors").is_file()
    assert not [path for path in run.iterdir() if path.name.endswith(".fomm-draft")]


def test_a_batch_must_be_shared_out_evenly() -> None:
    assert share_of(8, 2) == 4
    with pytest.raises(InputError, match="batch of 7 for 2 processes.*multiple of 2.*--batch 8"):
        share_of(7, 2)


def test_the_first_process_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert leads()
    monkeypatch.setenv("RANK", "1")
    assert not leads()
