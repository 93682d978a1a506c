"""The pictures of an explorer as a page shows them: beside its controls where there is room, below them elsewhere."""

import base64
import io
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import ipywidgets as widgets
import torch
from jaxtyping import Float
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.course.kit.show import Picture, as_bytes

JPEG_QUALITY = 88
FEW_PIXELS = 128  # a picture so small is sent as it is: the page makes crisp blocks of its pixels
LEAST_PANEL = 92  # pixels; where panels would be narrower, there are fewer in a row
FAINT = 0.35  # of the ink of lines that stay behind others
MANY = 6  # columns, from which on a telephone has three of them, not two: its page would have no end


class Chart(NamedTuple):
    """Lines on paper, or a map in ink that leaves it white at 0: in a dark theme it becomes dark, and the ink light.

    Attributes:
        picture: (3 h w) in [0, 1].
        span: how many columns and rows of the grid it takes.
    """

    picture: Float[Tensor, "3 h w"]
    span: int = 1


Panel = Float[Tensor, "3 _ _"] | Chart


def over(chart: Chart, kept: Chart) -> Chart:
    """A chart over an older one of its size, whose ink is faint.

    Args:
        chart: what is to be read.
        kept: what it is compared with.
    """
    return chart._replace(picture=torch.minimum(chart.picture, 1 - FAINT * (1 - kept.picture)))


def pixels_of(panel: Panel) -> Float[Tensor, "3 _ _"]:
    """What is to be seen of a panel."""
    return panel.picture if isinstance(panel, Chart) else panel


class PanelView:
    """A grid of pictures, each below its name.

    Args:
        columns: at most so many in a row.
        layers: what lies over a picture, by the picture's number.

    Attributes:
        widget: the grid.
        images: the pictures' widgets, in order.
        cells: each with its name.
        below: what stands below all of them.
    """

    def __init__(self, columns: int, layers: Mapping[int, widgets.DOMWidget] = MappingProxyType({})) -> None:
        gaps = 8 * (columns - 1)
        each = f"minmax(max({LEAST_PANEL}px, calc((100% - {gaps}px) / {columns})), 1fr)"
        widest = f"calc({max(columns, 2)} * clamp(200px, 26cqw, 400px))"  # so that two rows fit on one screen
        layout = widgets.Layout(grid_template_columns=f"repeat(auto-fill, {each})", max_width=widest)
        self.widget = classed(widgets.GridBox(layout=layout), "fomm-lite-stage")
        if columns >= MANY:
            self.widget.add_class("fomm-lite-many")
        self.images: list[widgets.Image] = []
        self.cells: list[widgets.Widget] = []
        self.below: tuple[widgets.Widget, ...] = ()
        self._seen: dict[widgets.Image, Panel] = {}
        self._names: list[widgets.HTML] = []
        self._layers = layers

    def show(self, panels: Mapping[str, Panel]) -> None:
        """Put pictures into the grid; what is there already is changed in its place.

        Args:
            panels: name -> picture or chart; as many as before, and charts where charts were.
        """
        if not self.images:
            self._make(panels)
        for image, name, (label, panel) in zip(self.images, self._names, panels.items(), strict=True):
            if self._seen.get(image) is not panel:  # what an explorer keeps from state to state is encoded once
                image.value, self._seen[image] = _address(encode(as_bytes(pixels_of(panel)))), panel
            name.value = escape(label)

    def _make(self, panels: Mapping[str, Panel]) -> None:
        for number, (label, panel) in enumerate(panels.items()):
            self.images.append(widgets.Image(format="url"))
            self._names.append(classed(widgets.HTML(), "fomm-lite-name"))
            picture = self.images[-1]
            if number in self._layers:
                picture = classed(widgets.VBox([picture, self._layers[number]]), "fomm-lite-held")
            parts = [self._names[-1], picture] if label else [picture]
            self.cells.append(classed(widgets.VBox(parts), "fomm-lite-panel"))
            if max(pixels_of(panel).shape[1:]) <= FEW_PIXELS:
                self.cells[-1].add_class("fomm-lite-pixels")
            if isinstance(panel, Chart):
                self.cells[-1].add_class("fomm-lite-chart")
                self.cells[-1].layout.grid_area = f"span {panel.span} / span {panel.span}"
                if panel.span > 1:
                    self.cells[-1].add_class("fomm-lite-wide")
        self.widget.children = (*self.cells, *self.below)


def classed(widget: widgets.DOMWidget, *names: str) -> widgets.DOMWidget:
    """The widget, with names by which the style sheet finds it."""
    for name in names:
        widget.add_class(name)
    return widget


def in_red(told: str) -> str:
    """What went wrong, as HTML."""
    return f'<span style="color:#c03020">{escape(told)}</span>'


@cache
def style_sheet() -> str:
    """HTML that makes explorers look as they should; it may stand on a page more than once."""
    return f"<style>{Path(__file__).with_name('explorer.css').read_text(encoding='utf-8')}</style>"


def _address(jpeg: bytes) -> bytes:
    """A picture as an address that holds it; a browser would ask another process for that of a file, one by one."""
    return b"data:image/jpeg;base64," + base64.b64encode(jpeg)


def picture_box(width: int) -> widgets.Image:
    """A place for a JPEG, smaller only where the page is narrow.

    Args:
        width: in pixels of the page; of those of the picture there should be twice as many.
    """
    layout = widgets.Layout(width=f"{width}px", max_width="100%", height="auto", align_self="flex-start")
    return widgets.Image(format="jpeg", layout=layout)


def encode(picture: Picture) -> bytes:
    """A picture as JPEG: ten times faster than PNG, and a tenth of its size.

    Colours of a small one are kept as fine as its lightness: each of its pixels is seen.
    """
    data, finest = io.BytesIO(), 0 if max(picture.shape) <= FEW_PIXELS else 2
    PillowImage.fromarray(picture).save(data, format="JPEG", quality=JPEG_QUALITY, subsampling=finest)
    return data.getvalue()
