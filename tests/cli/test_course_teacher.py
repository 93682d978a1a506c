"""``fomm-lite course --teacher``: every question has an answer and marks, and no student gets one."""

import re

import pytest

from fomm_lite.cli import main as cli
from fomm_lite.course.kit import page
from fomm_lite.course.kit.topics import TOPICS
from fomm_lite.course.teacher.questions import ANSWERS, SECTIONS, document, predictions, read_answers
from fomm_lite.files.shipped import notebooks_folder
from fomm_lite.forensics import precision_at

QUESTIONS = read_answers(ANSWERS.read_text(encoding="utf-8"))


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", text).split())


def test_every_question_has_an_answer_and_marks():
    assert tuple(QUESTIONS) == SECTIONS
    asked = [name for names in predictions(notebooks_folder()).values() for name in names]
    assert sorted(question.asked for question in QUESTIONS["Predictions"]) == sorted(asked)
    assert min(len(QUESTIONS["Board"]), len(QUESTIONS["Exam"])) >= 8 and len(asked) >= 40
    for question in (each for section in QUESTIONS.values() for each in section):
        assert 1 <= question.marks <= 6
        said = [part for part in re.split(r"[;:.,]\s", question.answer) if part]
        assert len(said) >= question.marks, f"{question.asked}: {question.marks} marks for {len(said)} things"


def test_every_notebook_asks_for_predictions():
    assert all(predictions(notebooks_folder()).values())


def test_a_prediction_stands_under_its_notebook_with_its_section_and_without_the_cue():
    words = [each for names in predictions(notebooks_folder()).values() for each in names.values()]
    assert all(re.match(r"\*\(Section \d+ · \S.*\S\)\*\n\S", each) for each in words)
    assert not [each for each in words if "Predict first" in each]
    assert "## 01 · Autoencoders and GANs: predict first (" in document(notebooks_folder())


def test_a_question_without_marks_is_refused():
    with pytest.raises(ValueError, match="Why"):
        read_answers("## Exam\n\n### Why?\n\nBecause.\n")


def test_the_exam_computes_right():
    share = precision_at(0.001, 0.99, 0.01)
    answer = next(each.answer for each in QUESTIONS["Exam"] if "false alarms" in each.asked)
    assert f"about {100 * share:.0f} %" in plain(answer)
    grid = next(each.answer for each in QUESTIONS["Exam"] if "65 x 65" in each.asked)
    assert f"{2 / 64}" in grid and f"(x - {3 * 2 / 64}, y)" in plain(grid)


def test_teachers_get_solutions_and_a_page_that_needs_no_network(tmp_path, capsys):
    there = tmp_path / "mine"
    assert cli.main(["course", str(there), "--teacher", "--no-open"]) == 0
    assert "answers.html" in capsys.readouterr().out
    assert len(list((there / "solutions").glob("*.ipynb"))) == len(TOPICS)
    made = (there / "teacher" / "answers.html").read_text(encoding="utf-8")
    assert not re.findall(r'(?:src|href)="(?!data:|#)', made)
    seen = plain(made)
    assert "$" not in seen and "**" not in seen
    assert seen.count(" mark") > sum(map(len, QUESTIONS.values()))
    for question in QUESTIONS["Board"] + QUESTIONS["Exam"]:
        assert plain(page.body(question.answer)) in seen and plain(page.body(question.asked)) in seen
    assert cli.main(["course", str(there), "--teacher", "--no-open"]) == 0
    assert "0 files copied" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--student"]])
def test_nobody_else_gets_an_answer(options, tmp_path):
    there = tmp_path / "class"
    assert cli.main(["course", str(there), *options, "--no-open"]) == 0
    files = [path for path in there.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".ipynb"}
    text = " ".join(" ".join(path.read_text(encoding="utf-8").replace("\\n", " ").split()) for path in files)
    shown = [each.asked for section in QUESTIONS.values() for each in section if " ".join(each.answer.split()) in text]
    assert not shown


def test_one_edition_at_a_time(tmp_path, capsys):
    assert cli.main(["course", str(tmp_path / "both"), "--student", "--teacher", "--no-open"]) == 2
    assert "--student and --teacher" in capsys.readouterr().err
    assert not (tmp_path / "both").exists()
