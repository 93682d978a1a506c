"""Plain numbers of numpy in files of tensors: trainers keep an epoch or a loss as one, and PyTorch refuses them.

PyTorch can be told to call numpy's own functions, which then get whatever a file says. Called instead are two of ours,
which make whole and floating numbers and nothing else.
"""

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch


class _Kind:
    """Stands for ``numpy.dtype``: the kind of a number, by its short name such as ``i8``."""

    def __init__(self, name: str, *_: Any) -> None:
        self.name = str(name)

    def __setstate__(self, state: Any) -> None:
        """Passed over, but that the bytes of a number lie in the order of this machine or its opposite."""
        self.order = ">" if state[1] == ">" else "<"


def _number(kind: _Kind, data: bytes) -> int | float:
    """Stands for ``numpy.core.multiarray.scalar``.

    Raises:
        ValueError: no whole or floating number, nor a switch.
    """
    if kind.name not in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "b1"):
        raise ValueError(f"no number: {kind.name!r}")
    found: int | float = np.frombuffer(data, getattr(kind, "order", "<") + kind.name, count=1)[0].item()
    return found


def numpy_numbers() -> AbstractContextManager[Any]:
    """While it lasts, ``torch.load`` with ``weights_only`` takes numbers of numpy, as Python's own."""
    known: list[Any] = [(_Kind, "numpy.dtype"), _Kind]
    known += [(_number, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    return torch.serialization.safe_globals(known)
