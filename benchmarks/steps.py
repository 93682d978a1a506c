"""Training steps of this tree and of another revision, in turns: ``python -m benchmarks.steps --against REVISION``.

Each has a process of its own, which waits while the other works, so that whatever else the machine does falls on both.
They train the same model on the same pictures with the same warps, and their losses are compared: a faster step that
learns something else would show.

    python -m benchmarks.steps --against REVISION --whole 30

lets whole trainings by the command take turns, for so many seconds each: with pictures drawn, threads and all.
"""

import argparse
import contextlib
import io
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

ROOT = Path(__file__).parents[1]
PAIRS = 16
ALIKE = 10  # steps whose losses are compared; later a last digit has grown into another training


def stepper(preset_name: str) -> Callable[["Tensor", "Tensor"], float]:
    """What trains a new model by one step on source and driving frames (b 3 h w), and returns its loss."""
    import torch  # here, as the package: whichever lies in the path of the process that steps

    from fomm_lite.config import preset
    from fomm_lite.model import FirstOrderModel
    from fomm_lite.training.objective import LossWeights, Objective
    from fomm_lite.training.random_warp import RandomWarp

    torch.manual_seed(0)
    last = torch.channels_last
    model = FirstOrderModel(preset(preset_name)).to(memory_format=last)  # type: ignore[call-overload]
    objective, optimiser = Objective(model, LossWeights()), torch.optim.Adam(model.parameters(), fused=True)

    def step(source: "Tensor", driving: "Tensor") -> float:
        pair = [picture.contiguous(memory_format=last) for picture in (source, driving)]
        optimiser.zero_grad()
        loss = objective(*pair, RandomWarp.sample(len(source))).total
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return step


def serve(preset_name: str, size: int, cpu: bool) -> None:
    """One step for each line that comes in: its seconds and its loss go out."""
    import torch

    step, clock = stepper(preset_name), time.process_time if cpu else time.perf_counter
    source, driving = torch.rand(2, PAIRS, 3, size, size)
    for _ in sys.stdin:
        start = clock()
        loss = step(source, driving)
        print(clock() - start, loss, flush=True)


@contextlib.contextmanager
def serving(package: Path, arguments: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that steps when asked to, with the package that lies in a folder."""
    command = [sys.executable, __file__, "--serve", *arguments]
    pipe = subprocess.PIPE
    environment = os.environ | {"PYTHONPATH": str(package)}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8", cwd=package, env=environment) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def step(process: subprocess.Popen[str]) -> tuple[float, float]:
    """Seconds and loss of one more step."""
    assert process.stdin is not None and process.stdout is not None
    print(file=process.stdin, flush=True)
    seconds, loss = process.stdout.readline().split()
    return float(seconds), float(loss)


def unpack(revision: str, folder: Path) -> None:
    """The package as it was in a revision."""
    archive = subprocess.run(["git", "archive", revision, "fomm_lite"], cwd=ROOT, check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")


def whole(package: Path, seconds: float, seed: int) -> tuple[int, float]:
    """How many steps ``fomm-lite train --world faces --size 32`` takes in a time, and its held-out L1 ratio."""
    from benchmarks.first_minutes import SIZE, held_out_ratio
    from fomm_lite.weights import load_model, read_header

    with tempfile.TemporaryDirectory() as folder:
        command = f"train --world faces --size {SIZE} --minutes {seconds / 60} --seed {seed} --out {folder}/run"
        environment = os.environ | {"PYTHONPATH": str(package)}
        called = [sys.executable, "-m", "fomm_lite", *command.split()]
        subprocess.run(called, cwd=package, env=environment, check=True, capture_output=True)
        path = Path(folder) / "run" / "model.safetensors"
        return read_header(path)[1]["steps"], held_out_ratio(load_model(path))


def compare_wholes(before: Path, against: str, seconds: float, seeds: int = 3) -> None:
    """Print what whole trainings of both come to."""
    turns = [(whole(before, seconds, seed), whole(ROOT, seconds, seed)) for seed in range(seeds)]
    (steps, ratios), (steps_now, ratios_now) = (zip(*(turn[i] for turn in turns), strict=True) for i in range(2))
    print(
        f"{seconds:g} s of training, {seeds} seeds: {statistics.median(steps)} steps at {against}, "
        f"{statistics.median(steps_now)} here, "
        f"{statistics.median(b / a for a, b in zip(steps, steps_now, strict=True)):.2f} times as many; "
        f"held-out L1 {statistics.mean(ratios):.3f} of copying, here {statistics.mean(ratios_now):.3f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print how many times as fast this tree's step is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description="Training steps, then and now.")
    parser.add_argument("--against", default="HEAD", help="a revision of git (default: %(default)s)")
    parser.add_argument("--preset", default="lean")
    parser.add_argument("--size", type=int, default=32, help="of the pictures (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=30, help="of each (default: %(default)s)")
    parser.add_argument("--cpu", action="store_true", help="count the processor's time, where other work takes turns")
    parser.add_argument(
        "--whole", type=float, metavar="SECONDS", help="compare whole trainings of `lean` by the command instead"
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.serve:
        serve(chosen.preset, chosen.size, chosen.cpu)
        return
    passed = ["--preset", chosen.preset, "--size", str(chosen.size), *(["--cpu"] if chosen.cpu else [])]
    with tempfile.TemporaryDirectory() as folder:
        unpack(chosen.against, Path(folder))
        if chosen.whole is not None:
            compare_wholes(Path(folder), chosen.against, chosen.whole)
            return
        with serving(Path(folder), passed) as before, serving(ROOT, passed) as now:
            turns = [(step(before), step(now)) for _ in range(chosen.steps)]
    apart = max(abs(a[1] / b[1] - 1) for a, b in turns[:ALIKE])
    then, today = ([turn[i][0] for turn in turns[2:]] for i in range(2))  # the first two warm up
    ratio = statistics.median(a / b for a, b in zip(then, today, strict=True))
    print(
        f"{chosen.preset} at {chosen.size} px, {PAIRS} pairs a step: {statistics.median(then) * 1e3:.0f} ms at "
        f"{chosen.against}, {statistics.median(today) * 1e3:.0f} ms here, {ratio:.2f} times as fast "
        f"(least times {min(then) / min(today):.2f}); losses of {ALIKE} steps within {apart:.1e}"
    )


if __name__ == "__main__":
    main()
