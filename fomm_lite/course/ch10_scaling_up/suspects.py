"""Right and wrong ways to warp a picture, for tests to tell apart. All take and return what ``geometry.warp`` does."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, warp

Image = Float[Tensor, "b c h w"]
Grid = Float[Tensor, "b gh gw 2"]
Warped = Float[Tensor, "b c gh gw"]


def library(image: Image, grid: Grid) -> Warped:
    """The right one: backwards, (x, y), corners aligned, bilinear, border repeated."""
    return warp(image, grid)


def by_neighbours(image: Image, grid: Grid) -> Warped:
    """Right too, from the four neighbours in double precision: it differs from the library's in rounding."""
    sizes = torch.tensor([image.shape[3], image.shape[2]])
    at = torch.minimum(((grid.double() + 1) / 2 * (sizes - 1)).clamp(min=0), (sizes - 1).double())
    low = torch.minimum(at.floor(), (sizes - 2).double()).long()
    x, y = (at - low).unbind(-1)
    left, top = low.unbind(-1)
    which = torch.arange(len(image))[:, None, None]

    def seen(down: int, right: int) -> Tensor:
        return image.double().permute(0, 2, 3, 1)[which, top + down, left + right]

    above = seen(0, 0) * (1 - x)[..., None] + seen(0, 1) * x[..., None]
    below = seen(1, 0) * (1 - x)[..., None] + seen(1, 1) * x[..., None]
    return (above * (1 - y)[..., None] + below * y[..., None]).permute(0, 3, 1, 2).to(image.dtype)


def corners_unaligned(image: Image, grid: Grid) -> Warped:
    """Takes -1 and +1 for the picture's borders."""
    return warp(image, grid, align_corners=False)


def exchanged(image: Image, grid: Grid) -> Warped:
    """Takes (x, y) for (y, x)."""
    return warp(image, grid.flip(-1))


def black_outside(image: Image, grid: Grid) -> Warped:
    """Shows zeros where it looks outside."""
    return warp(image, grid, padding_mode="zeros")


def nearest(image: Image, grid: Grid) -> Warped:
    """Shows the nearest pixel instead of a mixture."""
    return F.grid_sample(image, grid, mode="nearest", padding_mode="border", align_corners=True)


def opposite(image: Image, grid: Grid) -> Warped:
    """Moves pixels against the grid's way, as who takes it for a forward warp would."""
    return warp(image, 2 * coordinate_grid(*grid.shape[1:3]).to(grid) - grid)
