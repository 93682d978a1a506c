"""What has been solved: a table in a notebook, and a file to hand in."""

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from fomm_lite.course.kit.quiz import LATEST
from fomm_lite.course.kit.topics import TOPICS, checks_of
from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole


@dataclass(frozen=True)
class Row:
    """One exercise or one quiz.

    Attributes:
        notebook: its number, two digits.
        task: the exercise's name, or ``quiz``.
        solved: "yes", "no" or "" where it was not tried; for a quiz "3 of 5".
        tries: how many answers were checked, as a number in text, as it stands in the file.
    """

    notebook: str
    task: str
    solved: str
    tries: str


@dataclass(frozen=True)
class Report:
    """What :func:`report` says: a row for each task, those of earlier sessions included where a file was given."""

    rows: tuple[Row, ...]

    def __repr__(self) -> str:
        """What a notebook shows below the cell: tasks that were tried, and how many are solved in each notebook."""
        lines = []
        for number in sorted({row.notebook for row in self.rows}):
            mine = [row for row in self.rows if row.notebook == number]
            exercises = [row for row in mine if row.task != QUIZ]
            tried = [row for row in mine if row.solved]
            if tried:
                solved = sum(row.solved == "yes" for row in exercises)
                lines.append(f"{number}  {solved} of {len(exercises)} exercises solved")
                lines += [f"    {row.solved:>6}  {row.task}, tries: {row.tries}" for row in tried]
        return "\n".join(lines) or "Nothing was checked yet: run a cell with checks.NAME(...) first."


QUIZ = "quiz"
COLUMNS = [field.name for field in fields(Row)]


def report(file: str | Path | None = None) -> Report:
    """What is solved since Python was started; with a file, since that file was begun.

    Args:
        file: a CSV to hand in, one row a task. Where it exists already, what it says is kept: a task that was solved
            stays solved, the better grade of a quiz and the larger number of tries stay too, so that all notebooks
            can go into one file, as often as one likes.

    Returns:
        The report; a notebook that ends a cell with it shows it as a table.

    Raises:
        InputError: the file is there and is no such report.
    """
    rows = _now()
    if file is not None:
        path = Path(file)
        before = _read(path) if path.exists() else {}
        rows = [_merged(row, before.get((row.notebook, row.task))) for row in rows]
        with written_whole(path) as draft, draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(astuple(row) for row in rows)
    return Report(tuple(rows))


def _now() -> list[Row]:
    rows = []
    for topic, folder in TOPICS.items():
        number = folder[2:4]
        for exercise in checks_of(topic).EXERCISES:
            solved = "yes" if exercise.solved else "no" if exercise.tries else ""
            rows.append(Row(number, exercise.name, solved, str(exercise.tries)))
        graded = LATEST.get(topic)
        said = f"{graded.right} of {graded.questions}" if graded else ""
        rows.append(Row(number, QUIZ, said, str(int(graded is not None))))
    return rows


def _read(path: Path) -> dict[tuple[str, str], Row]:
    """The rows of an earlier report."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.reader(stream))
        if not lines or lines[0] != COLUMNS:
            raise ValueError
        found = [Row(*line) for line in lines[1:]]
        if not all(row.tries.isdecimal() for row in found):
            raise ValueError
    except (ValueError, TypeError, csv.Error, OSError) as error:
        raise InputError(
            got=f"got {path}, which holds something else", expected="a report or no file", fix="give another name"
        ) from error
    return {(row.notebook, row.task): row for row in found}


def _merged(now: Row, before: Row | None) -> Row:
    if before is None:
        return now
    better = before.solved if before.solved == "yes" or not now.solved else now.solved
    if now.task == QUIZ:
        better = max(before.solved, now.solved)  # "4 of 5" comes after "3 of 5", and after nothing
    return Row(now.notebook, now.task, better, str(max(int(now.tries), int(before.tries))))
