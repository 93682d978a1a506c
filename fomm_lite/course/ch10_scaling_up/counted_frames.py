"""How many driving frames are alive at once while an animation streams."""

import weakref
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor


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
