"""A sheet that diagrams are drawn on: an SVG in light and dark colours, with a title and words.

The sheet is 720 units wide, whatever it shows, and its letters are large: shrunk to a telephone's 390 pixels they are
still read. It goes into the page as an ``img`` (see :mod:`fomm_lite.course.kit.show`), for JupyterLab takes drawings
out of pages that are not trusted. An ``img`` does not see the page's colours, so the sheet has paper of its own, and
follows the reader's choice of light or dark.
"""

from collections.abc import Sequence
from html import escape

from fomm_lite.course.kit.show import PagePicture

WIDTH = 720
LETTERS = 22
Place = tuple[float, float]

# class of an element -> its properties in light and in dark colours; blue is what the reader should look at
_CLASSES = {
    "paper": ("fill:#ffffff;stroke:#d8d8d8", "fill:#16191f;stroke:#3a404a"),
    "box": ("fill:#f2f3f5;stroke:#707070", "fill:#262b33;stroke:#8a93a0"),
    "lit": ("fill:#0060a8;stroke:#0060a8", "fill:#5cb3f0;stroke:#5cb3f0"),
    "line": ("fill:none;stroke:#707070", "fill:none;stroke:#98a2b0"),
    "way": ("fill:none;stroke:#0060a8", "fill:none;stroke:#5cb3f0"),
    "head": ("fill:#707070", "fill:#98a2b0"),
    "wayhead": ("fill:#0060a8", "fill:#5cb3f0"),
    "ink": ("fill:#282828", "fill:#eceff3"),
    "onlit": ("fill:#ffffff", "fill:#0c1016"),
    "grey": ("fill:#606060", "fill:#a8b2c0"),
    "blue": ("fill:#0060a8", "fill:#5cb3f0"),
    "wall": ("fill:#e6e1d6", "fill:#4a4a44"),
    "skin": ("fill:#d9a877", "fill:#d9a877"),
    "hair": ("fill:#5a3a22", "fill:#7a5234"),
    "beanie": ("fill:#a83c32", "fill:#c04a3e"),
    "eye": ("fill:#282828", "fill:#1a1a1a"),
}  # fmt: skip


class Sheet:
    """An SVG being drawn; places are (x, y) in units, y downwards.

    Args:
        title: a few words.
        height: in units.
    """

    def __init__(self, title: str, height: float) -> None:
        self.title, self.height = title, height
        self._parts: list[str] = []

    def box(
        self, left: float, top: float, width: float, height: float, kind: str = "box", round_by: float = 10
    ) -> None:
        """A rectangle with round corners."""
        size = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="{round_by:g}"'
        self._parts.append(f'<rect class="{kind}" {size}/>')

    def oval(self, centre: Place, across: float, down: float, kind: str, turn: float = 0) -> None:
        """An ellipse of two radii, turned by degrees clockwise about its centre."""
        x, y = centre
        size = f'cx="{x:g}" cy="{y:g}" rx="{across:g}" ry="{down:g}"'
        self._parts.append(f'<ellipse class="{kind}" {size} transform="rotate({turn:g} {x:g} {y:g})"/>')

    def dot(self, centre: Place, radius: float, colour: str) -> None:
        """A keypoint in its own colour."""
        at = f'cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}"'
        self._parts.append(f'<circle {at} fill="{colour}" stroke="#fff" stroke-width="2"/>')

    def shape(self, outline: str, kind: str, width: float = 3, dashes: str = "") -> None:
        """A path in SVG's own letters."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._parts.append(f'<path class="{kind}" d="{outline}" stroke-width="{width:g}"{dashed}/>')

    def arrow(self, *places: Place, kind: str = "line", dashes: str = "") -> None:
        """A line through places with a head at its end."""
        (x0, y0), (x1, y1) = places[-2:]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        along, across = ((x1 - x0) / length, (y1 - y0) / length), (-(y1 - y0) / length, (x1 - x0) / length)
        base = (x1 - 13 * along[0], y1 - 13 * along[1])
        self.shape("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in (*places[:-1], base)), kind, 3, dashes)
        sides = [(base[0] + way * 7 * across[0], base[1] + way * 7 * across[1]) for way in (1, -1)]
        head = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ((x1, y1), *sides)) + "Z"
        self._parts.append(f'<path class="{"wayhead" if kind == "way" else "head"}" d="{head}"/>')

    def text(
        self, place: Place, words: str, kind: str = "ink", *, anchor: str = "middle", size: float = LETTERS
    ) -> None:
        """A line of text around its middle height. ``T_{S<-D}`` is set with a subscript and an arrow."""
        pieces = []
        for number, piece in enumerate(words.replace("<-", "\N{LEFTWARDS ARROW}").split("_{")):
            sub, _, rest = piece.partition("}") if number else ("", "", piece)
            if sub:
                pieces.append(f'<tspan dy="6" font-size="{0.72 * size:g}">{escape(sub)}</tspan>')
            if rest:
                pieces.append(f'<tspan dy="{-6 if sub else 0}">{escape(rest)}</tspan>')
            elif sub:
                pieces.append('<tspan dy="-6">&#8203;</tspan>')
        place_at = f'x="{place[0]:g}" y="{place[1] + 0.36 * size:.1f}" text-anchor="{anchor}" font-size="{size:g}"'
        self._parts.append(f'<text class="{kind}" {place_at}>{"".join(pieces)}</text>')

    def face(self, centre: Place, side: float, *, hat: bool, turn: float) -> None:
        """A drawn person in a square picture: with hat or hair, the head turned by degrees clockwise."""
        x, y = centre
        self.box(x - side / 2, y - side / 2, side, side, "wall", 8)
        inside = (
            f'<g transform="translate({x:g} {y:g}) rotate({turn:g}) scale({side / 100:g})">'
            '<ellipse class="skin" cx="0" cy="6" rx="26" ry="32"/>'
            + ('<path class="beanie" d="M-30 -8Q-28 -42 0 -42Q28 -42 30 -8Z"/>' if hat else "")
            + ("" if hat else '<path class="hair" d="M-28 8Q-34 -34 0 -36Q34 -34 28 8Q22 -14 0 -16Q-22 -14 -28 8Z"/>')
            + '<ellipse class="eye" cx="-10" cy="4" rx="3.4" ry="4.4"/>'
            '<ellipse class="eye" cx="10" cy="4" rx="3.4" ry="4.4"/>'
            '<path d="M-9 22Q0 28 9 22" fill="none" stroke="#703028" stroke-width="3" stroke-linecap="round"/></g>'
        )
        self._parts.append(inside)

    def finished(self, words: str) -> PagePicture:
        """The drawing for a page.

        Args:
            words: what it shows, for those who cannot see it.
        """
        light, dark = ("".join(f".{kind}{{{both[which]}}}" for kind, both in _CLASSES.items()) for which in (0, 1))
        style = f"{light}@media(prefers-color-scheme:dark){{{dark}}}"
        frame = f'<rect class="paper" x="1" y="1" width="{WIDTH - 2}" height="{self.height - 2:g}" rx="14"/>'
        drawing = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" '
            f'width="{WIDTH}" height="{self.height:g}" role="img" font-family="DejaVu Sans,Verdana,sans-serif" '
            f'stroke-linejoin="round"><title>{escape(self.title)}</title><desc>{escape(words)}</desc>'
            f"<style>{style}</style>{frame}{''.join(self._parts)}</svg>"
        )
        return PagePicture(drawing.encode(), f"{self.title}: {words}", WIDTH, round(self.height), "svg+xml")


def listed(names: Sequence[str]) -> str:
    """Names as they are said: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
