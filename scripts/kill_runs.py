"""Kills trainings, animations and reconstructions at random moments, goes on with them, and compares bit for bit.

    python scripts/kill_runs.py [--kills 25] [--seed 0]     what `make kill` runs

Each command is first run to its end undisturbed. Then it is begun again and killed (by SIGKILL, which no program can
answer) at a moment drawn from the whole of that time, and run again, a training with --resume. In the end everything
must be what the undisturbed run made, with nothing left beside it.
"""

import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from fomm_lite.files.drafts import MARK
from fomm_lite.media.write import write_video
from fomm_lite.worlds import faces

ROOT = Path(__file__).resolve().parents[1]
STEPS = 100
CONFIG = """
num_keypoints: 3
motion_size: 16
jacobian_kernel: 1
detector: &small {block_expansion: 4, max_features: 8, num_blocks: 2, head_kernel: 3, head_padding: 1}
dense_motion: *small
generator: {block_expansion: 4, max_features: 8, num_down_blocks: 1, num_bottleneck_blocks: 1}
"""
CLIPS = 4


@dataclass(frozen=True)
class Job:
    """A command that is to survive.

    Attributes:
        name: of the command.
        arguments: to be run in an empty folder, in which it writes to ``out``.
        facts: what must come out, from the folder.
        resume: arguments to go on with, where there is something to go on from.
    """

    name: str
    arguments: tuple[str, ...]
    facts: Callable[[Path], dict[str, str]]
    resume: tuple[str, ...] = ()


def run_facts(folder: Path) -> dict[str, str]:
    """Digests of a run's weights and of what it would go on from.

    Seconds are left out, and the state of the global generator: the reader of pairs draws one number from it whenever
    it begins, so that it tells how often a run was begun. Nothing that is learnt comes from it.
    """
    state = torch.load(folder / "out" / "checkpoint.pt", weights_only=True)
    tensors = load_file(folder / "out" / "model.safetensors")
    kept = {name: state[name] for name in ("model", "optimiser", "random", "step")}
    return {"weights": _digest(tensors), "checkpoint": _digest(kept)}


def file_facts(folder: Path) -> dict[str, str]:
    """Digests of all files."""
    files = sorted(path for path in (folder / "out").rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


TRAIN = Job(
    "train",
    ("train", "--data", "../clips", "--config", "tiny.yaml", "--size", "16", "--batch", "2", "--out", "out",
     "--steps", str(STEPS), "--checkpoint-minutes", "0.005"),
    run_facts,
    ("train", "--resume", "--out", "out"),
)  # fmt: skip
ANIMATE = Job("animate", ("animate", "--out", "out/a.mp4"), file_facts)
RECONSTRUCT = Job("reconstruct", ("reconstruct", "../clips", "--weights", "faces-64", "--out", "out"), file_facts)
JOBS = (TRAIN, ANIMATE, TRAIN, RECONSTRUCT)


def survive(job: Job, place: Path, moments: random.Random, kills: int) -> list[str]:
    """Run a job undisturbed, then kill and go on as often as asked.

    Args:
        job: what to run.
        place: an empty folder.
        moments: where the moments of the kills are drawn from.
        kills: how many.

    Returns:
        What was wrong, one line each; nothing where all is well.
    """
    for seed in range(CLIPS):
        write_video(place / "clips" / f"{seed}.mp4", faces(seed, frames=12, size=64).frames, 12)
    whole = place / "undisturbed"
    began = time.monotonic()
    _begin(job.arguments, whole).wait()
    lasts, wanted, wrong = time.monotonic() - began, job.facts(whole), []
    folder = place / "killed"
    for kill in range(kills):
        process = _begin(_next(job, folder), folder)
        moment = moments.uniform(0.2, 1.0) * lasts  # before that, Python itself is only starting
        try:
            process.wait(moment)
            ended = "had ended"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            ended = "killed"
        reached = _reached(job, folder)
        print(f"{job.name} {kill + 1}: {ended} after {moment:.2f} s{reached}", flush=True)
        if not job.resume or (ended == "had ended" or kill == kills - 1):
            _begin(_next(job, folder), folder).wait()
            found = job.facts(folder)
            left = [str(path.relative_to(folder)) for path in folder.rglob(f"*{MARK}")]
            wrong += [f"{job.name} {kill + 1}: {name} differs" for name in wanted if found.get(name) != wanted[name]]
            wrong += [f"{job.name} {kill + 1}: {name} was not made before" for name in found.keys() - wanted.keys()]
            wrong += [f"{job.name} {kill + 1}: {name} is left" for name in left]
            shutil.rmtree(folder)
    return wrong


def _next(job: Job, folder: Path) -> tuple[str, ...]:
    """How a job goes on."""
    return job.resume if job.resume and (folder / "out" / "checkpoint.pt").exists() else job.arguments


def _reached(job: Job, folder: Path) -> str:
    """How far a training has come; that its checkpoint can be read at all is half of what is tested."""
    path = folder / "out" / "checkpoint.pt"
    return f", step {torch.load(path, weights_only=True)['step']}" if job.resume and path.exists() else ""


def _begin(arguments: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.yaml").write_text(CONFIG, encoding="utf-8")
    surroundings = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-m", "fomm_lite", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, env=surroundings, stdout=quiet, stderr=quiet)


def _digest(value: object) -> str:
    """Of nested dictionaries, lists, tensors and numbers."""
    total = hashlib.sha256()

    def take(part: object) -> None:
        if isinstance(part, torch.Tensor):
            total.update(part.contiguous().numpy().tobytes())
        elif isinstance(part, dict):
            for name in sorted(part, key=str):
                total.update(str(name).encode())
                take(part[name])
        elif isinstance(part, list | tuple):
            for each in part:
                take(each)
        else:
            total.update(repr(part).encode())

    take(value)
    return total.hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Kill all jobs in turn; the exit code is 1 where anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    moments, wrong = random.Random(options.seed), []
    with tempfile.TemporaryDirectory() as place:
        for number, job in enumerate(JOBS):
            kills = len(range(number, options.kills, len(JOBS)))
            wrong += survive(job, Path(place) / str(number), moments, kills) if kills else []
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"{options.kills} kills, {len(wrong)} things wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
