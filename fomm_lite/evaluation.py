"""How good a model is: every clip redrawn from its own first frame, measured against doing nothing and against truth.

The first frame is the source, the clip itself the driver, keypoints are absolute: the picture that should come out is
known. An L1 alone says little, since still backgrounds are cheap; divided by the L1 of copying the source, 1 means "no
better than not moving at all" and 0 is perfect. On the drawn worlds the true deformation and occlusion are known too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import log10
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import metrics
from fomm_lite.animation import AnimationFrame, animation_frames
from fomm_lite.data.worlds import Clip
from fomm_lite.errors import InputError
from fomm_lite.geometry import coordinate_grid, resize, resize_grid
from fomm_lite.metrics import Landmarks, Rendering, true_landmarks
from fomm_lite.model import FirstOrderModel

_LEVELS = 1000  # of confidence, in which the ranking behind the average precision is counted


@dataclass(frozen=True)
class ClipScore:
    """One clip, or all of them together.

    Attributes:
        frames: driving frames measured: all but the first of a clip.
        l1: mean absolute difference of prediction and driving frame, pictures in [0, 1].
        copy_l1: the same for the unmoved source.
        ratio: ``l1 / copy_l1``; None where nothing moves in the clip.
        psnr: of the mean squared error, in decibels; 100 at most.
    """

    frames: int
    l1: float
    copy_l1: float
    ratio: float | None
    psnr: float


@dataclass(frozen=True)
class TruthScore:
    """The motion itself against the truth of a drawn world.

    Attributes:
        deformation_error: mean distance of the deformation to the true one, in pixels of the clip, over driving pixels
            that are visible in the source.
        identity_error: the same for the identity deformation: how far things really moved.
        hidden: share of driving pixels that the source does not show.
        occlusion_precision: average precision of ``1 - occlusion map`` at finding the hidden pixels; a map that knows
            nothing scores ``hidden``. None without an occlusion map or without hidden pixels.
    """

    deformation_error: float
    identity_error: float
    hidden: float
    occlusion_precision: float | None


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on some clips.

    Attributes:
        total: over all frames of all clips: sums are taken before dividing, so long clips weigh more.
        clips: each clip by itself, in order.
        truth: on drawn clips, else None.
    """

    total: ClipScore
    clips: tuple[ClipScore, ...]
    truth: TruthScore | None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and None, for JSON."""
        return asdict(self)

    def table(self, names: Sequence[str] = ()) -> str:
        """A text table: one line a clip, then the total and, where known, the truth.

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
        if self.truth is not None:
            truth = self.truth
            lines += [
                "",
                f"deformation error   {truth.deformation_error:.2f} px (identity: {truth.identity_error:.2f} px)",
            ]
            if truth.occlusion_precision is not None:
                precision = f"{truth.occlusion_precision:.3f}"
                lines.append(f"occlusion precision {precision} (a map that knows nothing: {truth.hidden:.3f})")
        return "\n".join(lines)


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


def l1_ratio(model: FirstOrderModel, clips: Iterable[Tensor | Clip], *, batch: int = 8) -> float:
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
    ratio = evaluate(model, (_frames_of(clip) for clip in clips), batch=batch).total.ratio
    if ratio is None:
        raise InputError("got clips in which nothing moves", "motion to measure", "pass other clips")
    return ratio


def evaluate(model: FirstOrderModel, clips: Iterable[Tensor | Clip], *, batch: int = 8) -> Evaluation:
    """Measure self-reconstruction on some clips; they are taken one at a time.

    Args:
        model: a trained model.
        clips: each (t 3 h w), floats in [0, 1] or bytes, or a drawn :class:`~fomm_lite.data.worlds.Clip`, on which
            motion and occlusion are measured against the truth as well.
        batch: how many frames are computed together.

    Raises:
        InputError: no clips, one of fewer than two frames, or sizes that the networks cannot take.
    """
    scores: list[ClipScore] = []
    sums, truth = RunningScore(), _TruthSums()
    for clip in clips:
        own = RunningScore()
        for index, frame in enumerate(self_reconstruction(model, _frames_of(clip), batch=batch)):
            if index:
                own.add(frame)
                if isinstance(clip, Clip):
                    truth.add(frame, clip, index)
        if not own.frames:
            raise InputError(f"got clip {len(scores)} of a single frame", "two frames or more", "leave it out")
        scores.append(own.score())
        sums.merge(own)
    if not scores:
        raise InputError("got no clips", "one or more", "pass other clips")
    return Evaluation(sums.score(), tuple(scores), truth.score() if truth.frames else None)


def renderings(model: FirstOrderModel, clips: Iterable[Tensor | Clip], *, batch: int = 8) -> Iterator[Rendering]:
    """Every clip redrawn from its first frame, beside itself, for :func:`fomm_lite.metrics.measure`.

    Args:
        model: a trained model.
        clips: as for :func:`evaluate`; drawn ones bring their true landmarks along.
        batch: how many frames are computed together.

    Returns:
        An iterator; the first frames, which are the sources themselves, are left out.

    Raises:
        InputError: as :func:`self_reconstruction`, or a clip of a single frame.
    """
    for number, clip in enumerate(clips):
        frames = list(self_reconstruction(model, _frames_of(clip), batch=batch))[1:]
        if not frames:
            raise InputError(f"got clip {number} of a single frame", "two frames or more", "leave it out")
        truth = None
        if isinstance(clip, Clip):
            known = true_landmarks(clip)
            truth = Landmarks(known.positions[1:], known.present[1:])
        predictions = torch.stack([frame.prediction.cpu() for frame in frames])
        yield Rendering(predictions, torch.stack([frame.driving.cpu() for frame in frames]), truth)


def _frames_of(clip: Tensor | Clip) -> Float[Tensor, "t c h w"]:
    """The frames as floats."""
    frames = clip.frames if isinstance(clip, Clip) else clip
    return frames if frames.is_floating_point() else frames.float() / 255


class RunningScore:
    """The score of a clip while its frames come in: sums of per-frame means, so that no frame is kept."""

    def __init__(self) -> None:
        self.frames, self.l1, self.copy_l1, self.squared = 0, 0.0, 0.0, 0.0

    def add(self, frame: AnimationFrame) -> None:
        """Take in one frame; the caller leaves out frame 0, which is the source itself."""
        self.frames += 1
        self.l1 += l1(frame.prediction, frame.driving)
        self.copy_l1 += l1(frame.source, frame.driving)
        self.squared += float((frame.prediction - frame.driving).square().mean())

    def merge(self, other: "RunningScore") -> None:
        """Take in another clip's frames."""
        self.frames += other.frames
        self.l1 += other.l1
        self.copy_l1 += other.copy_l1
        self.squared += other.squared

    def score(self) -> ClipScore:
        """The means; at least one frame was added."""
        return ClipScore(
            frames=self.frames,
            l1=self.l1 / self.frames,
            copy_l1=self.copy_l1 / self.frames,
            ratio=self.l1 / self.copy_l1 if self.copy_l1 > 0 else None,
            psnr=-10 * log10(max(self.squared / self.frames, 1e-10)),
        )


class _TruthSums:
    """Deformation errors, and a histogram of the occlusion maps over hidden and visible pixels."""

    def __init__(self) -> None:
        self.frames, self.pixels, self.visible = 0, 0, 0.0
        self.deformation, self.identity = 0.0, 0.0
        self.has_map = True
        # how many visible (0) and hidden (1) pixels got each confidence of being hidden, most confident first
        self.counts = torch.zeros(2, _LEVELS, dtype=torch.float64)

    def add(self, frame: AnimationFrame, clip: Clip, index: int) -> None:
        """Take in one frame of a drawn clip."""
        height, width = clip.frames.shape[2:]
        truth = clip.flow(0, index)
        visible = clip.occlusion(0, index) > 0.5
        estimate = resize_grid(frame.motion.deformation.cpu(), (height, width))[0]
        pixels = torch.tensor([(width - 1) / 2, (height - 1) / 2])
        identity = coordinate_grid(height, width)
        self.frames += 1
        self.pixels += height * width
        self.visible += int(visible.sum())
        self.deformation += float(((estimate - truth) * pixels).norm(dim=-1)[visible].sum())
        self.identity += float(((identity - truth) * pixels).norm(dim=-1)[visible].sum())
        if frame.motion.occlusion_map is None:
            self.has_map = False
            return
        keep = resize(frame.motion.occlusion_map.cpu(), (height, width))[0, 0]
        level = (keep * _LEVELS).long().clamp(0, _LEVELS - 1)
        for row, chosen in enumerate((visible, ~visible)):
            self.counts[row] += torch.bincount(level[chosen], minlength=_LEVELS)

    def score(self) -> TruthScore:
        """The means; at least one frame was added."""
        shown = max(self.visible, 1)
        hidden = 1 - self.visible / self.pixels
        precision = _average_precision(self.counts) if self.has_map and hidden else None
        return TruthScore(self.deformation / shown, self.identity / shown, hidden, precision)


def _average_precision(counts: Float[Tensor, "2 levels"]) -> float:
    """Mean of the precision at each hit, walking down the confidence levels.

    Args:
        counts: wrong (0) and right (1) candidates at each level, most confident first; at least one is right.
    """
    wrong, right = counts.cumsum(1)
    precision = right / (wrong + right).clamp(min=1)
    return float((precision * counts[1]).sum() / counts[1].sum())
