"""Seconds and peak memory of whole animations, in a process of its own: what was computed before leaves no trace."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from fomm_lite import animate, load_model
from fomm_lite.course.ch10_scaling_up.counted_frames import CountedFrames


@dataclass(frozen=True)
class Spent:
    """What an animation took.

    Attributes:
        frames: how many were made.
        seconds: from the first to the last.
        megabytes: the most that the process held until then, Python and PyTorch included; None where the system does
            not say.
    """

    frames: int
    seconds: float
    megabytes: float | None


def measured(weights: str, size: int, counts: Sequence[int]) -> list[Spent]:
    """Animate noise by noise, clip after clip in one new process, each frame forgotten as soon as it is made.

    Args:
        weights: name of shipped ones.
        size: of the frames, in pixels.
        counts: frames of each clip; ascending, for the most memory is that of all clips so far.
    """
    asked = json.dumps([weights, size, list(counts)])
    command = [sys.executable, "-m", __name__, asked]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    return [Spent(**each) for each in json.loads(done.stdout)]


def animated(weights: str, size: int, counts: Sequence[int]) -> list[Spent]:
    """What :func:`measured` does, in this process."""
    model, found = load_model(weights), []
    source = torch.rand(3, size, size, generator=torch.Generator().manual_seed(0))
    for count in counts:
        started = time.perf_counter()
        made = sum(1 for _ in animate(model, source, CountedFrames(count, size)))
        found.append(Spent(made, time.perf_counter() - started, peak_megabytes()))
    return found


def peak_megabytes() -> float | None:
    """The most memory that this process has held at once; None where the system does not say."""
    status = Path("/proc/self/status")  # getrusage of Linux begins with the peak of the process that started this one
    if status.exists():
        lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # bytes on macOS


if __name__ == "__main__":
    weights, size, counts = json.loads(sys.argv[1])
    print(json.dumps([asdict(each) for each in animated(weights, size, counts)]))
