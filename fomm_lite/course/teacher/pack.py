"""What the teacher's edition of the course has beyond the notebooks: one page of answers, to be opened or printed."""

from pathlib import Path

from fomm_lite.course.kit.page import body, page
from fomm_lite.course.teacher.questions import document

PLACE = Path("teacher") / "answers.html"
_STYLE = """
body { font: 1rem/1.5 Georgia, serif; color: #282828; background: white }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { font-family: system-ui, sans-serif; line-height: 1.2 }
h2 { margin-top: 2.2em; border-bottom: 1px solid #d8d8d8; break-after: avoid }
li { margin: 0 0 1.1em; break-inside: avoid }
li p { margin: .2em 0 }
li p + p { border-left: 3px solid #0060a8; padding-left: .8em }
table { border-collapse: collapse } th, td { padding: .2em .9em; border-bottom: 1px solid #d8d8d8; text-align: left }
.anchor-link { display: none }
"""


def teachers_files(notebooks: Path) -> dict[Path, bytes]:
    """Files that only a teacher gets, by their place in the folder of the course.

    Args:
        notebooks: the course as it is shipped.
    """
    return {PLACE: page("Answers for the teacher", body(document(notebooks)), _STYLE).encode()}
