"""Pixels and normalised units: the two conventions, and a sampler that says where it really looks."""

import torch
import torch.nn.functional as F


def to_units(column: float, width: int, *, align_corners: bool) -> float:
    """The coordinate of a column, 0 being the centre of the first.

    Example:
        >>> to_units(0, 64, align_corners=True), to_units(0, 64, align_corners=False)
        (-1.0, -0.984375)
    """
    if align_corners:
        return -1 + 2 * column / (width - 1)
    return -1 + (2 * column + 1) / width


def column_seen(x: float, width: int, *, align_corners: bool) -> float:
    """The column that ``grid_sample`` looks at: it is shown a picture whose colours are its column numbers.

    Args:
        x: normalised, between the centres of the first and the last column.
        width: of the picture.
        align_corners: as for ``grid_sample``.
    """
    ramp = torch.arange(width, dtype=torch.float64).expand(1, 1, 2, width)
    grid = torch.tensor([[[[x, 0.0]]]], dtype=torch.float64)
    return float(F.grid_sample(ramp, grid, padding_mode="border", align_corners=align_corners))
