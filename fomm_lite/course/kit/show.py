"""Pictures and clips in a notebook: small, with a text for those who cannot see them, playing without a kernel."""

import base64
import io
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np
import torch
from IPython.display import HTML, Image
from jaxtyping import Float, UInt8
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.draw import enlarge, sheet
from fomm_lite.media.write import write_video

SHRINKS = "max-width:100%;height:auto"  # on pages that are narrower
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
    """

    def __init__(self, data: bytes, alt: str, width: int, height: int, kind: str = "webp") -> None:
        # not super().__init__: the IPython of hosted notebooks, 7.34, knows neither alt nor WebP
        self.data, self.alt, self.width, self.height, self.format = data, alt, width, height, kind
        self.metadata: dict[str, object] = {}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """What notebooks show, and what terminals print."""
        source, words = base64.b64encode(self.data).decode(), escape(self.alt, quote=True)
        size = f'width="{self.width}" height="{self.height}" style="{SHRINKS}"'
        picture = f'<img role="img" alt="{words}" {size} src="data:image/{self.format};base64,{source}">'
        return {"text/html": picture, "text/plain": self.alt}

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


def page_picture(picture: PillowImage.Image, alt: str, width: int) -> PagePicture:
    """A picture as the output of a cell, with words for those who cannot see it.

    Args:
        picture: at two-fold resolution it is sharp on every screen. WebP keeps each pixel, at half the size of a PNG.
        alt: what it shows, in words.
        width: on the page, in pixels.

    Raises:
        InputError: no words.
    """
    if not alt.strip():
        raise InputError("got a picture without words", "what it shows, in words", "fill in alt")
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", lossless=True, method=4)
    return PagePicture(buffer.getvalue(), alt, width, round(width * picture.height / picture.width))


def as_bytes(picture: Float[Tensor, "3 h w"]) -> Picture:
    """A picture in [0, 1] as bytes."""
    return (picture.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()


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


def strip(
    clips: dict[str, Sequence[Float[Tensor, "3 h w"]]], *, count: int = 6, side: int = 112
) -> Float[Tensor, "3 h2 w2"]:
    """Clips as rows of moments, from left to right, for paper and for pages that play nothing.

    Args:
        clips: label -> frames; all of one length.
        count: how many moments, evenly spread from the first frame to the last.
        side: of a picture, in pixels.

    Raises:
        InputError: no clips, or clips of different lengths.
    """
    lengths = {len(frames) for frames in clips.values()}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(f"got clips of {sorted(lengths)} frames", "clips of one length above 0", "cut them alike")
    moments = torch.linspace(0, lengths.pop() - 1, count).round().int().tolist()
    names = list(clips)
    rows = [[clips[name][moment] for moment in moments] for name in names]
    return sheet(rows, [f"frame {moment}" for moment in moments], side, row_labels=names)
