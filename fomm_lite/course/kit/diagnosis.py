"""Wrong numbers that have something in common with the right ones: a sign, a factor, an offset, another order."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from fomm_lite.course.kit.compare import FLOOR, as_arrays

ENOUGH = 4  # with fewer numbers a common factor may be chance


def diagnosis(outputs: Sequence[Any], expected: Sequence[Any], relative: float) -> str | None:
    """What all cases' wrong numbers have in common with the right ones, in one line, or None.

    Args:
        outputs: what an answer returned for each case, in the right shapes.
        expected: what was expected for each.
        relative: tolerance as a share of the largest expected number.
    """
    mine, right = _flat(outputs), _flat(expected)
    if mine is None or right is None or [a.shape for a in mine] != [a.shape for a in right]:
        return None
    a, b = (np.concatenate([each.ravel() for each in arrays]) for arrays in (mine, right))

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return bool(np.allclose(one, other, rtol=0, atol=relative * max(np.abs(other).max(initial=0), FLOOR)))

    if len(a) < ENOUGH or not b.any():
        return None
    if same(a, -b):
        return "Your numbers are the right ones with the other sign."
    factor = float(a @ b / (b @ b))
    if abs(factor) > FLOOR and same(a, factor * b):
        return f"All your numbers are {factor:.3g} times the right ones: where does a factor come from, or get lost?"
    if same(a - b, np.full_like(a, (a - b).mean())):
        return f"All your numbers are {(a - b).mean():.3g} more than the right ones: what was added, or left out?"
    pairs = list(zip(mine, right, strict=True))
    if all(_transposed(one, other, same) for one, other in pairs):
        return "The right numbers, but with two axes exchanged."
    if all(same(np.sort(one, axis=None), np.sort(other, axis=None)) for one, other in pairs):
        return "The right numbers, but in another order: is it (x, y) everywhere, and do rows come before columns?"
    return None


def _transposed(one: np.ndarray, other: np.ndarray, same: Any) -> bool:
    swaps = (one.swapaxes(i, j) for i, j in combinations(range(one.ndim), 2) if one.shape[i] == one.shape[j])
    return any(same(swapped, other) for swapped in swaps)


def _flat(results: Sequence[Any]) -> list[np.ndarray] | None:
    """All arrays of all cases, those of a tuple one after the other."""
    found: list[np.ndarray] = []
    for result in results:
        arrays, _ = as_arrays(result)
        if arrays is None:
            return None
        found += arrays
    return found
