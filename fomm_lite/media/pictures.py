"""From a picture file to a tensor: every colour mode, right way up, cut or filled up to a square.

Pillow opens the files; whatever it raises on a damaged one becomes one clear line. Callers outside this room use
`media.read_image`.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn.functional import interpolate

from fomm_lite.errors import InputError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


@contextmanager
def told_in_one_line(path: Path, frames_read: int = 0) -> Iterator[None]:
    """Turn whatever Pillow raises on a damaged file into an InputError that counts the good frames before it."""
    try:
        yield
    except InputError:
        raise
    except _BROKEN as error:
        after = f" after {frames_read} good frames" if frames_read else ""
        reason = str(error).replace(str(path), "file").replace("''", "")
        raise InputError(
            f"got {path}, broken{after} ({reason})", "a complete picture file", "download or export it again"
        ) from error


def open_picture(path: Path) -> Image.Image:
    """Open a picture and decode its (first) frame; the caller closes it."""
    with told_in_one_line(path):
        picture = Image.open(path, formats=FORMATS)
        try:
            picture.load()
        except _BROKEN:
            picture.close()
            raise
    return picture


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height as shown, once turned upright; reads the header only."""
    with told_in_one_line(path), Image.open(path, formats=FORMATS) as picture:
        turned = picture.getexif().get(0x0112, 1) >= 5  # EXIF orientations 5 to 8 lie on their side
        return (picture.height, picture.width) if turned else picture.size


def upright(picture: Image.Image, path: Path) -> Image.Image:
    """Turn a picture as its EXIF orientation says."""
    with told_in_one_line(path):
        return ImageOps.exif_transpose(picture)


def animation_range(picture: Image.Image, path: Path) -> tuple[int, int]:
    """First frame and number of frames; several pages of a TIFF, or views of a stereo JPEG, are no animation."""
    if picture.format not in ("GIF", "WEBP", "PNG"):
        return 0, 1
    with told_in_one_line(path):
        count = getattr(picture, "n_frames", 1)
    # An animated PNG may open with a cover for viewers that cannot animate; it is no part of the film.
    cover = int(count > 1 and getattr(picture, "default_image", False))
    return cover, count - cover


def picture_to_tensor(picture: Image.Image, path: Path) -> Float[Tensor, "3 h w"]:
    """Convert any colour mode to RGB in [0, 1]: transparency on white, 16 bits scaled."""
    if picture.mode[0] in "IF":  # deep grey: 16-bit whole numbers, or floats
        white = 1.0 if picture.mode == "F" else 65535.0
        grey = np.asarray(picture).astype(np.float32) / white
        if not (grey.min() >= 0 and grey.max() <= 1):
            raise InputError(f"got {path}, with grey values outside 0 to {white:g}", "8 or 16 bits", "save it as PNG")
        return torch.from_numpy(grey).expand(3, -1, -1).clone()
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    return pixels_to_tensor(bytearray(picture.convert("RGB").tobytes()), picture.height, picture.width)


def pixels_to_tensor(pixels: bytearray, height: int, width: int) -> Float[Tensor, "3 h w"]:
    """Rows of 8-bit RGB pixels to an image in [0, 1]."""
    image = torch.frombuffer(pixels, dtype=torch.uint8).view(height, width, 3)
    return image.permute(2, 0, 1).contiguous().float().div_(255)


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
