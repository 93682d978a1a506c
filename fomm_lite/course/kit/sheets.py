"""Pictures in rows under their names, as a page lays them out: text is text, and where there is no room they wrap.

Each row stands under a name of its own and each picture under its, so that nothing is lost where they move below each
other; letters keep their size, and stand on whatever paper the page has.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

import torch
from jaxtyping import Float
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.course.kit.palette import FAMILY, GREY
from fomm_lite.course.kit.show import PagePicture, as_bytes, page_picture
from fomm_lite.errors import InputError
from fomm_lite.media.draw import enlarge

GAP = 8  # pixels of the page
LETTERS = 12
TELEPHONE = 364  # pixels of a page that are left for outputs there, at most
SHRINKS_TO = 0.6  # of its size, before a picture moves to another line: its name keeps its size
WHITE = 0.97  # of an edge, in the mean
NO_WORDS = "a part"  # of a figure whose words are said already
Picture = Float[Tensor, "3 _ _"]
Clip = Sequence[Picture] | Float[Tensor, "_ 3 _ _"]
Row = Sequence[tuple[str, Picture]]


class Sheet(PagePicture):
    """Rows of pictures as the output of a cell: one figure, whose words its first picture carries.

    Attributes:
        rows: their names, and the names and pictures in each.
        side: of a picture, in pixels of the page; half of its own by default.
    """

    def __init__(self, rows: Sequence[tuple[str, Row]], alt: str, side: int | None = None) -> None:
        if not rows or not all(row for _, row in rows):
            raise InputError("got a row without pictures", "one or more in each", "give some")
        self.rows, self.side = rows, side
        first = self._drawn(rows[0][1][0][1], alt)
        super().__init__(first.data, alt, first.width, first.height)

    def _repr_html_(self) -> str:
        """The figure."""
        words, parts = self.alt, []
        for name, row in self.rows:
            if name:
                parts.append(f'<div style="font:bold {LETTERS}px {FAMILY};margin:6px 0 2px">{escape(name)}</div>')
            drawn = [self._drawn(picture, NO_WORDS) for _, picture in row]
            cells = []
            for (label, own), picture in zip(row, drawn, strict=True):
                cells.append(self._cell(label, own, picture, words))
                words = ""
            widest = max(picture.width for picture in drawn)
            columns = f"repeat(auto-fit,minmax({_least(widest, len(row))}px,1fr))"  # alike, on the last line too
            whole = len(row) * (widest + GAP) - GAP
            beside = f"display:grid;grid-template-columns:{columns};max-width:{whole}px;align-items:end;gap:{GAP}px"
            parts.append(f'<div style="{beside};margin:0 0 {GAP}px">{"".join(cells)}</div>')
        return f'<figure style="margin:0">{"".join(parts)}</figure>'

    def _cell(self, label: str, picture: Picture, drawn: PagePicture, words: str) -> str:
        """A picture under its name, as wide as there is room for."""
        border = f";outline:1px solid {GREY};outline-offset:-1px" if _white_at_its_edge(picture) else ""
        image = drawn._element(drawn.data, words, drawn.width, f"width:100%;height:auto;display:block;margin:0{border}")
        caption = f'<div style="font:{LETTERS}px {FAMILY};line-height:1.25;margin:2px 0">{escape(label)}</div>'
        return f'<div style="max-width:{drawn.width}px">{caption if label else ""}{image}</div>'

    def _drawn(self, picture: Picture, words: str) -> PagePicture:
        """A picture at two pixels for each one of the page, or more where it has them."""
        longer = max(picture.shape[1:])
        side = longer // 2 if self.side is None else self.side
        fine = PillowImage.fromarray(as_bytes(enlarge(picture.detach().cpu().float(), max(2 * side, longer))))
        exact = not side < longer < 2 * side  # between lie frames of films: no blocks, and not drawn for the page
        return page_picture(fine, words, round(side * picture.shape[2] / longer), exact=exact)


def _white_at_its_edge(picture: Picture) -> bool:
    """Whether nobody would see on white paper where it ends."""
    return all(
        float(edge.mean()) > WHITE for edge in (picture[:, 0], picture[:, -1], picture[..., 0], picture[..., -1])
    )


def _least(width: int, count: int) -> int:
    """To which width pictures shrink before they move to another line: on a telephone lines are about equally long."""
    fit = max((TELEPHONE + GAP) // (round(SHRINKS_TO * width) + GAP), 1)
    lines = math.ceil(count / fit)
    one_more = math.ceil(count / lines) + 1
    return max(round(SHRINKS_TO * width), min((TELEPHONE + GAP) // one_more - GAP + 1, width))


def picture_sheet(
    rows: Mapping[str, Mapping[str, Picture]] | Sequence[Mapping[str, Picture]], alt: str, *, side: int = 128
) -> Sheet:
    """Pictures in rows, each under its name.

    Args:
        rows: name of the row -> name of the picture -> picture (3 h w) in [0, 1]; or rows without names.
        alt: what they show, in words.
        side: of the longer side of each, in pixels of the page.

    Raises:
        InputError: no pictures, or no words.
    """
    named = rows.items() if isinstance(rows, Mapping) else [("", row) for row in rows]
    return Sheet([(name, list(row.items())) for name, row in named], alt, side)


def strip(clips: Mapping[str, Clip], alt: str, *, count: int = 6, side: int = 112) -> Sheet:
    """Clips as rows of moments, from left to right, for paper and for pages that play nothing.

    Args:
        clips: label -> frames; all of one length.
        alt: what they show, in words.
        count: how many moments, evenly spread from the first frame to the last.
        side: of a picture, in pixels of the page.

    Raises:
        InputError: no clips, or clips of different lengths; or no words.
    """
    lengths = {len(frames) for frames in clips.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(f"got clips of {sorted(lengths)} frames", "clips of one length above 0", "cut them alike")
    moments = torch.linspace(0, lengths.pop() - 1, count).round().int().tolist()
    rows = {name: {f"frame {moment}": frames[moment] for moment in moments} for name, frames in clips.items()}
    return picture_sheet(rows, alt, side=side)
