"""What training minimises: one forward pass of a pair, its terms, and the one place that weighs and sums them."""

from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite import geometry
from fomm_lite.config import ModelConfig
from fomm_lite.config.ranges import check_range
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator
from fomm_lite.networks.layers import exact
from fomm_lite.training import losses
from fomm_lite.training.losses import OFFICIAL_SCALES
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.types import Keypoints, Reconstruction

# fields of LossWeights that weigh nothing here; the discriminator's own loss is fomm_lite.training.discriminator_step's
_SETTINGS = ("discriminator_gan", "pyramid_levels", "separation_distance", "perceptual_scales")


@dataclass(frozen=True)
class LossWeights:
    """How much each term counts; a term with weight 0 is not computed, and a network that only it needs is not built.

    Attributes:
        reconstruction: prediction against driving, mean absolute difference on an image pyramid (Eq. 9 on pixels).
        gradients: the same on differences of neighbouring pixels.
        warp: deformed source against driving, on the pyramid. The original has no such term: it reaches keypoints and
            masks without passing through the generator, so that motion is learnt first and early.
        squared: mean squared difference of prediction and driving, which counts what is hidden and quite wrong more
            than what is visible and a little off.
        painting: what the generator painted against driving, in a model that blends it with the deformed source;
            without it, nothing would teach painting where the blend has settled on keeping.
        hidden: :func:`.losses.hidden_error`: prediction and what was painted against driving, where the occlusion map
            asks for painting; in a model that estimates it.
        expression: :func:`.losses.weighted_error` of prediction, of what was painted and of the deformed source inside
            mouth and eyes, where they are known: drawn faces say so.
        equivariance_positions: Eq. 11.
        equivariance_jacobians: Eq. 13.
        separation: :func:`.losses.keypoint_separation` of the driving keypoints; not in the original either.
            It makes keypoints spread out in the first hundred steps.
        perceptual: Eq. 9 as in the paper, on features of VGG19; 10 in the original.
        generator_gan: :func:`fomm_lite.training.losses.lsgan_generator`; 1 in the original's adversarial recipes.
        feature_matching: :func:`fomm_lite.training.losses.feature_matching`; 10 in the original.
        discriminator_gan: of the discriminator's own loss; 1 in the original. It is trained when one of the two terms
            before this one counts, and only then.
        pyramid_levels: resolutions of the image pyramid, each half the one before.
        separation_distance: how far apart keypoints should be, in normalised units.
        perceptual_scales: of the pyramid on which features of VGG19 are compared, inverses of integers.
    """

    reconstruction: float = 1.0
    gradients: float = 1.0
    warp: float = 1.0
    squared: float = 5.0
    painting: float = 0.5
    hidden: float = 0.0
    expression: float = 0.0
    equivariance_positions: float = 0.5
    equivariance_jacobians: float = 0.1
    separation: float = 0.2
    perceptual: float = 0.0
    generator_gan: float = 0.0
    feature_matching: float = 0.0
    discriminator_gan: float = 0.0
    pyramid_levels: int = 3
    separation_distance: float = 0.25
    perceptual_scales: tuple[float, ...] = OFFICIAL_SCALES

    def __post_init__(self) -> None:
        """Refuse negative weights.

        Raises:
            InputError: a weight below 0, no pyramid level, no or a negative scale, or a discriminator that is to judge
                without learning or to learn without judging.
        """
        scales = self.perceptual_scales
        if not scales or not all(0 < scale <= 1 and (1 / scale) % 1 == 0 for scale in scales):
            raise InputError(
                f"got perceptual_scales = {scales}", "inverses of integers", "use perceptual_scales = (1.0,)"
            )
        plain = [name for name in self.terms if name not in ("generator_gan", "feature_matching")]
        check_range(self, *plain, "separation_distance", least=0)
        trained = float(self.discriminator_gan > 0)  # an advice must not break the rule of the three, below
        check_range(self, "generator_gan", "feature_matching", least=0, example=trained)
        check_range(self, "discriminator_gan", least=0, example=float(self.adversarial))
        check_range(self, "pyramid_levels", least=1, whole=True)
        if self.adversarial != (self.discriminator_gan > 0):
            raise InputError(
                f"got generator_gan = {self.generator_gan}, feature_matching = {self.feature_matching} and "
                f"discriminator_gan = {self.discriminator_gan}",
                "a discriminator that is both used and trained, or neither",
                "the original has 1, 10 and 1",
            )

    @property
    def terms(self) -> dict[str, float]:
        """The weights of the model's own terms, by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name not in _SETTINGS}

    @property
    def adversarial(self) -> bool:
        """Whether a discriminator is needed."""
        return self.generator_gan > 0 or self.feature_matching > 0

    @property
    def look_at_predictions(self) -> bool:
        """Whether any term reaches all of the generator; else some parameters get no gradient."""
        names = (
            "reconstruction", "gradients", "squared", "hidden", "expression", "perceptual", "generator_gan",
            "feature_matching",
        )  # fmt: skip
        return any(getattr(self, name) > 0 for name in names)


@dataclass(frozen=True)
class Terms:
    """The result of one forward pass.

    Attributes:
        total: the weighted sum, ready for ``backward``.
        named: each unweighted term under the name of its weight.
        source: the pair's source frames, as they were given.
        driving: the pair's driving frames.
        reconstruction: the model's output on the pair.
        kp_source: keypoints of the source.
        kp_driving: keypoints of the driving frame.
    """

    total: Float[Tensor, ""]
    named: dict[str, Float[Tensor, ""]]
    source: Float[Tensor, "b c h w"]
    driving: Float[Tensor, "b c h w"]
    reconstruction: Reconstruction
    kp_source: Keypoints
    kp_driving: Keypoints


def _lacking(config: ModelConfig) -> set[str]:
    """The terms that say nothing of a model: of zero order, without blending, or with a single keypoint."""
    has = {
        "equivariance_jacobians": config.estimate_jacobian,
        "painting": config.generator.blend_deformed,
        "hidden": config.estimate_occlusion_map,
        "separation": config.num_keypoints > 1,
    }
    return {name for name, there in has.items() if not there}


class Objective(nn.Module):
    """The objective of one model, as a module: what is wrapped to train in several processes.

    Args:
        model: what is trained.
        weights: of the terms.
        features: what sees pictures for the perceptual term, usually
            :func:`~fomm_lite.networks.perceptual.imagenet_vgg19`. It judges and never learns.
        discriminator: what judges predictions for the adversarial terms. It learns by an objective of its own
            (:mod:`fomm_lite.training.discriminator_step`); here its parameters must ask for no gradient.

    Raises:
        InputError: no term above 0 that this model has, or a weight above 0 without the network it needs.
    """

    def __init__(
        self,
        model: FirstOrderModel,
        weights: LossWeights,
        features: nn.Module | None = None,
        discriminator: Discriminator | None = None,
    ) -> None:
        super().__init__()
        self.model, self.weights = model, weights
        self.features = None if features is None else features.requires_grad_(False)
        self.discriminator = discriminator
        lacking = _lacking(model.config)
        terms = {name for name, weight in weights.terms.items() if weight}
        if not terms - lacking:
            said = f" that this model has ({', '.join(sorted(terms))})" if terms else ""
            raise InputError(
                f"got no loss term above 0{said}", "at least one weight above 0", "leave a weight at its default"
            )
        for needed, network, what in (
            (weights.perceptual > 0, features, "features to compare"),
            (weights.adversarial, discriminator, "a discriminator"),
        ):
            if needed and network is None:
                raise InputError("got a loss term above 0 without its judge", what, "pass it, or set the weight to 0")

    @torch.no_grad()
    def check_size(self, size: int) -> None:
        """Refuse pictures that are too small for the pyramid or for one of the judges, by showing them an empty one.

        Args:
            size: side of the training pictures in pixels.

        Raises:
            InputError: too small.
        """
        weights = self.weights
        most = size.bit_length() - (weights.gradients > 0)  # neighbours are compared: two pixels must be left
        if (weights.reconstruction or weights.gradients or weights.warp) and weights.pyramid_levels > most:
            raise InputError(
                f"got pyramid_levels = {weights.pyramid_levels} for pictures of {size} pixels",
                f"{most} or less",
                f"use pyramid_levels = {most}",
            )
        nothing = torch.zeros(1, self.model.config.num_channels, size, size)
        if self.features is not None:
            losses.perceptual_pyramid(self.features, nothing, nothing, (min(self.weights.perceptual_scales),))
        if self.discriminator is not None:
            before = self.discriminator.training
            self.discriminator.eval()(nothing, torch.zeros(1, self.model.config.num_keypoints, 2))
            self.discriminator.train(before)

    def forward(
        self,
        source: Float[Tensor, "b c h w"],
        driving: Float[Tensor, "b c h w"],
        warp: RandomWarp,
        region: Float[Tensor, "b 1 h w"] | None = None,
    ) -> Terms:
        """One forward pass.

        Args:
            source: one frame of each clip.
            driving: another frame of the same clip.
            warp: a random warp per item, for the equivariance terms.
            region: where mouth and eyes of the driving frame are, in [0, 1], for the term of expression.

        Raises:
            InputError: a weight of expression without a region.
        """
        model, weights, batch = self.model, self.weights, len(source)
        turning = weights.equivariance_jacobians > 0 and model.config.estimate_jacobian
        equivariant = weights.equivariance_positions > 0 or turning
        # one pass for all pictures: batch norm then sees source, driving and warped frames as one population
        pictures = [source, driving] + ([warp.image(driving)] if equivariant else [])
        keypoints = model.detect(torch.cat(pictures))
        output = model(source, keypoints[:batch], keypoints[batch : 2 * batch])
        kp_source, kp_driving, kp_warped = (keypoints[i * batch : (i + 1) * batch] for i in range(3))

        with exact(source):
            named = self._compare(driving, output) | self._compare_expression(driving, output, region)
            named |= self._compare_keypoints(kp_driving, kp_warped, warp)
        named |= self._ask_the_judges(driving, output.prediction, kp_driving)
        total = torch.stack([getattr(weights, name) * term for name, term in named.items()]).sum()
        return Terms(total, named, source, driving, output, kp_source, kp_driving)

    def _compare(self, driving: Float[Tensor, "b c h w"], output: Reconstruction) -> dict[str, Tensor]:
        """The terms of pixels."""
        weights, levels = self.weights, self.weights.pyramid_levels
        named = {}
        if weights.reconstruction:
            named["reconstruction"] = losses.pyramid_l1(output.prediction, driving, levels)
        if weights.gradients:
            named["gradients"] = losses.pyramid_gradient_l1(output.prediction, driving, levels)
        if weights.warp:
            named["warp"] = losses.pyramid_l1(output.deformed, driving, levels)
        if weights.squared:
            named["squared"] = losses.squared_error(output.prediction, driving)
        if weights.painting and self.model.config.generator.blend_deformed:
            named["painting"] = losses.pyramid_l1(output.painted, driving, 1)
        seen = output.motion.occlusion_map
        if weights.hidden and seen is not None:
            size = (driving.shape[2], driving.shape[3])
            seen = geometry.resize(seen, size, align_corners=self.model.config.align_corners)
            both = [losses.hidden_error(made, driving, seen) for made in (output.prediction, output.painted)]
            named["hidden"] = torch.stack(both).mean()
        return named

    def _compare_expression(
        self, driving: Float[Tensor, "b c h w"], output: Reconstruction, region: Float[Tensor, "b 1 h w"] | None
    ) -> dict[str, Tensor]:
        """The term of mouth and eyes."""
        if not self.weights.expression:
            return {}
        if region is None:
            raise InputError(
                f"got expression = {self.weights.expression} without a region", "where mouth and eyes are", "pass it"
            )
        made = (output.prediction, output.painted, output.deformed)
        return {"expression": torch.stack([losses.weighted_error(each, driving, region) for each in made]).mean()}

    def _compare_keypoints(self, kp_driving: Keypoints, kp_warped: Keypoints, warp: RandomWarp) -> dict[str, Tensor]:
        """The terms of keypoints; ``kp_warped`` is empty where no term needs it."""
        weights = self.weights
        named = {}
        if weights.equivariance_positions:
            named["equivariance_positions"] = losses.equivariance_positions(
                kp_driving.positions, warp.points(kp_warped.positions)
            )
        if weights.equivariance_jacobians and self.model.config.estimate_jacobian:
            named["equivariance_jacobians"] = losses.equivariance_jacobians(
                kp_driving.jacobians, kp_warped.jacobians, warp.jacobians(kp_warped.positions)
            )
        if weights.separation:
            named["separation"] = losses.keypoint_separation(kp_driving.positions, weights.separation_distance)
        return named

    def _ask_the_judges(
        self, driving: Float[Tensor, "b c h w"], prediction: Float[Tensor, "b c h w"], kp_driving: Keypoints
    ) -> dict[str, Tensor]:
        """The terms that need another network; these run in mixed precision, being as large as the model."""
        weights = self.weights
        named = {}
        if weights.perceptual and self.features is not None:
            named["perceptual"] = losses.perceptual_pyramid(
                self.features, prediction, driving, weights.perceptual_scales
            )
        if weights.adversarial and self.discriminator is not None:
            positions = kp_driving.positions.detach()  # else keypoints would learn to please the discriminator
            made = self.discriminator(prediction, positions)
            if weights.generator_gan:
                named["generator_gan"] = losses.lsgan_generator([scores.prediction_map for scores in made])
            if weights.feature_matching:
                with torch.no_grad():
                    real = self.discriminator(driving, positions)
                named["feature_matching"] = losses.feature_matching(
                    [scores.feature_maps for scores in real], [scores.feature_maps for scores in made]
                )
        return {name: term.float() for name, term in named.items()}
