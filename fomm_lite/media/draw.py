"""Keypoints, masks and maps as pictures, and pictures side by side: tensors in, tensors out.

A keypoint has one colour, by its index, in every picture, figure and video.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.media.strokes import layered, text_width, write

# Found by a search: any two are at least 30 apart in CIE Lab, for normal vision and simulated red, green and blue
# blindness alike. In such an order that the first few differ most.
_PALETTE = (
    "#c02000", "#4040e0", "#60e0e0", "#600020", "#c0e080", "#804080", "#c06060", "#400080", "#e0c020", "#a080e0",
    "#400040", "#80c0a0", "#800000", "#8040c0", "#a0a040",
)  # fmt: skip
BACKGROUND_COLOUR = (0.35, 0.35, 0.35)
PAPER = 1.0
GAP = 8
LABEL_HEIGHT = 28
LETTERS = 18


def keypoint_colour(index: int) -> tuple[float, float, float]:
    """The colour (r, g, b) in [0, 1] of a keypoint; from the sixteenth on the hues repeat, half way to white or black.

    Example:
        >>> keypoint_colour(0) == keypoint_colour(0) != keypoint_colour(10)
        True
    """
    code = _PALETTE[index % len(_PALETTE)]
    hue = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    towards, share = [(0.0, 0.0), (1.0, 0.5), (0.0, 0.45)][index // len(_PALETTE) % 3]
    red, green, blue = (channel + share * (towards - channel) for channel in hue)
    return red, green, blue


def keypoint_code(index: int) -> str:
    """The colour of a keypoint as pages write it.

    Example:
        >>> len(keypoint_code(0)), keypoint_code(0)[0]
        (7, '#')
    """
    return "#" + "".join(f"{round(255 * part):02x}" for part in keypoint_colour(index))


def enlarge(image: Float[Tensor, "c h w"], side: int) -> Float[Tensor, "c h2 w2"]:
    """The picture with its longer side ``side`` pixels long; every pixel a crisp block where that is a whole number.

    One that has this size already is handed back as it is.
    """
    height, width = image.shape[1:]
    if max(height, width) == side:
        return image
    scale = side / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    if scale >= 1 and scale == int(scale):
        return F.interpolate(image[None], size, mode="nearest")[0]
    return F.interpolate(image[None], size, mode="bicubic", antialias=True, align_corners=False)[0].clamp(0, 1)


def draw_keypoints(
    image: Float[Tensor, "3 h w"],
    positions: Float[Tensor, "k 2"],
    jacobians: Float[Tensor, "k 2 2"] | None = None,
    *,
    hollow: bool = False,
    inplace: bool = False,
) -> Float[Tensor, "3 h w"]:
    """A dot with a white and a dark rim for each keypoint, on a copy of the picture.

    Args:
        image: in [0, 1]; best enlarged first, as dots scale with the picture.
        positions: normalised (x, y); those outside are cut off.
        jacobians: also draw a cross whose arms are the columns: where a step right (full colour) and a step down (pale)
            of the reference frame lead.
        hollow: draw rings, through which the picture is seen.
        inplace: draw on the picture itself, which lies on the CPU.
    """
    image = image if inplace else image.detach().cpu().clone()
    height, width = image.shape[1:]
    pixels = image.numpy()  # the same memory: a hundred small windows are filled faster by numpy
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    unit = 0.16 * min(height, width) ** 0.5  # pixels: dots shrink more slowly than the picture
    centres = (positions.detach().cpu().float() + 1) * half
    arms = None if jacobians is None else centres[:, :, None] + 0.14 * jacobians.detach().cpu().float() * half[:, None]
    for index, centre in enumerate(centres.tolist()):
        colour = np.array(keypoint_colour(index))
        if arms is not None:
            right, down = arms[index].T.tolist()
            for end, tint in ((down, 0.5 + 0.5 * colour), (right, colour)):
                layered(pixels, centre, end, [(1.5 * unit, np.zeros(3)), (0.8 * unit, tint)])
        rims = [(3.4 * unit, np.zeros(3)), (2.9 * unit, np.ones(3)), (2.1 * unit, colour)]
        layered(pixels, centre, centre, rims, hole=1.4 * unit if hollow else 0)
    return image


def draw_masks(
    image: Float[Tensor, "3 h w"], masks: Float[Tensor, "n h2 w2"], strength: float = 0.7
) -> Float[Tensor, "3 h w"]:
    """Masks in the keypoints' colours over a grey version of the picture; the background mask is grey.

    Args:
        image: the picture that the masks belong to, usually the prediction.
        masks: of the background and each keypoint; they sum to 1.
        strength: 0 shows the picture alone, 1 the colours alone.
    """
    masks, image = masks.detach().cpu().float(), image.detach().cpu()
    colours = torch.tensor([BACKGROUND_COLOUR, *(keypoint_colour(index) for index in range(len(masks) - 1))])
    painted = torch.einsum("nhw,nc->chw", masks, colours)
    size = (image.shape[1], image.shape[2])
    painted = F.interpolate(painted[None], size, mode="bilinear", align_corners=True)[0]
    return (strength * painted + (1 - strength) * image.mean(0)).clamp(0, 1)


def draw_occlusion(
    occlusion_map: Float[Tensor, "1 h w"] | None, size: tuple[int, int]
) -> Float[Tensor, "3 {size[0]} {size[1]}"]:
    """The occlusion map as a grey picture of ``size`` (height, width): white keeps the source, black is painted anew.

    A model without occlusion map keeps everything: all white.
    """
    if occlusion_map is None:
        return torch.ones(3, *size)
    grey = F.interpolate(occlusion_map.detach().cpu().float()[None], size, mode="bilinear", align_corners=True)
    return grey[0].expand(3, -1, -1)


def draw_label(image: Float[Tensor, "c h w"], text: str) -> Float[Tensor, "c h w"]:
    """A picture with a word on a light box in its lower left corner, opaque where there is alpha."""
    height, width = image.shape[1:]
    letters = max(9, height // 16)
    letters = max(6, min(letters, int(letters * width / (text_width(text, letters) + letters))))
    box = (slice(None), slice(max(0, height - 3 * letters // 2), height), slice(0, text_width(text, letters) + letters))
    labelled = image.clone()
    labelled[box] = PAPER
    if len(labelled) == 4:
        labelled[3][box[1:]] = 1
    pixels = np.ascontiguousarray(labelled[:3].numpy())
    write(pixels, text, (letters / 2, height - 3 * letters / 4), letters, across=0)
    labelled[:3] = torch.from_numpy(pixels)
    return labelled


def sheet(
    rows: Sequence[Sequence[Float[Tensor, "3 _ _"]]],
    labels: Sequence[str],
    side: int = 128,
    *,
    row_labels: Sequence[str] = (),
) -> Float[Tensor, "3 h w"]:
    """Pictures in rows and columns, each column under its label.

    Args:
        rows: pictures (3 h w); each is scaled until its longer side is ``side``, or that of the largest picture.
        labels: one for each column.
        side: of a cell, in pixels.
        row_labels: one for each row, in front of it; or none.

    Returns:
        One picture on white.
    """
    side = max([side, *(max(picture.shape[1:]) for row in rows for picture in row)])
    in_front = [_centred(label, side) for label in _labels(row_labels, side)] if row_labels else []
    lines = [_beside([*(torch.full((3, LABEL_HEIGHT, side), PAPER) for _ in in_front[:1]), *_labels(labels, side)])]
    for index, row in enumerate(rows):
        cells = [_centred(enlarge(picture.detach().cpu(), side), side) for picture in row]
        cells += [torch.full((3, side, side), PAPER)] * (len(labels) - len(cells))
        lines.append(_beside(in_front[index : index + 1] + cells))
    return _framed([torch.cat(lines[:2], dim=1), *lines[2:]])


def album(rows: Sequence[Mapping[str, Float[Tensor, "3 _ _"]]], side: int) -> Float[Tensor, "3 h w"]:
    """Pictures in rows, each under a label of its own.

    Args:
        rows: label -> picture, scaled until its longer side is ``side``.
        side: of a cell, in pixels.
    """
    labels = iter(_labels([label for row in rows for label in row], side))
    cells = [[(next(labels), enlarge(picture.detach().cpu(), side)) for picture in row.values()] for row in rows]
    return _framed([_beside([torch.cat([label, _centred(p, side)], dim=1) for label, p in row]) for row in cells])


def _labels(texts: Sequence[str], width: int) -> list[Float[Tensor, "3 _ {width}"]]:
    """Dark texts in the middle of white strips, in one letter size that is small enough for the longest of them."""
    longest = max(text_width(text, LETTERS) for text in texts)
    letters = max(9, min(LETTERS, int(LETTERS * (width - 4) / max(longest, 1))))
    strips = [np.full((3, LABEL_HEIGHT, width), PAPER, np.float32) for _ in texts]
    for strip, text in zip(strips, texts, strict=True):
        write(strip, text, (width / 2, LABEL_HEIGHT / 2), letters)
    return [torch.from_numpy(strip) for strip in strips]


def _centred(picture: Float[Tensor, "3 h w"], side: int) -> Float[Tensor, "3 {side} {side}"]:
    """The picture in the middle of a white square."""
    across, down = side - picture.shape[2], side - picture.shape[1]
    return F.pad(picture, (across // 2, across - across // 2, down // 2, down - down // 2), value=PAPER)


def _beside(pictures: Sequence[Float[Tensor, "3 _ _"]]) -> Float[Tensor, "3 h w"]:
    """One row with gaps between."""
    return torch.cat([pictures[0], *(F.pad(p, (GAP, 0), value=PAPER) for p in pictures[1:])], dim=2)


def _framed(rows: Sequence[Float[Tensor, "3 _ _"]]) -> Float[Tensor, "3 h w"]:
    """Rows below each other with gaps between and around; both sides even, as video formats need."""
    width = max(row.shape[2] for row in rows)
    stacked = torch.cat([F.pad(row, (0, width - row.shape[2], GAP, 0), value=PAPER) for row in rows], dim=1)
    return F.pad(stacked, (GAP, GAP + width % 2, 0, GAP + stacked.shape[1] % 2), value=PAPER)
