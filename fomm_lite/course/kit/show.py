"""Pictures and clips in a notebook: small, with a text for those who cannot see them, playing without a kernel."""

import base64
import io
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path

import numpy as np
from IPython.display import HTML, Image
from jaxtyping import Float, UInt8
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.draw import enlarge
from fomm_lite.media.write import write_video

SHRINKS = "max-width:100%;height:auto"  # on pages that are narrower
# of its size, to which a panel shrinks before it moves below the others: type of 11 points is 10 pixels then
SMALLEST = 0.66
BESIDE = "display:flex;flex-wrap:wrap;align-items:flex-start"
Picture = UInt8[np.ndarray, "h w 3"]


class PagePicture(Image):
    """A picture as the output of a cell: an ``img`` element that carries file and words.

    Words that lie in the metadata of an output are read by no page; those of an ``img`` are, in JupyterLab (trusted or
    not), Notebook, exported HTML and Sphinx. In a terminal the words alone appear.

    Attributes:
        data: the file's contents.
        alt: what it shows, in words.
        width: on the page, in pixels; narrower pages shrink it.
        height: likewise.
        format: of the file, as media types name it: ``webp`` or ``svg+xml``.
        cuts: where it may be cut into panels that stand below each other on a narrow page, in pixels from the left.
    """

    def __init__(
        self, data: bytes, alt: str, width: int, height: int, kind: str = "webp", cuts: Sequence[int] = ()
    ) -> None:
        # not super().__init__: the IPython of hosted notebooks, 7.34, knows neither alt nor WebP
        self.data, self.alt, self.width, self.height, self.format, self.cuts = data, alt, width, height, kind, cuts
        self.metadata: dict[str, object] = {}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """What notebooks show, and what terminals print."""
        return {"text/html": self._repr_html_(), "text/plain": self.alt}

    def _repr_html_(self) -> str:
        """The element, or one for each panel; also as a part of something else that a cell shows."""
        if not self.cuts:
            return self._element(self.data, self.alt, self.width, SHRINKS)
        whole = PillowImage.open(io.BytesIO(self.data))
        edges, fine = (0, *self.cuts, self.width), whole.width / self.width
        panels: list[str] = []
        for left, right in pairwise(edges):
            side = right - left
            data = _webp(whole.crop((round(left * fine), 0, round(right * fine), whole.height)))
            grows = f"flex-grow:{side};flex-basis:{SMALLEST * side:.0f}px;min-width:0;max-width:{side}px;height:auto"
            panels.append(self._element(data, "" if panels else self.alt, side, grows))  # the words once for all
        return f'<div style="{BESIDE}">{"".join(panels)}</div>'

    def _element(self, data: bytes, words: str, width: int, style: str) -> str:
        """A picture of the page, or a panel of it."""
        # JupyterLab writes "Image" into an empty alt, so that one is hidden as well
        said = f'role="img" alt="{escape(words, quote=True)}"' if words else 'alt="" aria-hidden="true"'
        size = f'width="{width}" height="{self.height}" style="{style}"'
        return f'<img {said} {size} src="data:image/{self.format};base64,{base64.b64encode(data).decode()}">'

    def __repr__(self) -> str:
        """What Python prints without IPython: the words again."""
        return self.alt

    def _repr_png_(self) -> None:
        """No second copy."""

    _repr_jpeg_ = _repr_png_


def show_picture(picture: Float[Tensor, "3 h w"], alt: str, *, width: int | None = None) -> PagePicture:
    """A picture as the output of a cell.

    Args:
        picture: in [0, 1].
        alt: what it shows, in words.
        width: on the page, in pixels; that of the picture by default.

    Raises:
        InputError: no words.
    """
    return page_picture(PillowImage.fromarray(as_bytes(picture)), alt, width or picture.shape[2])


def page_picture(
    picture: PillowImage.Image, alt: str, width: int, cuts: Sequence[float] = (), *, exact: bool = True
) -> PagePicture:
    """A picture as the output of a cell, with words for those who cannot see it.

    Args:
        picture: at two-fold resolution it is sharp on every screen. WebP keeps each pixel, at half the size of a PNG.
        alt: what it shows, in words.
        width: on the page, in pixels.
        cuts: where it may be cut into panels, as shares of the width.
        exact: False lets the file be a fifth as large, by differences that are not seen in a photograph.

    Raises:
        InputError: no words.
    """
    if not alt.strip():
        raise InputError("got a picture without words", "what it shows, in words", "fill in alt")
    height, places = round(width * picture.height / picture.width), [round(width * cut) for cut in cuts]
    return PagePicture(_webp(picture, exact), alt, width, height, cuts=places)


def _webp(picture: PillowImage.Image, exact: bool = True) -> bytes:
    """The file."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", lossless=exact, quality=80 if exact else 92, method=4)
    return buffer.getvalue()


def as_bytes(picture: Float[Tensor, "3 h w"]) -> Picture:
    """A picture in [0, 1] as bytes."""
    # few copies, and small ones: explorers do this with large pictures at every change
    planes = (picture.detach().cpu() * 255).round_().clamp_(0, 255).byte().numpy()
    return np.stack(list(planes), axis=-1)


def show_clip(frames: Iterable[Float[Tensor, "3 h w"]], alt: str, *, fps: float = 12.0, width: int = 320) -> HTML:
    """A clip as the output of a cell: an MP4 inside the page, played in a loop, without sound.

    Args:
        frames: in [0, 1]; small ones are enlarged to ``width``, crisply where that is a whole multiple.
        alt: what it shows, in words.
        fps: frames a second.
        width: on the page, in pixels.

    Raises:
        InputError: no frames.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_video(path, (enlarge(frame, max(width, *frame.shape[1:])) for frame in frames), fps)
        return _player(path, alt, f'controls loop muted autoplay playsinline width="{width}"')


def show_film(path: str | Path, alt: str, *, width: int = 320) -> HTML:
    """A finished MP4 as the output of a cell, inside the page, with its sound; it waits to be started.

    Args:
        path: the file.
        alt: what it shows, in words.
        width: on the page, in pixels.
    """
    return _player(Path(path), alt, f'controls playsinline width="{width}"')


def _player(path: Path, alt: str, attributes: str) -> HTML:
    """A video element that carries its file."""
    data, label = base64.b64encode(path.read_bytes()).decode(), escape(alt, quote=True)
    # the title too: JupyterLab takes aria-label away where the notebook is not trusted
    words = f'aria-label="{label}" title="{label}" style="{SHRINKS}"'
    return HTML(f'<video {attributes} {words} src="data:video/mp4;base64,{data}">{label}</video>')
