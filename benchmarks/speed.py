"""Films against the original's way, side by side in one process: ``python -m benchmarks.speed``.

The original's way is our plain modules, which give its numbers: one frame at a time, and the source encoded anew for
each. Ours is :func:`fomm_lite.animation.animate` as it stands, one frame at a time too, and as the commands make films:
four frames together. The two take turns, so that whatever else the machine does falls on both, and only ratios are to
be trusted.
"""

import argparse
import dataclasses
import statistics
import time
from collections.abc import Iterator, Sequence
from itertools import islice, repeat

import torch

from benchmarks.figures import Clock, Figure, taking_turns, tell
from fomm_lite.animation import animate
from fomm_lite.cli.options import DEFAULT_BATCH
from fomm_lite.config import HourglassConfig, ModelConfig, preset
from fomm_lite.config.presets import OFFICIAL_256
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import transfer
from fomm_lite.weights import load_model

MOST_CHANNELS = 128
VOX = 2.0  # times as fast as the original, asked of vox-256
SMALL = {64: 4.0, 128: 5.0, 256: 7.0}  # side of the pictures: the same, asked of small models


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


def our_frames(model: FirstOrderModel, size: int, together: int = 1) -> Iterator[object]:
    """The same film as the library makes it."""
    source, driving = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    yield from animate(model, source, repeat(driving), batch=together)


def compare(
    what: str,
    models: tuple[FirstOrderModel, FirstOrderModel],
    size: int,
    *,
    repeats: int,
    clock: Clock,
    asked: float | None = None,
    together: int = 1,
) -> Figure:
    """Two films side by side, the original's and ours, warmed up, so that ours are folded."""
    films = original_frames(models[0], size), our_frames(models[1], size, together)
    for film in films:
        list(islice(film, 1 + 2 * together))
    works = [lambda film=film: list(islice(film, together)) for film in films]
    theirs, own = taking_turns(works, max(3, repeats // together), clock)
    ratio = statistics.median(a / b for a, b in zip(theirs, own, strict=True))
    before, after = (1e3 * statistics.median(times) / together for times in (theirs, own))
    note = f"{before:.1f} ms a frame, ours {after:.1f}"
    at_once = f", {together} together" if together > 1 else ""
    return Figure(f"film: {what}, {size} px{at_once}", ratio, "times the original", asked, least=True, note=note)


def figures(weights: str = "faces-64", repeats: int = 20, clock: Clock = time.perf_counter) -> Iterator[Figure]:
    """Every film, as it is measured: ratios are medians of the ratios of neighbours."""
    torch.manual_seed(0)
    official = FirstOrderModel(preset("vox-256")).eval()
    yield compare("vox-256", (official, official), 256, repeats=max(3, repeats // 4), clock=clock, asked=VOX)
    shipped = load_model(weights)
    for width in (16, 32):  # "widths from 16 to 128" leaves open with how many channels the generator begins
        small = FirstOrderModel(small_original(width)).eval()
        for size, asked in SMALL.items():
            what = f"{weights}; original, widths {width} to {MOST_CHANNELS}"
            for together in (1, DEFAULT_BATCH):
                yield compare(
                    what, (small, shipped), size,
                    repeats=repeats, clock=clock, asked=asked if together == 1 else None, together=together,
                )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description="Films against the original's way.")
    parser.add_argument("--weights", default="faces-64", help="small model to compare (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of PyTorch")
    parser.add_argument("--repeats", type=int, default=20, help="frames of each film (default: %(default)s)")
    parser.add_argument("--cpu", action="store_true", help="count the processor's time, where other work takes turns")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    tell(figures(chosen.weights, chosen.repeats, time.process_time if chosen.cpu else time.perf_counter))


if __name__ == "__main__":
    main()
