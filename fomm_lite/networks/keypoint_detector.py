"""From a picture to keypoints and their jacobians, without a label ever seen (Eqs. 1-2)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.config import ModelConfig
from fomm_lite.geometry import soft_argmax
from fomm_lite.networks.layers import Hourglass, antialias_downsample, at_least_single, exact, laid_out_for
from fomm_lite.types import Keypoints


class KeypointDetector(nn.Module):
    """Hourglass with two heads: confidence maps, whose mean is the position, and jacobian maps read under them."""

    shrink = staticmethod(antialias_downsample)

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        part = config.detector
        self.hourglass = Hourglass(config.num_channels * config.detector_unshuffle**2, part)
        self.confidence_head = nn.Conv2d(
            self.hourglass.outputs, config.num_keypoints, part.head_kernel, padding=part.head_padding
        )
        self.jacobian_head: nn.Conv2d | None = None
        if config.estimate_jacobian:
            maps = 1 if config.single_jacobian_map else config.num_keypoints
            self.jacobian_head = nn.Conv2d(
                self.hourglass.outputs, 4 * maps, config.jacobian_kernel, padding=config.jacobian_padding
            )
            # start as a zero-order model: at step 0 every jacobian is the identity
            nn.init.zeros_(self.jacobian_head.weight)
            with torch.no_grad():
                assert self.jacobian_head.bias is not None
                self.jacobian_head.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 1.0]).repeat(maps))

    def features(self, images: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c2 h2 w2"]:
        """Hourglass features of the shrunk pictures."""
        folds = self.config.detector_unshuffle
        scale = self.config.motion_scale(self.config.detector, images.shape[-1]) * folds
        small = F.pixel_unshuffle(self.shrink(images, scale), folds)
        return self.hourglass(laid_out_for(self.confidence_head, small))

    def confidence_maps(self, features: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k h2 w2"]:
        """Softmax over places, one map a keypoint; each sums to 1."""
        logits = at_least_single(self.confidence_head(features))
        return (logits.flatten(2) / self.config.temperature).softmax(dim=2).unflatten(2, logits.shape[2:])

    def jacobians(
        self, features: Float[Tensor, "b c h w"], confidence_maps: Float[Tensor, "b k h2 w2"]
    ) -> Float[Tensor, "b k 2 2"]:
        """The jacobian maps averaged under each confidence map; identities in a zero-order model."""
        batch, count = confidence_maps.shape[:2]
        if self.jacobian_head is None:
            return torch.eye(2).to(confidence_maps).expand(batch, count, 2, 2)
        if self.config.jacobian_kernel == 1:
            return self._jacobians_of_means(self.jacobian_head, features, confidence_maps)
        maps = self.jacobian_head(features).unflatten(1, (-1, 4))  # (b 1|k 4 h w)
        return (confidence_maps[:, :, None] * maps).sum((3, 4)).unflatten(2, (2, 2))

    def _jacobians_of_means(
        self, head: nn.Conv2d, features: Float[Tensor, "b c h w"], confidence_maps: Float[Tensor, "b k h w"]
    ) -> Float[Tensor, "b k 2 2"]:
        """The same numbers for a 1 x 1 head, without its maps: a linear head of a mean is the mean of the head."""
        means = confidence_maps.flatten(2) @ features.flatten(2).transpose(1, 2)  # (b k c)
        assert head.bias is not None
        weight, bias = head.weight.view(-1, 4, means.shape[-1]), head.bias.view(-1, 4)  # (1|k 4 c), (1|k 4)
        return ((weight * means[:, :, None]).sum(-1) + bias).unflatten(2, (2, 2))

    def forward(self, images: Float[Tensor, "b c h w"]) -> Keypoints:
        """Detect K keypoints in each image.

        Args:
            images: in [0, 1].
        """
        features = self.features(images)
        confidence_maps = self.confidence_maps(features)
        with exact(images):
            features = at_least_single(features)
            return Keypoints(soft_argmax(confidence_maps), self.jacobians(features, confidence_maps))
