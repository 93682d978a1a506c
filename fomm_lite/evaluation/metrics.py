"""The published measures of a prediction against the driving picture, each as a pure function, one number a picture.

Two names need care. The paper's authors released their evaluation code (github.com/AliaksandrSiarohin/pose-evaluation),
and there AKD is a mean absolute difference of coordinates and AED a sum of squares, not the Euclidean distances that
the names promise. Both kinds are here, the former with ``released`` in the name; numbers of one kind compare with that
kind only. All of them depend on the detector or embedder as well: it is part of the measure.

A measure that a picture has no value for (no joint was found in it) is NaN there, and left out of the mean.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.worlds import Clip

PSNR_OF_EQUALS = 100.0
SSIM_WINDOW = 11  # pixels
_SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2  # for pictures in [0, 1]


def l1(prediction: Float[Tensor, "*t c h w"], driving: Float[Tensor, "*t c h w"]) -> Float[Tensor, "*t"]:
    """Mean absolute difference of the colours, in [0, 1]; 0 is perfect. The L1 of the paper's tables.

    Example:
        >>> l1(torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), 0.5))
        tensor([0.5000, 0.5000])
    """
    return (prediction - driving).abs().mean((-3, -2, -1))


def psnr(prediction: Float[Tensor, "*t c h w"], driving: Float[Tensor, "*t c h w"]) -> Float[Tensor, "*t"]:
    """Peak signal to noise ratio, -10 log10(mean squared difference), in decibels; more is better, 100 at most.

    Pictures are in [0, 1], so that the peak is 1. One number a picture, and their mean for a clip, as is usual: that of
    the clip's mean square would be lower, and hang on its worst pictures.

    Example:
        >>> round(float(psnr(torch.zeros(3, 4, 4), torch.full((3, 4, 4), 0.1))), 3)
        20.0
    """
    return -10 * (prediction - driving).square().mean((-3, -2, -1)).clamp(min=10 ** (-PSNR_OF_EQUALS / 10)).log10()


def ssim(prediction: Float[Tensor, "*t c h w"], driving: Float[Tensor, "*t c h w"]) -> Float[Tensor, "*t"]:
    """Structural similarity (Wang, Bovik, Sheikh and Simoncelli 2004), at most 1, which is perfect; no unit.

    With means, variances and covariance under a Gaussian window of 11 x 11 pixels and sigma 1.5, for x and y in [0, 1]:

        (2 mean_x mean_y + 0.01^2) (2 cov_xy + 0.03^2) / ((mean_x^2 + mean_y^2 + 0.01^2) (var_x + var_y + 0.03^2))

    averaged over all windows that lie wholly in the picture, as the authors did, and over the colour channels.

    Raises:
        InputError: pictures smaller than the window.
    """
    if min(prediction.shape[-2:]) < SSIM_WINDOW:
        height, width = prediction.shape[-2:]
        raise InputError(f"got pictures of {width}x{height}", f"{SSIM_WINDOW} pixels a side or more", "leave SSIM out")
    kind, device = prediction.dtype, prediction.device
    # a variance is a small difference of large means: in single precision that of a flat picture may be below 0
    wide = kind if device.type == "mps" else torch.float64
    prediction, driving = prediction.to(wide), driving.to(wide)
    line = torch.arange(SSIM_WINDOW, dtype=wide, device=device) - SSIM_WINDOW // 2
    line = torch.exp(-0.5 * (line / _SIGMA) ** 2)
    line = line / line.sum()

    def blur(pictures: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(pictures, line.view(1, 1, 1, -1)), line.view(1, 1, -1, 1))

    shape = prediction.shape[:-2]
    x, y = prediction.reshape(-1, 1, *prediction.shape[-2:]), driving.reshape(-1, 1, *driving.shape[-2:])
    mean_x, mean_y = blur(x), blur(y)
    variances = blur(x * x) - mean_x**2 + blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    likeness = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    likeness = likeness / ((mean_x**2 + mean_y**2 + _C1) * (variances + _C2))
    return likeness.mean((1, 2, 3)).view(shape).mean(-1).clamp(max=1).to(kind)


@dataclass(frozen=True)
class Landmarks:
    """Named points in each picture of a clip.

    Attributes:
        positions: (t n 2), (x, y) in pixels, 0 at the centre of the first; of no meaning where not present.
        present: (t n), whether the point was found.
        names: of the n points, in order; empty where they have none.
    """

    positions: Float[Tensor, "t n 2"]
    present: Bool[Tensor, "t n"]
    names: tuple[str, ...] = ()

    def named(self, names: tuple[str, ...]) -> "Landmarks":
        """The points of these names, in this order; all as they are where either side has no names.

        Raises:
            InputError: a name that no point has.
        """
        if not names or not self.names:
            return self
        missing = [name for name in names if name not in self.names]
        if missing:
            raise InputError(
                f"got a judge that looks for {', '.join(missing)}",
                f"points among {', '.join(self.names)}",
                "choose the judge of the world of the clips",
            )
        order = [self.names.index(name) for name in names]
        return Landmarks(self.positions[:, order], self.present[:, order], names)


@runtime_checkable
class LandmarkDetector(Protocol):
    """Anything that finds the same n points in every picture: a pose or face network, or a matcher of your own."""

    def landmarks(self, pictures: Float[Tensor, "t 3 h w"]) -> Landmarks:
        """Points in pictures in [0, 1]."""


@runtime_checkable
class Embedder(Protocol):
    """Anything that turns a picture into a vector that says who is in it, whatever the pose."""

    def embed(self, pictures: Float[Tensor, "t 3 h w"]) -> Float[Tensor, "t d"]:
        """One vector for each of the pictures in [0, 1]."""


def true_landmarks(clip: Clip) -> Landmarks:
    """The true landmarks of a drawn clip in pixels; present where they lie in the picture, be they hidden or not."""
    height, width = clip.frames.shape[2:]
    half = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    return Landmarks((clip.landmarks + 1) * half, (clip.landmarks.abs() <= 1).all(-1), clip.landmark_names)


def akd_released(prediction: Landmarks, driving: Landmarks) -> Float[Tensor, " t"]:
    """Average keypoint distance, released kind: mean of |dx| and |dy| over joints present in both, in pixels.

    Between 0.5 (dx or dy is 0) and 0.71 (they are equal) of the Euclidean distance, so that the two can put models into
    another order. The official configurations are of pictures of 256 x 256 pixels.

    Returns:
        NaN for pictures without a joint that is present in both.
    """
    return _mean_over((prediction.positions - driving.positions).abs().mean(-1), prediction.present & driving.present)


def akd(prediction: Landmarks, driving: Landmarks) -> Float[Tensor, " t"]:
    """Average keypoint distance by its name: mean Euclidean distance over joints present in both, in pixels.

    Returns:
        NaN for pictures without a joint that is present in both.
    """
    return _mean_over((prediction.positions - driving.positions).norm(dim=-1), prediction.present & driving.present)


def mkr(prediction: Landmarks, driving: Landmarks) -> Float[Tensor, " t"]:
    """Missing keypoint rate: of the joints present in the driving picture, the share not found in the prediction.

    As in the released code; joints found in the prediction only do not count.

    Returns:
        NaN for pictures without a joint in the driving picture.
    """
    return _mean_over((~prediction.present).to(driving.positions.dtype), driving.present)


def aed_released(prediction: Float[Tensor, "t d"], driving: Float[Tensor, "t d"]) -> Float[Tensor, " t"]:
    """Average Euclidean distance as the released code has it: the sum of squared differences, without the root.

    An earlier version of the same file took the mean absolute difference of the components instead: two published
    definitions of one name, and a number alone does not say which it is. In units of the embedding, squared.
    """
    return (prediction - driving).square().sum(-1)


def aed(prediction: Float[Tensor, "t d"], driving: Float[Tensor, "t d"]) -> Float[Tensor, " t"]:
    """Average Euclidean distance by its name: the length of the difference of two embeddings, in their units."""
    return (prediction - driving).norm(dim=-1)


def _mean_over(values: Float[Tensor, "t n"], counted: Bool[Tensor, "t n"]) -> Float[Tensor, " t"]:
    """Mean of the values that count in each row; NaN in a row where none does, whatever stands in the others."""
    return values.where(counted, torch.nan).nanmean(-1)
