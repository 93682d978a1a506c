"""The API reference, from the docstrings: ``python scripts/make_reference.py FOLDER`` (what ``make reference`` runs).

Of the library; the course explains itself in its notebooks, and the command line by ``--help``. The pages load nothing
from elsewhere.
"""

import pkgutil
import re
import sys
from importlib import import_module
from pathlib import Path

import pdoc
import pdoc.render

ROOT = Path(__file__).resolve().parent.parent
STYLE = ROOT / "site" / "reference"
REACH = ROOT / "site" / "reach.js"
LEFT_OUT = ("fomm_lite.course", "fomm_lite.cli", "fomm_lite.__main__")
# Float[Tensor, "b k 2"] says it all
PREFIX = re.compile(r'<span class="n">jaxtyping</span><span class="o">\.</span>|jaxtyping\.(?=[A-Z]\w+\[)')
# the sign beside a name that links to it, which has no word to read aloud
SIGN = re.compile(r'<a class="headerlink" href="#([^"]+)"')


def library() -> list[str]:
    """The modules to document, packages before what is in them."""
    import_module("fomm_lite")
    found = pkgutil.walk_packages([str(ROOT / "fomm_lite")], "fomm_lite.")
    return ["fomm_lite", *(each.name for each in found if not each.name.startswith(LEFT_OUT))]


def make_reference(out: Path) -> list[str]:
    """Write the pages.

    Args:
        out: a folder; made, and pages of the same names in it overwritten.

    Returns:
        The names of the modules that have a page each.
    """
    names = library()
    for name in names:
        module = import_module(name)
        if public := getattr(module, "__all__", None):
            for each in public:
                setattr(module, each, getattr(module, each))  # what is loaded when asked for, asked for
            # a package's page shows its public names, and the way to the modules in it
            parts = [other.rpartition(".")[2] for other in names if other.rpartition(".")[0] == name]
            module.__all__ = list(dict.fromkeys([*public, *parts]))  # type: ignore[attr-defined]
    pdoc.render.configure(docformat="google", footer_text="fomm_lite", template_directory=STYLE)
    pdoc.pdoc("fomm_lite", *(f"!{name}" for name in LEFT_OUT), output_directory=out)
    script = f"<script>\n{REACH.read_text('utf-8')}</script>\n</head>"
    for page in out.rglob("*.html"):
        said = SIGN.sub(r'\g<0> aria-label="link to \1"', PREFIX.sub("", page.read_text("utf-8")))
        page.write_text(said.replace("</head>", script, 1), "utf-8")
    return names


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(f"{len(make_reference(Path(sys.argv[1])))} modules")
