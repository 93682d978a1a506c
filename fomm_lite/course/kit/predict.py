"""Predict, then reveal: what the student said is kept in the notebook, and the answer stays covered until then."""

import difflib
import math
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from types import EllipsisType
from typing import Protocol, runtime_checkable

from fomm_lite.errors import InputError

Said = float | str | EllipsisType
_HINT = "put your prediction in place of ... in the cell above and run both cells, or open this"


@runtime_checkable
class Shown(Protocol):
    """A picture or a film as the output of a cell, ours or IPython's own."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True)
class Prediction:
    """What a student said before the answer was seen.

    Attributes:
        asked: the question, in a few words.
        said: a number, a word or a sentence; ``...`` as long as nothing is said.
        unit: what stands behind a number, as ``" pixels"`` or ``" %"``.
        among: the possible answers; empty where anything may be said.
    """

    asked: str
    said: Said
    unit: str = ""
    among: tuple[float | str, ...] = ()

    def reveal(self, truth: float | str, shown: Shown | None = None) -> "Revealed":
        """The answer, beside what was said; covered on the page while nothing was.

        Args:
            truth: what is so: a number, computed, or words.
            shown: a picture or a film that belongs to it.

        Raises:
            InputError: an answer that could not be chosen.
        """
        if self.among and truth not in self.among:
            raise InputError(
                f"got the answer {truth!r}", f"one of {', '.join(map(repr, self.among))}", "add it to the choices"
            )
        answer = f"it is {self._written(truth)}"
        if self.said is ...:
            return Revealed(self.asked, answer, shown, covered=True)
        return Revealed(self.asked, f"you said {self._written(self.said)}, {answer}", shown, covered=False)

    def _written(self, value: Said) -> str:
        """A number in three digits, with its unit; words as they are."""
        return f"{value:.3g}{self.unit}" if isinstance(value, int | float) else str(value)


@dataclass(frozen=True)
class Revealed:
    """An answer as the output of a cell.

    Attributes:
        asked: the question.
        answer: in words.
        shown: a picture or a film below it, or none.
        covered: whether a reader has to open it.
    """

    asked: str
    answer: str
    shown: Shown | None
    covered: bool

    def _repr_html_(self) -> str:
        """What notebooks and pages show. ``details`` opens without a kernel, on a saved page as well."""
        below = "" if self.shown is None else self.shown._repr_html_()  # noqa: SLF001
        inner = f"<p>{escape(f'{self.asked}: {self.answer}.')}</p>{below}"
        if not self.covered:
            return inner
        return f"<details><summary>No prediction yet: {escape(_HINT)}.</summary>{inner}</details>"

    def __repr__(self) -> str:
        """What a terminal prints: a question that nobody answered stays open."""
        if self.covered:
            return f"{self.asked}: no prediction yet; put it in place of ... and run again"
        return f"{self.asked}: {self.answer}" + ("" if self.shown is None else f"\n{self.shown!r}")


def predict(asked: str, said: object, *, among: Collection[float | str] = (), unit: str = "") -> Prediction:
    """Keeps a prediction until its answer is revealed.

    Args:
        asked: the question, in a few words.
        said: the student's: a number, a word, a sentence; ``...`` for none yet.
        among: the possible answers, where they are to be chosen from.
        unit: of the number, as `` pixels``.

    Raises:
        InputError: no finite number and no words, or none of ``among``.

    Example:
        >>> guess = predict("halving the distance divides the error by", 2)
        >>> guess.reveal(3.98)
        halving the distance divides the error by: you said 2, it is 3.98
    """
    if said is ...:
        return Prediction(asked, ..., unit, tuple(among))
    if among and said not in among:
        answers = {str(each): each for each in among}
        near = difflib.get_close_matches(str(said), answers, 1)
        fix = f"did you mean {answers[near[0]]!r}?" if near else "choose one of these"
        raise InputError(f"got {said!r}", f"one of {', '.join(map(repr, among))}", fix)
    if isinstance(said, str) and said.strip():
        return Prediction(asked, said, unit, tuple(among))
    if isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said):
        return Prediction(asked, said, unit, tuple(among))
    raise InputError(f"got {said!r}", "a number or some words", "say what you think will come out")
