"""What an exercise is: a right answer, hidden cases to try an answer on, known mistakes, and hints.

A check never raises and never stops a notebook: it answers with a :class:`Verdict` in a few friendly lines. It
recognises the mistakes that people make, by computing each of them itself: an answer that agrees with a known mistake
on the cases gets the hint for that mistake. Any other wrong answer gets what fits its kind of error: a function that
raises is told what it was given, a shape is compared, a sign or a factor is named (:mod:`diagnosis`); the exercise's
first general hint is for all that is left, and ``checks.name.hint()`` opens the others.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.compare import RIGHT_VALUES, Difference, as_arrays, describe, difference
from fomm_lite.course.kit.diagnosis import diagnosis

UNANSWERED = "no answer yet"


@dataclass(frozen=True)
class Case:
    """One hidden question.

    Attributes:
        name: what is special about it, for the message: "source turned by a quarter".
        arguments: handed to the answer, afresh for every call; empty when the answer is a value, not a function.
        truth: what the answer is measured against, which only the exercise's property gets to see.
    """

    name: str
    arguments: tuple[Any, ...] = ()
    truth: tuple[Any, ...] = ()


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
        hints: the first is shown below any other wrong answer; :meth:`hint` opens one after the other.
        relative: tolerance as a share of the largest number expected.
        value: True when the answer is a value and not a function.
        property: for answers that are not unique: takes the answer's output, the case's arguments and its truth, and
            returns None when it is right, or one line that says what is wrong; ``reference`` is then one right answer
            of many.
        use: makes a function of a case's arguments out of an answer, of the right one and of the mistakes alike; for
            answers that are classes.
        tries: how many answers were checked since Python was started; stubs as they were found are none,
            nor are right values in a shape with an axis of 1 too many or too few.
        solved: whether one of them passed.
    """

    name: str
    reference: Callable[..., Any]
    cases: Callable[[], Sequence[Case]]
    mistakes: Sequence[Mistake]
    hints: Sequence[str]
    relative: float = 1e-4
    value: bool = False
    property: Callable[..., str | None] | None = None
    use: Callable[[Any], Callable[..., Any]] = lambda answer: answer
    tries: int = field(default=0, init=False, repr=False)
    solved: bool = field(default=False, init=False, repr=False)
    _opened: int = field(default=0, init=False, repr=False)

    def __call__(self, answer: Any) -> Verdict:
        """Check an answer on the hidden cases.

        Args:
            answer: a function of the exercise's arguments, or a value; anything else gets a line that says so.

        Returns:
            The verdict; a notebook that ends a cell with it shows it.
        """
        verdict = self._verdict(answer)
        self.tries += not (verdict.message.startswith(UNANSWERED) or RIGHT_VALUES in verdict.message)
        self.solved = self.solved or verdict.passed
        return verdict

    def _verdict(self, answer: Any) -> Verdict:
        """The verdict on an answer, which nothing is counted of here."""
        if answer is None or answer is ...:
            return self._fail(f"{UNANSWERED}; replace the ... by yours.")
        if not self.value and not callable(answer):
            return self._fail(f"got {describe(answer)}; expected a function. Hand over its name, without ().")
        if self.value and callable(answer):
            return self._fail("got a function; expected its result. Call it, and check what it returns.")
        cases = list(self.cases())
        outputs = []
        for case in cases:
            output, problem = self._run(answer, case)
            if problem is not None:
                return problem
            outputs.append(output)
        wrong = [self._compare(output, case) for case, output in zip(cases, outputs, strict=True)]
        if any(wrong):
            return self._wrong(wrong, cases, outputs)
        counted = "the answer is" if self.value else f"all {len(cases)} cases are" if len(cases) > 1 else "the case is"
        return Verdict(self.name, True, f"{counted} right.")

    def hint(self) -> str:
        """The next hint, without an answer."""
        if not self.hints:
            return "No hint: read the section above once more."
        number = min(self._opened, len(self.hints) - 1)
        self._opened += 1
        return self._numbered(number)

    def _run(self, answer: Any, case: Case) -> tuple[Any, Verdict | None]:
        """The answer's output for one case, or what kept it from coming."""
        try:
            output = answer if self.value else self.use(answer)(*self._fresh(case))
        except NotImplementedError:
            return None, self._fail(f"{UNANSWERED}; replace the line that raises NotImplementedError.")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's function raises becomes a friendly line
            what = " ".join(str(error).split()) or "no message"
            what = what if len(what) <= 160 else what[:157] + "..."
            given = ", ".join(map(describe, case.arguments)) or "nothing"
            return None, self._fail(
                f"your function raised {type(error).__name__} on '{case.name}': {what}", f"It was given: {given}."
            )
        if output is None or output is ...:
            return None, self._fail(f"{UNANSWERED}; your function returns nothing.")
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
                complaint = self.property(output, *self._fresh(case), *case.truth)
            except Exception as error:  # noqa: BLE001 - an output of another shape or kind breaks the test, not the class
                what = " ".join(str(error).split())[:120]
                return Difference(f"got {describe(output)}, which cannot be tested ({what})", close=False)
            return None if complaint is None else Difference(complaint, close=True)
        return difference(output, self.use(self.reference)(*self._fresh(case)), self.relative)

    def _wrong(
        self, differences: Sequence[Difference | None], cases: Sequence[Case], outputs: Sequence[Any]
    ) -> Verdict:
        """The verdict on a wrong answer, with the hint for the mistake, or else for the kind of error, that it is."""
        at, wrong = next((at, each) for at, each in enumerate(differences) if each is not None)
        right = sum(each is None for each in differences)
        if self.value and wrong.close:  # what is expected would give the answer away
            wrong = Difference("that is not it", close=True)
        where = "" if self.value else f"on '{cases[at].name}': "
        also = f" ({right} of {len(cases)} cases are right)" if right else ""
        said = f"{where}{wrong.text}{also}."
        for mistake in self.mistakes if wrong.close else ():
            if all(
                difference(output, self.use(mistake.answer)(*self._fresh(each)), self.relative) is None
                for each, output in zip(cases, outputs, strict=True)
            ):
                return Verdict(self.name, False, f"{said}\n  {mistake.name}? {mistake.hint}", mistake.name)
        if wrong.hint:
            return self._fail(said, wrong.hint)
        if not self.value and self.property is None:
            expected = [self.use(self.reference)(*self._fresh(case)) for case in cases]
            if kind := diagnosis(outputs, expected, self.relative):
                return self._fail(said, kind)
        if right >= len(cases) / 2:
            return self._fail(said, f"The idea is right. What is special about '{cases[at].name}'?")
        self._opened = max(self._opened, 1)
        return self._fail(said, self._numbered(0))

    def _numbered(self, number: int) -> str:
        return f"Hint {number + 1} of {len(self.hints)}: {self.hints[number]}"

    def _fail(self, message: str, hint: str = "") -> Verdict:
        """A failure, with a hint below it if there is one."""
        return Verdict(self.name, False, f"{message}\n  {hint}" if hint else message)


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
