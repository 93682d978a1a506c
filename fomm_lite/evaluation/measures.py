"""What is said of predictions, clip by clip and in the published measures, and how each number is measured."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.evaluation import metrics
from fomm_lite.evaluation.accumulate import Measure, Piece, mean_of
from fomm_lite.evaluation.metrics import Landmarks

_SAME = 0.5 / 255  # of a colour in [0, 1]: less than a byte can say


@dataclass(frozen=True)
class ClipScore:
    """One clip, or all of them together.

    Attributes:
        frames: driving frames measured: all but the first of a clip.
        l1: mean absolute difference of prediction and driving frame, pictures in [0, 1].
        copy_l1: the same for the unmoved source.
        ratio: ``l1 / copy_l1``; None where nothing moves in the clip.
        psnr: mean of :func:`fomm_lite.evaluation.metrics.psnr` over the frames, in decibels; 100 at most.
    """

    frames: int
    l1: float
    copy_l1: float
    ratio: float | None
    psnr: float


@dataclass(frozen=True)
class Measures:
    """Means over all pictures of all clips that have a value; None where none has, or nothing could measure it.

    Attributes:
        frames: how many pictures.
        l1: as the function of that name in :mod:`fomm_lite.evaluation.metrics`; so are the others.
        psnr: in decibels.
        ssim: at most 1; None for pictures smaller than its window.
        akd_released: in pixels.
        akd: in pixels.
        mkr: a share.
        aed_released: in squared units of the embedding.
        aed: in units of the embedding.
        akd_floor: ``akd`` of the detector on the driving pictures themselves, where the truth is known: what a perfect
            model would be measured at.
        mkr_floor: likewise, ``mkr``.
        flicker: mean absolute difference of a prediction to the one before, over the pixels that are the same in both
            driving frames; what it should be is 0.
    """

    frames: int
    l1: float
    psnr: float
    ssim: float | None = None
    akd_released: float | None = None
    akd: float | None = None
    mkr: float | None = None
    aed_released: float | None = None
    aed: float | None = None
    akd_floor: float | None = None
    mkr_floor: float | None = None
    flicker: float | None = None

    def lines(self) -> list[str]:
        """What a table says of those that are known; AKD with what the detector itself is off by."""
        floors = ("", "")
        if self.akd_floor is not None:
            floors = f"; true pictures: {self.akd_floor:.2f} px", f" (true pictures: {self.mkr_floor or 0:.4f})"
        lines = [f"SSIM                {self.ssim:.4f}"] if self.ssim is not None else []
        if self.akd is not None:
            lines.append(f"AKD                 {self.akd:.2f} px (as released: {self.akd_released:.2f} px{floors[0]})")
        if self.mkr is not None:
            lines.append(f"MKR                 {self.mkr:.4f}{floors[1]}")
        if self.aed is not None:
            lines.append(f"AED                 {self.aed:.4f} (as released: {self.aed_released:.4f})")
        if self.flicker is not None:
            lines.append(f"flicker             {self.flicker:.5f} where nothing changes")
        return lines


def _flicker(piece: Piece) -> Float[Tensor, "2"] | None:
    """Over pixels that keep their colour from one driving frame to the next: sum of changes, and how many."""
    prediction, driving = piece.prediction, piece.driving
    if piece.before is not None:
        prediction, driving = (
            torch.cat([old[None], new]) for old, new in zip(piece.before, (prediction, driving), strict=True)
        )
    still = driving.diff(dim=0).abs().amax(1) < _SAME
    moved = prediction.diff(dim=0).abs().mean(1)[still].double()
    return torch.stack([moved.sum(), torch.ones_like(moved).sum()])


def _ssim(piece: Piece) -> Float[Tensor, " t"] | None:
    too_small = min(piece.prediction.shape[-2:]) < metrics.SSIM_WINDOW
    return None if too_small else metrics.ssim(piece.prediction, piece.driving)


def _l1(piece: Piece) -> Float[Tensor, " t"]:
    return metrics.l1(piece.prediction, piece.driving)


def _copy_l1(piece: Piece) -> Float[Tensor, " t"]:
    return metrics.l1(piece.source.expand_as(piece.driving), piece.driving)


def _of_landmarks(distance: Callable[[Landmarks, Landmarks], Float[Tensor, " t"]]) -> Measure:
    """From where landmarks should be, which a detector says where no truth does, to where they are found."""

    def values(piece: Piece) -> Float[Tensor, " t"] | None:
        wanted = piece.true_landmarks or piece.found_in_driving
        return None if piece.found is None or wanted is None else distance(piece.found, wanted)

    return mean_of(values)


def _floor(distance: Callable[[Landmarks, Landmarks], Float[Tensor, " t"]]) -> Measure:
    """From the true landmarks to those found in true pictures."""

    def values(piece: Piece) -> Float[Tensor, " t"] | None:
        own, truth = piece.found_in_driving, piece.true_landmarks
        return None if own is None or truth is None else distance(own, truth)

    return mean_of(values)


def _of_embeddings(distance: Callable[[Tensor, Tensor], Float[Tensor, " t"]]) -> Measure:
    return mean_of(lambda piece: None if piece.embeddings is None else distance(*piece.embeddings))


CLIP_MEASURES = {
    "frames": Measure(lambda piece: torch.tensor(len(piece.prediction)), int),
    "l1": mean_of(_l1),
    "copy_l1": mean_of(_copy_l1),
    "ratio": Measure(lambda piece: torch.stack([_l1(piece), _copy_l1(piece)]).double().sum(1)),
    "psnr": mean_of(lambda piece: metrics.psnr(piece.prediction, piece.driving)),
}
"""What a :class:`ClipScore` holds."""

MEASURES = CLIP_MEASURES | {
    "ssim": mean_of(_ssim),
    "akd_released": _of_landmarks(metrics.akd_released),
    "akd": _of_landmarks(metrics.akd),
    "mkr": _of_landmarks(metrics.mkr),
    "aed_released": _of_embeddings(metrics.aed_released),
    "aed": _of_embeddings(metrics.aed),
    "akd_floor": _floor(metrics.akd),
    "mkr_floor": _floor(metrics.mkr),
    "flicker": Measure(_flicker),
}
"""What :class:`ClipScore` and :class:`Measures` hold."""
