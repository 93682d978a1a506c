"""A background that moves: what the background's mask, which stays, costs, and the affine map that later work adds."""

import dataclasses

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.course.kit.linear import fit_line
from fomm_lite.geometry import coordinate_grid, warp
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion
from fomm_lite.worlds import Clip


def shifted_wall(clip: Clip, frame: int, pixels: float) -> tuple[Float[Tensor, "3 h w"], Float[Tensor, "h w 2"]]:
    """A frame of a clip whose wall has moved to the right, its figure not; and the true deformation from frame 0.

    Args:
        clip: a drawn clip; its first part is the wall.
        frame: which one.
        pixels: how far the wall went; what comes in at the border repeats the wall's edge.

    Returns:
        The picture, and where each of its pixels lies in the unmoved frame 0.
    """
    height, width = clip.frames.shape[-2:]
    grid, wall = coordinate_grid(height, width), clip.part_masks[frame, 0]
    looked = grid - torch.tensor([2 * pixels / (width - 1), 0.0])
    bare = _bare_wall(clip)
    moved = warp(bare[None], looked[None])[0]
    picture = clip.frames[frame] + wall * (moved - bare)
    return picture.clamp(0, 1), torch.where((wall > 0.5)[..., None], looked, clip.deformation(0, frame))


def _bare_wall(clip: Clip) -> Float[Tensor, "3 h w"]:
    """The wall alone, over all frames: where the figure always stands before it, its mean colour."""
    free = clip.part_masks[:, :1] > 0.999
    count = free.sum(0)
    seen = (clip.frames * free).sum(0) / count.clamp_min(1)
    mean = (seen * (count > 0)).sum((1, 2)) / (count > 0).sum()
    return torch.where(count > 0, seen, mean[:, None, None])


def fit_affine(
    places: Float[Tensor, "n 2"], wanted: Float[Tensor, "n 2"], weights: Float[Tensor, " n"] | None = None
) -> Float[Tensor, "2 3"]:
    """The affine map that brings places nearest to others, by least squares: jacobian, then shift.

    Args:
        places: at least three, not on one line.
        wanted: where each should go.
        weights: how much each counts; all alike by default.
    """
    return fit_line(places, wanted, weights).T


def with_background(
    deformation: Float[Tensor, "h w 2"], mask: Float[Tensor, "h w"], affine: Float[Tensor, "2 3"]
) -> Float[Tensor, "h w 2"]:
    """The deformation of Eq. 7 whose motion 0 is an affine map in place of the identity.

    Args:
        deformation: with the identity as motion 0.
        mask: M_0, the background's.
        affine: driving to source.
    """
    grid = coordinate_grid(*mask.shape)
    return deformation + mask[..., None] * (grid @ affine[:, :2].T + affine[:, 2] - grid)


def wall_error(found: Float[Tensor, "h w 2"], truth: Float[Tensor, "h w 2"], wall: Bool[Tensor, "h w"]) -> float:
    """Mean distance of a deformation to the true one on the wall, in pixels."""
    height, width = wall.shape
    pixels = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    return float(((found - truth) * pixels).norm(dim=-1)[wall].mean())


@torch.no_grad()
def painted(
    model: FirstOrderModel,
    source: Float[Tensor, "1 3 h w"],
    motion: DenseMotion,
    deformation: Float[Tensor, "h w 2"],
) -> Float[Tensor, "3 h w"]:
    """What the generator makes of a source and a motion if another deformation takes the place of the motion's own."""
    other = dataclasses.replace(motion, deformation=deformation[None])
    return model.render(source, model.encode(source), other).prediction[0]
