"""Checks of the course's exercises: ``checks.name(answer)`` tries an answer on hidden cases and says what it saw.

Each chapter has a module of them; it holds its ``EXERCISES`` and the answers of its ``QUIZ``. They are looked up
here by the exercise's name, so that a notebook needs ``from fomm_lite.course import checks`` only.
``checks.report()`` says what is solved, ``checks.report("solved.csv")`` writes it down to be handed in.
"""

import difflib
from functools import cache

from fomm_lite.course.kit.exercise import Case, Exercise, Mistake, Verdict
from fomm_lite.course.kit.quiz import grade
from fomm_lite.course.kit.report import report
from fomm_lite.course.kit.topics import TOPICS, checks_of

__all__ = ["TOPICS", "Case", "Exercise", "Mistake", "Verdict", "exercises", "grade", "report"]


@cache
def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order of the course."""
    found: dict[str, Exercise] = {}
    for topic in TOPICS:
        for exercise in checks_of(topic).EXERCISES:
            found[exercise.name] = exercise
    return found


def __getattr__(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        AttributeError: there is none; the nearest name is given.
    """
    if not name.startswith("_"):
        known = exercises()
        if name in known:
            return known[name]
        near = difflib.get_close_matches(name, known, 1)
        if near:
            raise AttributeError(f"got checks.{name}; expected the name of an exercise; did you mean checks.{near[0]}?")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
