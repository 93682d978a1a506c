"""A source picture redrawn in the pose of every frame of a driver: encoded once, streamed, never held whole.

Gradients are switched off but tensors stay ordinary ones (``no_grad``, measured as fast as ``inference_mode`` here), so
that a notebook may go on computing with what it gets. From the second batch on the weights are those it then had,
folded for speed (:mod:`fomm_lite.networks.folded`); the numbers are the same within 1e-4.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.folded import folded
from fomm_lite.transfer import Smoother, pose_distance, transfer
from fomm_lite.types import DenseMotion, Keypoints


@dataclass(frozen=True)
class AnimationFrame:
    """One frame of an animation and all that led to it, on the model's device.

    Attributes:
        source: (3 h w), the picture that is moved.
        driving: (3 h w), the driving frame.
        prediction: (3 h w) in [0, 1], the finished frame.
        deformed: (3 h w), the source warped by the deformation, before any painting.
        kp_source: keypoints of the source, a batch of one, as all below.
        kp_driving: the driving frame's own keypoints, smoothed where that was asked for.
        kp_moved: where the source was moved to: ``kp_driving`` after :func:`fomm_lite.transfer.transfer`.
        motion: the dense motion from source to prediction.
    """

    source: Float[Tensor, "c h w"]
    driving: Float[Tensor, "c h w"]
    prediction: Float[Tensor, "c h w"]
    deformed: Float[Tensor, "c h w"]
    kp_source: Keypoints
    kp_driving: Keypoints
    kp_moved: Keypoints
    motion: DenseMotion


def animate(
    model: FirstOrderModel,
    source: Float[Tensor, "*one c h w"],
    driving_frames: Iterable[Tensor],
    relative: bool = True,
    adapt_scale: bool = False,
    *,
    batch: int = 1,
    best_frame: int = 0,
    smooth: float = 0.0,
) -> Iterator[Tensor]:
    """Stream the animation, frame by frame.

    Args:
        model: a trained model, on any device.
        source: (3 h w) or (1 3 h w) in [0, 1].
        driving_frames: any iterable of (3 h w) in [0, 1], of the source's size; read as far as needed, never listed.
        relative: move the source by the driver's movement since its initial frame (Eqs. 14-15); False copies the
            driver's keypoints, and with them its proportions.
        adapt_scale: with ``relative``, scale the driver's movement by the ratio of sizes of source and driver.
        batch: how many driving frames are computed together: faster, but that many are read before the first comes out.
        best_frame: with ``relative``, which driving frame is the initial one, usually from
            :func:`fomm_lite.animation.best_frame`. Frames still come out in the driver's order; other than 0, the
            driver is read twice.
        smooth: frames over which a resting keypoint of the driver is averaged, against trembling; what moves follows
            with the lag of :class:`fomm_lite.transfer.Smoother`. 0 for none.

    Returns:
        An iterator of (3 h w) in [0, 1], on the CPU.

    Raises:
        InputError: a batch below 1, sizes that differ or that the networks cannot take, no driving frames, a best frame
            outside the driver, or one above 0 with a driver that can be read only once.

    Example:
        >>> from fomm_lite.config import preset
        >>> driver = (torch.rand(3, 64, 64) for _ in range(3))
        >>> [tuple(frame.shape) for frame in animate(FirstOrderModel(preset("lean")), torch.rand(3, 64, 64), driver)]
        [(3, 64, 64), (3, 64, 64), (3, 64, 64)]
    """
    frames = animation_frames(
        model, source, driving_frames, relative, adapt_scale, batch=batch, best_frame=best_frame, smooth=smooth
    )
    return (frame.prediction.cpu() for frame in frames)


def transparent(
    model: FirstOrderModel, frame: AnimationFrame, alpha: Float[Tensor, "1 h w"]
) -> Float[Tensor, "c_with_alpha h w"]:
    """A finished frame as transparent as its source, whose alpha is carried by the same deformation as its pixels.

    The model knows colours on white only. What it paints anew is as opaque as the place of the source that it hides
    behind; colours are taken off the white again by that alpha.

    Args:
        model: that made the frame.
        frame: from :func:`animation_frames`, of a source that was laid on white.
        alpha: of that source, 1 where it is opaque.

    Returns:
        The prediction's channels and alpha, in [0, 1].
    """
    device = frame.prediction.device
    with _inferring(model):
        carried = model.generator.carry(alpha[None].to(device), frame.motion, occlude=False)[0].clamp(0, 1)
    colours = (frame.prediction - (1 - carried)) / carried.clamp(min=1e-3)
    return torch.cat([colours.clamp(0, 1), carried])


def animation_frames(
    model: FirstOrderModel,
    source: Float[Tensor, "*one c h w"],
    driving_frames: Iterable[Tensor],
    relative: bool = True,
    adapt_scale: bool = False,
    *,
    batch: int = 1,
    best_frame: int = 0,
    smooth: float = 0.0,
) -> Iterator[AnimationFrame]:
    """The same animation with everything that led to each frame, to be drawn or measured.

    Takes and raises what :func:`animate` does; source and options are checked at the call.
    """
    source = _as_batch(model, source)
    if batch < 1:
        raise InputError(f"got a batch of {batch}", "1 or more", "use batch=1")
    if best_frame < 0:
        raise InputError(f"got best frame {best_frame}", "0 or more", "count frames from 0")
    if best_frame and iter(driving_frames) is driving_frames:
        raise InputError(
            f"got best frame {best_frame} and a driver that can be read once",
            "frames that can be read twice",
            "pass a list, a tensor or an object whose __iter__ starts anew",
        )
    if not 0 <= smooth < float("inf"):
        raise InputError(f"got smooth {smooth}", "frames, 0 or more", "use for example smooth=3")
    return _animated(model, source, driving_frames, relative, adapt_scale, batch, best_frame, smooth)


def best_frame(
    model: FirstOrderModel, source: Float[Tensor, "*one c h w"], driving_frames: Iterable[Tensor], *, batch: int = 1
) -> int:
    """The driving frame whose keypoints are arranged most like the source's; the first of equals.

    Relative motion assumes that source and initial frame share a pose; this picks the frame where that is most true.
    The driver is streamed once, and only its keypoints are computed.

    Args:
        model: a trained model.
        source: (3 h w) or (1 3 h w) in [0, 1].
        driving_frames: any iterable of (3 h w), of the source's size.
        batch: how many frames are computed together.

    Returns:
        The index of the frame, counted from 0.

    Raises:
        InputError: no driving frames, or sizes that differ or that the networks cannot take.
    """
    source = _as_batch(model, source)
    kp_source = _detect(model, source)
    distances = [
        distance
        for driving, same in zip(_batches(driving_frames, source, batch), _ever_faster(model), strict=False)
        for distance in pose_distance(kp_source, _detect(same, driving)).tolist()
    ]
    return min(range(len(distances)), key=distances.__getitem__)


def _animated(
    model: FirstOrderModel,
    source: Float[Tensor, "1 c h w"],
    driving_frames: Iterable[Tensor],
    relative: bool,
    adapt_scale: bool,
    batch: int,
    best_frame: int,
    smooth: float,
) -> Iterator[AnimationFrame]:
    """What :func:`animation_frames` hands out, once its input is checked."""
    kp_initial = _detect(model, _frame_at(driving_frames, best_frame, source)) if relative and best_frame else None
    kp_source = _detect(model, source)
    smoother = Smoother(smooth)
    with _inferring(model):
        features = model.encode(source)
    for driving, same in zip(_batches(driving_frames, source, batch), _ever_faster(model), strict=False):
        count = len(driving)
        kp_driving = smoother(_detect(same, driving))
        if kp_initial is None:
            kp_initial = kp_driving[:1]
        with _inferring(model):
            kp_moved = transfer(kp_source, kp_driving, kp_initial, relative, adapt_scale)
            sources = source.expand(count, -1, -1, -1)
            motion = same.motion(sources, kp_source.expand(count), kp_moved)
            out = same.render(sources, [f.expand(count, -1, -1, -1) for f in features], motion)
        for i in range(count):
            one = slice(i, i + 1)
            yield AnimationFrame(
                source[0], driving[i], out.prediction[i], out.deformed[i],
                kp_source, kp_driving[one], kp_moved[one], motion[one],
            )  # fmt: skip


@contextmanager
def _inferring(model: FirstOrderModel) -> Iterator[None]:
    """No gradients, and evaluation mode inside; never held across a yield, where the caller may be training."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        if was_training:
            model.train()


def _ever_faster(model: FirstOrderModel) -> Iterator[FirstOrderModel]:
    """The model for the first frame; for all others, which pay for its making, the same one folded.

    On the CPU only, where it was measured to be faster.
    """
    yield model
    same = folded(model) if next(model.parameters()).device.type == "cpu" else model
    while True:
        yield same


def _detect(model: FirstOrderModel, images: Float[Tensor, "b c h w"]) -> Keypoints:
    """Keypoints of pictures, the same whatever the batch where a motion size keeps the detector small.

    CPUs compute several pictures by other sums than one, and the last digit of a keypoint is a hundred in a pixel's.
    One picture at a time costs such a detector a millisecond; larger ones, and other devices, take all at once.
    """
    alone = images.device.type == "cpu" and model.config.motion_size is not None
    with _inferring(model):
        return Keypoints.cat([model.detect(part) for part in images.split(1 if alone else len(images))])


def _as_batch(model: FirstOrderModel, source: Tensor) -> Float[Tensor, "1 c h w"]:
    """The source on the model's device with a batch axis, checked."""
    channels = model.config.num_channels
    shape = tuple(source.shape)
    if len(shape) == 4 and shape[0] == 1:
        source = source[0]
    if source.ndim != 3 or len(source) != channels or not source.is_floating_point():
        raise InputError(
            f"got a source of {source.dtype} and shape {shape}",
            f"floats in [0, 1] of shape ({channels}, height, width)",
            "pass one picture; divide bytes by 255",
        )
    model.config.check_size(*source.shape[1:])
    return source[None].to(next(model.parameters()).device)


def _batches(
    driving_frames: Iterable[Tensor], source: Float[Tensor, "1 c h w"], batch: int
) -> Iterator[Float[Tensor, "b c h w"]]:
    """The driver in batches on the source's device, the first of one frame; no frame is read before it is needed.

    The first frame is alone so that which frames are computed by the folded model does not depend on ``batch``.
    """
    frames = iter(driving_frames)
    first = next(frames, None)
    if first is None:
        raise InputError("got no driving frames", "one or more", "pass a clip or a list of frames")
    frames, index = chain([first], frames), 0
    while chunk := list(islice(frames, batch if index else 1)):
        for frame in chunk:
            _check_driving(frame, index, source)
            index += 1
        yield torch.stack(chunk).to(source.device)


def _frame_at(
    driving_frames: Iterable[Tensor], wanted: int, source: Float[Tensor, "1 c h w"]
) -> Float[Tensor, "1 c h w"]:
    """One frame of the driver, which is read from its start up to there."""
    index = -1
    for index, frame in enumerate(driving_frames):
        if index == wanted:
            _check_driving(frame, index, source)
            return frame[None].to(source.device)
    if index < 0:
        raise InputError("got no driving frames", "one or more", "pass a clip or a list of frames")
    raise InputError(f"got best frame {wanted} of {index + 1} driving frames", f"0 to {index}", "choose one of them")


def _check_driving(frame: Tensor, index: int, source: Float[Tensor, "1 c h w"]) -> None:
    """Refuse a driving frame that does not look like the source."""
    if not frame.is_floating_point():
        raise InputError(f"got driving frame {index} of {frame.dtype}", "floats in [0, 1]", "divide bytes by 255")
    if frame.shape != source.shape[1:]:
        raise InputError(
            f"got driving frame {index} of shape {tuple(frame.shape)}",
            f"{tuple(source.shape[1:])}, the shape of the source",
            "read both at one size",
        )
