"""Every measurement as one table, and as JSON: ``python -m benchmarks [--json FILE] [NAME ...]``."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

import torch

from benchmarks import first_minutes, notebooks, overlap, speed, waiting
from benchmarks.figures import Figure, median_seconds, tell
from benchmarks.steps import PAIRS, stepper
from fomm_lite.animation import animate
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.weights import load_model, shipped
from fomm_lite.worlds import WORLDS, seeds

FRAMES, HELD_OUT = 24, 20


def models() -> list[str]:
    """Shipped models that are named by their world and size; the course's small ones are not for films."""
    return [name for name in shipped() if name.split("-")[0] in WORLDS]


def worlds() -> Iterator[Figure]:
    """How fast the worlds draw."""
    for name, draw in WORLDS.items():
        for size in (32, 64, 128):
            chosen = iter(seeds("train", 100))
            spent = median_seconds(lambda d=draw, s=size, c=chosen: d(next(c), frames=FRAMES, size=s))  # type: ignore[misc]
            yield Figure(f"draw {name}, {size} px", FRAMES / spent, "frames/s")


def training() -> Iterator[Figure]:
    """How fast the lean model trains."""
    for size in (32, 64):
        step, pair = stepper("lean"), torch.rand(2, PAIRS, 3, size, size)
        spent = median_seconds(lambda train=step, given=pair: train(*given))  # type: ignore[misc]
        yield Figure(f"train lean, {size} px", 1 / spent, f"steps/s of {PAIRS} pairs")


def animation() -> Iterator[Figure]:
    """How fast shipped weights animate."""
    for name in models():
        model = load_model(name)
        for size in (64, 128, 256):
            driver = torch.rand(FRAMES, 3, size, size)
            for batch in (1, 4):
                spent = median_seconds(lambda m=model, d=driver, b=batch: list(animate(m, d[0], d, batch=b)))  # type: ignore[misc]
                yield Figure(f"animate {name}, {size} px, batch {batch}", FRAMES / spent, "frames/s")


def quality() -> Iterator[Figure]:
    """How good shipped weights are on test clips that no training saw."""
    for name in models():
        world, size = name.split("-")
        clips = (WORLDS[world](seed, frames=FRAMES, size=int(size)) for seed in seeds("test", HELD_OUT))
        score = evaluate(load_model(name), clips).total
        assert score.ratio is not None  # drawn figures move
        yield Figure(f"{name}: held-out L1", score.ratio, "of copying", note=f"L1 {score.l1:.4f}")


def in_browser(name: str) -> Iterable[Figure]:
    """The figures of a module of ours that needs the extra `browser`, where that is installed."""
    try:
        return import_module(f"benchmarks.{name}").figures()
    except ModuleNotFoundError:
        print(f"{name}: not measured, there is no Playwright here (make bench brings it)")
        return ()


MEASUREMENTS: dict[str, Callable[[], Iterable[Figure]]] = {
    "worlds": worlds,
    "training": training,
    "waiting": waiting.figures,
    "animation": animation,
    "films": speed.figures,
    "overlap": overlap.figures,
    "quality": quality,
    "explorers": lambda: in_browser("explorers"),
    "site": lambda: in_browser("site"),
    "notebooks": notebooks.figures,
    "beside_a_job": notebooks.beside_a_job,
    "first_minutes": first_minutes.figures,
}


def main() -> None:
    """Measure what is named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and quality.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(MEASUREMENTS))
    parser.add_argument("--json", type=Path, help="also write the figures there")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"got {', '.join(unknown)}; expected some of {', '.join(MEASUREMENTS)}; choose from these")
    names = chosen.names or list(MEASUREMENTS)
    tell((figure for name in names for figure in MEASUREMENTS[name]()), chosen.json)


if __name__ == "__main__":
    main()
