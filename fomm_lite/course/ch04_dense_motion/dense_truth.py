"""A dense motion held against the truth of a drawn clip: how far off, and which part each mask has found."""

import dataclasses
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry
from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion, Keypoints
from fomm_lite.worlds import Clip

SMALLEST_PART = 0.01  # share of the picture; smaller parts have too few pixels to overlap with anything


def with_masks(motion: DenseMotion, masks: Float[Tensor, "b n h w"]) -> DenseMotion:
    """The same local motions, mixed by other masks (Eq. 7)."""
    deformation = geometry.combine_motions(masks, motion.sparse_motions)
    return dataclasses.replace(motion, masks=masks, deformation=deformation)


def hard_masks(masks: Float[Tensor, "b n h w"]) -> Float[Tensor, "b n h w"]:
    """1 for the strongest mask of each pixel, 0 for the others."""
    return torch.zeros_like(masks).scatter_(1, masks.argmax(1, keepdim=True), 1.0)


def nearest_masks(kp_driving: Keypoints, height: int, width: int) -> Float[Tensor, "b n {height} {width}"]:
    """Each pixel follows the nearest driving keypoint, the background nobody: masks without a network."""
    grid = geometry.coordinate_grid(height, width)
    distance = (grid - kp_driving.positions[:, :, None, None]).norm(dim=-1)
    nearest = torch.zeros_like(distance).scatter_(1, distance.argmin(1, keepdim=True), 1.0)
    return torch.cat([torch.zeros_like(nearest[:, :1]), nearest], dim=1)


def without_jacobians(keypoints: Keypoints) -> Keypoints:
    """The same positions with identity jacobians: a zero-order description."""
    return Keypoints(keypoints.positions, torch.eye(2).expand_as(keypoints.jacobians))


def blinded(
    model: FirstOrderModel,
    source: Float[Tensor, "1 3 h w"],
    kp_source: Keypoints,
    kp_driving: Keypoints,
    hide: str,
) -> DenseMotion:
    """The dense motion when the mask network is shown only a part of its evidence.

    Args:
        model: any; it was trained with both parts.
        source: in [0, 1].
        kp_source: its keypoints.
        kp_driving: where to move to.
        hide: "heatmaps" sets them to 0, and leaves out what a model adds to its evidence that is computed from the
            keypoints; "sources" replaces every deformed source by the source as it is, so that none says whether it
            would fit; "both" does both.
    """
    network, channels = model.dense_motion, model.config.num_channels

    def cover(_: object, arguments: tuple[Tensor]) -> tuple[Tensor]:
        numbers = 0 if network.embedding is None else network.embedding(kp_source, kp_driving)[:, :, None, None]
        evidence = (arguments[0] - numbers).unflatten(1, (-1, 1 + channels))
        if hide in ("heatmaps", "both"):
            evidence[:, :, 0], numbers = 0, 0
        if hide in ("sources", "both"):
            evidence[:, :, 1:] = evidence[:, :1, 1:]
        return (evidence.flatten(1, 2) + numbers,)

    hook = network.hourglass.register_forward_pre_hook(cover)
    try:
        with torch.no_grad():
            return model.motion(source, kp_source, kp_driving)
    finally:
        hook.remove()


def compare_motions(
    model: FirstOrderModel, clips: Sequence[Clip], frames: Sequence[int] = (5, 10, 15)
) -> dict[str, float]:
    """End-point error of several ways to mix the same keypoints, in pixels, over clips that drive themselves.

    Args:
        model: whose keypoints and masks are used.
        clips: with their truth.
        frames: driving frames of each; the source is frame 0.

    Returns:
        "identity", "nearest keypoint", "zero order" (identity jacobians, the model's masks), "hard masks", "the model",
        and the model's mask network without "heatmaps", "sources" or "both".
    """
    found: dict[str, list[float]] = {}
    for clip in clips:
        source, size = clip.frames[:1], (clip.frames.shape[2], clip.frames.shape[3])
        with torch.no_grad():
            keypoints = model.detect(clip.frames)
        for frame in frames:
            kp_source, kp_driving = keypoints[:1], keypoints[frame : frame + 1]
            with torch.no_grad():
                motion = model.motion(source, kp_source, kp_driving)
                still = model.motion(source, without_jacobians(kp_source), without_jacobians(kp_driving))
            height, width = motion.masks.shape[2:]
            ways = {
                "nearest keypoint": with_masks(motion, nearest_masks(kp_driving, height, width)),
                "zero order": with_masks(still, motion.masks),
                "hard masks": with_masks(motion, hard_masks(motion.masks)),
                "the model": motion,
            } | {
                f"without {h}": blinded(model, source, kp_source, kp_driving, h)
                for h in ("heatmaps", "sources", "both")
            }
            truth, visible = clip.deformation(0, frame), clip.occlusion(0, frame) > 0.5
            grids = {"identity": geometry.coordinate_grid(*size)} | {
                name: geometry.resize_grid(way.deformation, size)[0] for name, way in ways.items()
            }
            for name, grid in grids.items():
                found.setdefault(name, []).append(float(endpoint_error(grid, truth, visible)))
    return {name: sum(values) / len(values) for name, values in found.items()}


def cost_of_coarseness(
    clips: Sequence[Clip], sides: Sequence[int], frames: Sequence[int] = (5, 10, 15)
) -> dict[int, float]:
    """What is lost to a deformation of few places, whoever finds it: the true one, made small and large again.

    Args:
        clips: with their truth.
        sides: places along each side of the deformation.
        frames: driving frames of each; the source is frame 0.

    Returns:
        By side, the mean absolute difference of the warped source to the driving frame over visible pixels, as a share
        of that of the source unmoved.
    """
    found, still = dict.fromkeys(sides, 0.0), 0.0
    for clip in clips:
        source, size = clip.frames[:1], (clip.frames.shape[2], clip.frames.shape[3])
        for frame in frames:
            truth, visible = clip.deformation(0, frame)[None], clip.occlusion(0, frame) > 0.5
            off = source - clip.frames[frame]
            still += float((off * visible).abs().sum())
            for side in sides:
                grid = geometry.resize_grid(geometry.resize_grid(truth, (side, side)), size)
                off = geometry.warp(source, grid) - clip.frames[frame]
                found[side] += float((off * visible).abs().sum())
    return {side: total / still for side, total in found.items()}


def part_overlaps(
    masks: Float[Tensor, "n h w"], part_masks: Float[Tensor, "p h2 w2"]
) -> tuple[Float[Tensor, "p n"], list[int]]:
    """Intersection over union of every hard mask with every true part.

    Args:
        masks: of one picture, background first.
        part_masks: the true ones, at any resolution.

    Returns:
        The overlaps, a row for each part that is not too small to be seen, and the numbers of these parts.
    """
    size = (masks.shape[1], masks.shape[2])
    parts = geometry.resize(part_masks[None].float(), size)[0] > 0.5
    kept = [number for number, part in enumerate(parts) if float(part.float().mean()) >= SMALLEST_PART]
    found = hard_masks(masks[None])[0] > 0.5
    both = torch.einsum("phw,nhw->pn", parts[kept].float(), found.float())
    either = parts[kept].float().sum((1, 2))[:, None] + found.float().sum((1, 2)) - both
    return both / either.clamp_min(1), kept
