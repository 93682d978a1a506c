"""The bug museum: seven mistakes, four of them in released code, each as the right and the wrong number, measured.

None of them raises an error or prints a warning; a network trained with one even learns to live with it.
"""

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, invert_2x2, soft_argmax, warp
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.random_warp import Radius, RandomWarp
from fomm_lite.worlds import Clip


def ramp(width: int) -> Float[Tensor, "1 1 2 w"]:
    """A picture whose pixels say their own column: what is read off it is where one looked."""
    return torch.arange(width, dtype=torch.float32).expand(1, 1, 2, width).clone()


def looked_at(width: int, *, align_corners: bool) -> Float[Tensor, " w"]:
    """The column that each pixel of an identity warp shows.

    Args:
        width: of the picture in pixels.
        align_corners: how ``warp`` reads the grid. With padding by the border, what lies outside reads as the border.
    """
    return warp(ramp(width), coordinate_grid(2, width)[None], align_corners=align_corners)[0, 0, 0]


def warped_again(picture: Float[Tensor, "3 h w"], times: int, *, align_corners: bool) -> Float[Tensor, "3 h w"]:
    """A picture after so many identity warps."""
    grid = coordinate_grid(*picture.shape[1:])[None]
    for _ in range(times):
        picture = warp(picture[None], grid, align_corners=align_corners)[0]
    return picture


def peak_positions(side: int, columns: Sequence[int], padding: int, kernel: int = 7) -> Float[Tensor, " n"]:
    """The x that a perfect peak is reported at, after a head of one convolution that hands its input on.

    Args:
        side: of the confidence maps before the head.
        columns: of the peaks, each at least ``kernel // 2`` from the border.
        padding: of the head's convolution; 0 cuts its border off, ``kernel // 2`` keeps the size.
        kernel: side of the convolution.
    """
    maps = torch.zeros(len(columns), 1, side, side)
    for row, column in enumerate(columns):
        maps[row, 0, side // 2, column] = 1
    head = torch.zeros(1, 1, kernel, kernel)
    head[0, 0, kernel // 2, kernel // 2] = 1
    return soft_argmax(F.conv2d(maps, head, padding=padding))[:, 0, 0]


def kept_columns(width: int, how: str) -> Float[Tensor, " n"]:
    """The columns that shrinking to a quarter looks at.

    Args:
        width: of the picture in pixels.
        how: "slice" keeps every fourth; "factor" interpolates by the factor 1/4; "recomputed" by the ratio of the
            rounded sizes; "bilinear" samples half way between pixels.
    """
    picture = ramp(width)
    if how == "slice":
        return picture[0, 0, 0, ::4]
    if how == "bilinear":
        wanted = (2, width // 4)
        return F.interpolate(picture, wanted, mode="bilinear", align_corners=False)[0, 0, 0]
    shrunk = F.interpolate(picture, scale_factor=(1.0, 0.25), recompute_scale_factor=how == "recomputed")
    return shrunk[0, 0, 0]


def offset_in_pixels(width: int, how: str) -> Float[Tensor, " n"]:
    """How many pixels of the picture each kept column is reported too far right, when -1 and +1 are first and last."""
    columns = kept_columns(width, how)
    reported = torch.linspace(-1, 1, len(columns))
    true = 2 * columns / (width - 1) - 1
    return (reported - true) * (width - 1) / 2


def order_errors(clip: Clip, part: str, source: int, driving: int) -> tuple[Tensor, Tensor, Tensor]:
    """Error of a part's first-order motion with each order of the product, against the true motion.

    Args:
        clip: a drawn clip.
        part: its name.
        source: a frame.
        driving: another.

    Returns:
        Errors in pixels where the part is seen, (h w) with zeros elsewhere: of A B^-1, of B^-1 A; and where it is seen.
    """
    index, side = clip.part_names.index(part), clip.frames.shape[-1]
    seen = clip.part_masks[driving, index] > 0.9
    truth, grid = clip.deformation(source, driving), coordinate_grid(side, side)
    a, b = clip.part_affines[source, index], clip.part_affines[driving, index]
    inverse = invert_2x2(b[:, :2])

    def error(product: Tensor) -> Tensor:
        motion = a[:, 2] + (grid - b[:, 2]) @ product.T
        return (motion - truth).norm(dim=-1) * (side - 1) / 2 * seen

    return error(a[:, :2] @ inverse), error(inverse @ a[:, :2]), seen


def blob(position: Float[Tensor, " 2"], side: int = 64) -> Float[Tensor, "1 1 h w"]:
    """A bright dot on black."""
    return torch.exp(-((coordinate_grid(side, side) - position) ** 2).sum(-1) / 0.005)[None, None]


def seen_at(picture: Float[Tensor, "1 1 h w"]) -> Float[Tensor, "1 1 2"]:
    """A keypoint detector without weights: the centre of brightness."""
    return soft_argmax(picture / picture.sum((2, 3), keepdim=True))


def kink(radius: Radius, offset: float = 0.3, step: float = 1e-3) -> float:
    """By how much the slope of a thin-plate warp with one control point jumps where one passes straight above it.

    Args:
        radius: how the warp measures distance.
        offset: how far above the control point.
        step: how far to either side of it the slope is taken.
    """
    plate = RandomWarp(torch.eye(2, 3)[None], torch.zeros(1, 2), torch.ones(1, 1), radius)
    beside = torch.tensor([[[-step, offset], [step, offset]]])
    left, right = plate.jacobians(beside)[0]
    return float((right - left).abs().max())


def bend(radius: Radius, side: int = 129) -> Float[Tensor, "h w"]:
    """How far a control point of weight 1 in the middle moves each place."""
    plate = RandomWarp(torch.eye(2, 3)[None], torch.zeros(1, 2), torch.ones(1, 1), radius)
    grid = coordinate_grid(side, side)
    return (plate.points(grid.flatten(0, 1)[None])[0] - grid.flatten(0, 1))[:, 0].view(side, side)


def reconstructed(
    model: FirstOrderModel,
    source: Float[Tensor, "3 h w"],
    driving: Float[Tensor, "3 h w"],
    company: Float[Tensor, "b 3 h w"],
    *,
    training: bool,
) -> Float[Tensor, "3 h w"]:
    """The driving frame redrawn from the source, in one batch with strangers that should not matter.

    Args:
        model: left as it is; a copy is used.
        source: in [0, 1].
        driving: in [0, 1].
        company: driving frames of somebody else in the same batch.
        training: leave batch norm in training mode, which normalises by the batch instead of by what was learnt.
    """
    model = copy.deepcopy(model).train(training)
    frames = torch.cat([driving[None], company])
    sources = source.expand(len(frames), -1, -1, -1)
    with torch.no_grad():
        return model(sources, model.detect(sources), model.detect(frames)).prediction[0]
