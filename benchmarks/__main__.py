"""Run every measurement and print one line a figure: ``python -m benchmarks [NAME ...]``."""

import statistics
import sys
import time
from collections.abc import Callable

import torch

from benchmarks import speed
from benchmarks.notebooks import main as time_notebooks
from fomm_lite.animation import animate
from fomm_lite.config import preset
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.objective import LossWeights, Objective
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.weights import load_model, shipped
from fomm_lite.worlds import WORLDS, seeds

REPEATS = 5
HELD_OUT = 20


def models() -> list[str]:
    """Shipped models that are named by their world and size; the course's small ones are not for films."""
    return [name for name in shipped() if name.split("-")[0] in WORLDS]


def median_seconds(work: Callable[[], object]) -> float:
    """Median time of some work, after one run to warm up."""
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def worlds() -> None:
    """How fast the worlds draw."""
    for name, draw in WORLDS.items():
        for size in (32, 64, 128):
            chosen = iter(seeds("train", 10 * REPEATS))
            spent = median_seconds(lambda d=draw, s=size, c=chosen: d(next(c), frames=24, size=s))  # type: ignore[misc]
            print(f"draw {name} at {size} px: {24 / spent:.0f} frames/s")


def training() -> None:
    """How fast the lean model trains, sixteen pairs a step."""
    for size in (32, 64):
        model = FirstOrderModel(preset("lean"))
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs do not know it
        objective = Objective(model, LossWeights())
        optimiser = torch.optim.Adam(model.parameters(), fused=True)
        pair = [torch.rand(16, 3, size, size).contiguous(memory_format=torch.channels_last) for _ in range(2)]

        def step(objective=objective, optimiser=optimiser, pair=pair) -> None:  # type: ignore[no-untyped-def]
            optimiser.zero_grad()
            objective(*pair, RandomWarp.sample(16)).total.backward()
            optimiser.step()

        print(f"train lean at {size} px: {1 / median_seconds(step):.1f} steps/s of 16 pairs")


def animation() -> None:
    """How fast shipped weights animate."""
    for name in models():
        model = load_model(name)
        for size in (64, 128, 256):
            driver = torch.rand(24, 3, size, size)
            for batch in (1, 4):
                spent = median_seconds(lambda m=model, d=driver, b=batch: list(animate(m, d[0], d, batch=b)))  # type: ignore[misc]
                print(f"animate {name} at {size} px, batch {batch}: {24 / spent:.0f} frames/s")


def films() -> None:
    """How fast films are made against the original's way, side by side."""
    speed.main([])


def quality() -> None:
    """How good shipped weights are on test clips that no training saw."""
    for name in models():
        world, size = name.split("-")
        clips = (WORLDS[world](seed, frames=24, size=int(size)) for seed in seeds("test", HELD_OUT))
        score = evaluate(load_model(name), clips)
        print(f"{name}: held-out L1 {score.total.l1:.4f}, {score.total.ratio:.3f} of copying the source")


def explorers() -> None:
    """How long a reader waits for an explorer's picture, in a real browser."""
    try:
        from benchmarks.explorers import main as time_explorers  # here: only this one needs the extra `browser`
    except ModuleNotFoundError:
        print("explorers: not measured, there is no Playwright here (make bench brings it)")
        return
    time_explorers()


def notebooks() -> None:
    """How long the course takes."""
    time_notebooks([])


MEASUREMENTS = {
    "worlds": worlds, "training": training, "animation": animation, "films": films, "quality": quality,
    "explorers": explorers, "notebooks": notebooks,
}  # fmt: skip

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(MEASUREMENTS)
    unknown = [name for name in wanted if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"got {', '.join(unknown)}; expected some of {', '.join(MEASUREMENTS)}; choose from these")
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; medians of {REPEATS} runs")
    for name in wanted:
        MEASUREMENTS[name]()
