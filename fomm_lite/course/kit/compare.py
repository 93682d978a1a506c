"""Comparing what a student hands in with what is right: numbers of any kind, and friendly words for all else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

FLOOR = 0.01  # where zeros are expected, rounding must not fail an answer


@dataclass(frozen=True)
class Difference:
    """What is wrong with an answer.

    Attributes:
        text: in words, without a full stop.
        close: whether kind and shape are right, so that it may be a known mistake.
    """

    text: str
    close: bool


def describe(answer: Any) -> str:
    """A value in a few words.

    Example:
        >>> describe(torch.zeros(2, 3)), describe("left"), describe([1, 2])
        ('a tensor of shape (2, 3)', "the text 'left'", 'a list of 2')
    """
    if isinstance(answer, Tensor):
        return f"a tensor of shape {tuple(answer.shape)}"
    if isinstance(answer, np.ndarray):
        return f"an array of shape {answer.shape}"
    if isinstance(answer, str):
        return f"the text {answer[:40]!r}"
    if isinstance(answer, bool | int | float | complex):
        return f"the number {answer}" if not isinstance(answer, bool) else str(answer)
    if isinstance(answer, list | tuple | dict | set):
        return f"a {type(answer).__name__} of {len(answer)}"
    return "nothing" if answer is None else f"something of type {type(answer).__name__}"


def as_arrays(answer: Any) -> tuple[list[np.ndarray] | None, str | None]:
    """An answer as arrays: one, or one for each item of a tuple; else a line that says why that is impossible."""
    if isinstance(answer, tuple):
        parts = [as_arrays(item) for item in answer]
        bad = next((problem for _, problem in parts if problem is not None), None)
        return (None, bad) if bad is not None else ([array for arrays, _ in parts for array in arrays or []], None)
    try:
        if isinstance(answer, Tensor):
            array = answer.detach().cpu().double().numpy()
        elif isinstance(answer, list) and any(isinstance(item, Tensor) for item in answer):
            array = torch.stack([torch.as_tensor(item).detach().cpu().double() for item in answer]).numpy()
        else:
            array = np.asarray(answer, dtype=float)
    except (TypeError, ValueError, RuntimeError):
        return None, f"got {describe(answer)}; expected numbers"
    if not np.isfinite(array).all():
        return (
            None,
            "got NaN or infinity among your numbers; look for a division by zero or a root of something below 0",
        )
    return [array], None


def difference(answer: Any, expected: Any, relative: float) -> Difference | None:
    """None when an answer is right, else what is wrong with it.

    Args:
        answer: what was handed in: numbers, lists, arrays, tensors, a text, or a tuple of these.
        expected: the right one.
        relative: tolerance as a share of the largest expected number (at least of :data:`FLOOR`).
    """
    if isinstance(expected, str):
        if not isinstance(answer, str):
            return Difference(f"got {describe(answer)}; expected a text such as 'a'", close=False)
        same = answer.strip().lower() == expected.strip().lower()
        return None if same else Difference(f"{answer.strip()[:40]!r} is not it", close=True)
    if isinstance(expected, tuple) and not (isinstance(answer, tuple | list) and len(answer) == len(expected)):
        return Difference(f"got {describe(answer)}; expected {len(expected)} things: return a, b", close=False)
    if isinstance(expected, tuple):
        answer = tuple(answer)
    wanted, _ = as_arrays(expected)
    got, problem = as_arrays(answer)
    if problem is not None or got is None or wanted is None:
        return Difference(problem or "expected numbers", close=False)
    close: Difference | None = None
    for place, (mine, right) in enumerate(zip(got, wanted, strict=True)):
        which = f"in result {place + 1}: " if len(wanted) > 1 else ""
        if mine.shape != right.shape:
            return Difference(f"{which}got shape {mine.shape}; expected {right.shape}", close=False)
        gap = np.abs(mine - right)
        if gap.size and gap.max() > relative * max(float(np.abs(right).max(initial=0)), FLOOR) and close is None:
            worst = np.unravel_index(gap.argmax(), gap.shape)
            at = f" at [{', '.join(map(str, worst))}]" if worst else ""
            close = Difference(f"{which}got {mine[worst]:.4g}{at}; expected {right[worst]:.4g}", close=True)
    return close
