"""Faces cut out of frames by their landmarks, and pasted back where they were."""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, warp
from fomm_lite.worlds import Clip

OUTLINE = ("left ear", "right ear", "forehead", "chin")
HALF = 0.45  # half the side of the square that is cut out, in normalised units
_FINER = 2  # sampling points along each side of a pixel


def face_centres(clip: Clip) -> Float[Tensor, "t 2"]:
    """The middle of the face in every frame: the mean of four landmarks on its outline."""
    chosen = [clip.landmark_names.index(name) for name in OUTLINE]
    return clip.landmarks[:, chosen].mean(1)


def in_crop(
    points: Float[Tensor, "*places 2"], centres: Float[Tensor, "*centres 2"], half: float = HALF
) -> Float[Tensor, "*both 2"]:
    """Places in a frame as places in the square cut out around ``centres``: -1 and +1 are its sides."""
    return (points - centres) / half


def crop_faces(
    frames: Float[Tensor, "t 3 h w"], centres: Float[Tensor, "t 2"], side: int = 32, half: float = HALF
) -> Float[Tensor, "t 3 s s"]:
    """A square around each centre, as a small picture.

    Args:
        frames: in [0, 1].
        centres: normalised (x, y).
        side: of the small pictures, in pixels.
        half: half the side of the square, in normalised units.
    """
    grid = coordinate_grid(_FINER * side, _FINER * side) * half + centres[:, None, None]
    return torch.nn.functional.avg_pool2d(warp(frames, grid), _FINER)


def paste_faces(
    frames: Float[Tensor, "t 3 h w"],
    faces: Float[Tensor, "t 3 s s"],
    centres: Float[Tensor, "t 2"],
    half: float = HALF,
) -> Float[Tensor, "t 3 h w"]:
    """Small pictures put back where they were cut out, through an oval with a soft edge.

    Args:
        frames: in [0, 1].
        faces: what :func:`crop_faces` cut out, painted anew.
        centres: where it was cut out.
        half: as it was cut out.
    """
    grid = in_crop(coordinate_grid(*frames.shape[2:]).flatten(0, 1), centres[:, None], half)
    grid = grid.unflatten(1, (frames.shape[2], frames.shape[3]))
    radius = (grid / torch.tensor([0.85, 0.95])).norm(dim=-1)
    keep = ((1 - radius) / 0.15).clamp(0, 1)[:, None]
    return keep * warp(faces, grid) + (1 - keep) * frames
