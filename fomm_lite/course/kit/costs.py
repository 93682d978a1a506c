"""What a frame costs: arithmetic and seconds of each stage."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch.utils.flop_counter import FlopCounterMode

from fomm_lite.model import FirstOrderModel

STAGES = ("encode", "detect", "motion", "render")


def stages(model: FirstOrderModel, size: int, batch: int = 1, seed: int = 0) -> dict[str, Callable[[], object]]:
    """Each stage of a model as a function without arguments, ready to be counted or timed.

    Args:
        model: in evaluation mode.
        size: side of the pictures, which are noise: the work is the same.
        batch: driving frames that are computed together.
        seed: of the noise.
    """
    dice = torch.Generator().manual_seed(seed)
    source, driving = torch.rand(2, batch, 3, size, size, generator=dice)
    with torch.no_grad():
        kp_source, kp_driving = model.detect(source), model.detect(driving)
        features, motion = model.encode(source), model.motion(source, kp_source, kp_driving)
    return {
        "encode": lambda: model.encode(source),
        "detect": lambda: model.detect(driving),
        "motion": lambda: model.motion(source, kp_source, kp_driving),
        "render": lambda: model.render(source, features, motion),
    }


def arithmetic(model: FirstOrderModel, size: int) -> dict[str, int]:
    """Floating-point operations of each stage's convolutions and matrix products for one frame."""
    counted = {}
    for name, run in stages(model, size).items():
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            run()
        counted[name] = counter.get_total_flops()
    return counted


def tries(model: FirstOrderModel, size: int, batch: int = 1, repeats: int = 5) -> list[dict[str, float]]:
    """Seconds a frame of each stage, in each of a few tries.

    Args:
        model: in evaluation mode.
        size: side of the pictures.
        batch: frames computed together.
        repeats: how many tries.
    """
    found = []
    work = stages(model, size, batch)
    for _ in range(repeats):
        spent = {}
        for name, run in work.items():
            start = time.perf_counter()
            with torch.no_grad():
                run()
            spent[name] = (time.perf_counter() - start) / batch
        found.append(spent)
    return found


def seconds(model: FirstOrderModel, size: int, batch: int = 1, repeats: int = 5) -> dict[str, float]:
    """Seconds a frame of each stage: the median of a few tries.

    Args:
        model: in evaluation mode.
        size: side of the pictures.
        batch: frames computed together.
        repeats: how many tries.
    """
    return medians(tries(model, size, batch, repeats))


def medians(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each stage, over :func:`tries`."""
    return {name: statistics.median(each[name] for each in found) for name in STAGES}


def spread(found: Sequence[Mapping[str, float]]) -> tuple[float, float]:
    """Fastest and slowest of whole :func:`tries`."""
    totals = [sum(each.values()) for each in found]
    return min(totals), max(totals)
