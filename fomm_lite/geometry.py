"""The mathematics of first-order motion as pure functions of tensors (Eqs. 1-7).

Convention, here and everywhere in the library:

- points are (x, y), x right, y down; -1 and +1 are the centres of the corner pixels;
- a sampling grid holds absolute coordinates ("look there in the source"), never displacements;
- maps named ``driving_to_source`` take a place in the driving frame to a place in the source (backward warping);
- nothing is clamped: a map may point outside the picture, and :func:`warp` decides what is seen there.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

PaddingMode = Literal["zeros", "border", "reflection"]


def coordinate_grid(
    height: int, width: int, *, device: torch.device | str | None = None, dtype: torch.dtype = torch.float32
) -> Float[Tensor, "{height} {width} 2"]:
    """The identity map: each pixel's own coordinates.

    Args:
        height: rows, at least 2.
        width: columns, at least 2.
        device: where the grid lives.
        dtype: its floating type.

    Returns:
        (x, y) of every pixel centre in [-1, 1].

    Example:
        >>> coordinate_grid(2, 3)[0]
        tensor([[-1., -1.],
                [ 0., -1.],
                [ 1., -1.]])
    """
    y = torch.linspace(-1, 1, height, device=device, dtype=dtype)
    x = torch.linspace(-1, 1, width, device=device, dtype=dtype)
    return torch.stack(torch.broadcast_tensors(x[None, :], y[:, None]), dim=-1)


def warp(
    image: Float[Tensor, "b c h w"],
    grid: Float[Tensor, "b gh gw 2"],
    *,
    align_corners: bool = True,
    padding_mode: PaddingMode = "border",
) -> Float[Tensor, "b c gh gw"]:
    """Backward warp: output pixel z shows ``image`` at ``grid[z]``, bilinearly.

    Args:
        image: what is looked at.
        grid: where each output pixel looks, absolute coordinates.
        align_corners: True is the convention of this library: the identity grid gives the image back. The official
            weights were trained with False on a corner-aligned grid, which magnifies by W / (W - 1) about the centre.
        padding_mode: what is seen outside: the nearest border pixel, zeros (official), or a mirror.

    Returns:
        The warped image on the grid's pixels.

    Example:
        >>> image = torch.rand(1, 3, 8, 8)
        >>> torch.allclose(warp(image, coordinate_grid(8, 8)[None]), image, atol=1e-6)
        True
    """
    return F.grid_sample(image, grid, mode="bilinear", padding_mode=padding_mode, align_corners=align_corners)


def resize(
    image: Float[Tensor, "b c h w"], size: tuple[int, int], *, align_corners: bool = True
) -> Float[Tensor, "b c h2 w2"]:
    """Bilinear resize of a map to ``size`` (height, width); the map itself when it already has that size."""
    if image.shape[2:] == size:
        return image
    return F.interpolate(image, size=size, mode="bilinear", align_corners=align_corners)


def resize_grid(
    grid: Float[Tensor, "b h w 2"], size: tuple[int, int], *, align_corners: bool = True
) -> Float[Tensor, "b h2 w2 2"]:
    """Bilinear resize of a sampling grid, so that a coarse deformation can warp a fine picture."""
    if grid.shape[1:3] == size:
        return grid
    return resize(grid.permute(0, 3, 1, 2), size, align_corners=align_corners).permute(0, 2, 3, 1)


def _axis(length: int, like: Tensor) -> Float[Tensor, " {length}"]:
    """Coordinates along one side, on the device and in the type of ``like``."""
    return torch.linspace(-1, 1, length, device=like.device, dtype=like.dtype)


def soft_argmax(confidence_maps: Float[Tensor, "b k h w"]) -> Float[Tensor, "b k 2"]:
    """The mean position under each confidence map.

    Args:
        confidence_maps: non-negative, each summing to 1 over h w.

    Returns:
        Expected (x, y). The mean of two peaks lies between them: sharp maps are needed for sharp answers.
    """
    height, width = confidence_maps.shape[2:]
    x = _axis(width, confidence_maps)
    y = _axis(height, confidence_maps)
    return torch.stack([confidence_maps.sum(2) @ x, confidence_maps.sum(3) @ y], dim=-1)


def gaussian_heatmaps(
    positions: Float[Tensor, "b k 2"], height: int, width: int, variance: float
) -> Float[Tensor, "b k {height} {width}"]:
    """A Gaussian bump of height 1 around each position, G(z; p) = exp(-|z - p|^2 / (2 variance)).

    Args:
        positions: centres p.
        height: rows of the maps.
        width: columns of the maps.
        variance: in squared normalised units. The paper writes exp(-|z - p|^2 / sigma) with sigma = 0.01; the released
            code, and so this function, has the factor 2 below.
    """
    x = _axis(width, positions) - positions[..., :1]  # (b k w)
    y = _axis(height, positions) - positions[..., 1:]  # (b k h)
    # exp(x^2 + y^2) is a product of one row and one column: h + w exponentials instead of h w
    row, column = torch.exp(-0.5 * x**2 / variance), torch.exp(-0.5 * y**2 / variance)
    return column[..., :, None] * row[..., None, :]


def heatmap_differences(
    source_positions: Float[Tensor, "b k 2"],
    driving_positions: Float[Tensor, "b k 2"],
    height: int,
    width: int,
    variance: float,
) -> Float[Tensor, "b n {height} {width}"]:
    """H_k: the driving minus the source Gaussian (Eq. 6), with a zero map in front for the background.

    The sign tells the motion network where a keypoint went (+1) and where it came from (-1).
    """
    driving = gaussian_heatmaps(driving_positions, height, width, variance)
    source = gaussian_heatmaps(source_positions, height, width, variance)
    return F.pad(driving - source, (0, 0, 0, 0, 1, 0))


def invert_2x2(matrices: Float[Tensor, "*batch 2 2"]) -> Float[Tensor, "*batch 2 2"]:
    """Inverse of 2 x 2 matrices by the adjugate; zeros for a singular one, and so is its gradient.

    Written out because it is much faster than a batched solver on thousands of tiny matrices, and exports to ONNX.

    Example:
        >>> invert_2x2(torch.tensor([[[2.0, 0.0], [0.0, 4.0]], [[1.0, 2.0], [2.0, 4.0]]]))
        tensor([[[0.5000, -0.0000],
                 [-0.0000, 0.2500]],
        <BLANKLINE>
                [[0.0000, 0.0000],
                 [0.0000, 0.0000]]])
    """
    return _inverses(matrices)[0]


def _inverses(matrices: Float[Tensor, "*batch 2 2"]) -> tuple[Float[Tensor, "*batch 2 2"], Bool[Tensor, "*batch"]]:
    """:func:`invert_2x2` and :func:`is_singular_2x2`, which look at the same two products."""
    a, b, c, d = matrices.flatten(-2).unbind(-1)
    first, second = a * d, b * c
    determinant, singular = first - second, _cancel(first, second)
    adjugate = torch.stack([d, -b, -c, a], dim=-1).unflatten(-1, (2, 2))
    inverse = adjugate / torch.where(singular, 1.0, determinant)[..., None, None]
    return torch.where(singular[..., None, None], 0.0, inverse), singular


def is_singular_2x2(matrices: Float[Tensor, "*batch 2 2"]) -> Bool[Tensor, "*batch"]:
    """Where a determinant is zero, or so small that it is the rounding of its two products and says nothing."""
    a, b, c, d = matrices.flatten(-2).unbind(-1)
    return _cancel(a * d, b * c)


def _cancel(first: Float[Tensor, "*batch"], second: Float[Tensor, "*batch"]) -> Bool[Tensor, "*batch"]:
    """Whether nothing but rounding is left of the difference of two products."""
    return (first - second).abs() <= torch.finfo(first.dtype).eps * (first.abs() + second.abs())


def relative_jacobians(
    source_jacobians: Float[Tensor, "*batch 2 2"], driving_jacobians: Float[Tensor, "*batch 2 2"]
) -> Float[Tensor, "*batch 2 2"]:
    """J_k = A_k B_k^-1: how a small step in the driving frame turns into a step in the source (Eq. 5).

    Where B_k is singular, it says nothing of small steps: they are taken as they are (zero order, the identity).
    """
    inverse, singular = _inverses(driving_jacobians)
    relative = source_jacobians @ inverse
    return torch.where(singular[..., None, None], torch.eye(2).to(relative), relative)


def keypoint_motions(
    source_positions: Float[Tensor, "b k 2"],
    source_jacobians: Float[Tensor, "b k 2 2"],
    driving_positions: Float[Tensor, "b k 2"],
    driving_jacobians: Float[Tensor, "b k 2 2"],
    grid: Float[Tensor, "h w 2"],
) -> Float[Tensor, "b k h w 2"]:
    """First-order driving-to-source motion around each keypoint (Eqs. 3-5).

    For a driving location z, where to look in the source:

        T_k(z) = s_k + J_k (z - d_k),    J_k = A_k B_k^-1

    The reference frame has cancelled: only source and driving keypoints are left.

    Args:
        source_positions: s_k.
        source_jacobians: A_k.
        driving_positions: d_k.
        driving_jacobians: B_k; a singular one counts as in :func:`relative_jacobians`.
        grid: locations z, usually ``coordinate_grid(h, w)``.

    Returns:
        Absolute sampling locations, ready for :func:`warp`.

    Example:
        >>> eye, origin = torch.eye(2).expand(1, 1, 2, 2), torch.zeros(1, 1, 2)
        >>> keypoint_motions(origin + 0.5, eye, origin, eye, grid=origin).squeeze()  # at d_k: s_k
        tensor([0.5000, 0.5000])
    """
    relative = relative_jacobians(source_jacobians, driving_jacobians)  # J_k
    # J (z - d) + s = J z + (s - J d): one small product per keypoint, then one per pixel
    shift = source_positions - (relative @ driving_positions[..., None])[..., 0]
    turned = torch.einsum("bkij,hwj->bkhwi", relative, grid)
    return turned + shift[:, :, None, None]


def sparse_motions(
    keypoint_to_source: Float[Tensor, "b k h w 2"], grid: Float[Tensor, "h w 2"]
) -> Float[Tensor, "b n h w 2"]:
    """The K motions with the identity in front: the background stays where it is (k+1 maps)."""
    background = grid.expand(keypoint_to_source.shape[0], 1, *grid.shape)  # not len(), which exporters take for fixed
    return torch.cat([background, keypoint_to_source], dim=1)


def deform_sources(
    source: Float[Tensor, "b c h w"],
    motions: Float[Tensor, "b n h w 2"],
    *,
    align_corners: bool = True,
    padding_mode: PaddingMode = "border",
) -> Float[Tensor, "b n c h w"]:
    """The source warped by every sparse motion in turn: k+1 guesses for the motion network to choose from."""
    batch, count, height, width, _ = motions.shape
    # all guesses of one item are stacked in the grid's height, so that the source is not copied k+1 times
    tall = motions.reshape(batch, count * height, width, 2)
    warped = warp(source, tall, align_corners=align_corners, padding_mode=padding_mode)
    return warped.unflatten(2, (count, height)).transpose(1, 2)


def combine_motions(masks: Float[Tensor, "b n h w"], motions: Float[Tensor, "b n h w 2"]) -> Float[Tensor, "b h w 2"]:
    """The deformation: sparse motions mixed by masks that sum to 1 (Eq. 7)."""
    return (masks[..., None] * motions).sum(dim=1)
