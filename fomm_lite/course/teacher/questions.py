"""Every question that the course asks aloud, with its answer and its marks.

Each has one home. What is asked at the board or in the exam stands in ``answers.md`` with its answer; what a notebook
asks to be predicted stands in the notebook, and ``answers.md`` has the answer under the name of the cell; quizzes stand
in the notebooks, their keys beside the checks.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from fomm_lite.course.ch00_start_here.prerequisites import SELF_TEST
from fomm_lite.course.kit.quiz import Key
from fomm_lite.course.kit.topics import TOPICS, checks_of

ANSWERS = Path(__file__).with_name("answers.md")
SECTIONS = ("Board", "Exam", "Predictions")
_PREDICT = re.compile(r"\bPredict (first|what)\b")
_LINK = re.compile(r"\[([^\]]+)\]\(https?://[^)]*\)")
_HEADING = re.compile(r"(?P<asked>.+) \((?P<marks>\d+)\)")


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        asked: its words; in the section of predictions the name of the cell that asks it.
        marks: for the whole answer.
        answer: what earns them.
    """

    asked: str
    marks: int
    answer: str


def read_answers(text: str) -> dict[str, list[Question]]:
    r"""The questions by section, in the order of the text.

    Args:
        text: Markdown; ``## section``, ``### question (marks)``, and the answer below it.

    Raises:
        ValueError: a question without marks.

    Example:
        >>> read_answers("## Exam\n\n### Why? (2)\n\nBecause.\n")
        {'Exam': [Question(asked='Why?', marks=2, answer='Because.')]}
    """
    found: dict[str, list[Question]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, *parts = re.split(r"^### ", section, flags=re.MULTILINE)
        questions = found.setdefault(title.strip(), [])
        for part in parts:
            heading, _, answer = part.partition("\n")
            match = _HEADING.fullmatch(heading.strip())
            if match is None:
                raise ValueError(
                    f"got the question {heading.strip()!r} without marks; expected them in brackets behind it"
                )
            questions.append(Question(match["asked"], int(match["marks"]), answer.strip()))
    return found


def predictions(notebooks: Path) -> dict[str, dict[str, str]]:
    """What the notebooks ask to be predicted: notebook -> name of the cell -> its section and the paragraph that asks.

    Args:
        notebooks: the folder of the course.
    """
    return {path.stem: _asked_in(path) for path in sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))}


def document(notebooks: Path) -> str:
    """All questions with answers and marks as one page of Markdown, in the order in which a class meets them.

    Args:
        notebooks: the folder of the course.

    Raises:
        KeyError: a notebook asks something that has no answer.
    """
    answers = read_answers(ANSWERS.read_text(encoding="utf-8"))
    lines = ["# Answers for the teacher", *(_section(title, answers[title]) for title in SECTIONS[:2])]
    known = {question.asked: question for question in answers["Predictions"]}
    for stem, asked in predictions(notebooks).items():
        questions = [Question(words, known[name].marks, known[name].answer) for name, words in asked.items()]
        lines += [_section(f"{_title(notebooks / f'{stem}.ipynb')}: predict first", questions)]
    keys = {"00, self-test": SELF_TEST} | {folder[2:4]: checks_of(topic).QUIZ for topic, folder in TOPICS.items()}
    rows = [f"| {quiz} | {_letters(each)} |" for quiz, each in keys.items()]
    return "\n\n".join(
        [
            *lines,
            "## Quizzes",
            "One mark each; none for the self-test.",
            "\n".join(["| notebook | keys |", "|---|---|", *rows]),
        ]
    )


def _letters(keys: tuple[Key, ...]) -> str:
    """The answers to a quiz: 1a 2c ..."""
    return " ".join(f"{number}{key.letter}" for number, key in enumerate(keys, 1))


def _section(title: str, questions: list[Question]) -> str:
    """A heading with the sum of marks, and the questions below it."""
    total = sum(question.marks for question in questions)
    parts = [
        f"{number}. {_inside(question.asked)}\n\n    *{question.marks} mark{'s' * (question.marks > 1)}.* "
        f"{_inside(question.answer)}"
        for number, question in enumerate(questions, 1)
    ]
    return "\n\n".join([f"## {title} ({total} mark{'s' * (total > 1)})", *parts])


def _inside(text: str) -> str:
    """A text as one paragraph of a list's item, links as their words: the page needs no network."""
    return " ".join(_LINK.sub(r"\1", text).split())


def _asked_in(path: Path) -> dict[str, str]:
    """The paragraphs of a notebook that ask for a prediction, by the name of their cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found: dict[str, str] = {}
    section = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            for paragraph in re.split(r"\n\s*\n", "".join(cell["source"])):
                if paragraph.startswith("## "):
                    section = paragraph.removeprefix("## ").splitlines()[0]
                elif _PREDICT.search(paragraph):
                    before = found.get(cell["id"], f"*(Section {section})*")
                    found[cell["id"]] = f"{before}\n{paragraph.removeprefix('**Predict first.** ')}"
    return found


def _title(path: Path) -> str:
    """What a notebook is called: "02 · First-order motion"."""
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    return first.splitlines()[0].removeprefix("# ")
