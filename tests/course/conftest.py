"""What the tests of figures share: a finished figure, read by the data of its artists."""

import base64
import io
import re
from collections.abc import Callable

import numpy as np
import pytest
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image as PillowImage

from fomm_lite.course.kit import style


class Panel:
    """One pair of axes of a finished figure.

    Attributes:
        axes: matplotlib's.
        lines: every line in the order drawn: an array (n 2) of x and y.
        named: those with a label, by it.
        dots: the places (n 2) of every group of dots, in the order drawn.
        bars: (left, bottom, width, height) of every bar, in the order drawn.
        images: the values of every picture or map.
        texts: what is written inside.
        title: above it.
        labels: of its two axes.
    """

    def __init__(self, axes: Axes) -> None:
        self.axes = axes
        self.lines = [np.asarray(line.get_xydata()) for line in axes.lines]
        self.named = {
            str(line.get_label()): np.asarray(line.get_xydata())
            for line in axes.lines
            if not str(line.get_label()).startswith("_")
        }
        self.dots = [np.asarray(dots.get_offsets()) for dots in axes.collections if isinstance(dots, PathCollection)]
        self.bars = [
            (*bar.get_xy(), bar.get_width(), bar.get_height()) for bar in axes.patches if isinstance(bar, Rectangle)
        ]
        self.images = [np.asarray(image.get_array()) for image in axes.images]
        self.texts = [text.get_text() for text in axes.texts]
        self.title = axes.get_title()
        self.labels = (axes.get_xlabel(), axes.get_ylabel())


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> Callable[[Image], list[Panel]]:
    """Reads the figure that was finished last: its panels in the order made, after a look at the picture of it."""
    drawn: list[Figure] = []

    def kept(*args: object, **options: object) -> Figure:
        drawn.append(Figure(*args, **options))  # type: ignore[arg-type]
        return drawn[-1]

    monkeypatch.setattr(style, "Figure", kept)

    def read(shown: Image) -> list[Panel]:
        figure = drawn[-1]
        picture = PillowImage.open(io.BytesIO(shown.data))
        # some versions of matplotlib cut what is a hair below a whole pixel
        assert np.abs(picture.size - figure.get_size_inches() * style.DOTS_PER_INCH).max() <= 1
        assert len(shown.alt.split()) >= 3
        return [Panel(axes) for axes in figure.axes]

    return read


@pytest.fixture
def cells() -> Callable[[Image], list[tuple[str, np.ndarray]]]:
    """Reads a sheet off its page: name and picture (h w 3) in [0, 1] of each cell, in order."""
    piece = re.compile(r'<div style="font:12px[^>]*>([^<]*)</div><img [^>]*base64,([^"]+)">')

    def read(shown: Image) -> list[tuple[str, np.ndarray]]:
        files = [(name, io.BytesIO(base64.b64decode(data))) for name, data in piece.findall(shown._repr_html_())]
        return [(name, np.asarray(PillowImage.open(data).convert("RGB")) / 255) for name, data in files]

    return read


@pytest.fixture
def pixels() -> Callable[[Image], np.ndarray]:
    """Reads a picture that was made without matplotlib: colours (h w 3) in [0, 1]."""
    return lambda shown: np.asarray(PillowImage.open(io.BytesIO(shown.data)).convert("RGB")) / 255
