"""How good a model is: every clip redrawn from its own first frame, measured against doing nothing and against truth.

The first frame is the source, the clip itself the driver, keypoints are absolute: the picture that should come out is
known. An L1 alone says little, since still backgrounds are cheap; divided by the L1 of copying the source, 1 means "no
better than not moving at all" and 0 is perfect. On the drawn worlds the true deformation and occlusion are known too.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice, repeat

from jaxtyping import Float
from torch import Tensor

from fomm_lite.animation import AnimationFrame, animation_frames
from fomm_lite.errors import InputError
from fomm_lite.evaluation import expression, truth
from fomm_lite.evaluation import measures as scores
from fomm_lite.evaluation.accumulate import Piece, Running
from fomm_lite.evaluation.expression import ExpressionScore
from fomm_lite.evaluation.measures import ClipScore, Measures
from fomm_lite.evaluation.metrics import Embedder, LandmarkDetector
from fomm_lite.evaluation.report import Evaluation
from fomm_lite.evaluation.truth import TruthScore
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import Clip

AnyClip = Tensor | Clip | Iterable[Tensor]
OnBroken = Callable[[int, InputError], None]
MEASURES = scores.MEASURES | truth.MEASURES | expression.MEASURES


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


def evaluate(
    model: FirstOrderModel,
    clips: Iterable[AnyClip],
    *,
    batch: int = 8,
    detector: LandmarkDetector | None = None,
    embedder: Embedder | None = None,
    drivers: Iterable[Iterable[Tensor]] | None = None,
    on_broken: OnBroken | None = None,
) -> Evaluation:
    """Measure self-reconstruction on some clips; they are taken one at a time, and their frames a few at a time.

    With ``drivers`` it is animation that is measured: the first frame of each clip is moved by another film, relative
    to that film's first frame (Eqs. 14-15), and should become the clip. Only a drawn world knows such a truth: its
    ``motion`` lets one figure do what another does.

    Args:
        model: a trained model.
        clips: each (t 3 h w) or any iterable of (3 h w), floats in [0, 1] or bytes, or a drawn
            :class:`~fomm_lite.worlds.Clip`, on which landmarks, motion and occlusion have a truth.
        batch: how many frames are computed together.
        detector: for AKD and MKR.
        embedder: for AED.
        drivers: one for each clip, of as many frames; None lets every clip drive itself.
        on_broken: called with the number of a clip that cannot be read to its end, and with the reason; the clip is
            then left out whole. None lets the reason end the evaluation.

    Raises:
        InputError: no clips, none that can be read, one of fewer than two frames, or sizes that the networks cannot
            take.
        ValueError: not as many drivers as clips, or a driver of another length than its clip.
    """
    each: list[ClipScore] = []
    total, number = Running(MEASURES), -1
    paired = zip(clips, drivers, strict=True) if drivers is not None else zip(clips, repeat(None))
    for number, (clip, driver) in enumerate(paired):
        drawn = clip if isinstance(clip, Clip) else None
        own, first, before = Running(MEASURES), 1, None
        try:
            frames = _driven(model, clip, driver, number, batch)
            while few := list(islice(frames, batch)):
                own.add(Piece.of(few, clip=drawn, first=first, detector=detector, embedder=embedder, before=before))
                first, before = first + len(few), few[-1]
        except InputError as error:
            if on_broken is None:
                raise
            on_broken(number, error)
            continue
        each.append(own.result(ClipScore))
        total.merge(own)
    if not each:
        got = "no clips" if number < 0 else f"{number + 1} clips, none of which can be used"
        raise InputError(f"got {got}", "one or more", "pass other clips")
    known = total.result(TruthScore) if total.number("hidden") is not None else None
    faces = total.result(ExpressionScore) if total.number("mouth_slope") is not None else None
    return Evaluation(total.result(ClipScore), tuple(each), known, total.result(Measures), faces)


def _driven(
    model: FirstOrderModel, clip: AnyClip, driver: Iterable[Tensor] | None, number: int, batch: int
) -> Iterator[AnimationFrame]:
    """A clip redrawn without its first frame, which is the source itself; a clip must have others."""
    if driver is None:
        frames = self_reconstruction(model, frames_of(clip), batch=batch)
    else:
        frames = _animated(model, frames_of(clip), frames_of(driver), batch)
    next(frames)
    first = next(frames, None)
    if first is None:
        raise InputError(f"got clip {number} of a single frame", "two frames or more", "leave it out")
    return chain([first], frames)


def _animated(
    model: FirstOrderModel, truth: Iterator[Tensor], driver: Iterator[Tensor], batch: int
) -> Iterator[AnimationFrame]:
    """The first frame of a clip moved by a driver; what is called the driving frame is what should come out."""
    source = next(truth)
    moved = animation_frames(model, source, driver, relative=True, batch=batch)
    for frame, wanted in zip(moved, chain([source], truth), strict=True):
        yield dataclasses.replace(frame, driving=wanted.to(frame.prediction.device))


def frames_of(clip: AnyClip) -> Iterator[Float[Tensor, "c h w"]]:
    """The frames as floats, one at a time."""
    for frame in clip.frames if isinstance(clip, Clip) else clip:
        yield frame if frame.is_floating_point() else frame.float() / 255
