"""What a frame costs: arithmetic and seconds of each stage, and how many driving frames are alive at once."""

import time
import weakref
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from fomm_lite.model import FirstOrderModel

STAGES = ("encode", "detect", "motion", "render")
PER_SOURCE = ("encode",)  # of these, what an animation does once and not for every frame


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


def seconds(model: FirstOrderModel, size: int, batch: int = 1, repeats: int = 3) -> dict[str, float]:
    """Seconds a frame of each stage: the fastest of a few tries, divided by the batch.

    Args:
        model: in evaluation mode.
        size: side of the pictures.
        batch: frames computed together.
        repeats: tries; the fastest is what the machine can do when nothing else runs.
    """
    found = {}
    for name, run in stages(model, size, batch).items():
        tries = []
        for _ in range(repeats):
            start = time.perf_counter()
            with torch.no_grad():
                run()
            tries.append(time.perf_counter() - start)
        found[name] = min(tries) / batch
    return found


class CountedFrames:
    """A driver of random frames that counts how many of them are alive, as nobody else holds them.

    Args:
        count: how many frames.
        size: their side.

    Attributes:
        alive: frames that somebody still holds.
        most: the most that ever were.

    Example:
        >>> driver = CountedFrames(5, 8)
        >>> everything = list(driver)
        >>> driver.most
        5
    """

    def __init__(self, count: int, size: int) -> None:
        self.count, self.size, self.alive, self.most = count, size, 0, 0

    def __iter__(self) -> Iterator[Float[Tensor, "3 h w"]]:
        dice = torch.Generator().manual_seed(0)
        for _ in range(self.count):
            yield self._counted(torch.rand(3, self.size, self.size, generator=dice))

    def _counted(self, frame: Tensor) -> Tensor:
        self.alive += 1
        self.most = max(self.most, self.alive)
        weakref.finalize(frame, self._gone)
        return frame

    def _gone(self) -> None:
        self.alive -= 1
