"""The quizzes at the end of the notebooks: one letter a question, graded, with the place to read again.

Questions stand in the notebooks, answers as ``QUIZ`` in the ``checks.py`` of each chapter.
"""

from dataclasses import dataclass

from fomm_lite.course.kit.topics import TOPICS, checks_of

NOT_BEGUN = (
    'not answered yet: write a letter for each ?, as in "cb?a", and run the cell again; leave ? where you would guess'
)


@dataclass(frozen=True)
class Key:
    """The answer to one question.

    Attributes:
        letter: of the right option.
        found: the words of the notebook, verbatim, in which the answer stands; in the self-test what to read.
    """

    letter: str
    found: str


@dataclass(frozen=True)
class Grade:
    """What a quiz says.

    Attributes:
        right: how many answers are right.
        questions: how many there are.
        lines: one for each question; none as long as all are open.
    """

    right: int
    questions: int
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        """What a notebook shows below the cell."""
        first = f"{self.right} of {self.questions} right" if self.lines else NOT_BEGUN
        return "\n".join([first, *self.lines])


LATEST: dict[str, Grade] = {}  # by topic: the last answers that were graded since Python was started


def grade(topic: str, answers: object) -> Grade:
    """Grade the letters given to the quiz of a notebook.

    Args:
        topic: of the notebook, as in :data:`TOPICS`: "first_order".
        answers: one letter a question, in order, as one text or several; ``?`` leaves one open. Blanks, commas and
            brackets are skipped, case is ignored.

    Returns:
        The grade; it quotes what to read again, never the letter, and says how to answer where nothing is answered.
            Input that is no such text, or an unknown topic,
        gets a grade of 0 with one line that says so.
    """
    if topic not in TOPICS:
        return Grade(0, 0, (f"got the quiz {topic!r}; expected one of {', '.join(TOPICS)}",))
    found = graded(checks_of(topic).QUIZ, answers, "read again: “{}”")
    if any("✓" in line or "✗" in line for line in found.lines):
        LATEST[topic] = found
    return found


def graded(keys: tuple[Key, ...], answers: object, again: str) -> Grade:
    """Grade letters by their keys.

    Args:
        keys: one a question.
        answers: as for :func:`grade`.
        again: what to say of a wrong one, with ``{}`` for its place.
    """
    if isinstance(answers, list | tuple) and all(isinstance(answer, str) for answer in answers):
        answers = "".join(answers)
    if not isinstance(answers, str):
        return Grade(0, len(keys), (f"got {type(answers).__name__}; expected a text of {len(keys)} letters",))
    letters = [letter for letter in answers.lower() if letter not in " ,.;:()[]\n\t"]
    if len(letters) != len(keys):
        return Grade(0, len(keys), (f"got {len(letters)} letters; expected {len(keys)}, one a question, ? for open",))
    if set(letters) == {"?"}:
        return Grade(0, len(keys), ())
    lines = []
    for number, (letter, key) in enumerate(zip(letters, keys, strict=True), 1):
        if letter == "?":
            lines.append(f"  {number}  open")
        elif letter == key.letter:
            lines.append(f"  {number}  ✓")
        else:
            lines.append(f"  {number}  ✗ {again.format(key.found)}")
    return Grade(sum(a == key.letter for a, key in zip(letters, keys, strict=True)), len(keys), tuple(lines))
