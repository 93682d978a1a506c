"""From two sets of keypoints to one dense motion field: who explains which pixel (Eqs. 4-7)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.config import ModelConfig
from fomm_lite.networks.keypoint_embedding import KeypointEmbedding
from fomm_lite.networks.layers import ConvBlock, Hourglass, antialias_downsample, at_least_single, exact, laid_out_for
from fomm_lite.types import DenseMotion, Keypoints


class DenseMotionNetwork(nn.Module):
    """An hourglass that looks at k+1 warped sources and heatmaps, and mixes k+1 local motions into one."""

    shrink = staticmethod(antialias_downsample)

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        part, finer = config.dense_motion, config.motion_shuffle
        maps = config.num_keypoints + 1
        self.hourglass = Hourglass(config.evidence_channels, part)
        seen = self.hourglass.outputs
        self.fine: ConvBlock | None = None
        if finer > 1:
            self.fine = ConvBlock(seen, finer * part.block_expansion, norm=False)
            seen += finer * part.block_expansion

        def head(outputs: int) -> nn.Conv2d:
            return nn.Conv2d(seen, outputs * finer**2, part.head_kernel, padding=part.head_padding)

        self.embedding: KeypointEmbedding | None = None
        if config.keypoint_embedding:
            self.embedding = KeypointEmbedding(config.num_keypoints, config.evidence_channels)
        self.mask_head = head(maps)
        self.occlusion_head = head(1) if config.estimate_occlusion_map else None

    def forward(self, source: Float[Tensor, "b c h w"], kp_source: Keypoints, kp_driving: Keypoints) -> DenseMotion:
        """Estimate the driving-to-source deformation and the occlusion map.

        Args:
            source: in [0, 1].
            kp_source: keypoints of the source.
            kp_driving: keypoints to move to.
        """
        config = self.config
        with exact(source):
            small = self.shrink(source, config.motion_scale(config.dense_motion, source.shape[-1]))
            height, width = small.shape[2:]
            grid = geometry.coordinate_grid(height, width, device=small.device, dtype=small.dtype)
            heatmaps = geometry.heatmap_differences(
                kp_source.positions, kp_driving.positions, height, width, config.heatmap_variance
            )
            motions = _motions(kp_source, kp_driving, grid)
            deformed = geometry.deform_sources(
                small, motions, align_corners=config.align_corners, padding_mode=config.padding_mode
            )
            evidence = torch.cat([heatmaps[:, :, None], deformed], dim=2).flatten(1, 2)  # (b (k+1)(1+c) h w)
            if self.embedding is not None:
                evidence = evidence + self.embedding(kp_source, kp_driving)[:, :, None, None]
        features = self.hourglass(laid_out_for(self.mask_head, evidence))
        seen = features if self.fine is None else torch.cat([features, self.fine(features)], dim=1)
        masks = self._unfolded(self.mask_head(seen)).softmax(dim=1)
        occlusion = None if self.occlusion_head is None else self._unfolded(self.occlusion_head(seen)).sigmoid()
        with exact(source):
            if self.fine is not None:
                grid = geometry.coordinate_grid(*masks.shape[2:], device=grid.device, dtype=grid.dtype)
                motions = _motions(kp_source, kp_driving, grid)
            deformation = geometry.combine_motions(masks, motions)
        shown = features if config.generator.motion_features else None
        return DenseMotion(heatmaps, motions, deformed, masks, deformation, occlusion, shown)

    def _unfolded(self, maps: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """What a head says of the pixels that each of its places stands for, side by side."""
        return F.pixel_shuffle(at_least_single(maps), self.config.motion_shuffle)


def _motions(kp_source: Keypoints, kp_driving: Keypoints, grid: Float[Tensor, "h w 2"]) -> Float[Tensor, "b n h w 2"]:
    """The background's and every keypoint's motion at each place of a grid (Eqs. 4-5)."""
    local = geometry.keypoint_motions(
        kp_source.positions, kp_source.jacobians, kp_driving.positions, kp_driving.jacobians, grid
    )
    return geometry.sparse_motions(local, grid)
