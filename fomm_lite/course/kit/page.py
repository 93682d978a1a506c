"""Markdown as one HTML file that needs nothing else, no network either: formulas become pictures of their own."""

import base64
import html
import io
import re

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import math_to_image
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from fomm_lite.course.kit.style import INK

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
_CODE = re.compile(r"(<pre>.*?</pre>|<code>.*?</code>)", re.DOTALL)
_POINTS = 12


def formula(latex: str) -> str:
    """A formula as an ``<img>`` that stands on the line of the text around it.

    Args:
        latex: what matplotlib's mathtext knows of it, without dollars.

    Raises:
        ValueError: it knows a part of it not.

    Example:
        >>> formula(r"A B^{-1}")[:38]
        '<img class="formula" alt="A B^{-1}" st'
    """
    data = io.BytesIO()
    with mpl.rc_context({"mathtext.fontset": "cm", "svg.hashsalt": "formula", "savefig.transparent": True}):
        depth = math_to_image(
            f"${' '.join(latex.split())}$", data, FontProperties(size=_POINTS), dpi=72, format="svg", color=INK
        )
    picture = base64.b64encode(data.getvalue()).decode()
    height = re.search(rb'height="([\d.]+)pt"', data.getvalue())
    assert height is not None, "matplotlib gives the size of a picture in points"
    alt = html.escape(" ".join(latex.split()), quote=True)
    return (
        f'<img class="formula" alt="{alt}" style="height:{float(height[1]) / _POINTS:.3f}em; '
        f'vertical-align:{-depth / _POINTS:.3f}em" '
        f'src="data:image/svg+xml;base64,{picture}">'
    )


def body(markdown: str) -> str:
    """Markdown as HTML, its formulas drawn; dollars in code stay.

    Args:
        markdown: GitHub's kind, with formulas between dollars.
    """
    parts = _CODE.split(markdown2html_mistune(markdown))
    return "".join(part if number % 2 else _FORMULA.sub(_drawn, part) for number, part in enumerate(parts))


def page(title: str, inner: str, style: str) -> str:
    """A whole file of HTML.

    Args:
        title: of the window.
        inner: HTML of the page.
        style: CSS.
    """
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{style}</style></head>\n'
        f"<body>\n{inner}\n</body></html>\n"
    )


def _drawn(match: re.Match[str]) -> str:
    return formula(html.unescape(match[1] or match[2]))
