"""From two sets of keypoints to one dense motion field: who explains which pixel (Eqs. 4-7)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.config import ModelConfig
from fomm_lite.networks.layers import Hourglass, antialias_downsample, at_least_single, exact, laid_out_for
from fomm_lite.types import DenseMotion, Keypoints


class DenseMotionNetwork(nn.Module):
    """An hourglass that looks at k+1 warped sources and heatmaps, and mixes k+1 local motions into one."""

    shrink = staticmethod(antialias_downsample)

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        part = config.dense_motion
        maps = config.num_keypoints + 1
        self.hourglass = Hourglass(config.evidence_channels, part)
        self.mask_head = nn.Conv2d(self.hourglass.outputs, maps, part.head_kernel, padding=part.head_padding)
        self.occlusion_head = (
            nn.Conv2d(self.hourglass.outputs, 1, part.head_kernel, padding=part.head_padding)
            if config.estimate_occlusion_map
            else None
        )

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
            local = geometry.keypoint_motions(
                kp_source.positions, kp_source.jacobians, kp_driving.positions, kp_driving.jacobians, grid
            )
            motions = geometry.sparse_motions(local, grid)
            deformed = geometry.deform_sources(
                small, motions, align_corners=config.align_corners, padding_mode=config.padding_mode
            )
            evidence = torch.cat([heatmaps[:, :, None], deformed], dim=2).flatten(1, 2)  # (b (k+1)(1+c) h w)
        features = self.hourglass(laid_out_for(self.mask_head, evidence))
        masks = at_least_single(self.mask_head(features)).softmax(dim=1)
        occlusion = None if self.occlusion_head is None else at_least_single(self.occlusion_head(features)).sigmoid()
        deformation = geometry.combine_motions(masks, motions)
        shown = features if config.generator.motion_features else None
        return DenseMotion(heatmaps, motions, deformed, masks, deformation, occlusion, shown)
