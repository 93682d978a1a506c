"""The blocks of the networks made fast for playing films, one by one: other arithmetic, equal numbers, no training.

- Batch norm, which in evaluation is a product and a sum a channel, goes into the weights of the convolution before it.
- A 3 x 3 convolution after nearest doubling is one 4 x 4 transposed convolution of stride two, with 2.25 times less
  work: of the nine taps of each output pixel several see one and the same small pixel, and are added up beforehand.
- Wide 3 x 3 convolutions are computed on tiles of 4 x 4 pixels after Winograd (Lavin and Gray, arXiv 1509.09308):
  four times fewer products, of which the transforms take half back.
- The blur before shrinking, the same along rows and columns, is a product with a matrix for each.
- A wide kernel with few outputs, as the last layer has, is split into columns: its rows first, then a sum of shifts.
- Convolutions of one map are one, with outputs up to a multiple of what a processor computes at once.

Everything is laid out channels last.
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.networks.doubling import doubled
from fomm_lite.networks.layers import ConvBlock, DownBlock, ResBlock, UpBlock, antialias_kernel

TILE = 4
_WIDE = 128  # channels from which Winograd's transforms cost less than they save
_LARGE = 32  # pixels a side, likewise
_PIXELS = 15**2  # of a map below which reading weights is what takes the time, and 16 taps are more than 9
LANES = 8  # outputs that a processor computes at once, and a loop for fewer is slower than that
# of F(4 x 4, 3 x 3): inputs of a tile, weights, outputs
_INPUT = torch.tensor(
    [
        [4, 0, -5, 0, 1, 0], [0, -4, -4, 1, 1, 0], [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0], [0, 2, -1, -2, 1, 0], [0, 4, 0, -5, 0, 1],
    ],
    dtype=torch.float64,
)  # fmt: skip
_WEIGHT = torch.tensor(
    [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]], dtype=torch.float64
) / 24  # fmt: skip
_OUTPUT = torch.tensor(
    [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]], dtype=torch.float64
)  # fmt: skip


def scale_and_shift(norm: nn.Module, channels: int, like: Tensor) -> tuple[Float[Tensor, " c"], Float[Tensor, " c"]]:
    """What batch norm multiplies each channel by in evaluation, and adds to it; 1 and 0 without one."""
    if not isinstance(norm, nn.BatchNorm2d):
        return torch.ones(channels).to(like), torch.zeros(channels).to(like)
    assert norm.running_var is not None and norm.running_mean is not None
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    return scale, norm.bias - norm.running_mean * scale


def folded_weights(conv: nn.Conv2d, norm: nn.Module) -> tuple[Float[Tensor, "o i kh kw"], Float[Tensor, " o"]]:
    """Weights and bias of a convolution and the batch norm after it."""
    scale, shift = scale_and_shift(norm, conv.out_channels, conv.weight)
    bias = shift if conv.bias is None else conv.bias * scale + shift
    return conv.weight * scale[:, None, None, None], bias


@lru_cache(maxsize=32)
def shrinking_matrix(length: int, scale: float) -> Float[Tensor, "n {length}"]:
    """Blur one side and keep every (1/scale)-th pixel, as a matrix; zeros lie outside, as in the plain blur."""
    row, step = antialias_kernel(scale).sum(0), round(1 / scale)
    reach = len(row) // 2
    matrix = torch.zeros(-(-length // step), length)
    for kept in range(len(matrix)):
        first, stop = max(0, kept * step - reach), min(length, kept * step + reach + 1)
        matrix[kept, first:stop] = row[first - kept * step + reach : stop - kept * step + reach]
    return matrix


def shrink(image: Float[Tensor, "b c h w"], scale: float) -> Float[Tensor, "b c h2 w2"]:
    """:func:`~fomm_lite.networks.layers.antialias_downsample` as a product of matrices, a side each."""
    if scale == 1:
        return image
    rows, columns = (shrinking_matrix(length, scale).to(image) for length in image.shape[2:])
    return rows @ (image @ columns.T)


class FoldedBlock(nn.Module):
    """A :class:`~fomm_lite.networks.layers.ConvBlock` or :class:`~fomm_lite.networks.layers.DownBlock`: norm folded."""

    weight: Tensor
    bias: Tensor

    def __init__(self, block: ConvBlock) -> None:
        super().__init__()
        keep(self, *folded_weights(block.conv, block.norm))
        self.stride, self.padding = block.conv.stride, block.conv.padding
        self.halves = isinstance(block, DownBlock) and not block.light

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        x = F.relu_(F.conv2d(channels_last(x), self.weight, self.bias, self.stride, self.padding))
        return F.avg_pool2d(x, 2) if self.halves else x


class FoldedLightUp(FoldedBlock):
    """A light :class:`~fomm_lite.networks.layers.UpBlock`: norm folded, bilinear doubling after the convolution."""

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        return doubled(super().forward(x))


class FoldedUp(nn.Module):
    """An original :class:`~fomm_lite.networks.layers.UpBlock` as one transposed convolution."""

    weight: Tensor
    bias: Tensor

    def __init__(self, block: UpBlock) -> None:
        super().__init__()
        keep(self, *folded_weights(block.conv, block.norm))

    @cached_property
    def transposed(self) -> Float[Tensor, "i o 4 4"]:
        """Weights of the transposed convolution, made when first used: the widest blocks see small maps only."""
        return channels_last(transposed_weights(self.weight))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the block."""
        if x.shape[2] * x.shape[3] < _PIXELS:
            return F.relu_(F.conv2d(F.interpolate(x, scale_factor=2), self.weight, self.bias, padding=1))
        return F.relu_(F.conv_transpose2d(channels_last(x), self.transposed, self.bias, stride=2, padding=1))


def transposed_weights(weight: Float[Tensor, "o i 3 3"]) -> Float[Tensor, "i o 4 4"]:
    """Of the transposed convolution, stride 2, padding 1, that is nearest doubling followed by this convolution.

    A small pixel becomes a block of 2 x 2, and each of its four pixels spreads over 3 x 3: together over 4 x 4.
    """
    flipped = weight.flip(2, 3).transpose(0, 1)
    spread = weight.new_zeros(*flipped.shape[:2], 4, 4)
    for y in (0, 1):
        for x in (0, 1):
            spread[:, :, y : y + 3, x : x + 3] += flipped
    return spread


class FoldedResBlock(nn.Module):
    """A :class:`~fomm_lite.networks.layers.ResBlock`: second norm folded, first norm one pass, Winograd where wide."""

    scale: Tensor
    shift: Tensor

    def __init__(self, block: ResBlock) -> None:
        super().__init__()
        scale, shift = scale_and_shift(block.norm1, block.conv1.in_channels, block.conv1.weight)
        self.register_buffer("scale", scale.detach()[:, None, None])
        self.register_buffer("shift", shift.detach()[:, None, None])
        self.normed = isinstance(block.norm1, nn.BatchNorm2d)
        self.conv1 = Conv3x3(*folded_weights(block.conv1, block.norm2))
        self.conv2 = Conv3x3(*folded_weights(block.conv2, nn.Identity()))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Apply the block."""
        x = channels_last(x)
        y = F.relu_(torch.addcmul(self.shift, x, self.scale)) if self.normed else F.relu(x)
        return self.conv2(F.relu_(self.conv1(y))).add_(x)


class Conv3x3(nn.Module):
    """A 3 x 3 convolution with padding 1, after Winograd where that pays.

    Args:
        weight: its weights.
        bias: its bias.
    """

    weight: Tensor
    bias: Tensor
    tile_weight: Tensor
    _inputs: Tensor
    _outputs: Tensor

    def __init__(self, weight: Float[Tensor, "o i 3 3"], bias: Float[Tensor, " o"]) -> None:
        super().__init__()
        keep(self, weight, bias)
        self.wide = min(weight.shape[:2]) >= _WIDE
        if self.wide:
            spread = torch.einsum("ak,bl,oikl->abio", _WEIGHT, _WEIGHT, weight.detach().double().cpu())
            self.register_buffer("tile_weight", spread.flatten(0, 1).to(weight).contiguous())
            self.register_buffer("_inputs", torch.kron(_INPUT, _INPUT).to(weight))
            self.register_buffer("_outputs", torch.kron(_OUTPUT, _OUTPUT).to(weight))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h w"]:
        """Apply the convolution."""
        height, width = x.shape[2:]
        if not self.wide or height % TILE or width % TILE or min(height, width) < _LARGE:
            return F.conv2d(x, self.weight, self.bias, padding=1)
        return torch.cat([self._in_tiles(image) for image in x.split(1)])  # one at a time stays in the cache

    def _in_tiles(self, x: Float[Tensor, "1 c h w"]) -> Float[Tensor, "1 c2 h w"]:
        """Y = A^T [ (G g G^T) * (B^T d B) ] A for each tile: 36 products of matrices, one a place in the tile."""
        rows, columns = x.shape[2] // TILE, x.shape[3] // TILE
        padded = F.pad(channels_last(x), (1, 1, 1, 1)).permute(0, 2, 3, 1)
        _, down, right, channel = padded.stride()
        side = TILE + 2
        tiles = padded.as_strided(
            (side, side, rows, columns, x.shape[1]), (down, right, TILE * down, TILE * right, channel)
        )
        spread = (self._inputs @ tiles.reshape(side**2, -1)).view(side**2, rows * columns, -1)
        products = torch.bmm(spread, self.tile_weight)
        made = (self._outputs @ products.view(side**2, -1)).view(TILE, TILE, rows, columns, -1)
        image = made.permute(2, 0, 3, 1, 4).reshape(1, *x.shape[2:], -1)
        return image.add_(self.bias).permute(0, 3, 1, 2)


class SplitConv(nn.Module):
    """A convolution of few outputs and a wide kernel: each column of the kernel first, then what the columns add up to.

    Three outputs use three lanes of eight or sixteen that a processor has; three times seven columns use nearly all.
    """

    weight: Tensor
    bias: Tensor
    gather: Tensor

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        outputs, inputs, height, width = conv.weight.shape
        columns = conv.weight.permute(0, 3, 1, 2).reshape(outputs * width, inputs, height, 1)
        bias = torch.zeros(outputs) if conv.bias is None else conv.bias
        keep(self, columns, bias)
        gather = torch.kron(torch.eye(outputs), torch.eye(width).flatten()).unflatten(1, (-1, width))
        self.register_buffer("gather", gather.view(outputs, outputs * width, 1, width).to(conv.weight))
        assert not isinstance(conv.padding, str)
        self.padding = conv.padding

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the convolution."""
        vertical, horizontal = self.padding
        columns = F.conv2d(channels_last(x), self.weight, padding=(vertical, 0))
        return F.conv2d(columns, self.gather, self.bias, padding=(0, horizontal))


class JointConv(nn.Module):
    """Convolutions of one map as one.

    Args:
        convs: of the same kernel and padding.
        divisor: of what comes out.

    Returns:
        All their outputs, and zeros up to a multiple of :data:`LANES`.
    """

    weight: Tensor
    bias: Tensor

    def __init__(self, convs: Sequence[nn.Conv2d], divisor: float = 1.0) -> None:
        super().__init__()
        weight = torch.cat([conv.weight for conv in convs]) / divisor
        bias = torch.cat([weight.new_zeros(len(conv.weight)) if conv.bias is None else conv.bias for conv in convs])
        idle = -len(weight) % LANES
        keep(self, F.pad(weight, (0, 0, 0, 0, 0, 0, 0, idle)), F.pad(bias / divisor, (0, idle)))
        self.padding = convs[0].padding

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Apply the convolutions."""
        return F.conv2d(x, self.weight, self.bias, padding=self.padding)


def keep(module: nn.Module, weight: Tensor, bias: Tensor) -> None:
    """Copies of weight and bias as buffers, which nothing trains."""
    module.register_buffer("weight", weight.detach().clone().contiguous(memory_format=torch.channels_last))
    module.register_buffer("bias", bias.detach().clone())


def channels_last(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """The same maps, each pixel's channels side by side in memory.

    Maps laid out plane by plane are transposed as matrices, which PyTorch does twice as fast as a change of layout.
    """
    if x.is_contiguous(memory_format=torch.channels_last) or not x.is_contiguous():
        return x.contiguous(memory_format=torch.channels_last)
    batch, channels, height, width = x.shape
    return _transposed(x.view(batch, channels, -1)).view(batch, height, width, channels).permute(0, 3, 1, 2)


def planes(x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
    """The same maps, plane by plane in memory."""
    if x.is_contiguous() or not x.is_contiguous(memory_format=torch.channels_last):
        return x.contiguous()
    return _transposed(x.permute(0, 2, 3, 1).flatten(1, 2)).view(x.shape)


def _transposed(matrices: Float[Tensor, "b n m"]) -> Float[Tensor, "b m n"]:
    made = matrices.new_empty(len(matrices), matrices.shape[2], matrices.shape[1])
    for to, matrix in zip(made, matrices, strict=True):
        to.copy_(matrix.t())
    return made
