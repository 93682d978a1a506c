"""The generator with its parts switched off or replaced, one at a time, on a trained model."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.kit.same_weights import same_weights
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion
from fomm_lite.worlds import Clip
from fomm_lite.worlds.expression import expression_region


def with_occlusion(motion: DenseMotion, occlusion_map: Float[Tensor, "b 1 h w"]) -> DenseMotion:
    """The same motion with another occlusion map, at the motion's resolution."""
    size = (motion.deformation.shape[1], motion.deformation.shape[2])
    return dataclasses.replace(motion, occlusion_map=geometry.resize(occlusion_map, size))


def standing_still(motion: DenseMotion) -> DenseMotion:
    """The same occlusion map, but every pixel looks at itself."""
    height, width = motion.deformation.shape[1:3]
    grid = geometry.coordinate_grid(height, width)
    return dataclasses.replace(motion, deformation=grid.expand_as(motion.deformation).clone())


def without_skips(features: Sequence[Tensor]) -> list[Tensor]:
    """Source features whose finer levels are empty: the decoder sees the bottleneck alone."""
    return [*(torch.zeros_like(level) for level in features[:-1]), features[-1]]


def with_shut_skips(model: FirstOrderModel) -> FirstOrderModel:
    """The same weights in a generator whose warped skips are multiplied by the occlusion map (``open_skips`` off)."""
    return _with_generator(model, open_skips=False)


def painting_at(model: FirstOrderModel, size: int) -> FirstOrderModel:
    """The same weights in a generator that paints pictures of up to ``size`` pixels as they are."""
    return _with_generator(model, painting_size=size)


def _with_generator(model: FirstOrderModel, **changes: Any) -> FirstOrderModel:
    """The same weights in a generator of which fields without weights are changed."""
    generator = dataclasses.replace(model.config.generator, **changes)
    return same_weights(model, dataclasses.replace(model.config, generator=generator))


def compare_painting_sizes(
    model: FirstOrderModel, clips: Sequence[Clip], sizes: Sequence[int], frames: Sequence[int] = (5, 10, 15)
) -> dict[int, tuple[float, float]]:
    """L1 as a share of copying the source, of the whole picture and inside mouth and eyes, for each painting size.

    Args:
        model: whose weights paint.
        clips: of drawn faces, that drive themselves from frame 0.
        sizes: at which they are painted, see :func:`painting_at`.
        frames: driving frames of each.
    """
    painters = {size: painting_at(model, size) for size in sizes}
    errors, copied = {size: torch.zeros(2) for size in sizes}, torch.zeros(2)
    for clip in clips:
        source, region = clip.frames[:1], expression_region(clip)
        with torch.no_grad():
            keypoints = model.detect(clip.frames)
        for frame in frames:
            driving, inside = clip.frames[frame : frame + 1], region[frame]
            copied += _errors(source, driving, inside)
            for size, painter in painters.items():
                with torch.no_grad():
                    made = painter(source, keypoints[:1], keypoints[frame : frame + 1]).prediction
                errors[size] += _errors(made, driving, inside)
    return {size: (float(error[0] / copied[0]), float(error[1] / copied[1])) for size, error in errors.items()}


def _errors(
    made: Float[Tensor, "1 3 h w"], driving: Float[Tensor, "1 3 h w"], inside: Float[Tensor, "1 h w"]
) -> Float[Tensor, "2"]:
    """Absolute errors, added up over the picture and inside a region."""
    difference = (made - driving).abs()
    return torch.stack([difference.sum(), (difference * inside).sum()])


def decoded_then_warped(
    model: FirstOrderModel, source: Float[Tensor, "1 3 h w"], motion: DenseMotion
) -> Float[Tensor, "1 3 h w"]:
    """Paint the source as it is, and warp the finished pixels: what a generator without Eq. 8 would do."""
    with torch.no_grad():
        still = standing_still(motion)
        whole = dataclasses.replace(still, occlusion_map=torch.ones_like(_map_of(motion)))
        painted = model.render(source, model.encode(source), whole).prediction
        size = (source.shape[2], source.shape[3])
        return geometry.warp(painted, geometry.resize_grid(motion.deformation, size))


def compare_parts(
    model: FirstOrderModel, clips: Sequence[Clip], frames: Sequence[int] = (5, 10, 15)
) -> dict[str, float]:
    """L1 of several generators as a share of copying the source, over clips that drive themselves from frame 0.

    Args:
        model: with an occlusion map, and a generator that blends.
        clips: with their truth.
        frames: driving frames of each.

    Returns:
        For each way of making the picture the ratio of sums; 1 is as good as not moving.
    """
    sums: dict[str, float] = {}
    copied, shut = 0.0, with_shut_skips(model)
    for clip in clips:
        source = clip.frames[:1]
        with torch.no_grad():
            keypoints, features = model.detect(clip.frames), model.encode(source)
        for frame in frames:
            driving = clip.frames[frame : frame + 1]
            with torch.no_grad():
                motion = model.motion(source, keypoints[:1], keypoints[frame : frame + 1])
            own = _map_of(motion)
            truth = clip.occlusion(0, frame)[None, None]
            with torch.no_grad():
                whole = model.render(source, features, motion)
                others = {
                    "keep everything": with_occlusion(motion, torch.ones_like(own)),
                    "paint everything": with_occlusion(motion, torch.zeros_like(own)),
                    "true occlusion": with_occlusion(motion, truth),
                    "no deformation": standing_still(motion),
                }
                made = {
                    "whole model": whole.prediction,
                    "deformed source only": whole.deformed,
                    "painted only": whole.painted,
                    **{name: model.render(source, features, other).prediction for name, other in others.items()},
                    "paint everything, skips shut": shut.render(
                        source, features, others["paint everything"]
                    ).prediction,
                    "no skips": model.render(source, without_skips(features), motion).prediction,
                    "decode, then warp": decoded_then_warped(model, source, motion),
                }
            for name, picture in made.items():
                sums[name] = sums.get(name, 0.0) + float((picture - driving).abs().sum())
            copied += float((source - driving).abs().sum())
    return {name: total / copied for name, total in sums.items()}


def _map_of(motion: DenseMotion) -> Float[Tensor, "b 1 h w"]:
    """The occlusion map of a model that has one."""
    assert motion.occlusion_map is not None, "a model with an occlusion map is needed"
    return motion.occlusion_map
