"""What holds for the notebooks of the course; tests/test_repository.py has what holds for any stored notebook."""

import re
import statistics
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from benchmarks.picture_words import without_words
from fomm_lite.course import checks
from fomm_lite.course.kit.quiz import Key

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
COURSE = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((FOLDER / "solutions").glob("[0-9][0-9]_*.ipynb"))
LONGEST_CELL = 25
USUAL_CELL = 8
EXERCISES = 35
# where somebody's machine shows: a home, a scratch folder, a drive, the folder these notebooks were made in
PLACES = re.compile(r"(?<![\w.:/])/(?:home|Users|root|tmp|mnt|work|opt|var)/|\b[A-Z]:\\")

on_course = pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
on_all = pytest.mark.parametrize(
    "path", COURSE + SOLUTIONS, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix()
)


def cells(path: Path, kind: str) -> list[NotebookNode]:
    """The cells of a kind, in order."""
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def text_of(path: Path, kind: str) -> str:
    """All cells of a kind as one text."""
    return "\n\n".join(cell.source for cell in cells(path, kind))


def outputs(path: Path) -> Iterator[NotebookNode]:
    """Everything that cells showed."""
    for cell in cells(path, "code"):
        yield from cell.outputs


def quiz_of(path: Path) -> tuple[Key, ...]:
    """The answers to a notebook's quiz."""
    keys: tuple[Key, ...] = import_module(f"fomm_lite.course.ch{path.stem}.checks").QUIZ
    return keys


def exercises_of(path: Path) -> list[str]:
    """The names of a notebook's exercises."""
    return [exercise.name for exercise in import_module(f"fomm_lite.course.ch{path.stem}.checks").EXERCISES]


@on_all
def test_cells_are_short(path: Path) -> None:
    lines = [len(cell.source.splitlines()) for cell in cells(path, "code")]
    assert max(lines) <= LONGEST_CELL
    if path in COURSE:  # a solution holds whole functions
        assert statistics.median(lines) <= USUAL_CELL


@on_all
def test_it_does_not_tell_where_it_was_made(path: Path) -> None:
    seen = [cell.source for cell in nbformat.read(path, 4).cells]
    for output in outputs(path):
        data = output.get("data", {})
        seen += [output.get("text", ""), *(str(data[kind]) for kind in data if kind.startswith("text/"))]
    told = [match[0] for text in seen for match in PLACES.finditer(re.sub(r"base64,[\w+/=]+", "", text))]
    assert not told


@on_course
def test_it_begins_with_aims_and_minutes_and_ends_with_summary_notation_and_quiz(path: Path) -> None:
    first = nbformat.read(path, 4).cells[0]
    assert first.source.startswith(f"# {path.name[:2]} · ")
    assert "**By the end you can**" in first.source
    assert re.search(r"\*About \d+ minutes", first.source)
    assert "What you need" in first.source
    headings = re.findall(r"^## (.+)$", text_of(path, "markdown"), re.MULTILINE)
    assert headings[-3:] == ["Summary", "Notation", "Quiz"]
    assert re.search(r"\*\*Predict first\.?\*\*", text_of(path, "markdown"))


@on_all
def test_nothing_on_its_page_is_without_words_for_those_who_cannot_see_it(path: Path) -> None:
    assert without_words(nbformat.read(path, 4)) == []


@on_course
def test_its_quiz_has_a_key_for_each_question(path: Path) -> None:
    keys, text = quiz_of(path), text_of(path, "markdown").partition("## Quiz")[2]
    questions = re.findall(r"^(?:\*\*)?(\d+)[.)]", text, re.MULTILINE)
    assert [int(number) for number in questions] == list(range(1, len(keys) + 1))
    assert len(keys) >= 5
    topic = next(topic for topic, folder in checks.TOPICS.items() if folder == f"ch{path.stem}")
    assert f'checks.grade("{topic}", "{"?" * len(keys)}")' in cells(path, "code")[-1].source
    assert {key.letter for key in keys} <= set("abcd")
    assert len({key.letter for key in keys}) >= 3, "one letter answers nearly all"


@on_course
def test_answers_of_its_quiz_stand_in_its_text(path: Path) -> None:
    text = " ".join(text_of(path, "markdown").partition("## Quiz")[0].split())  # as a page shows it
    for key in quiz_of(path):
        assert len(key.found.split()) >= 5
        assert not set("*`$\n") & set(key.found)
        assert key.found in text


@pytest.mark.parametrize("name", checks.exercises())
def test_an_exercise_is_asked_in_its_notebook_and_solved_in_its_solutions(name: str) -> None:
    call = re.compile(rf"\bchecks\.{name}\(")
    asked = [path.stem for path in COURSE if call.search(text_of(path, "code"))]
    solved = [path.stem for path in SOLUTIONS if call.search(text_of(path, "code"))]
    assert asked == solved == [path.stem for path in COURSE if name in exercises_of(path)]


@on_course
def test_it_asks_three_exercises_or_more_in_order(path: Path) -> None:
    number = path.name[:2]
    headings = re.findall(r"^### Exercise (\d\d)\.(\d+)", text_of(path, "markdown"), re.MULTILINE)
    count = len(exercises_of(path))
    assert headings == [(number, str(place)) for place in range(1, count + 1)]
    assert count >= 3


@on_course
def test_its_exercises_are_stored_unsolved(path: Path) -> None:
    shown = [str(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs(path)]
    passed = [text for text in shown if any(text.startswith(f"✓ {name}:") for name in checks.exercises())]
    assert not passed


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solutions_are_stored_solved(path: Path) -> None:
    shown = " ".join(str(output.get("data", {}).get("text/plain", output.get("text", ""))) for output in outputs(path))
    assert [name for name in exercises_of(path) if f"✓ {name}:" not in shown] == []


def test_the_course_is_complete() -> None:
    assert [f"ch{path.stem}" for path in COURSE] == list(checks.TOPICS.values())
    assert [path.name for path in SOLUTIONS] == [path.name for path in COURSE]
    assert len(checks.exercises()) >= EXERCISES


@on_course
def test_it_is_linked_from_the_readme_and_from_the_first_notebook(path: Path) -> None:
    assert f"(notebooks/{path.name})" in (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    assert f"({path.name})" in text_of(COURSE[0], "markdown")


@on_all
def test_links_to_files_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", text_of(path, "markdown"))
    lost = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert not lost
    assert not [link for link in links if link.startswith("/")]


def explorer_classes() -> list[str]:
    """Names of what readers can move: every explorer of the course, the monitor of a training, the puppet."""
    package = FOLDER.parent / "fomm_lite"
    files = [path for end in ("explorer", "monitor") for path in (package / "course").glob(f"*/*{end}.py")]
    found = [import_module(".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)) for path in files]
    ends = ("Explorer", "Monitor")
    return sorted({name for module in found for name in vars(module) if name.endswith(ends) and name != "Explorer"})


@pytest.mark.parametrize("name", explorer_classes())
def test_an_explorer_is_asked_about_moved_and_pictured_in_a_notebook(name: str) -> None:
    used = [path for path in COURSE if f"{name}(" in text_of(path, "code")]
    assert used, f"{name} is in no notebook"
    for path in used:
        every = nbformat.read(path, 4).cells
        at = next(place for place, cell in enumerate(every) if cell.cell_type == "code" and f"{name}(" in cell.source)
        variable = re.search(rf"(\w+) = {name}\(", every[at].source)
        assert variable is not None
        last = every[at].source.splitlines()[-1]
        assert last == f"{variable[1]}.widget"
        before = next(cell.source for cell in reversed(every[:at]) if cell.cell_type == "markdown")
        assert "Predict first" in before  # the question that it answers
        rest = "\n".join(cell.source for cell in every[at + 1 : at + 5] if cell.cell_type == "code")
        assert re.search(rf"{variable[1]}\.(at|drag|start_button|controls)\b", rest)  # callbacks run under nbval
        assert "assert" in rest or "def " in rest
        assert re.search(rf"{variable[1]}\.(figure|marked)\(", rest)  # for readers without a kernel


@on_all
def test_nothing_is_stored_that_only_a_kernel_can_show(path: Path) -> None:
    assert not [kind for output in outputs(path) for kind in output.get("data", {}) if "widget" in kind]
    assert "widgets" not in nbformat.read(path, 4).metadata
