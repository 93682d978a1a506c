"""Large pictures made smaller as bytes, strip by strip, before anything of their size is made of them.

A picture of 13,000 x 13,000 pixels takes 0.7 GB as its decoder leaves it. Copies of it with alpha, as an array and as
floats took six times that, for a result of 64 pixels. Here no copy is larger than a strip.
"""

import numpy as np
from jaxtyping import Shaped, UInt8
from PIL import Image

_STRIP = 2**22  # pixels that are converted together


def shrunk(picture: Image.Image, factor: int) -> UInt8[np.ndarray, "h w _"] | Shaped[np.ndarray, "h w"]:
    """The means of squares of pixels.

    Args:
        picture: of any mode; a JPEG, if it is not loaded yet, is decoded smaller at once.
        factor: side of the squares; those at the right and lower edge may be smaller.

    Returns:
        Bytes of red, green and blue, with alpha where anything is transparent, weighted by it; of the four inks where
        the picture has these; deep grey as it is, whole numbers or floats.
    """
    wanted = (-(-picture.width // factor), -(-picture.height // factor))
    picture.draft(None, wanted)  # does nothing but for a JPEG
    factor = max(1, min(have // want for have, want in zip(picture.size, wanted, strict=True)))
    width, height = picture.size
    deep = picture.mode[0] in "IF"
    rows = max(1, _STRIP // width // factor) * factor
    strips = []
    for top in range(0, height, rows):
        strip = picture.crop((0, top, width, min(height, top + rows)))
        if picture.mode == "CMYK":
            strips.append(np.asarray(strip.reduce(factor)))
        elif deep:  # Pillow knows means of 32 bits, not of 16
            values = np.asarray(strip)
            means = np.asarray(Image.fromarray(values.astype(np.float32)).reduce(factor))
            strips.append(means if values.dtype.kind == "f" else means.round().astype(values.dtype))
        else:
            strips.append(np.asarray(strip.convert("RGBA").convert("RGBa").reduce(factor).convert("RGBA")))
    whole = np.concatenate(strips)
    return whole[..., :3] if picture.mode != "CMYK" and not deep and (whole[..., 3] == 255).all() else whole
