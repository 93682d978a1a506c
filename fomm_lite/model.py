"""The First Order Motion Model: detector, dense motion and generator, composed."""

from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.config import ModelConfig
from fomm_lite.networks.dense_motion import DenseMotionNetwork
from fomm_lite.networks.generator import Generator
from fomm_lite.networks.keypoint_detector import KeypointDetector
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction


class FirstOrderModel(nn.Module):
    """Detect keypoints in two pictures, and redraw the first in the pose of the second.

    Args:
        config: every architectural choice.

    Example:
        >>> import torch
        >>> from fomm_lite.config import preset
        >>> model = FirstOrderModel(preset("lean")).eval()
        >>> source, driving = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
        >>> model(source, model.detect(source), model.detect(driving)).prediction.shape
        torch.Size([1, 3, 64, 64])
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.detector = KeypointDetector(config)
        self.dense_motion = DenseMotionNetwork(config)
        self.generator = Generator(config)

    def detect(self, images: Float[Tensor, "b c h w"]) -> Keypoints:
        """Keypoints and jacobians of each image (Eqs. 1-2).

        Args:
            images: in [0, 1].

        Raises:
            InputError: a size the networks cannot take.
        """
        self.config.check_size(*images.shape[2:])
        return self.detector(images)

    def motion(self, source: Float[Tensor, "b c h w"], kp_source: Keypoints, kp_driving: Keypoints) -> DenseMotion:
        """Dense driving-to-source motion and occlusion (Eqs. 3-7)."""
        return self.dense_motion(source, kp_source, kp_driving)

    def encode(self, source: Float[Tensor, "b c h w"]) -> list[Float[Tensor, "b _ _ _"]]:
        """The generator's features of the source: computed once for a whole animation."""
        return self.generator.encode(source)

    def render(
        self, source: Float[Tensor, "b c h w"], features: list[Float[Tensor, "b _ _ _"]], motion: DenseMotion
    ) -> Reconstruction:
        """Warp the encoded source by a dense motion and paint what is hidden (Eq. 8)."""
        return self.generator(source, features, motion)

    def forward(self, source: Float[Tensor, "b c h w"], kp_source: Keypoints, kp_driving: Keypoints) -> Reconstruction:
        """The source, moved from its own keypoints to the driving ones.

        Args:
            source: in [0, 1].
            kp_source: its keypoints.
            kp_driving: keypoints to move to, for example from :func:`fomm_lite.transfer.transfer`.

        Raises:
            InputError: a size the networks cannot take.
        """
        self.config.check_size(*source.shape[2:])
        return self.render(source, self.encode(source), self.motion(source, kp_source, kp_driving))
