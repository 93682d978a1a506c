"""The same networks made fast for playing films: other arithmetic, equal numbers, no training.

The course reads the plain modules; :func:`folded` swaps their blocks for those of
:mod:`fomm_lite.networks.folded_blocks`, and what stands between the blocks for fewer and larger operations, since a
small picture's frame is mostly the overhead of many small ones:

- a local motion is affine, so that all of them are one product of matrices, and their mixture another;
- a keypoint's row and column, of the driver and of the source, make the difference of two Gaussians in one product;
- the heads of a network are one convolution;
- deformation and occlusion map are resized together.
"""

import copy
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.config import ModelConfig
from fomm_lite.networks.dense_motion import DenseMotionNetwork
from fomm_lite.networks.enlarging import enlarged, shrunk
from fomm_lite.networks.folded_blocks import (
    LANES,
    FoldedBlock,
    FoldedLightUp,
    FoldedResBlock,
    FoldedUp,
    JointConv,
    SplitConv,
    channels_last,
    folded_weights,
    keep,
    planes,
    shrink,
)
from fomm_lite.networks.generator import Generator
from fomm_lite.networks.keypoint_detector import KeypointDetector
from fomm_lite.networks.layers import ConvBlock, ResBlock, UpBlock, at_least_single, exact
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction

Network = TypeVar("Network", bound=nn.Module)


def folded(network: Network) -> Network:
    """A copy whose blocks are the fast ones. It follows no later change of the original, and cannot be trained.

    Args:
        network: any of the networks, or a model; taken as it is in evaluation mode.
    """
    tensors = chain(network.parameters(), network.buffers())
    made = copy.deepcopy(network, {id(tensor): tensor for tensor in tensors}).eval()  # each block copies what it takes
    return cast(Network, _swapped(made))


def _swapped(module: Any) -> Any:
    """The fast module in place of one, or the same one with fast modules inside."""
    if isinstance(module, UpBlock):
        return FoldedLightUp(module) if module.light else FoldedUp(module)
    if isinstance(module, ConvBlock):
        return FoldedBlock(module)
    if isinstance(module, ResBlock):
        return FoldedResBlock(module)
    if isinstance(module, nn.Conv2d):
        return copy.deepcopy(module).requires_grad_(False).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if isinstance(module, DenseMotionNetwork):
        return FoldedMotion(module)
    if isinstance(module, KeypointDetector):
        if module.jacobian_head is not None and module.config.jacobian_kernel == 1:
            return FoldedDetector(module)
        setattr(module, "shrink", shrink)  # noqa: B010 - a function in place of a method
    if isinstance(module, Generator) and module.config.generator.warped_skips and len(module.up_blocks):
        return SkipGenerator(module)
    for name, child in module.named_children():
        setattr(module, name, _swapped(child))
    if isinstance(module, Generator) and module.final.out_channels < LANES and module.final.kernel_size[1] > 3:
        module.final = SplitConv(module.final)  # type: ignore[assignment]  # called, no more
    return module


@lru_cache(maxsize=32)
@torch.inference_mode(False)  # kept, see antialias_kernel
def _places(height: int, width: int) -> Float[Tensor, "3 {height}*{width}"]:
    """(x, y, 1) of every pixel: what an affine map is multiplied with."""
    grid = geometry.coordinate_grid(height, width).view(-1, 2)
    return torch.cat([grid, torch.ones(len(grid), 1)], dim=1).t().contiguous()


class FoldedDetector(nn.Module):
    """A :class:`~fomm_lite.networks.keypoint_detector.KeypointDetector` whose jacobians are read from mean features."""

    weight: Tensor
    bias: Tensor

    def __init__(self, plain: KeypointDetector) -> None:
        super().__init__()
        self.config, self.hourglass = plain.config, _swapped(plain.hourglass)
        self.head = JointConv([plain.confidence_head], plain.config.temperature)
        assert plain.jacobian_head is not None and plain.jacobian_head.bias is not None
        weight, bias = plain.jacobian_head.weight.detach(), plain.jacobian_head.bias.detach()
        self.register_buffer("weight", weight.view(-1, 4, weight.shape[1]).transpose(1, 2).clone())  # (1|k c 4)
        self.register_buffer("bias", bias.view(-1, 1, 4).clone())

    def forward(self, images: Float[Tensor, "b c h w"]) -> Keypoints:
        """Detect K keypoints in each image, as the plain one does."""
        config, batch = self.config, len(images)
        scale = config.motion_scale(config.detector, images.shape[-1]) * config.detector_unshuffle
        features = self.hourglass(F.pixel_unshuffle(shrink(images, scale), config.detector_unshuffle))
        logits = planes(self.head(features))
        with exact(images):
            maps = at_least_single(logits.flatten(2)[:, : config.num_keypoints]).softmax(2)  # (b k hw)
            positions = maps @ _places(logits.shape[2], logits.shape[3]).to(maps)[:2].t()
            means = maps @ at_least_single(features.permute(0, 2, 3, 1).flatten(1, 2))  # (b k c)
            jacobians = means[:, :, None] @ self.weight + self.bias
            return Keypoints(positions, jacobians.view(batch, -1, 2, 2))


class FoldedMotion(nn.Module):
    """A :class:`~fomm_lite.networks.dense_motion.DenseMotionNetwork` in few operations."""

    def __init__(self, plain: DenseMotionNetwork) -> None:
        super().__init__()
        self.config, self.hourglass = plain.config, _swapped(plain.hourglass)
        self.fine = None if plain.fine is None else _swapped(plain.fine)
        self.embedding = plain.embedding
        occlusion = [] if plain.occlusion_head is None else [plain.occlusion_head]
        self.heads = JointConv([plain.mask_head, *occlusion])
        self.outputs = self.config.num_keypoints + 1 + len(occlusion)

    def forward(self, source: Float[Tensor, "b c h w"], kp_source: Keypoints, kp_driving: Keypoints) -> DenseMotion:
        """Estimate deformation and occlusion map, as the plain one does."""
        config, count, finer = self.config, self.config.num_keypoints + 1, self.config.motion_shuffle
        with exact(source):
            small = shrink(source, config.motion_scale(config.dense_motion, source.shape[-1]))
            batch, channels, height, width = small.shape
            places = _places(height, width).to(small)
            heatmaps = _heatmaps(places.view(3, height, width), kp_source, kp_driving, config.heatmap_variance)
            maps = _affine_maps(kp_source, kp_driving)  # (b n 2 3)
            motions = _motions(maps, places, height)
            deformed = geometry.warp(
                small[:, None].expand(-1, count, -1, -1, -1).flatten(0, 1),
                motions.flatten(0, 1), align_corners=config.align_corners, padding_mode=config.padding_mode,
            ).view(batch, count, channels, height, width)  # fmt: skip
            evidence = torch.cat([heatmaps[:, :, None], deformed], dim=2).flatten(1, 2)  # (b (k+1)(1+c) h w)
            if self.embedding is not None:
                evidence += self.embedding(kp_source, kp_driving)[:, :, None, None]
        features = self.hourglass(channels_last(evidence))
        seen = features if self.fine is None else torch.cat([features, self.fine(features)], dim=1)
        heads = F.pixel_shuffle(at_least_single(planes(self.heads(seen)))[:, : self.outputs * finer**2], finer)
        height, width = heads.shape[2:]
        with exact(source):
            if finer > 1:
                places = _places(height, width).to(small)
                motions = _motions(maps, places, height)
            masks = heads[:, :count].softmax(1)
            x, y, moved = (maps.flatten(2).transpose(1, 2) @ masks.flatten(2)).view(batch, 2, 3, -1).unbind(2)
            deformation = moved.addcmul(x, places[0]).addcmul_(y, places[1]).view(batch, 2, height, width)
        occlusion = heads[:, count:].sigmoid() if config.estimate_occlusion_map else None
        shown = features if config.generator.motion_features else None
        return DenseMotion(heatmaps, motions, deformed, masks, deformation.permute(0, 2, 3, 1), occlusion, shown)


def _heatmaps(
    places: Float[Tensor, "3 h w"], kp_source: Keypoints, kp_driving: Keypoints, variance: float
) -> Float[Tensor, "b n h w"]:
    """:func:`~fomm_lite.geometry.heatmap_differences` as a product: driver's column by row less the source's."""
    both = torch.stack([kp_driving.positions, kp_source.positions], dim=2)  # (b k 2 xy)
    rows = (places[0, 0] - both[..., :1]).square_().mul_(-0.5 / variance).exp_()  # (b k 2 w)
    columns = (places[1, :, 0] - both[..., 1:]).square_().mul_(-0.5 / variance).exp_()
    columns[:, :, 1].neg_()
    return F.pad(columns.transpose(2, 3) @ rows, (0, 0, 0, 0, 1, 0))


def _affine_maps(kp_source: Keypoints, kp_driving: Keypoints) -> Float[Tensor, "b n 2 3"]:
    """Every local motion, the background's first, as what multiplies (x, y, 1) (Eqs. 4-5)."""
    turned = geometry.relative_jacobians(kp_source.jacobians, kp_driving.jacobians)
    shift = kp_source.positions[..., None] - turned @ kp_driving.positions[..., None]
    rest = torch.eye(2, 3).to(turned).expand(len(turned), 1, 2, 3)
    return torch.cat([rest, torch.cat([turned, shift], dim=3)], dim=1)


def _motions(maps: Float[Tensor, "b n 2 3"], places: Float[Tensor, "3 hw"], height: int) -> Float[Tensor, "b n h w 2"]:
    """Where each affine map sends the places of a grid of ``height`` rows."""
    return (maps.flatten(1, 2) @ places).view(*maps.shape[:3], height, -1).permute(0, 1, 3, 4, 2)


class LastLayers(nn.Module):
    """A generator's last layers on its features and the skip beside them, which are never copied to lie side by side.

    A convolution of two maps side by side is the sum of two, and what the last layer and the fine block make of them
    are one.
    """

    weight: Tensor
    bias: Tensor
    fine_weight: Tensor

    def __init__(self, plain: Generator) -> None:
        super().__init__()
        last = JointConv([plain.final])
        weight, bias, self.outputs = last.weight, last.bias, len(last.weight)
        self.reads_fine = plain.fine is not None
        if plain.fine is not None:
            more, more_bias = folded_weights(plain.fine.conv, plain.fine.norm)
            side = max(weight.shape[2], more.shape[2])
            weight, fine_weight = _padded(weight, side).tensor_split([-len(more)], dim=1)
            weight, bias = torch.cat([weight, _padded(more, side)]), torch.cat([bias, more_bias])
            self.register_buffer("fine_weight", channels_last(fine_weight.detach()))
        self.padding = weight.shape[2] // 2
        keep(self, weight, bias)

    def forward(self, x: Float[Tensor, "b c h w"], skip: Float[Tensor, "b c2 h w"]) -> Float[Tensor, "b c3 h w"]:
        """Apply them; channels up to a multiple of what a processor computes at once are zeros."""
        own = x.shape[1]
        made = F.conv2d(x, self.weight[:, :own], self.bias, padding=self.padding)
        made += F.conv2d(skip, self.weight[:, own:], padding=self.padding)
        if not self.reads_fine:
            return made
        fine = F.relu(made[:, self.outputs :])
        return F.conv2d(fine, self.fine_weight, padding=self.padding).add_(made[:, : self.outputs])


def _padded(weight: Float[Tensor, "o i k k"], side: int) -> Float[Tensor, "o i {side} {side}"]:
    """The same convolution with a larger kernel, zeros around."""
    margin = (side - weight.shape[2]) // 2
    return F.pad(weight, (margin, margin, margin, margin))


class SkipGenerator(nn.Module):
    """A :class:`~fomm_lite.networks.generator.Generator` with warped skips: motion resized once, last maps apart."""

    down_blocks: nn.ModuleList
    bottleneck: nn.ModuleList
    up_blocks: nn.ModuleList

    def __init__(self, plain: Generator) -> None:
        super().__init__()
        self.config: ModelConfig = plain.config
        self.outputs = plain.final.out_channels
        self.first, self.last = _swapped(plain.first), LastLayers(plain)
        for name in ("down_blocks", "bottleneck", "up_blocks"):
            setattr(self, name, nn.ModuleList(_swapped(block) for block in getattr(plain, name)))
        self.hints = None if plain.hints is None else nn.ModuleList(_swapped(hint) for hint in plain.hints)

    encode, carry = Generator.encode, Generator.carry

    def forward(
        self, source: Float[Tensor, "b c h w"], features: list[Float[Tensor, "b _ _ _"]], motion: DenseMotion
    ) -> Reconstruction:
        """Paint the prediction, as the plain one does."""
        part, config = self.config.generator, self.config
        small = shrunk(source, config)
        seen = [] if motion.occlusion_map is None else [motion.occlusion_map]
        moved = torch.cat([motion.deformation.permute(0, 3, 1, 2), *seen], dim=1)
        resized: dict[tuple[int, int], Tensor] = {}

        def at(map_: Tensor) -> Tensor:
            """Deformation and occlusion map, (b 2|3 h w), at the size of a map."""
            size = (map_.shape[2], map_.shape[3])
            if size not in resized:
                resized[size] = geometry.resize(moved, size, align_corners=config.align_corners)
            return resized[size]

        def carry(map_: Tensor, *, occlude: bool) -> Tensor:
            grid = at(map_)[:, :2].permute(0, 2, 3, 1)
            warped = geometry.warp(map_, grid, align_corners=config.align_corners, padding_mode=config.padding_mode)
            return warped.mul_(at(map_)[:, 2:]) if occlude and seen else warped

        x = channels_last(carry(features[-1], occlude=True))
        for block in self.bottleneck:
            x = block(x)
        finest, darkened = len(self.up_blocks) - 1, not part.open_skips
        hints = self._hints(features, motion)
        for level, (block, skip) in enumerate(zip(self.up_blocks, reversed(features[:-1]), strict=True)):
            x = block(x)
            if hints:
                x += hints[level]
            if level < finest:
                x = torch.cat([x, channels_last(carry(skip, occlude=darkened))], dim=1)
        x = self.last(x, channels_last(carry(features[0], occlude=darkened)))
        x = planes(at_least_single(x))[:, : self.outputs].sigmoid_()
        painted = x[:, : config.num_channels]
        deformed = carry(small, occlude=False)
        if not part.blend_deformed:
            return Reconstruction(painted, deformed, painted, motion)
        keep = x[:, config.num_channels :]
        if seen:
            keep *= at(small)[:, 2:]
        made = Reconstruction(torch.lerp(painted, deformed, keep), deformed, painted, motion)
        return made if small is source else enlarged(made, keep, carry(source, occlude=False))

    def _hints(self, features: list[Tensor], motion: DenseMotion) -> list[Float[Tensor, "b _ _ _"]]:
        """What the motion asks the decoder to paint, at each of its levels."""
        if self.hints is None:
            return []
        assert motion.features is not None
        made = []
        for hint, like in zip(self.hints, reversed(features[:-1]), strict=True):
            size, seen = (like.shape[2], like.shape[3]), motion.features
            smaller = size[0] < seen.shape[2]  # both are linear: first what leaves less to do
            if smaller:
                seen = geometry.resize(seen, size, align_corners=self.config.align_corners)
            seen = hint(seen)
            made.append(seen if smaller else geometry.resize(seen, size, align_corners=self.config.align_corners))
        return made
