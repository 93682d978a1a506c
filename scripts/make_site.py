"""The course as static pages: ``python scripts/make_site.py FOLDER`` (what ``make site`` runs).

Any static server shows them. Notebooks are shown as stored. Where ``npm ci`` has filled ``site/node_modules``, a live
puppet stands on the first page; without Node a film does, and a line says so.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from make_live_puppet import has_runtime, make_live_puppet
from make_reference import make_reference
from make_slides import make_slides

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "site"
SHOWN = ("notebooks", "docs", "assets/weights", "assets/gallery")
LIVE = """<link rel="stylesheet" href="puppet/puppet.css">
<script type="module" src="puppet/puppet.js"></script>
"""
FILM = """<figure id="puppet" class="puppet-film"><img src="pictures/puppet-by-hand.webp" width="384"
alt="A drawn face with ten dots: one on the hat is pulled out and let go, then the face is turned about another">
<noscript><p>A film of the puppet: it lives where scripts may run.</p></noscript>{said}</figure>
"""
WITHOUT = "<figcaption>A film: this site was built without Node, which the live puppet needs.</figcaption>"
# links to files of the checkout that are no page: their words stay
ELSEWHERE = re.compile(r"\[([^\]]*)\]\((\.\./(?:tests|fomm_lite|benchmarks|scripts)/[^)]*)\)")
# code in tables, and where its names may be broken
CELL = re.compile(r"<td>.*?</td>", re.DOTALL)
PART, JOINT = re.compile(r'(?<=<span class="pre">)[^<]*'), re.compile(r"([./_,])(?=.*\w)")


def first_page(live: bool) -> str:
    """The text of the first page: with the live puppet, which a film stands in for until it lives, or with the film."""
    film = FILM.format(said="" if live else WITHOUT)
    return (SITE / "index.md").read_text("utf-8").replace("@PUPPET@", film + (LIVE if live else ""))


def lay_together(folder: Path, live: bool) -> None:
    """What Sphinx reads: the shown folders as they lie in the checkout, the first page, what is copied as it is."""
    for name in SHOWN:
        ignored = shutil.ignore_patterns(".*", "out", "runs", "*.safetensors", "*.py")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "docs" / "slides.md").unlink()  # what make_slides draws has its text
    for page in folder.rglob("*.md"):
        page.write_text(ELSEWHERE.sub(r"\1", page.read_text("utf-8")), "utf-8")
    shutil.copy(SITE / "conf.py", folder)
    (folder / "index.md").write_text(first_page(live), "utf-8")
    package = find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        sys.exit("the site needs the extra `site`: run `make site`")
    (folder / "_static" / "mathjax").mkdir(parents=True)
    shutil.copy(Path(package.origin).parent / "static" / "mathjax" / "tex-svg.js", folder / "_static" / "mathjax")
    for name in ("reach.js", "looks.css"):
        shutil.copy(SITE / name, folder / "_static")
    shutil.copy(ROOT / "assets" / "sources" / "face.png", folder / "_static")
    (folder / "_extra" / "pictures").mkdir(parents=True)
    # of the pages that Sphinx does not write; browsers look at the bytes, not at the name
    shutil.copy(ROOT / "assets" / "sources" / "face.png", folder / "_extra" / "favicon.ico")
    shutil.copy(ROOT / "assets" / "gallery" / "puppet-by-hand.webp", folder / "_extra" / "pictures")


def mended(page: str) -> str:
    """A page as Sphinx writes it, with what it leaves out.

    Screen readers hear how deep the headings above lists of pages are, and names in the code of tables may be broken
    where their parts meet.
    """
    page = page.replace(' role="heading">', ' role="heading" aria-level="2">')
    return CELL.sub(lambda cell: PART.sub(lambda part: JOINT.sub(r"\1<wbr>", part[0]), cell[0]), page)


def make_site(out: Path) -> None:
    """Write the pages.

    Args:
        out: a folder; what is in it is removed.
    """
    live = has_runtime()
    if not live:
        print("no site/node_modules here (npm ci in site/ fills it): a film takes the live puppet's place")
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        lay_together(Path(scratch), live)
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", scratch, str(out)], check=True)
    shutil.rmtree(out / ".doctrees", ignore_errors=True)
    for path in out.rglob("*.html"):
        path.write_text(mended(path.read_text("utf-8")), "utf-8")
    make_reference(out / "reference")
    make_slides(out / "slides")
    if live:
        make_live_puppet(out / "puppet")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make_site(Path(sys.argv[1]))
