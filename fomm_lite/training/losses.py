"""The terms of the training objective: pure, unweighted functions. The one place that weighs them is ``objective``."""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import invert_2x2
from fomm_lite.networks.layers import antialias_downsample

OFFICIAL_SCALES = (1.0, 0.5, 0.25, 0.125)
SMALL = 1e-8  # keeps the slope of a square root finite where two keypoints coincide


def image_pyramid(image: Float[Tensor, "b c h w"], levels: int) -> list[Float[Tensor, "b c _ _"]]:
    """The image, then each level half the size of the one before (mean of 2 x 2)."""
    pyramid = [image]
    for _ in range(levels - 1):
        pyramid.append(F.avg_pool2d(pyramid[-1], 2))
    return pyramid


def pyramid_l1(
    prediction: Float[Tensor, "b c h w"], driving: Float[Tensor, "b c h w"], levels: int = 3
) -> Float[Tensor, ""]:
    """Mean absolute difference, averaged over the levels of an image pyramid.

    Coarse levels see a mistake of several pixels as a gradient in the right direction where the finest sees none.
    """
    pairs = zip(image_pyramid(prediction, levels), image_pyramid(driving, levels), strict=True)
    return torch.stack([(a - b).abs().mean() for a, b in pairs]).mean()


def pyramid_gradient_l1(
    prediction: Float[Tensor, "b c h w"], driving: Float[Tensor, "b c h w"], levels: int = 3
) -> Float[Tensor, ""]:
    """The same on differences of neighbouring pixels: edges must be where they belong, not only mean colours."""
    difference = prediction - driving
    terms = []
    for level in image_pyramid(difference, levels):
        terms += [level.diff(dim=2).abs().mean(), level.diff(dim=3).abs().mean()]
    return torch.stack(terms).mean()


def squared_error(prediction: Float[Tensor, "b c h w"], driving: Float[Tensor, "b c h w"]) -> Float[Tensor, ""]:
    """Mean squared difference: what is far off counts more.

    An absolute difference pulls as hard on the many pixels that are a little off as on the few that are quite wrong,
    and those few, hidden in the source, are the ones to learn painting from.
    """
    return (prediction - driving).square().mean()


def hidden_error(
    prediction: Float[Tensor, "b c h w"],
    driving: Float[Tensor, "b c h w"],
    occlusion_map: Float[Tensor, "b 1 h w"],
) -> Float[Tensor, ""]:
    """Mean absolute difference where the occlusion map asks for painting, weighted by how much it does.

    Eyes and mouths are a few per cent of a picture and of its loss; here they are most of it. The map is only asked:
    else it would learn to point at what is easy to paint.

    Args:
        prediction: in [0, 1].
        driving: in [0, 1].
        occlusion_map: of the same size, 1 where the deformed source is kept.
    """
    return weighted_error(prediction, driving, (1 - occlusion_map).detach())


def weighted_error(
    prediction: Float[Tensor, "b c h w"], driving: Float[Tensor, "b c h w"], weight: Float[Tensor, "b 1 h w"]
) -> Float[Tensor, ""]:
    """Mean absolute difference over a region: the same however small that is, and 0 where there is none.

    Args:
        prediction: in [0, 1].
        driving: in [0, 1].
        weight: how much each pixel belongs to it, in [0, 1].
    """
    return ((prediction - driving).abs().mean(1, keepdim=True) * weight).sum() / weight.sum().clamp_min(SMALL)


def equivariance_positions(
    driving: Float[Tensor, "b k 2"], transformed_in_driving: Float[Tensor, "b k 2"]
) -> Float[Tensor, ""]:
    """Positions must follow a known warp (Eq. 11): mean |d - T(d')|.

    Args:
        driving: keypoints d of the driving frame.
        transformed_in_driving: keypoints d' of the warped frame, taken back by the warp T.
    """
    return (driving - transformed_in_driving).abs().mean()


def equivariance_jacobians(
    driving: Float[Tensor, "b k 2 2"],
    transformed: Float[Tensor, "b k 2 2"],
    warp_jacobians: Float[Tensor, "b k 2 2"],
) -> Float[Tensor, ""]:
    """Jacobians must follow it too (Eq. 13): mean |1 - B^-1 (dT) B'|.

    Written as a distance to the identity, and not as B = (dT) B' (Eq. 12), because the latter is also satisfied by
    letting all jacobians shrink to zero.

    Args:
        driving: B, jacobians of the driving frame.
        transformed: B', of the warped frame.
        warp_jacobians: dT at the keypoints of the warped frame.
    """
    identity = torch.eye(2).to(driving)
    return (identity - invert_2x2(driving) @ warp_jacobians @ transformed).abs().mean()


def keypoint_separation(positions: Float[Tensor, "b k 2"], distance: float) -> Float[Tensor, ""]:
    """How much keypoints crowd: mean over pairs of max(0, 1 - |p_i - p_j| / distance).

    Keypoints start with almost the same gradient, and without this push most of them stay together for good, so that
    ten keypoints do the work of three. Later methods hold theirs apart in a similar way.

    Args:
        positions: of the keypoints.
        distance: beyond it two keypoints do not mind each other, in normalised units.

    Returns:
        0 when all are at least ``distance`` apart, 1 when all coincide; 0 for a single keypoint.
    """
    count = positions.shape[1]
    if count < 2:
        return positions.new_zeros(())
    squared = (positions[:, :, None] - positions[:, None]).square().sum(-1)
    crowding = (1 - (squared + SMALL).sqrt() / distance).clamp_min(0)
    pairs = ~torch.eye(count, dtype=torch.bool, device=positions.device)
    return crowding[:, pairs].mean()


def antialiased_pyramid(
    image: Float[Tensor, "b c h w"], scales: Sequence[float] = OFFICIAL_SCALES
) -> list[Float[Tensor, "b c _ _"]]:
    """The image at each scale, blurred and sliced from full resolution: the original's pyramid.

    Args:
        image: in [0, 1].
        scales: inverses of integers.
    """
    return [antialias_downsample(image, scale) for scale in scales]


def perceptual_pyramid(
    features: Callable[[Tensor], list[Tensor]],
    prediction: Float[Tensor, "b c h w"],
    driving: Float[Tensor, "b c h w"],
    scales: Sequence[float] = OFFICIAL_SCALES,
) -> Float[Tensor, ""]:
    """Reconstruction in the eyes of a network (Eq. 9): sum over scales and layers of mean |N(prediction) - N(driving)|.

    The original weighs each of its five layers with 10, so this term as a whole.

    Args:
        features: N, usually a :class:`fomm_lite.networks.perceptual.Vgg19Features`.
        prediction: in [0, 1].
        driving: in [0, 1]; its features are not differentiated.
        scales: of the pyramid on which the two are compared.
    """
    terms = []
    for a, b in zip(antialiased_pyramid(prediction, scales), antialiased_pyramid(driving, scales), strict=True):
        with torch.no_grad():
            wanted = features(b)
        terms += [(x - y).abs().mean() for x, y in zip(features(a), wanted, strict=True)]
    return torch.stack(terms).sum()


def lsgan_generator(generated: Sequence[Float[Tensor, "b 1 _ _"]]) -> Float[Tensor, ""]:
    """What the generator pays for being seen through: sum over scales of mean (1 - D(prediction))^2.

    Args:
        generated: the discriminator's prediction map of the prediction, one a scale.
    """
    return torch.stack([(1 - score).square().mean() for score in generated]).sum()


def lsgan_discriminator(
    real: Sequence[Float[Tensor, "b 1 _ _"]], generated: Sequence[Float[Tensor, "b 1 _ _"]]
) -> Float[Tensor, ""]:
    """What the discriminator pays for mistakes: sum over scales of mean (1 - D(driving))^2 + D(prediction)^2.

    Args:
        real: its prediction map of the driving frame, one a scale.
        generated: its prediction map of the prediction, which must be detached.
    """
    terms = [(1 - a).square().mean() + b.square().mean() for a, b in zip(real, generated, strict=True)]
    return torch.stack(terms).sum()


def feature_matching(real: Sequence[Sequence[Tensor]], generated: Sequence[Sequence[Tensor]]) -> Float[Tensor, ""]:
    """Look alike inside the discriminator too: sum over scales and blocks of mean |D_i(driving) - D_i(prediction)|.

    The original weighs each of its four blocks with 10, so this term as a whole.

    Args:
        real: the discriminator's feature maps of the driving frame, one list a scale.
        generated: those of the prediction.
    """
    terms = [
        (a - b).abs().mean()
        for maps_real, maps_generated in zip(real, generated, strict=True)
        for a, b in zip(maps_real, maps_generated, strict=True)
    ]
    return torch.stack(terms).sum()
