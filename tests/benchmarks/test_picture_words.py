"""Everything that a notebook shows has words on its page; what has none is found."""

from pathlib import Path

import nbformat
import pytest

from benchmarks.notebooks import executed
from benchmarks.picture_words import bare_pictures, main, page_of, without_words

SHOWN = {
    "picture": "from fomm_lite.course import show_picture\nimport torch\n"
    "show_picture(torch.rand(3, 8, 8), 'coloured noise of torch')",
    "clip": "from fomm_lite.course import show_clip\n"
    "show_clip(torch.rand(3, 3, 32, 32), 'coloured noise that flickers', width=32)",
    "figure": "from fomm_lite.course.kit.style import picture_row\n"
    "picture_row({'noise': torch.rand(3, 8, 8)}, 'one field of noise')",
    "panels": "picture_row({'noise': torch.rand(3, 8, 8), 'more': torch.rand(3, 8, 8)}, 'two fields of noise')",
}
BARE = {
    "figure of matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "picture of IPython": "from IPython.display import Image\nimport io, PIL.Image as P\nb = io.BytesIO()\n"
    "P.new('RGB', (2, 2)).save(b, 'PNG')\nImage(b.getvalue(), metadata={'alt': 'words in the metadata only'})",
    "drawing": "from IPython.display import HTML\nHTML('<svg viewBox=\"0 0 1 1\"></svg>')",
    "canvas": "from IPython.display import HTML\nHTML('<canvas></canvas>')",
}


def notebook(*cells: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """All kinds of displays, executed in one kernel: first those with words."""
    path = tmp_path_factory.mktemp("shown") / "00_shown.ipynb"
    nbformat.write(notebook(*SHOWN.values(), *BARE.values()), path)
    return executed(path, threads="1")


@pytest.mark.parametrize("kind", SHOWN)
def test_what_the_course_shows_has_words_on_its_page(kind: str, shown: nbformat.NotebookNode) -> None:
    alone = nbformat.v4.new_notebook(cells=[shown.cells[list(SHOWN).index(kind)]])
    assert without_words(alone) == []
    page = page_of(alone)
    assert page.count("<img") + page.count("<video") == (2 if kind == "panels" else 1)
    assert "noise" in page.partition("jp-OutputArea-output")[2]


@pytest.mark.parametrize("kind", BARE)
def test_what_has_none_is_found(kind: str, shown: nbformat.NotebookNode) -> None:
    assert without_words(nbformat.v4.new_notebook(cells=[shown.cells[len(SHOWN) + list(BARE).index(kind)]]))


@pytest.mark.parametrize(
    ("page", "bare"),
    [
        ('<img alt="a face that turns" src="x">', 0),
        ('<img alt="face" src="x">', 1),
        ('<img src="x">', 1),
        ('<img alt="" src="x">', 1),
        ('<div><img alt="two faces that turn" src="x"><img alt="" src="y"><img alt="" src="z"></div>', 0),
        ('<img alt="two faces that turn" src="x"/>\n<img alt="" src="y"/>', 0),
        ('<div><img alt="two faces that turn" src="x"></div><div><img alt="" src="y"></div>', 1),
        ('<img alt="two faces that turn" src="x">and a word<img alt="" src="y">', 1),
        ('<img alt="two faces that turn" src="x"><img src="y">', 1),
        ('<figure><img alt="two faces that turn" src="x">one<img alt="" src="y">two</figure>', 0),
        ('<figure><img alt="" src="x">one<img alt="" src="y"></figure>', 2),
        ('<figure><img alt="two faces that turn" src="x"></figure><p>one</p><img alt="" src="y">', 1),
        ('<div><img alt="" src="x"><img alt="" src="y"></div>', 1),
        ("<svg><title>a face that turns</title><path/></svg>", 0),
        ("<svg><path/></svg><title>of another element, not this</title>", 1),
        ('<svg aria-hidden="true"><path/></svg>', 0),
        ('<video title="a face that turns"></video>', 0),
        ("<video>a browser without films shows this</video>", 1),
    ],
)
def test_words_are_looked_for_where_readers_find_them(page: str, bare: int) -> None:
    assert len(bare_pictures(page)) == bare


def test_the_command_names_the_notebook(tmp_path: Path) -> None:
    path = tmp_path / "01_bare.ipynb"
    cell = nbformat.v4.new_markdown_cell("![](face.png)")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(SystemExit, match="01_bare.ipynb: <img>"):
        main([str(path)])
