"""Ranges of fields, each refusal with a number that would do: an advice that is refused in its turn is none."""

import sys
from typing import Any

from fomm_lite.errors import InputError


def check_range(
    owner: object,
    *names: str,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
    whole: bool = False,
    example: Any = None,
) -> None:
    """Refuse fields that are no finite numbers of a range; None passes, and of a tuple each number is looked at.

    Args:
        owner: whose fields.
        names: of the fields.
        least: smallest number that will do.
        above: what all must be greater than.
        most: greatest number that will do.
        below: what all must be less than.
        whole: whether only whole numbers will do.
        example: a value to advise; by default the end of the range that is nearer.

    Raises:
        InputError: a field out of range; it is named, and so is a value that would do.

    Example:
        >>> from types import SimpleNamespace
        >>> check_range(SimpleNamespace(share=1.5), "share", least=0, most=1)
        Traceback (most recent call last):
        fomm_lite.errors.InputError: got share = 1.5; expected 0 to 1; use share = 1
    """

    def fits(number: Any) -> bool:
        if isinstance(number, bool) or not isinstance(number, int if whole else int | float):
            return False
        too_small = (least is not None and number < least) or (above is not None and number <= above)
        too_large = (most is not None and number > most) or (below is not None and number >= below)
        return abs(number) <= sys.float_info.max and not too_small and not too_large

    for name in names:
        found = getattr(owner, name)
        if found is None or all(fits(number) for number in (found if isinstance(found, tuple) else (found,))):
            continue
        advice = example
        if advice is None:
            advice = most if most is not None and isinstance(found, int | float) and found > most else least
        raise InputError(
            f"got {name} = {found!r}", _in_words(least, above, most, below, whole), f"use {name} = {advice}"
        )


def _in_words(least: float | None, above: float | None, most: float | None, below: float | None, whole: bool) -> str:
    """The range, for messages."""
    ends = f"{least} to {most}" if least is not None and most is not None else ""
    if not ends:
        known = ((least, "{} or more"), (above, "above {}"), (most, "{} or less"), (below, "below {}"))
        ends = " and ".join(words.format(end) for end, words in known if end is not None)
    if whole:
        return f"a whole number, {ends}"
    return ends if least is not None else f"a number {ends}"


def check_odd(owner: object, name: str, *, example: int, most: int | None = None) -> None:
    """Refuse the side of a kernel that has no middle.

    Args:
        owner: whose field.
        name: of the field.
        example: a side to advise.
        most: greatest side that will do.

    Raises:
        InputError: not a whole odd number above 0, or too great a one.
    """
    check_range(owner, name, least=1, most=most, whole=True, example=example)
    side = getattr(owner, name)
    if side % 2 == 0:
        raise InputError(f"got {name} = {side}", "an odd number, which has a middle", f"use {name} = {example}")


def check_word(owner: object, name: str, known: tuple[str, ...]) -> None:
    """Refuse a word that is none of those known.

    Raises:
        InputError: as said; the known ones are listed.
    """
    word = getattr(owner, name)
    if word not in known:
        raise InputError(f"got {name} = {word!r}", "one of " + ", ".join(known), f"use {name} = {known[0]!r}")
