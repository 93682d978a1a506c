"""What training minimises: one forward pass of a pair, its terms, and the one place that weighs and sums them."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import losses
from fomm_lite.equivariance import RandomWarp
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.layers import exact
from fomm_lite.types import Keypoints, Reconstruction

_SETTINGS = ("pyramid_levels", "separation_distance")  # fields of LossWeights that weigh nothing


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts; a term with weight 0 is not computed.

    Attributes:
        reconstruction: prediction against driving, mean absolute difference on an image pyramid (Eq. 9 on pixels).
        gradients: the same on differences of neighbouring pixels.
        warp: deformed source against driving, on the pyramid. The original has no such term: it reaches keypoints and
            masks without passing through the generator, so that motion is learnt first and early.
        squared: mean squared difference of prediction and driving, which counts what is hidden and quite wrong more
            than what is visible and a little off.
        painting: what the generator painted against driving, in a model that blends it with the deformed source;
            without it, nothing would teach painting where the blend has settled on keeping.
        equivariance_positions: Eq. 11.
        equivariance_jacobians: Eq. 13.
        separation: :func:`fomm_lite.losses.keypoint_separation` of the driving keypoints; not in the original either.
            It makes keypoints spread out in the first hundred steps.
        pyramid_levels: resolutions of the image pyramid, each half the one before.
        separation_distance: how far apart keypoints should be, in normalised units.
    """

    reconstruction: float = 1.0
    gradients: float = 1.0
    warp: float = 1.0
    squared: float = 5.0
    painting: float = 0.5
    equivariance_positions: float = 0.5
    equivariance_jacobians: float = 0.1
    separation: float = 0.2
    pyramid_levels: int = 3
    separation_distance: float = 0.25

    def __post_init__(self) -> None:
        """Refuse negative weights.

        Raises:
            InputError: a weight below 0, or no pyramid level.
        """
        for item in fields(self):
            if getattr(self, item.name) < 0:
                raise InputError(f"got {item.name} = {getattr(self, item.name)}", "0 or more", "use 0 to switch it off")
        if self.pyramid_levels < 1:
            raise InputError("got pyramid_levels = 0", "at least 1", "1 compares full resolution only")

    @property
    def terms(self) -> dict[str, float]:
        """The weights alone, by the name of their term."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _SETTINGS}


@dataclass(frozen=True)
class Terms:
    """The result of one forward pass.

    Attributes:
        total: the weighted sum, ready for ``backward``.
        named: each unweighted term under the name of its weight.
        reconstruction: the model's output on the pair.
        kp_source: keypoints of the source.
        kp_driving: keypoints of the driving frame.
    """

    total: Float[Tensor, ""]
    named: dict[str, Float[Tensor, ""]]
    reconstruction: Reconstruction
    kp_source: Keypoints
    kp_driving: Keypoints


class Objective(nn.Module):
    """The objective of one model, as a module: what is wrapped to train in several processes.

    Args:
        model: what is trained.
        weights: of the terms.

    Raises:
        InputError: all weights are 0.
    """

    def __init__(self, model: FirstOrderModel, weights: LossWeights) -> None:
        super().__init__()
        self.model, self.weights = model, weights
        if not any(weights.terms.values()):
            raise InputError("got no loss term above 0", "at least one weight above 0", "leave a weight at its default")

    def forward(self, source: Float[Tensor, "b c h w"], driving: Float[Tensor, "b c h w"], warp: RandomWarp) -> Terms:
        """One forward pass.

        Args:
            source: one frame of each clip.
            driving: another frame of the same clip.
            warp: a random warp per item, for the equivariance terms.
        """
        model, weights, batch = self.model, self.weights, len(source)
        equivariant = weights.equivariance_positions > 0 or weights.equivariance_jacobians > 0
        # one pass for all pictures: batch norm then sees source, driving and warped frames as one population
        pictures = [source, driving] + ([warp.image(driving)] if equivariant else [])
        keypoints = model.detect(torch.cat(pictures))
        output = model(source, keypoints[:batch], keypoints[batch : 2 * batch])

        with exact(source):
            return self._weigh(driving, keypoints, output, warp, batch)

    def _weigh(
        self,
        driving: Float[Tensor, "b c h w"],
        keypoints: Keypoints,
        output: Reconstruction,
        warp: RandomWarp,
        batch: int,
    ) -> Terms:
        """All terms; ``keypoints`` are those of source, driving and, where needed, warped frames."""
        model, weights = self.model, self.weights
        kp_source, kp_driving, kp_warped = (keypoints[i * batch : (i + 1) * batch] for i in range(3))
        levels, named = weights.pyramid_levels, {}
        if weights.reconstruction:
            named["reconstruction"] = losses.pyramid_l1(output.prediction, driving, levels)
        if weights.gradients:
            named["gradients"] = losses.pyramid_gradient_l1(output.prediction, driving, levels)
        if weights.warp:
            named["warp"] = losses.pyramid_l1(output.deformed, driving, levels)
        if weights.squared:
            named["squared"] = losses.squared_error(output.prediction, driving)
        if weights.painting and model.config.generator.blend_deformed:
            named["painting"] = losses.pyramid_l1(output.painted, driving, 1)
        if weights.equivariance_positions:
            named["equivariance_positions"] = losses.equivariance_positions(
                kp_driving.positions, warp.points(kp_warped.positions)
            )
        if weights.equivariance_jacobians and model.config.estimate_jacobian:
            named["equivariance_jacobians"] = losses.equivariance_jacobians(
                kp_driving.jacobians, kp_warped.jacobians, warp.jacobians(kp_warped.positions)
            )
        if weights.separation:
            named["separation"] = losses.keypoint_separation(kp_driving.positions, weights.separation_distance)
        total = torch.stack([getattr(weights, name) * term for name, term in named.items()]).sum()
        return Terms(total, named, output, kp_source, kp_driving)
