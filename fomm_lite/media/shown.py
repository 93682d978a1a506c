"""A decoded frame as it is meant to be seen: upright, square pixels, its own colours, transparency on white."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from av.buffer import Buffer
from av.filter import Graph
from av.video.frame import VideoFrame
from jaxtyping import Float, Int, UInt16
from torch import Tensor

from fomm_lite.media.colour import is_wide, wide_to_srgb
from fomm_lite.media.pictures import pixels_to_tensor

# A Catmull-Rom cubic widened by the shrink factor: what Pillow and torch mean by antialiased bicubic.
_RESIZE = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp:param0=0:param1=0.5"
_RGB, _UNKNOWN = 0, 2  # matrices, by their numbers in ITU-T H.273


@dataclass(frozen=True)
class _Kind:
    """What the frames that one filter graph takes have in common."""

    width: int
    height: int
    pixels: str
    matrix: int
    colour_range: int
    primaries: int
    transfer: int
    alpha: bool


class Screen:
    """Turns decoded frames of one video into tensors of one size.

    Args:
        pixel_aspect: width of a stored pixel over its height.
        size: cut to a centred square and resize to this side; None keeps the frames as they are.
        fit: instead of cutting, shrink or enlarge until the longer side is `size`.
    """

    def __init__(self, pixel_aspect: Fraction | None = None, size: int | None = None, fit: bool = False) -> None:
        self._aspect = pixel_aspect if pixel_aspect and pixel_aspect > 0 else Fraction(1)
        self._size = size
        self._fit = fit
        self._kind: _Kind | None = None
        self._graph: Graph | None = None
        self._first: tuple[int, int] | None = None  # width and height of the first frame
        self._matrix: Int[np.ndarray, "2 2"] | None = None

    def __call__(self, frame: VideoFrame) -> Float[Tensor, "3 h w"]:
        """One frame, in [0, 1]; frames that change their size on the way are brought to that of the first."""
        alpha = any(component.is_alpha for component in frame.format.components)
        matrix = _UNKNOWN if frame.colorspace == _RGB and not frame.format.is_rgb else frame.colorspace
        wide = is_wide(frame.color_primaries, frame.color_trc)
        kind = _Kind(
            frame.width, frame.height, frame.format.name, matrix, frame.color_range, frame.color_primaries,
            frame.color_trc, alpha,
        )  # fmt: skip
        if self._first is None:
            self._first = self._shown_size(kind)
            # asked once: a frame that was asked for what lies beside it is let go late, and holds megabytes
            self._matrix = _display_matrix(frame)
        if kind != self._kind:
            self._kind, self._graph = kind, self._made(kind, self._first)
        assert self._graph is not None
        self._graph.vpush(frame)
        pixels = self._graph.vpull().to_ndarray()
        if wide:
            image = _wide(pixels, kind.primaries, kind.transfer)
        elif alpha:  # colours are multiplied with it already, so white is what it leaves room for
            white = 255 - pixels[..., 3:]
            image = pixels_to_tensor(pixels[..., :3] + np.minimum(white, 255 - pixels[..., :3]))
        else:
            image = pixels_to_tensor(pixels)
        return _turned(image, self._matrix)

    def _shown_size(self, kind: _Kind) -> tuple[int, int]:
        """Width and height with square pixels."""
        return max(1, round(kind.width * self._aspect)), kind.height

    def _made(self, kind: _Kind, first: tuple[int, int]) -> Graph:
        """The filters for one kind of frame, in a film whose first frame has that width and height."""
        width, height = self._shown_size(kind)
        planes = "gbrap16le" if is_wide(kind.primaries, kind.transfer) else "gbrap"
        steps = [f"format={planes}", "premultiply=inplace=1"] if kind.alpha else []
        if width != kind.width:
            steps.append(f"scale={width}:{height}:{_RESIZE}")
        if self._size is None:
            width, height = first
        elif self._fit:
            longer = max(width, height)
            width, height = (max(1, round(side * self._size / longer)) for side in (width, height))
        else:
            side = min(width, height)
            steps.append(f"crop={side}:{side}:exact=1")
            width = height = self._size
        if is_wide(kind.primaries, kind.transfer):
            pixels = "rgba64le" if kind.alpha else "rgb48le"
        else:
            pixels = "rgba" if kind.alpha else "rgb24"
        steps += [f"scale={width}:{height}:{_RESIZE}", f"format={pixels}"]
        graph = Graph()
        start = (
            f"video_size={kind.width}x{kind.height}:pix_fmt={kind.pixels}:time_base=1/1000:pixel_aspect=1/1"
            f":colorspace={kind.matrix}:range={kind.colour_range}"
        )
        nodes = [graph.add("buffer", start)]
        nodes += [graph.add(*step.split("=", 1)) for step in steps]
        graph.link_nodes(*nodes, graph.add("buffersink")).configure()
        return graph


def _wide(pixels: UInt16[np.ndarray, "h w c"], primaries: int, transfer: int) -> Float[Tensor, "3 h w"]:
    """Colours beyond sRGB, with alpha on white: they are multiplied with it, but their curve is not straight."""
    opacity = pixels[..., 3:].astype(np.float32) / 65535
    if pixels.shape[2] == 4:
        pixels = np.minimum(pixels[..., :3] / np.maximum(opacity, 1e-6), 65535).astype(np.uint16)
    image = wide_to_srgb(pixels, primaries, transfer)
    if opacity.size:
        image = image * opacity + (1 - opacity)
    return torch.from_numpy(image).permute(2, 0, 1).contiguous()


def _display_matrix(frame: VideoFrame) -> Int[np.ndarray, "2 2"] | None:
    """Where the stored right and down point on the screen, as columns; None where they stay what they are."""
    try:
        found = frame.side_data.get("DISPLAYMATRIX")
    except ValueError:
        # beside it lies what PyAV has no name for, as what a camera notes of a picture: no mirror is seen
        quarter = round(frame.rotation / 90) % 4
        cos, sin = (1, 0, -1, 0)[quarter], (0, 1, 0, -1)[quarter]
        return np.array([[cos, sin], [-sin, cos]]) if quarter else None
    if found is None:
        return None
    assert isinstance(found, Buffer)
    a, b, _, c, d = np.frombuffer(bytes(found)[:20], dtype="<i4")
    return np.sign([[a, c], [b, d]]) if (a or b) and (c or d) else None


def _turned(image: Float[Tensor, "3 h w"], matrix: Int[np.ndarray, "2 2"] | None) -> Float[Tensor, "3 h2 w2"]:
    if matrix is None:
        return image
    if matrix[0, 0] == 0:  # stored right points up or down
        image = image.transpose(1, 2)
    across, down = matrix.sum(axis=1)
    flipped = [axis for axis, direction in ((2, across), (1, down)) if direction < 0]
    return image.flip(flipped).contiguous()
