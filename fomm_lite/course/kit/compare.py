"""Comparing what a student hands in with what is right: numbers of any kind, and friendly words for all else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

FLOOR = 0.01  # where zeros are expected, rounding must not fail an answer
RIGHT_VALUES = "The values are right"
NO_NUMBERS = "Look at what it is: print(type(...)) of your result."
OTHER_SHAPE = "Write the shape beside each of your lines: at which one does it become another than expected?"


@dataclass(frozen=True)
class Difference:
    """What is wrong with an answer.

    Attributes:
        text: in words, without a full stop.
        close: whether kind and shape are right, so that it may be a known mistake.
        hint: what helps against this kind of error; empty where it lies in the numbers, and so in the exercise.
    """

    text: str
    close: bool
    hint: str = ""


def describe(answer: Any) -> str:
    """A value in a few words.

    Example:
        >>> import torch
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
        parts = [_as_array(item) for item in answer]
        bad = next((problem for _, problem in parts if problem is not None), None)
        return (None, bad) if bad is not None else ([array for array, _ in parts if array is not None], None)
    array, problem = _as_array(answer)
    return (None, problem) if array is None else ([array], None)


def _as_array(answer: Any) -> tuple[np.ndarray | None, str | None]:
    """An answer as one array: rows may be tuples, lists, arrays or tensors."""
    try:
        array = _numbers(answer)
    except Exception:  # noqa: BLE001 - what somebody hands in may break in any way when it is looked into
        return None, f"got {describe(answer)}; expected numbers"
    if not np.isfinite(array).all():
        return (
            None,
            "got NaN or infinity among your numbers; look for a division by zero or a root of something below 0",
        )
    return array, None


def _numbers(answer: Any) -> np.ndarray:
    if isinstance(answer, Tensor):
        if answer.is_complex():
            raise TypeError
        return answer.detach().cpu().double().numpy()
    if isinstance(answer, list | tuple):
        return np.stack([_numbers(item) for item in answer]) if len(answer) else np.zeros(0)
    return np.asarray(answer, dtype=float)


def as_tensor(answer: Any) -> Tensor:
    """An answer as one tensor (float64), however its rows were written, for properties to look at."""
    return torch.from_numpy(_numbers(answer))


def misshapen(answer: Tensor, shape: Sequence[int], meaning: str = "") -> str | None:
    """A line that says which shape was expected, or None where the answer has it.

    Args:
        answer: what :func:`as_tensor` made of it.
        shape: as it should be.
        meaning: of its axes.
    """
    if tuple(answer.shape) == tuple(shape):
        return None
    return f"got shape {tuple(answer.shape)}; expected {tuple(shape)}{meaning}"


def option(answer: str) -> str:
    """A text without what stands around it: ``(B)``, ``b)`` and ``b.`` are the option b."""
    return re.sub(r"^[\W_]+|[\W_]+$", "", answer).lower()


def difference(answer: Any, expected: Any, relative: float) -> Difference | None:
    """None when an answer is right, else what is wrong with it.

    Args:
        answer: what was handed in: numbers, a text, or lists, tuples, arrays and tensors of numbers.
        expected: the right one; where it is a tuple, any sequence of as many things will do.
        relative: tolerance as a share of the largest expected number (at least of :data:`FLOOR`).
    """
    if isinstance(expected, str):
        if not isinstance(answer, str):
            return Difference(f"got {describe(answer)}; expected a text such as 'a'", close=False, hint=NO_NUMBERS)
        same = option(answer) == option(expected)
        return None if same else Difference(f"{answer.strip()[:40]!r} is not it", close=True)
    if isinstance(expected, tuple):
        parts = _parts(answer)
        if parts is None or len(parts) != len(expected):
            text = f"got {describe(answer)}; expected {len(expected)} things"
            return Difference(text, close=False, hint=f"End it with return {', '.join('abcdef'[: len(expected)])}.")
    else:
        expected, parts = (expected,), (answer,)
    close: Difference | None = None
    for place, (mine, right) in enumerate(zip(parts, expected, strict=True)):
        which = f"in result {place + 1}: " if len(expected) > 1 else ""
        wrong = _one_difference(mine, _numbers(right), relative, which)
        if wrong is not None and not wrong.close:
            return wrong
        close = close or wrong
    return close


def _parts(answer: Any) -> tuple[Any, ...] | None:
    """The things that an answer of several consists of, or None where it is a single one."""
    try:
        return tuple(answer) if isinstance(answer, tuple | list | Tensor | np.ndarray) else None
    except Exception:  # noqa: BLE001 - a list of somebody's own may refuse
        return None


def _one_difference(answer: Any, right: np.ndarray, relative: float, which: str) -> Difference | None:
    mine, problem = _as_array(answer)
    if problem is not None or mine is None:
        return Difference(f"{which}{problem}", close=False, hint=NO_NUMBERS)
    scale = relative * max(float(np.abs(right).max(initial=0)), FLOOR)
    if mine.shape != right.shape:
        text = f"{which}got shape {mine.shape}; expected {right.shape}"
        if isinstance(answer, tuple) and not right.shape:
            text = f"{which}got {describe(answer)}; expected one number"
        flat = mine.squeeze().shape == right.squeeze().shape
        if flat and not np.any(np.abs(mine.squeeze() - right.squeeze()) > scale):
            axis = "has an axis of 1 too many" if mine.ndim > right.ndim else "lacks an axis of 1"
            return Difference(text, close=False, hint=f"{RIGHT_VALUES}; the result {axis}.")
        return Difference(text, close=False, hint=OTHER_SHAPE)
    gap = np.abs(mine - right)
    if not gap.size or gap.max() <= scale:
        return None
    worst = np.unravel_index(gap.argmax(), gap.shape)
    at = f" at [{', '.join(map(str, worst))}]" if worst else ""
    return Difference(f"{which}got {mine[worst]:.4g}{at}; expected {right[worst]:.4g}", close=True)
