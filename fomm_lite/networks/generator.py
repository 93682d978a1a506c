"""From a source and a dense motion to a picture: warp features, keep what is visible, paint the rest (Eq. 8)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.config import ModelConfig
from fomm_lite.networks.enlarging import enlarged, shrunk
from fomm_lite.networks.layers import ConvBlock, DownBlock, ResBlock, UpBlock, at_least_single, laid_out_for
from fomm_lite.types import DenseMotion, Reconstruction


class Generator(nn.Module):
    """Encoder, warp and occlusion of its features, residual blocks, decoder."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        part = config.generator
        widths = [min(part.max_features, part.block_expansion * 2**level) for level in range(part.num_down_blocks + 1)]
        # the official code does not cap the first width; none of its files has a cap below it
        widths[0] = part.block_expansion
        skips = 2 if part.warped_skips else 1
        norm, deep = part.batch_norm, part.batch_norm or part.deep_norm
        self.first = ConvBlock(config.num_channels, widths[0], part.edge_kernel, norm=norm)
        self.down_blocks = nn.ModuleList(
            DownBlock(a, b, light=part.light_blocks, norm=deep if level else norm)
            for level, (a, b) in enumerate(zip(widths, widths[1:], strict=False))
        )
        self.bottleneck = nn.ModuleList(ResBlock(widths[-1], norm=deep) for _ in range(part.num_bottleneck_blocks))
        inner = list(reversed(widths))
        self.up_blocks = nn.ModuleList(
            UpBlock(
                a * (1 if level == 0 else skips),
                b,
                light=part.light_blocks,
                norm=deep if level < part.num_down_blocks - 1 else norm,
            )
            for level, (a, b) in enumerate(zip(inner, inner[1:], strict=False))
        )
        self.hints: nn.ModuleList | None = None
        if part.motion_features:
            shown = config.dense_motion.block_expansion + config.evidence_channels
            hints = [nn.Conv2d(shown, width, 1) for width in inner[1:]]
            for parameter in (parameter for hint in hints for parameter in hint.parameters()):
                nn.init.zeros_(parameter)  # start as a decoder that is told nothing
            self.hints = nn.ModuleList(hints)
        outputs = config.num_channels + (1 if part.blend_deformed else 0)
        seen = widths[0] * (skips if part.num_down_blocks else 1)
        self.fine: ConvBlock | None = None
        if part.fine_block:
            self.fine = ConvBlock(seen, widths[0], norm=norm)
            seen += widths[0]
        self.final = nn.Conv2d(seen, outputs, part.edge_kernel, padding=part.edge_kernel // 2)

    def encode(self, source: Float[Tensor, "b c h w"]) -> list[Float[Tensor, "b _ _ _"]]:
        """Source features, finest first, the finest as large as it paints.

        They do not depend on the motion, so an animation computes them once.
        """
        features = [self.first(shrunk(source, self.config))]
        for block in self.down_blocks:
            features.append(block(features[-1]))
        return features

    def carry(
        self, features: Float[Tensor, "b c h w"], motion: DenseMotion, *, occlude: bool = True
    ) -> Float[Tensor, "b c h w"]:
        """Occlusion map times warped features (Eq. 8), at the features' own resolution."""
        config, size = self.config, (features.shape[2], features.shape[3])
        grid = geometry.resize_grid(motion.deformation, size, align_corners=config.align_corners)
        warped = geometry.warp(features, grid, align_corners=config.align_corners, padding_mode=config.padding_mode)
        if not occlude or motion.occlusion_map is None:
            return warped
        return warped * geometry.resize(motion.occlusion_map, size, align_corners=config.align_corners)

    def forward(
        self, source: Float[Tensor, "b c h w"], features: list[Float[Tensor, "b _ _ _"]], motion: DenseMotion
    ) -> Reconstruction:
        """Paint the prediction.

        Args:
            source: in [0, 1]; for the deformed picture.
            features: ``encode(source)``.
            motion: where to look.
        """
        part, small = self.config.generator, shrunk(source, self.config)
        deformed = self.carry(small, motion, occlude=False)
        x = self.carry(features[-1], motion)
        for block in self.bottleneck:
            x = block(x)
        for level, (block, skip) in enumerate(zip(self.up_blocks, reversed(features[:-1]), strict=True)):
            x = block(x)
            if self.hints is not None:
                x = x + self._hint(level, motion, (x.shape[2], x.shape[3]))
            if part.warped_skips:
                skip = laid_out_for(self.final, self.carry(skip, motion, occlude=not part.open_skips))
                x = torch.cat([x, skip], dim=1)
        if self.fine is not None:
            x = torch.cat([x, self.fine(x)], dim=1)
        x = at_least_single(self.final(x))
        painted = x[:, : self.config.num_channels].sigmoid()
        if not part.blend_deformed:
            return Reconstruction(painted, deformed, painted, motion)
        keep = x[:, self.config.num_channels :].sigmoid()
        if motion.occlusion_map is not None:
            size = (small.shape[2], small.shape[3])
            keep = keep * geometry.resize(motion.occlusion_map, size, align_corners=self.config.align_corners)
        made = Reconstruction(keep * deformed + (1 - keep) * painted, deformed, painted, motion)
        return made if small is source else enlarged(made, keep, self.carry(source, motion, occlude=False))

    def _hint(self, level: int, motion: DenseMotion, size: tuple[int, int]) -> Float[Tensor, "b c h w"]:
        """What the motion asks the decoder to paint at one of its levels."""
        assert self.hints is not None and motion.features is not None
        hint: Tensor = self.hints[level](motion.features)  # before resizing: few channels are cheaper to resize
        return geometry.resize(hint, size, align_corners=self.config.align_corners)
