"""What holds for every exercise of the course, and for the machinery that checks them."""

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.course.kit.checks import Case, Exercise, Mistake, Verdict
from fomm_lite.course.kit.compare import as_arrays, difference

EXERCISES = checks.exercises()
ALL = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())


def right(exercise: Exercise) -> object:
    """The answer that passes."""
    return exercise.reference() if exercise.value else exercise.reference


def wrong(exercise: Exercise, mistake: Mistake) -> object:
    """The answer of somebody who made the mistake."""
    return mistake.answer() if exercise.value else mistake.answer


def friendly(verdict: Verdict) -> bool:
    """Whether a failure is told in one line, with at most a hint below, and without a traceback."""
    return not verdict.passed and verdict.message.count("\n") <= 1 and "Traceback" not in verdict.message


@ALL
def test_the_right_answer_passes(exercise: Exercise) -> None:
    verdict = exercise(right(exercise))
    assert verdict.passed, verdict


@ALL
def test_every_known_mistake_fails_with_its_own_hint(exercise: Exercise) -> None:
    assert len(exercise.mistakes) >= 2
    assert len({mistake.name for mistake in exercise.mistakes}) == len(exercise.mistakes)
    for mistake in exercise.mistakes:
        verdict = exercise(wrong(exercise, mistake))
        assert not verdict.passed
        assert verdict.mistake == mistake.name
        assert mistake.hint in verdict.message


@ALL
def test_it_asks_and_leads(exercise: Exercise) -> None:
    assert len(exercise.hints) >= 2
    assert exercise.value or len(exercise.cases()) >= 3
    names = [case.name for case in exercise.cases()]
    assert len(set(names)) == len(names)


@ALL
@pytest.mark.parametrize("answer", [None, ..., "", [], object()], ids=["None", "...", "text", "list", "object"])
def test_what_is_no_answer_gets_a_friendly_line(exercise: Exercise, answer: object) -> None:
    assert friendly(exercise(answer))


def _nothing(*_: object) -> None:
    """An unsolved stub."""


def _raises(*_: object) -> None:
    raise RuntimeError("two\nlines")


def _not_implemented(*_: object) -> None:
    raise NotImplementedError


def _nan(*_: object) -> Tensor:
    return torch.tensor(float("nan"))


def _misshapen(*_: object) -> Tensor:
    return torch.zeros(1, 2, 3, 4, 5, 6)


def _text(*_: object) -> object:
    return object()


@ALL
@pytest.mark.parametrize("answer", [_nothing, _raises, _not_implemented, _nan, _misshapen, _text, lambda: 1])
def test_a_function_that_does_not_answer_gets_a_friendly_line(exercise: Exercise, answer: object) -> None:
    assert friendly(exercise(answer))


@ALL
def test_numpy_answers_are_as_good_as_torch_ones(exercise: Exercise) -> None:
    def converted(output: object) -> object:
        if isinstance(output, tuple):
            return tuple(map(converted, output))
        return output.detach().numpy() if isinstance(output, Tensor) else output

    answer = right(exercise)
    verdict = exercise(converted(answer) if exercise.value else lambda *given: converted(answer(*given)))  # type: ignore[operator]
    assert verdict.passed, verdict


@ALL
def test_cases_are_the_same_every_time(exercise: Exercise) -> None:
    if exercise.value:
        assert difference(exercise.reference(), exercise.reference(), 1e-9) is None
        return
    for first, again in zip(exercise.cases(), exercise.cases(), strict=True):
        assert first.name == again.name
        for one, other in zip(first.arguments, again.arguments, strict=True):
            if isinstance(one, Tensor | np.ndarray):
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def double() -> Exercise:
    """An exercise to try the machinery on."""
    return Exercise(
        name="double",
        reference=lambda x: 2 * x,
        cases=lambda: [Case("one", (torch.ones(2),)), Case("a negative number", (torch.tensor([-3.0, 1.0]),))],
        mistakes=[Mistake("squared", lambda x: x * x, "What is three doubled?"), Mistake("same", lambda x: x, "More.")],
        hints=["Think.", "Add it to itself."],
    )


def test_a_failure_names_the_case_and_what_was_seen() -> None:
    verdict = double()(lambda x: x * x)
    assert "'one'" in verdict.message and "got 1 at [0]; expected 2" in verdict.message
    assert repr(verdict).startswith("✗ double")
    assert not verdict


def test_a_wrong_answer_gets_the_first_hint_and_the_others_open_when_asked_for() -> None:
    exercise = double()
    said = [exercise(lambda x: 5 + x**3).message.splitlines()[-1].strip() for _ in range(3)]
    assert said == ["Hint 1 of 2: Think."] * 3
    assert [exercise.hint() for _ in range(2)] == ["Hint 2 of 2: Add it to itself."] * 2


def test_an_answer_that_is_right_in_some_cases_only_does_not_pass() -> None:
    verdict = double()(lambda x: 2 * x.abs())
    assert not verdict.passed
    assert "1 of 2 cases are right" in verdict.message and "'a negative number'" in verdict.message


def test_an_answer_that_writes_into_its_arguments_is_judged_by_what_it_returns() -> None:
    def spoils(x: Tensor) -> Tensor:
        return x.mul_(2)

    assert double()(spoils).passed


def test_hidden_cases_do_not_give_a_value_away() -> None:
    exercise = Exercise("secret", lambda: 42, lambda: [Case("value")], [], ["Count."], value=True)
    assert "42" not in exercise(41).message
    assert exercise(42).passed and exercise(torch.tensor(42.0)).passed
    assert "Call it" in exercise(lambda: 42).message


def test_a_property_judges_answers_that_are_not_unique() -> None:
    def is_unit(output: Tensor) -> str | None:
        return None if abs(float(output.norm()) - 1) < 1e-4 else f"got length {float(output.norm()):.2f}; expected 1"

    exercise = Exercise(
        "unit", lambda: torch.tensor([1.0, 0.0]), lambda: [Case("any")], [], ["Divide."], property=is_unit
    )
    assert exercise(lambda: torch.tensor([0.6, 0.8])).passed
    assert "got length 2.00" in exercise(lambda: torch.tensor([2.0, 0.0])).message


def test_numbers_of_any_kind_are_compared() -> None:
    kinds = [[1.0, 2.0], np.array([1, 2]), torch.tensor([1.0, 2.0]), [torch.tensor(1.0), 2]]
    for one, other in itertools.product(kinds, kinds):
        assert difference(one, other, 1e-6) is None
    assert as_arrays("two")[1] is not None
    assert difference((1, 2), (1, 2), 1e-6) is None
    assert difference(1, (1, 2), 1e-6) is not None
    assert difference(" B", "b", 1e-6) is None


def test_an_unknown_exercise_is_named_with_its_neighbour() -> None:
    name = next(iter(EXERCISES))
    with pytest.raises(AttributeError, match=name):
        getattr(checks, name + "s")
    with pytest.raises(AttributeError, match="no attribute"):
        getattr(checks, "q" * 12)


def test_a_quiz_is_graded_without_giving_letters_away() -> None:
    keys = __import__("importlib").import_module("fomm_lite.course.ch02_first_order_motion.checks").QUIZ
    answers = "".join(key.letter for key in keys)
    assert checks.grade("first_order", answers).right == len(keys)
    assert checks.grade("first_order", answers.upper()).right == len(keys)
    open_ = checks.grade("first_order", answers[:-1] + "?")
    assert open_.right == len(keys) - 1 and "open" in repr(open_)
    other = "a" if keys[0].letter != "a" else "b"
    assert keys[0].found in repr(checks.grade("first_order", other + answers[1:]))


def test_a_quiz_that_nobody_answered_is_not_called_wrong_but_says_how_to_answer() -> None:
    said = repr(checks.grade("first_order", "?????"))
    assert said.startswith("not answered yet") and "a letter for each ?" in said and "right" not in said


@pytest.mark.parametrize("answers", [None, "abc" * 20, 7, ["a"]])
def test_a_quiz_given_something_else_says_so(answers: object) -> None:
    grade = checks.grade("first_order", answers)
    assert grade.right == 0 and "expected" in repr(grade)


def test_an_unknown_quiz_lists_the_known_ones() -> None:
    assert "first_order" in repr(checks.grade("second_order", "abc"))
