"""Stills that hold several frames, square ones side by side, as official data sets store their clips."""

from collections.abc import Generator

from jaxtyping import Float
from torch import Tensor

from fomm_lite.media.pictures import Pixels, pixels_to_tensor


def stacked(width: int, height: int) -> int:
    """How many frames a still of that many pixels holds: several only where squares lie side by side."""
    return width // height if width % height == 0 else 1


def stacked_frames(pixels: Pixels, wanted: range) -> Generator[Float[Tensor, "3 h w"], None, None]:
    """Some frames of a still, one at a time.

    Args:
        pixels: the still.
        wanted: numbers of frames, from the left.
    """
    side = pixels.shape[0] if len(wanted) > 1 or wanted.start else pixels.shape[1]
    for index in wanted:
        # Cut before converting: a tensor of the whole strip would be four times the size of its bytes.
        yield pixels_to_tensor(pixels[:, index * side : (index + 1) * side])
