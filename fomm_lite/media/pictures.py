"""From a picture file to tensors: every colour mode and profile, right way up, on white, cut or filled up to a square.

imageio's Pillow plugin reads the files; whatever it raises on a damaged one becomes one clear line. Callers outside
this room use `media.read`.
"""

import re
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

import imageio.v3 as iio
import numpy as np
import torch
from imageio.plugins.pillow import PillowPlugin
from jaxtyping import Float, UInt8
from PIL import Image, features
from torch import Tensor
from torch.nn.functional import interpolate

from fomm_lite.errors import InputError
from fomm_lite.media.clock import NOMINAL_FPS
from fomm_lite.media.colour import is_wide, stated, to_srgb, wide_to_srgb
from fomm_lite.media.shrink import shrunk

Pixels = UInt8[np.ndarray, "h w _"] | Float[np.ndarray, "h w"]

_STARTS = {
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "JPEG": rb"\xff\xd8\xff",
    "GIF": rb"GIF8[79]a",
    "WebP": rb"RIFF....WEBP",
    "BMP": rb"BM",
    "TIFF": rb"II[*+]\0|MM\0[*+]",  # with "+" its sizes have 64 bits: BigTIFF
    "AVIF": rb"....ftyp(?:avif|avis)",
    "HEIC": rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)",
}
# Known by their first bytes, to be refused by name: nobody should look for a fault in a file that is whole.
_RAW = "a camera's raw picture"
_UNREAD = {
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "JPEG 2000": rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51",
    "Photoshop": rb"8BPS",
    _RAW: rb"....ftypcrx |FUJIFILMCCD-RAW|II\*\0....CR|II(?:RO|RS|U\0)|\0MRM|FOVb",
    "SVG": rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg\b",
    "PDF": rb"%PDF-",
    "OpenEXR": rb"\x76\x2f\x31\x01",
    "Radiance": rb"#\?(?:RADIANCE|RGBE)",
    "DDS": rb"DDS \x7c",
    "QOI": rb"qoif",
    "Netpbm": rb"P[1-7]\s",
}
_ANIMATED = ("PNG", "GIF", "WebP", "AVIF")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error)
# By EXIF orientation: whether rows become columns, and which axes are then turned round.
_TURNS: dict[int, tuple[bool, tuple[int, ...]]] = {
    2: (False, (1,)), 3: (False, (0, 1)), 4: (False, (0,)),
    5: (True, ()), 6: (True, (1,)), 7: (True, (0, 1)), 8: (True, (0,)),
}  # fmt: skip
_TWELVE_BITS = range(256, 4096)  # the largest value of a 16-bit picture whose camera has twelve
_SUBFILE = 254  # the tag of a TIFF that says what its first page is
_HEADER = 2**16  # bytes in which a picture states its colours
_OPENING = threading.Lock()
# At most 1 GB for the whole process, which has a quarter of it before any picture is read.
_MOST_BYTES = 720_000_000
_USUAL_PIXELS = 16_000_000  # up to here nothing is shrunk, so that results stay what they are
_SPARE = 4  # times the wanted size stay
_HELD = {"GIF": 16, "WebP": 16, "AVIF": 16, "HEIC": 16}  # bytes a pixel that the decoder takes; 4 of others
_PROGRESSIVE = 7  # of a JPEG: its decoder keeps the coefficients of the whole picture
_WHOLE = 24  # bytes a pixel where no smaller picture will do: the decoder's, with alpha, as an array, as floats


def picture_kind(start: bytes) -> str | None:
    """Tell a picture by the first bytes of its file; None for what is none.

    Example:
        >>> picture_kind(b"GIF89a"), picture_kind(b"once upon a time")
        ('GIF', None)
    """
    kind = _first_match(_STARTS, start)
    # "mif1" says only that some kind of picture is inside; which, the brands after it tell
    return "AVIF" if kind == "HEIC" and b"avif" in start else kind


def unread_kind(start: bytes) -> str | None:
    """The kind of a picture that is known and not read here, by the first bytes of its file; None for all others."""
    return _first_match(_UNREAD, start)


def unread(path: Path, kind: str) -> InputError:
    """What to say of a picture of such a kind."""
    return InputError(f"got {path}, which is {kind}", "PNG, JPEG or WebP", "export it as JPEG")


def _first_match(patterns: dict[str, bytes], start: bytes) -> str | None:
    return next((name for name, pattern in patterns.items() if re.match(pattern, start, re.DOTALL)), None)


class PictureFile:
    """An open picture, or several in one file: an animation, the pages of a TIFF.

    Args:
        path: a picture.
        kind: from `picture_kind`.

    Attributes:
        width: of the first picture as it is shown, in pixels.
        height: likewise.
        frames: the numbers of the pictures that make a clip; one for a still.

    Raises:
        InputError: at construction and while reading, where the file is damaged, too large, or of a kind that cannot be
            read here.
    """

    def __init__(self, path: Path, kind: str) -> None:
        """Read the header."""
        _check_readable(path, kind)
        self._path, self._kind = path, kind
        with self._told():
            with path.open("rb") as file:
                self._stated = stated(file.read(_HEADER)) if kind in ("AVIF", "PNG") else None
            self._file = _opened(path)
            try:
                if getattr(self._picture, "tag_v2", {}).get(_SUBFILE, 0) & 1:  # a small preview comes first
                    raise unread(path, _RAW)
                shape = self._file.properties(index=0).shape
                about = self._file.metadata(index=0, exclude_applied=False)
                # a TIFF's is undone by Pillow, as is that of a HEIC
                turned = kind not in ("TIFF", "HEIC") and about.get("Orientation", 1) >= 5
                self.height, self.width = (shape[1], shape[0]) if turned else (shape[0], shape[1])
                self.frames = self._animation()
            except BaseException:
                self._file.close()
                raise

    def __enter__(self) -> "PictureFile":
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def pixels(self, index: int = 0, size: int | None = None, parts: int = 1) -> Pixels:
        """One picture as it is shown: bytes of red, green, blue and perhaps alpha in sRGB, or grey in [0, 1].

        Args:
            index: of the picture.
            size: in pixels, where a square of that side will be made of it: a very large picture then comes smaller,
                but with four times that at least.
            parts: how many squares side by side the picture is cut into; a smaller one can be cut alike.

        Raises:
            InputError: also where the picture would take too much memory.
        """
        with self._told(index - self.frames[0]):
            factor = self._shrinks_by(size, parts)
            if self._file.properties(index=index).dtype in (np.uint8, bool):
                pixels = self._colours(index, factor)
            else:
                pixels = self._grey(self._file.read(index=index) if factor == 1 else shrunk(self._picture, factor))
            about = self._file.metadata(index=index, exclude_applied=False)
            turn, axes = _TURNS.get(about.get("Orientation", 1), (False, ()))
            return np.flip(pixels.swapaxes(0, 1) if turn else pixels, axes)

    def image(self, index: int = 0, size: int | None = None) -> Float[Tensor, "3 h w"]:
        """One picture as a tensor in [0, 1], transparency on white; `size` as in `pixels`."""
        return pixels_to_tensor(self.pixels(index, size))

    def alpha(self, size: int | None = None) -> Float[Tensor, "1 h w"] | None:
        """How opaque the first picture is, in [0, 1]; None where all of it is. `size` as in `pixels`."""
        pixels = self.pixels(size=size)
        return pixels_to_tensor(np.repeat(pixels[..., 3:], 3, axis=2))[:1] if pixels.shape[2:] == (4,) else None

    def seconds(self, index: int) -> Fraction:
        """How long a picture is shown; it is decoded to find out."""
        if self._kind not in _ANIMATED:
            return 1 / Fraction(NOMINAL_FPS)
        with self._told(index - self.frames[0]):
            self._file.read(index=index)
            milliseconds = Fraction(self._file.metadata(index=index).get("duration") or 0)
        # Browsers show a frame of 10 ms or less for 100 ms, because such files never mean what they say.
        return milliseconds / 1000 if milliseconds > 10 else Fraction(1, 10)

    def _animation(self) -> range:
        """Which pictures of the file are a clip; views of a stereo JPEG, or pages of several sizes, are none."""
        if self._kind not in (*_ANIMATED, "TIFF"):
            return range(1)
        count = self._file.properties(index=...).n_images or 1  # type: ignore[arg-type]  # for all of them
        if self._kind == "TIFF":
            one_size = len({self._file.properties(index=index).shape for index in range(count)}) == 1
            return range(count if one_size else 1)
        # An animated PNG may open with a cover for viewers that cannot animate; it is no part of the film.
        cover = count > 1 and self._file.metadata(index=0).get("default_image", False)
        return range(int(cover), count)

    @property
    def _picture(self) -> Image.Image:
        """Pillow's own picture, as imageio holds it: a second one would take its memory again."""
        return self._file._image

    def _shrinks_by(self, size: int | None, parts: int) -> int:
        """How many times smaller a picture is made as bytes; 1 for those of usual sizes, whatever is made of them.

        Raises:
            InputError: it would take too much memory even so.
        """
        pixels, factor = self.width * self.height, 1
        if pixels > _USUAL_PIXELS and size is not None and len(self.frames) == 1:
            factor = max(1, min(self.width, self.height) // (_SPARE * size))
            factor = next(f for f in range(factor, 0, -1) if parts == 1 or self.height % f == 0)
        held, most = _HELD.get(self._kind, 4), 2 * (Image.MAX_IMAGE_PIXELS or pixels)
        if self._picture.info.get("progressive"):
            held = _PROGRESSIVE
        if factor == 1:
            held = _WHOLE
        if pixels > (most := min(most, _MOST_BYTES // held)) and pixels > _USUAL_PIXELS:
            raise InputError(
                f"got {self._path}, a picture of {self.width}x{self.height}, {pixels / 1e6:.0f} million pixels",
                f"at most {most / 1e6:.0f} million" + (" to be read whole" if factor == 1 else f" in a {self._kind}"),
                "shrink it first",
            )
        return factor

    def _colours(self, index: int, factor: int) -> UInt8[np.ndarray, "h w _"]:
        """Bytes in sRGB, with alpha where anything is transparent."""
        about = self._file.metadata(index=index)
        profile = about.get("icc_profile")
        if about["mode"] == "CMYK" and (profile or factor > 1):
            inks = self._file.read(index=index) if factor == 1 else shrunk(self._picture, factor)
            return to_srgb(inks, "CMYK", profile)
        pixels = self._file.read(index=index, mode="RGBA") if factor == 1 else shrunk(self._picture, factor)
        if profile:
            pixels = np.dstack([to_srgb(pixels[..., :3], "RGB", profile), pixels[..., 3:]])
        elif self._stated is not None and is_wide(*self._stated):
            shown = wide_to_srgb(pixels[..., :3] * np.uint16(257), *self._stated)
            pixels = np.dstack([np.round(shown * 255).astype(np.uint8), pixels[..., 3:]])
        if pixels.shape[2] == 3:
            return pixels
        return pixels[..., :3] if (pixels[..., 3] == 255).all() else pixels

    def _grey(self, pixels: np.ndarray) -> Float[np.ndarray, "h w"]:
        """Deep grey, whole numbers or floats, in [0, 1]."""
        lowest, highest = pixels.min(), pixels.max()
        white = 1.0 if pixels.dtype.kind == "f" else 4095.0 if highest in _TWELVE_BITS else 65535.0
        if not (lowest >= 0 and highest <= white):
            raise InputError(
                f"got {self._path}, with grey values outside 0 to {white:g}", "8 or 16 bits", "save it as PNG"
            )
        return pixels.astype(np.float32) / np.float32(white)

    @contextmanager
    def _told(self, frames_read: int = 0) -> Iterator[None]:
        """Turn whatever the reader raises on a damaged file into an InputError that counts the good frames before."""
        try:
            yield
        except InputError:
            raise
        except (*_BROKEN, Image.DecompressionBombError) as error:
            if (too_large := _too_large(self._path, error)) is not None:
                raise too_large from error
            after = f" after {frames_read} good frames" if frames_read > 0 else ""
            raise InputError(
                f"got {self._path}, broken{after}", "a complete picture file", "download or export it again"
            ) from error


def _check_readable(path: Path, kind: str) -> None:
    """Refuse by name what needs a library that is not there."""
    if kind == "AVIF" and not features.check("avif"):
        raise InputError(
            f"got {path}, an AVIF picture", "PNG, JPEG or WebP", "export it as JPEG, or install pillow 11.3 or newer"
        )
    if kind == "HEIC" and find_spec("pillow_heif") is None:
        raise InputError(
            f"got {path}, a HEIC picture", "PNG, JPEG or WebP", "export it as JPEG, or `pip install pillow-heif`"
        )


def _opened(path: Path) -> PillowPlugin:
    """Open without the warning about pictures of more than 89 million pixels, which a telephone takes."""
    with _OPENING, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return iio.imopen(path, "r", plugin="pillow")


def _too_large(path: Path, error: BaseException) -> InputError | None:
    """What to say of a picture that Pillow finds too large; None where that is not the reason."""
    bomb = error if isinstance(error, Image.DecompressionBombError) else error.__cause__
    if not isinstance(bomb, Image.DecompressionBombError) or Image.MAX_IMAGE_PIXELS is None:
        return None
    found = re.search(r"\d{8,}", str(bomb))
    size = f" of {int(found[0]) / 1e6:.0f} million pixels" if found else ""
    limit = 2 * Image.MAX_IMAGE_PIXELS / 1e6
    return InputError(f"got {path}, a picture{size}", f"at most {limit:.0f} million", "shrink it first")


def pixels_to_tensor(pixels: Pixels) -> Float[Tensor, "_ h w"]:
    """Pixels as `PictureFile.pixels` gives them as an image in [0, 1]; transparency is laid on white."""
    if pixels.ndim == 2:
        return torch.from_numpy(np.ascontiguousarray(pixels)).expand(3, -1, -1).clone()
    image = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1).contiguous().float().div_(255)
    if len(image) == 3:
        return image
    colours, alpha = image[:3], image[3:]
    return colours * alpha + (1 - alpha)


def squared(
    image: Float[Tensor, "3 h w"], size: int | None, border: Float[Tensor, " 3"] | None
) -> Float[Tensor, "3 h2 w2"]:
    """Cut to the largest centred square (no border colour) or fill up to one with it, `size` pixels a side."""
    height, width = image.shape[1:]
    if size is None:
        return image
    if border is None:
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        return _resized(image[:, top : top + side, left : left + side], size, size)
    scale = size / max(height, width)
    image = _resized(image, max(1, round(height * scale)), max(1, round(width * scale)))
    canvas = border[:, None, None].repeat(1, size, size)
    top, left = (size - image.shape[1]) // 2, (size - image.shape[2]) // 2
    canvas[:, top : top + image.shape[1], left : left + image.shape[2]] = image
    return canvas


def _resized(image: Float[Tensor, "3 h w"], height: int, width: int) -> Float[Tensor, "3 h2 w2"]:
    if image.shape[1:] == (height, width):
        return image.contiguous()
    resized = interpolate(image[None], (height, width), mode="bicubic", antialias=True, align_corners=False)
    return resized[0].clamp(0, 1)


def border_colour(image: Float[Tensor, "3 h w"]) -> Float[Tensor, " 3"]:
    """Median colour of the outermost pixels: white for a drawing on white, a fitting tint for a photograph."""
    return torch.cat([image[:, 0], image[:, -1], image[:, :, 0], image[:, :, -1]], dim=1).median(dim=1).values
