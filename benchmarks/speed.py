"""Films against the original's way, side by side in one process: ``python -m benchmarks.speed [--json FILE]``.

The original's way is our plain modules, which give its numbers: one frame at a time, and the source encoded anew for
each. Ours is :func:`fomm_lite.animation.animate` as it stands. The two take turns, frame by frame, so that whatever
else the machine does falls on both, and only ratios are to be trusted; medians are printed beside the machine's own
matrix product, the ceiling of both.
"""

import argparse
import dataclasses
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from pathlib import Path

import torch

from fomm_lite.animation import animate
from fomm_lite.config import HourglassConfig, ModelConfig, preset
from fomm_lite.config.presets import OFFICIAL_256
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import transfer
from fomm_lite.weights import load_model

MOST_CHANNELS = 128
CEILING_SIDE = 1024  # of the matrices multiplied


def small_original(generator: int) -> ModelConfig:
    """The original scaled down for small pictures: 10 keypoints, widths from 16 and 32 on, at most 128 channels.

    Args:
        generator: its first width.
    """

    def small(part: HourglassConfig, width: int) -> HourglassConfig:
        return dataclasses.replace(part, block_expansion=width, max_features=MOST_CHANNELS, num_blocks=4)

    painted = dataclasses.replace(OFFICIAL_256.generator, block_expansion=generator, max_features=MOST_CHANNELS)
    detector, motion = small(OFFICIAL_256.detector, 16), small(OFFICIAL_256.dense_motion, 32)
    return dataclasses.replace(OFFICIAL_256, detector=detector, dense_motion=motion, generator=painted)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How long a frame takes in the original's way and in ours.

    Attributes:
        what: which models.
        size: side of the frames in pixels.
        original: median seconds a frame.
        ours: likewise.
        ratio: median of the ratios of neighbours.
    """

    what: str
    size: int
    original: float
    ours: float
    ratio: float


def taking_turns(works: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Seconds of each work, one after another, again and again."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, times in zip(works, spent, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return spent


def original_frames(model: FirstOrderModel, size: int) -> Iterator[object]:
    """A film in the original's way."""
    source, driving = torch.rand(2, 1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        kp_source, kp_initial = model.detect(source), model.detect(driving)
    while True:
        with torch.no_grad():  # not across the yield, where the other one works
            moved = transfer(kp_source, model.detect(driving), kp_initial, relative=True)
            frame = model(source, kp_source, moved).prediction
        yield frame


def our_frames(model: FirstOrderModel, size: int) -> Iterator[object]:
    """The same film as the library makes it."""
    source, driving = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    yield from animate(model, source, repeat(driving))


def compare(what: str, original: FirstOrderModel, ours: FirstOrderModel, size: int, repeats: int) -> Comparison:
    """Two films side by side, after two frames to warm up: in the second ours are folded."""
    films = original_frames(original, size), our_frames(ours, size)
    works = [lambda film=film: next(film) for film in films]
    taking_turns(works, 3)
    theirs, own = taking_turns(works, repeats)
    ratio = statistics.median(a / b for a, b in zip(theirs, own, strict=True))
    return Comparison(what, size, statistics.median(theirs), statistics.median(own), ratio)


def ceiling() -> float:
    """Multiplications and additions of a matrix product, in 10^9 a second."""
    matrix = torch.rand(CEILING_SIDE, CEILING_SIDE)
    (times,) = taking_turns([lambda: matrix @ matrix], 11)
    return 2 * CEILING_SIDE**3 / statistics.median(times[1:]) / 1e9


def comparisons(weights: str, repeats: int) -> Iterator[Comparison]:
    """Every row of the table, as it is measured."""
    torch.manual_seed(0)
    official = FirstOrderModel(preset("vox-256")).eval()
    yield compare("vox-256", official, official, 256, max(3, repeats // 4))
    shipped = load_model(weights)
    for width in (16, 32):
        small = FirstOrderModel(small_original(width)).eval()
        for size in (64, 128, 256):
            yield compare(f"{weights}; original, widths {width} to {MOST_CHANNELS}", small, shipped, size, repeats)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and write it where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Films against the original's way.")
    parser.add_argument("--weights", default="faces-64", help="small model to compare (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of PyTorch")
    parser.add_argument("--repeats", type=int, default=20, help="frames of each film (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the numbers there")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    peak = ceiling()
    print(f"torch {torch.__version__}, {chosen.threads} threads; matrix product {peak:.0f} GFLOP/s\n")
    print("| film | px | original, ms a frame | ours | times as fast |\n|---|---|---|---|---|")
    rows = []
    for row in comparisons(chosen.weights, chosen.repeats):
        times = f"{row.original * 1e3:.1f} | {row.ours * 1e3:.1f} | {row.ratio:.2f}"
        print(f"| {row.what} | {row.size} | {times} |", flush=True)
        rows.append(row)
    if chosen.json is not None:
        facts = {"torch": torch.__version__, "machine": platform.machine(), "threads": chosen.threads, "gflops": peak}
        text = json.dumps(facts | {"films": [dataclasses.asdict(row) for row in rows]}, indent=2)
        chosen.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
