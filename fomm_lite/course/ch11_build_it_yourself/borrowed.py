"""The library's networks in the dress of the notebook's plain ones: bare tensors in and out, sizes fixed.

A reader's blocks are checked against these, and where a block is not written yet, this one takes its place, so that a
model can be trained at any time. Names of layers are the library's own, so weights go from one to the other.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.config.presets import TINY
from fomm_lite.course.kit import checks
from fomm_lite.networks import dense_motion, generator, keypoint_detector, layers
from fomm_lite.types import DenseMotion as Motion
from fomm_lite.types import Keypoints

K = 3
CONFIG = replace(TINY, num_keypoints=K)

Described = tuple[Float[Tensor, "b k 2"], Float[Tensor, "b k 2 2"]]  # positions and jacobians


class Hourglass(layers.Hourglass):
    """Halve four times, come back up, with a skip at each level."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, CONFIG.detector)


class Detector(keypoint_detector.KeypointDetector):
    """Pictures to positions and jacobians."""

    def __init__(self) -> None:
        super().__init__(CONFIG)

    def forward(self, images: Float[Tensor, "b c h w"]) -> Described:  # type: ignore[override]
        """Positions (b k 2) and jacobians (b k 2 2)."""
        found = super().forward(images)
        return found.positions, found.jacobians


class DenseMotion(dense_motion.DenseMotionNetwork):
    """A source and two sets of keypoints to a deformation and an occlusion map."""

    def __init__(self) -> None:
        super().__init__(CONFIG)

    def forward(  # type: ignore[override]
        self, source: Float[Tensor, "b c h w"], kp_source: Described, kp_driving: Described
    ) -> tuple[Float[Tensor, "b h w 2"], Float[Tensor, "b 1 h w"]]:
        """Deformation (b h w 2) and occlusion map (b 1 h w)."""
        motion = super().forward(source, Keypoints(*kp_source), Keypoints(*kp_driving))
        assert motion.occlusion_map is not None
        return motion.deformation, motion.occlusion_map


class Generator(generator.Generator):
    """A source, a deformation and an occlusion map to a prediction."""

    def __init__(self) -> None:
        super().__init__(CONFIG)

    def forward(  # type: ignore[override]
        self,
        source: Float[Tensor, "b c h w"],
        deformation: Float[Tensor, "b h w 2"],
        occlusion: Float[Tensor, "b 1 h w"],
    ) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b c h w"], Float[Tensor, "b c h w"]]:
        """Prediction, deformed source and what was painted."""
        unused = deformation.new_zeros(len(source), 1, *deformation.shape[1:3])
        motion = Motion(
            unused, deformation[:, None], source[:, None], unused + 1, deformation, occlusion
        )  # the generator reads the last two only
        made = super().forward(source, self.encode(source), motion)
        assert made.painted is not None
        return made.prediction, made.deformed, made.painted


class Fomm(nn.Module):
    """The three parts as one model.

    Attributes:
        detector: pictures -> positions, jacobians.
        dense_motion: source and two of these -> deformation, occlusion map.
        generator: source and these two -> prediction, deformed source, painted.
    """

    def __init__(self, detector: nn.Module, dense_motion: nn.Module, generator: nn.Module) -> None:
        super().__init__()
        self.detector, self.dense_motion, self.generator = detector, dense_motion, generator

    def forward(
        self, source: Float[Tensor, "b c h w"], kp_source: Described, kp_driving: Described
    ) -> tuple[Float[Tensor, "b c h w"], Float[Tensor, "b c h w"], Float[Tensor, "b c h w"]]:
        """Prediction, deformed source and what was painted."""
        made: tuple[Tensor, Tensor, Tensor] = self.generator(source, *self.dense_motion(source, kp_source, kp_driving))
        return made


def scattered(part: nn.Module, seed: int) -> nn.Module:
    """The part with all its weights moved a little from where they start, where zeros and identities hide mistakes."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in part.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=random))
    return part


def library_model() -> Fomm:
    """All three parts from the library."""
    return Fomm(Detector(), DenseMotion(), Generator())


def assembled(**yours: type[nn.Module]) -> Fomm:
    """A model of the blocks that pass their checks, and of the library's for the others; says which are whose.

    Args:
        yours: your classes ``detector``, ``dense_motion`` and ``generator``.
    """
    parts, said = {}, []
    for name, (check, ours) in BLOCKS.items():
        passed = bool(checks.exercises()[check](yours[name]))
        parts[name] = yours[name]() if passed else ours()
        said.append(f"{name}: {'yours' if passed else 'borrowed'}")
    print(", ".join(said))
    return Fomm(**parts)


BLOCKS: dict[str, tuple[str, type[nn.Module]]] = {
    "detector": ("keypoint_detector", Detector),
    "dense_motion": ("motion_network", DenseMotion),
    "generator": ("generator", Generator),
}
