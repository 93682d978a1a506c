"""What a notebook's page shows to somebody who cannot see it: pictures, films and drawings without words are named.

    python -m benchmarks.picture_words [PATH ...]      all notebooks where no path is given

A notebook is converted to HTML as ``jupyter nbconvert --to html`` does, and the page's elements are looked at: what
lies in the metadata of an output reaches nobody.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from benchmarks.notebooks import every

FEWEST = 3  # words that say anything
FILLED_IN = "No description has been provided"  # what nbconvert writes where nothing is known
NAMED_BY = {"img": ("alt",), "video": ("aria-label", "title"), "canvas": ("aria-label",), "svg": ("aria-label",)}


class _Seen(HTMLParser):
    """Reads a page and keeps what has no words.

    A picture with an empty ``alt`` right behind another, or in a ``figure`` whose first picture has words, is a panel
    of the same figure, whose words are read once.

    Attributes:
        bare: a line for each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._drawings: list[str] = []  # an open svg, and the words of its title so far
        self._in_title = False
        self._behind_a_picture = self._told = False
        self._figures = 0  # open ones

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element opens."""
        found = dict(attrs)
        words = next((found[name] or "" for name in NAMED_BY.get(tag, ()) if found.get(name)), "")
        if tag == "svg":
            self._drawings.append("hidden from readers" if found.get("aria-hidden") == "true" else words)
        elif tag == "title" and self._drawings:
            self._in_title = True
        elif tag == "figure":
            self._figures += 1
        elif tag in NAMED_BY and not (
            (self._behind_a_picture or self._told) and tag == "img" and found.get("alt") == ""
        ):
            self._judge(tag, words)
            self._told = self._figures > 0 and len(words.split()) >= FEWEST
        self._behind_a_picture = tag == "img"

    def handle_data(self, data: str) -> None:
        """Text; that of a drawing's title is its words."""
        self._behind_a_picture &= not data.strip()
        if self._in_title:
            self._drawings[-1] += f" {data}"

    def handle_endtag(self, tag: str) -> None:
        """An element closes; a drawing's title has been read by then."""
        self._behind_a_picture &= tag == "img"  # pages write <img/>
        if tag == "title":
            self._in_title = False
        elif tag == "figure":
            self._figures -= 1
            self._told &= self._figures > 0
        elif tag == "svg" and self._drawings:
            self._judge(tag, self._drawings.pop())

    def _judge(self, tag: str, words: str) -> None:
        if len(words.split()) < FEWEST or words.startswith(FILLED_IN):
            line = self.getpos()[0]
            self.bare.append(f"<{tag}> in line {line} of the page: {words!r}")


def bare_pictures(page: str) -> list[str]:
    """What of a page of HTML has no words: a line for each picture, film, canvas and drawing."""
    seen = _Seen()
    seen.feed(page)
    return seen.bare


def page_of(notebook: NotebookNode) -> str:
    """The notebook as a page of HTML."""
    page: str = HTMLExporter().from_notebook_node(notebook)[0]
    return page


def without_words(notebook: NotebookNode) -> list[str]:
    """What a notebook shows without words: a line for each.

    An output that is nothing but a picture counts, whatever its metadata say: JupyterLab and Sphinx do not read them.
    """
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    kinds = [set(output.get("data", {})) for output in outputs]
    alone = [kind for found in kinds for kind in found if kind.startswith("image/") and "text/html" not in found]
    return [f"an output of {kind} and no HTML" for kind in alone] + bare_pictures(page_of(notebook))


def main(names: list[str]) -> None:
    """Say what has no words; exit with 1 where there is any."""
    found = {Path(name).name: without_words(nbformat.read(name, 4)) for name in names}
    sys.exit("\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) or 0)


if __name__ == "__main__":
    main(sys.argv[1:] or [str(path) for path in every()])
