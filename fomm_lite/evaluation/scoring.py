"""How good a model is: every clip redrawn from its own first frame, measured against doing nothing and against truth.

The first frame is the source, the clip itself the driver, keypoints are absolute: the picture that should come out is
known. An L1 alone says little, since still backgrounds are cheap; divided by the L1 of copying the source, 1 means "no
better than not moving at all" and 0 is perfect. On the drawn worlds the true deformation and occlusion are known too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import AnimationFrame, animation_frames
from fomm_lite.errors import InputError
from fomm_lite.evaluation import metrics
from fomm_lite.evaluation.metrics import (
    Embedder,
    LandmarkDetector,
    Landmarks,
    Measures,
    Rendering,
    RunningMeasures,
    true_landmarks,
)
from fomm_lite.evaluation.truth import RunningTruth, TruthScore
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import Clip

AnyClip = Tensor | Clip | Iterable[Tensor]


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
class Evaluation:
    """Scores of a model on some clips.

    Attributes:
        total: over all frames of all clips: sums are taken before dividing, so long clips weigh more.
        clips: each clip by itself, in order.
        truth: on drawn clips, else None.
        measures: the published measures over all frames; those that need a detector or embedder are None without.
    """

    total: ClipScore
    clips: tuple[ClipScore, ...]
    truth: TruthScore | None
    measures: Measures | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and None, for JSON."""
        return asdict(self)

    def table(self, names: Sequence[str] = ()) -> str:
        """A text table: one line a clip, then the total, the published measures and, where known, the truth.

        Args:
            names: of the clips; numbers by default.
        """
        labels = [*(names or map(str, range(len(self.clips)))), "all"]
        width = max(len("clip"), *map(len, labels))
        lines = [f"{'clip':<{width}}  frames      L1  copy L1  L1 ratio  PSNR dB"]
        for label, score in zip(labels, (*self.clips, self.total), strict=True):
            ratio = "-" if score.ratio is None else f"{score.ratio:.3f}"
            lines.append(
                f"{label:<{width}}  {score.frames:>6}  {score.l1:>6.4f}  {score.copy_l1:>7.4f}  {ratio:>8}"
                f"  {score.psnr:>7.2f}"
            )
        more = [*_measure_lines(self.measures), *_truth_lines(self.truth)]
        return "\n".join([*lines, "", *more] if more else lines)


def _measure_lines(measures: Measures | None) -> list[str]:
    """What a table says of the measures that are known; AKD with what the detector itself is off by."""
    if measures is None:
        return []
    known, floors = measures, ("", "")
    if known.akd_floor is not None:
        floors = f"; true pictures: {known.akd_floor:.2f} px", f" (true pictures: {known.mkr_floor or 0:.4f})"
    lines = [f"SSIM                {known.ssim:.4f}"] if known.ssim is not None else []
    if known.akd is not None:
        lines.append(f"AKD                 {known.akd:.2f} px (as released: {known.akd_released:.2f} px{floors[0]})")
    if known.mkr is not None:
        lines.append(f"MKR                 {known.mkr:.4f}{floors[1]}")
    if known.aed is not None:
        lines.append(f"AED                 {known.aed:.4f} (as released: {known.aed_released:.4f})")
    return lines


def _truth_lines(truth: TruthScore | None) -> list[str]:
    """What a table says of the motion."""
    if truth is None:
        return []
    lines = [f"deformation error   {truth.deformation_error:.2f} px (identity: {truth.identity_error:.2f} px)"]
    if truth.occlusion_precision is not None:
        precision = f"{truth.occlusion_precision:.3f}"
        lines.append(f"occlusion precision {precision} (a map that knows nothing: {truth.hidden:.3f})")
    return lines


def l1(prediction: Float[Tensor, "*batch h w"], driving: Float[Tensor, "*batch h w"]) -> float:
    """Mean absolute difference of two pictures or clips.

    Example:
        >>> l1(torch.zeros(3, 4, 4), torch.full((3, 4, 4), 0.5))
        0.5
    """
    return float(metrics.l1(prediction, driving).mean())


def self_reconstruction(
    model: FirstOrderModel, frames: Iterable[Tensor], *, batch: int = 8
) -> Iterator[AnimationFrame]:
    """A clip redrawn from its own first frame, every frame driven (the first too), with absolute keypoints.

    Args:
        model: a trained model.
        frames: a clip (t 3 h w), or any iterable of (3 h w) in [0, 1]; streamed.
        batch: how many frames are computed together.

    Returns:
        An iterator with as many frames as the clip; ``.prediction`` and ``.driving`` should be equal.

    Raises:
        InputError: no frames, or sizes that the networks cannot take.
    """
    stream = iter(frames)
    source = next(stream, None)
    if source is None:
        raise InputError("got a clip without frames", "one or more", "pass another clip")

    def clip() -> Iterator[Tensor]:
        yield source
        yield from stream

    return animation_frames(model, source, clip(), relative=False, batch=batch)


def l1_ratio(model: FirstOrderModel, clips: Iterable[AnyClip], *, batch: int = 8) -> float:
    """The one number of a model: L1 of its predictions over L1 of copying the source, on frames 1 and later.

    Args:
        model: a trained model.
        clips: as for :func:`evaluate`.
        batch: how many frames are computed together.

    Returns:
        0 is perfect, 1 is as bad as not moving at all.

    Raises:
        InputError: as :func:`evaluate`, or nothing moves in any clip.
    """
    sums = RunningScore()
    for number, clip in enumerate(clips):
        for frame in _driven(model, clip, number, batch):
            sums.add(frame)
    if not sums.frames:
        raise InputError("got no clips", "one or more", "pass other clips")
    ratio = sums.score().ratio
    if ratio is None:
        raise InputError("got clips in which nothing moves", "motion to measure", "pass other clips")
    return ratio


def evaluate(
    model: FirstOrderModel,
    clips: Iterable[AnyClip],
    *,
    batch: int = 8,
    detector: LandmarkDetector | None = None,
    embedder: Embedder | None = None,
) -> Evaluation:
    """Measure self-reconstruction on some clips; they are taken one at a time, and their frames a few at a time.

    Args:
        model: a trained model.
        clips: each (t 3 h w) or any iterable of (3 h w), floats in [0, 1] or bytes, or a drawn
            :class:`~fomm_lite.worlds.Clip`, on which landmarks, motion and occlusion have a truth.
        batch: how many frames are computed together.
        detector: for AKD and MKR.
        embedder: for AED.

    Raises:
        InputError: no clips, one of fewer than two frames, or sizes that the networks cannot take.
    """
    scores: list[ClipScore] = []
    sums, truth, measures = RunningScore(), RunningTruth(), RunningMeasures(detector, embedder)
    for clip in clips:
        own, index = RunningScore(), 0
        for piece in _pieces(_driven(model, clip, len(scores), batch), batch):
            measures.add(_rendering(piece, clip, index + 1))
            for frame in piece:
                index += 1
                own.add(frame)
                if isinstance(clip, Clip):
                    truth.add(frame, clip, index)
        scores.append(own.score())
        sums.merge(own)
    if not scores:
        raise InputError("got no clips", "one or more", "pass other clips")
    return Evaluation(sums.score(), tuple(scores), truth.score() if truth.frames else None, measures.result())


def renderings(model: FirstOrderModel, clips: Iterable[AnyClip], *, batch: int = 8) -> Iterator[Rendering]:
    """Every clip redrawn from its first frame, beside itself, for :func:`fomm_lite.evaluation.metrics.measure`.

    Args:
        model: a trained model.
        clips: as for :func:`evaluate`; drawn ones bring their true landmarks along.
        batch: how many frames are computed together, and the most that come at once.

    Returns:
        An iterator over pieces of clips; the first frames, which are the sources themselves, are left out.

    Raises:
        InputError: as :func:`self_reconstruction`, or a clip of a single frame.
    """
    for number, clip in enumerate(clips):
        first = 1
        for piece in _pieces(_driven(model, clip, number, batch), batch):
            yield _rendering(piece, clip, first)
            first += len(piece)


def _driven(model: FirstOrderModel, clip: AnyClip, number: int, batch: int) -> Iterator[AnimationFrame]:
    """Self-reconstruction without the first frame, which is the source itself; a clip must have others."""
    frames = self_reconstruction(model, _frames_of(clip), batch=batch)
    next(frames)
    first = next(frames, None)
    if first is None:
        raise InputError(f"got clip {number} of a single frame", "two frames or more", "leave it out")
    return chain([first], frames)


def _pieces(frames: Iterator[AnimationFrame], batch: int) -> Iterator[list[AnimationFrame]]:
    """A few frames at a time."""
    while piece := list(islice(frames, batch)):
        yield piece


def _rendering(frames: Sequence[AnimationFrame], clip: AnyClip, first: int) -> Rendering:
    """Some frames of a clip beside what they should be, ``first`` being the number of the first of them."""
    truth = None
    if isinstance(clip, Clip):
        known = true_landmarks(clip)
        chosen = slice(first, first + len(frames))
        truth = Landmarks(known.positions[chosen], known.present[chosen], known.names)
    predictions = torch.stack([frame.prediction.cpu() for frame in frames])
    return Rendering(predictions, torch.stack([frame.driving.cpu() for frame in frames]), truth)


def _frames_of(clip: AnyClip) -> Iterator[Float[Tensor, "c h w"]]:
    """The frames as floats, one at a time."""
    for frame in clip.frames if isinstance(clip, Clip) else clip:
        yield frame if frame.is_floating_point() else frame.float() / 255


class RunningScore:
    """The score of a clip while its frames come in: sums of per-frame means, so that no frame is kept."""

    def __init__(self) -> None:
        self.frames, self.l1, self.copy_l1, self.psnr = 0, 0.0, 0.0, 0.0

    def add(self, frame: AnimationFrame) -> None:
        """Take in one frame; the caller leaves out frame 0, which is the source itself."""
        self.frames += 1
        self.l1 += l1(frame.prediction, frame.driving)
        self.copy_l1 += l1(frame.source, frame.driving)
        self.psnr += float(metrics.psnr(frame.prediction, frame.driving))

    def merge(self, other: "RunningScore") -> None:
        """Take in another clip's frames."""
        self.frames += other.frames
        self.l1 += other.l1
        self.copy_l1 += other.copy_l1
        self.psnr += other.psnr

    def score(self) -> ClipScore:
        """The means; at least one frame was added."""
        return ClipScore(
            frames=self.frames,
            l1=self.l1 / self.frames,
            copy_l1=self.copy_l1 / self.frames,
            ratio=self.l1 / self.copy_l1 if self.copy_l1 > 0 else None,
            psnr=self.psnr / self.frames,
        )
