"""The report of what is solved."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from fomm_lite.course import checks
from fomm_lite.course.kit import quiz
from fomm_lite.course.kit.topics import checks_of
from fomm_lite.errors import InputError


@pytest.fixture(autouse=True)
def _fresh_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(quiz, "LATEST", quiz.LATEST)
    quiz.LATEST.clear()
    for exercise in checks.exercises().values():
        exercise.tries, exercise.solved = 0, False
    yield
    quiz.LATEST.clear()


def rows(path: Path) -> dict[str, list[str]]:
    """What the file says: notebook and task -> solved, tries."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {f"{row['notebook']} {row['task']}": [row["solved"], row["tries"]] for row in csv.DictReader(stream)}


def test_it_counts_tries_but_not_stubs() -> None:
    assert "Nothing was checked" in repr(checks.report())
    checks.sine_slope(...)
    checks.motion_at(lambda *_: None)
    assert "Nothing was checked" in repr(checks.report())
    checks.sine_slope(2)
    assert "no  sine_slope, tries: 1" in repr(checks.report())
    checks.sine_slope(3)
    checks.sine_slope(1)  # what is solved stays solved
    shown = repr(checks.report())
    assert "02  1 of 5 exercises solved" in shown and "yes  sine_slope, tries: 3" in shown
    exercise = checks.exercises()["soft_argmax"]
    assert "values are right" in repr(exercise(lambda *given: exercise.reference(*given)[None]))
    assert exercise.tries == 0  # an axis of 1 costs nothing


def test_a_file_keeps_what_earlier_sessions_solved(tmp_path: Path) -> None:
    path = tmp_path / "solved.csv"
    key = "".join(each.letter for each in checks_of("start").QUIZ)
    checks.sine_slope(3)
    checks.grade("start", key)
    checks.report(path)
    assert rows(path)["02 sine_slope"] == ["yes", "1"]
    assert rows(path)["00 quiz"] == ["5 of 5", "1"]
    exercise = checks.exercises()["sine_slope"]
    exercise.tries, exercise.solved = 0, False  # another day, another kernel
    quiz.LATEST.clear()
    checks.sine_slope(2)
    checks.diagnosis("b)")
    checks.report(path)
    said = checks.report(path)
    assert rows(path)["02 sine_slope"] == ["yes", "1"]
    assert rows(path)["06 diagnosis"] == ["yes", "1"]
    assert rows(path)["00 quiz"] == ["5 of 5", "1"]
    assert len(rows(path)) == len(checks.exercises()) + len(checks.TOPICS)
    assert "5 of 5  quiz" in repr(said)


@pytest.mark.parametrize(
    "text", ["hello", "notebook,task,solved,tries\n1,2", "notebook,task,solved,tries\n1,2,3,x", ""]
)
def test_another_file_is_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="give another name"):
        checks.report(path)
    assert path.read_text(encoding="utf-8") == text
