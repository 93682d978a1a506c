"""The API reference: a page a module, whose words lead somewhere, and nothing that is loaded from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

pytest.importorskip("pdoc", reason="needs the extra `docs`, which `make lint` and `make reference` bring")

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of every page by its path."""
    out = tmp_path_factory.mktemp("reference")
    # in a process of its own: the checks of shapes that tests add are no part of a signature
    subprocess.run([sys.executable, "-W", "error", "scripts/make_reference.py", out], cwd=ROOT, check=True)
    return {path.relative_to(out).as_posix(): path.read_text("utf-8") for path in out.rglob("*.html")}


def docstrings(page: str) -> str:
    """A page without the source that it can unfold."""
    return re.sub(r'<div class="pdoc-code codehilite">.*?</div>', "", page, flags=re.DOTALL)


def test_every_module_of_the_library_has_a_page(pages):
    modules = {path.relative_to(ROOT).with_suffix("") for path in (ROOT / "fomm_lite").rglob("*.py")}
    names = {(path.parent if path.name == "__init__" else path).as_posix() for path in modules}
    own = {name for name in names if not re.match("fomm_lite/(course|cli|__main__)", name)}
    assert {page.removesuffix(".html") for page in pages} == own | {"index"}
    assert 'id="FirstOrderModel.detect"' in pages["fomm_lite.html"]


def test_signatures_show_shapes(pages):
    texts = {name: re.sub("<[^>]+>", "", docstrings(page)).replace("&#39;", "'") for name, page in pages.items()}
    page = texts["fomm_lite/geometry.html"]
    assert "grid: Float[Tensor, 'b gh gw 2']" in page and "-> Float[Tensor, 'b c gh gw']" in page
    assert not [name for name, text in texts.items() if "jaxtyping.Float[" in text]


def test_nothing_is_loaded_from_elsewhere(pages):
    for name, page in pages.items():
        shown = docstrings(page)
        assert not re.search(
            r"""src=["']?(https?:)?//|<link[^>]+href=["']?(https?:)?//|@import|url\(["']?http""", shown
        ), name


def test_links_and_names_in_docstrings_lead_somewhere(pages):
    for name, page in pages.items():
        shown, folder = docstrings(page), Path(name).parent
        assert not re.findall(r":(?:func|class|meth|mod|data|attr):", shown), name
        assert not re.findall(r"<code>[\w.]+\(\)</code>", shown), name  # pdoc leaves what it cannot find without a link
        for target in re.findall(r'<a href="([^"#:]+\.html)', shown):
            found = (ROOT / folder / unquote(target)).resolve().relative_to(ROOT).as_posix()
            assert found in pages, (name, target)
