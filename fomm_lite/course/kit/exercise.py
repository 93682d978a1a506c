"""What an exercise is: a right answer, hidden cases to try an answer on, known mistakes, and hints.

A check never raises and never stops a notebook: it answers with a :class:`Verdict` in a few friendly lines. It
recognises the mistakes that people make, by computing each of them itself: an answer that agrees with a known mistake
on the cases gets the hint for that mistake, any other wrong answer gets the next general hint.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.compare import Difference, as_arrays, describe, difference


@dataclass(frozen=True)
class Case:
    """One hidden question.

    Attributes:
        name: what is special about it, for the message: "source turned by a quarter".
        arguments: handed to the answer, afresh for every call; empty when the answer is a value, not a function.
    """

    name: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that is often given.

    Attributes:
        name: in a few words: "product the wrong way round".
        answer: that answer: a function of the same arguments as the right one.
        hint: what to think about; it does not give the solution away.
    """

    name: str
    answer: Callable[..., Any]
    hint: str


@dataclass(frozen=True)
class Verdict:
    """What a check says.

    Attributes:
        exercise: its name.
        passed: whether the answer is right in every case.
        message: one line that says what was seen, and perhaps a second with a hint.
        mistake: the name of the known mistake that was recognised, if one was.
    """

    exercise: str
    passed: bool
    message: str
    mistake: str | None = None

    def __repr__(self) -> str:
        """What a notebook shows below the cell."""
        return f"{'✓' if self.passed else '✗'} {self.exercise}: {self.message}"

    def __bool__(self) -> bool:
        """A verdict is true when the exercise is passed."""
        return self.passed


@dataclass
class Exercise:
    """An exercise that checks answers; call it with one.

    Attributes:
        name: as in ``checks.name``.
        reference: the right answer: a function of a case's arguments.
        cases: makes the hidden cases, the same ones every time.
        mistakes: known wrong answers, at least two.
        hints: for any other wrong answer, opened one after the other; the last one stays.
        relative: tolerance as a share of the largest number expected.
        value: True when the answer is a value and not a function.
        property: for answers that are not unique: takes the answer's output and the case's arguments, and returns
            None when it is right, or one line that says what is wrong; ``reference`` is then one right answer of many.
    """

    name: str
    reference: Callable[..., Any]
    cases: Callable[[], Sequence[Case]]
    mistakes: Sequence[Mistake]
    hints: Sequence[str]
    relative: float = 1e-4
    value: bool = False
    property: Callable[..., str | None] | None = None
    _opened: int = field(default=0, init=False, repr=False)

    def __call__(self, answer: Any) -> Verdict:
        """Check an answer on the hidden cases.

        Args:
            answer: a function of the exercise's arguments, or a value; anything else gets a line that says so.

        Returns:
            The verdict; a notebook that ends a cell with it shows it.
        """
        if answer is None or answer is ...:
            return self._fail("no answer yet; replace the ... by yours.", hint=False)
        if not self.value and not callable(answer):
            return self._fail(
                f"got {describe(answer)}; expected a function. Hand over its name, without ().", hint=False
            )
        if self.value and callable(answer):
            return self._fail("got a function; expected its result. Call it, and check what it returns.", hint=False)
        cases = list(self.cases())
        outputs = []
        for case in cases:
            output, problem = self._run(answer, case)
            if problem is not None:
                return problem
            outputs.append(output)
        for number, (case, output) in enumerate(zip(cases, outputs, strict=True)):
            wrong = self._compare(output, case)
            if wrong is not None:
                return self._wrong(wrong, case, cases, outputs, right=number)
        counted = "the answer is" if self.value else f"all {len(cases)} cases are" if len(cases) > 1 else "the case is"
        return Verdict(self.name, True, f"{counted} right.")

    def hint(self) -> str:
        """The next hint, without an answer."""
        if not self.hints:
            return "No hint: read the section above once more."
        number = min(self._opened, len(self.hints) - 1)
        self._opened += 1
        return f"Hint {number + 1} of {len(self.hints)}: {self.hints[number]}"

    def _run(self, answer: Any, case: Case) -> tuple[Any, Verdict | None]:
        """The answer's output for one case, or what kept it from coming."""
        try:
            output = answer if self.value else answer(*self._fresh(case))
        except NotImplementedError:
            return None, self._fail("no answer yet; replace the line that raises NotImplementedError.", hint=False)
        except Exception as error:  # noqa: BLE001 - whatever a student's function raises becomes a friendly line
            what = " ".join(str(error).split()) or "no message"
            what = what if len(what) <= 160 else what[:157] + "..."
            return None, self._fail(f"your function raised {type(error).__name__} on '{case.name}': {what}")
        if output is None or output is ...:
            return None, self._fail("no answer yet; your function returns nothing.", hint=False)
        return output, None

    def _fresh(self, case: Case) -> tuple[Any, ...]:
        """Copies of the arguments: an answer that writes into them must not spoil the comparison."""
        return tuple(
            item.clone() if hasattr(item, "clone") else item.copy() if hasattr(item, "copy") else item
            for item in case.arguments
        )

    def _compare(self, output: Any, case: Case) -> Difference | None:
        """What is wrong with an output, or None."""
        if self.property is not None:
            _, unreadable = as_arrays(output)
            if unreadable is not None:
                return Difference(unreadable, close=False)
            try:
                complaint = self.property(output, *self._fresh(case))
            except Exception as error:  # noqa: BLE001 - an output of another shape or kind breaks the test, not the class
                what = " ".join(str(error).split())[:120]
                return Difference(f"got {describe(output)}, which cannot be tested ({what})", close=False)
            return None if complaint is None else Difference(complaint, close=True)
        return difference(output, self.reference(*self._fresh(case)), self.relative)

    def _wrong(
        self, wrong: Difference, case: Case, cases: Sequence[Case], outputs: Sequence[Any], *, right: int
    ) -> Verdict:
        """The verdict on a wrong answer: with the hint for the mistake that it is, if it is a known one."""
        if self.value and wrong.close:  # what is expected would give the answer away
            wrong = Difference("that is not it", close=True)
        where = "" if self.value else f"on '{case.name}': "
        also = f" ({right} of {len(cases)} cases before it are right)" if right else ""
        said = f"{where}{wrong.text}{also}."
        for mistake in self.mistakes if wrong.close else ():
            if all(
                difference(output, mistake.answer(*self._fresh(each)), self.relative) is None
                for each, output in zip(cases, outputs, strict=True)
            ):
                return Verdict(self.name, False, f"{said}\n  {mistake.name}? {mistake.hint}", mistake.name)
        return self._fail(said)

    def _fail(self, message: str, *, hint: bool = True) -> Verdict:
        """A failure, with the next hint below it."""
        return Verdict(self.name, False, f"{message}\n  {self.hint()}" if hint else message)


def seeded(seed: int) -> torch.Generator:
    """Random numbers for hidden cases: the same for everybody."""
    return torch.Generator().manual_seed(seed)


def rotation(angle: Tensor | float) -> Float[Tensor, "2 2"]:
    """A turn by an angle in radians, clockwise on a picture, whose y runs down; in float64, as hidden cases are."""
    angle = torch.as_tensor(angle, dtype=torch.float64)
    return torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()]).view(2, 2)


def one_value(name: str, right: Any, wrong: Mapping[Any, tuple[str, str]], hints: Sequence[str]) -> Exercise:
    """An exercise whose answer is a letter or a number.

    Args:
        name: as in ``checks.name``.
        right: the answer.
        wrong: answers that are often given -> the mistake in a few words, and what to think about.
        hints: for any other answer.
    """
    mistakes = [Mistake(what, lambda value=value: value, hint) for value, (what, hint) in wrong.items()]
    return Exercise(name, lambda: right, lambda: [Case("the answer")], mistakes, hints, value=True)
