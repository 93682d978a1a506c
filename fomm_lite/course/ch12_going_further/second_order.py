"""What a second order would cost in time, and what it could gain at most on motions whose truth is known."""

import time
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.course.kit.exercise import seeded
from fomm_lite.geometry import coordinate_grid, soft_argmax
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import Clip

RADIUS = 0.4  # normalised: about as far as a keypoint is asked for
# value, jacobian and half of the second derivatives of k maps; each (k 2 ...), the two axes of derivatives last
Kept = tuple[Float[Tensor, "k 2"], Float[Tensor, "k 2 2"], Float[Tensor, "k 2 2 2"]]


def motions(source: Kept, driving: Kept, order: int, grid: Float[Tensor, "h w 2"]) -> Float[Tensor, "k h w 2"]:
    """Driving-to-source motion around each keypoint as Eq. 4 has it, by maps kept to an order of 0, 1 or 2.

    The inverse of a quadratic map is no polynomial; of its own series what is kept ends at the same order.

    Args:
        source: T_{S<-R} around each p_k.
        driving: T_{D<-R}.
        order: what lies above it is not looked at.
        grid: places z of the driving frame.
    """
    reference = grid - driving[0][:, None, None]  # of each place, relative to p_k, if T_{D<-R} were a shift
    if order >= 1:
        inverse = torch.linalg.inv(driving[1])
        reference = torch.einsum("kij,khwj->khwi", inverse, reference)
    if order >= 2:
        bent = torch.einsum("kijl,khwj,khwl->khwi", driving[2], reference, reference)
        reference = reference - torch.einsum("kij,khwj->khwi", inverse, bent)
    made = source[0][:, None, None].expand(reference.shape)
    if order == 0:
        return made + reference
    made = made + torch.einsum("kij,khwj->khwi", source[1], reference)
    if order >= 2:
        made = made + torch.einsum("kijl,khwj,khwl->khwi", source[2], reference, reference)
    return made


@torch.no_grad()
def seconds_a_picture(model: FirstOrderModel, picture: Float[Tensor, "3 h w"], tries: int = 20) -> list[float]:
    """Least time that one driving frame takes at orders 0, 1 and 2: hourglass, heads, motions of all keypoints.

    Weights of the additional head are random: time does not depend on them. Orders take turns, so that whatever else
    the computer does falls on all.
    """
    detector = model.detector
    shape = (model.config.num_keypoints, 4 + 8, detector.hourglass.outputs)  # 2 of the 8 stand twice: xy and yx
    weight = 0.01 * torch.randn(shape, generator=seeded(0))
    least = [float("inf")] * 3
    for _ in range(tries):
        for order, numbers in enumerate((0, 4, 4 + 8)):
            started = time.perf_counter()
            features = detector.features(picture[None])
            maps = detector.confidence_maps(features)
            means = torch.einsum("khw,chw->kc", maps[0], features[0])  # a linear head of a mean is the mean of the head
            kept = _kept(soft_argmax(maps)[0], (weight[:, :numbers] * means[:, None]).sum(-1))
            motions(kept, kept, order, coordinate_grid(*maps.shape[2:]))
            least[order] = min(least[order], time.perf_counter() - started)
    return least


def _kept(positions: Float[Tensor, "k 2"], numbers: Float[Tensor, "k n"]) -> Kept:
    """Maps near the identity, with as many numbers as there are."""
    count = len(positions)
    jacobians, second = torch.eye(2).expand(count, 2, 2), positions.new_zeros(count, 2, 2, 2)
    if numbers.shape[1] >= 4:
        jacobians = jacobians + numbers[:, :4].view(count, 2, 2)
    if numbers.shape[1] > 4:
        second = numbers[:, 4:].view(count, 2, 2, 2)
    return positions, jacobians, second


def left_over(
    deformation: Float[Tensor, "h w 2"], seen: Bool[Tensor, "h w"], places: Float[Tensor, "k 2"], order: int
) -> Float[Tensor, ""]:
    """Root mean square of what the best polynomial of an order leaves of a deformation around each place, normalised.

    Args:
        deformation: the truth.
        seen: where it is known.
        places: around which all that is nearer than :data:`RADIUS` is fitted; those with fewer than 20 pixels are
            left out.
        order: 0, a shift; 1, an affine map; 2, a quadratic one.
    """
    grid, left = coordinate_grid(*deformation.shape[:2]), []
    for place in places:
        near = seen & ((grid - place).norm(dim=-1) < RADIUS)
        if int(near.sum()) >= 20:
            x, y = (grid[near] - place).unbind(-1)
            columns = [x**0, x, y, x * x, x * y, y * y][: (1, 3, 6)[order]]
            inputs = torch.stack(columns, dim=-1).double()
            wanted = deformation[near].double()
            if order == 0:
                wanted = wanted - grid[near].double()  # a shift leaves the identity's jacobian
            fitted = inputs @ torch.linalg.lstsq(inputs, wanted).solution
            left.append((fitted - wanted).square().sum(-1).mean())
    return torch.stack(left).mean().sqrt().float()


@torch.no_grad()
def gain(model: FirstOrderModel, clips: Sequence[Clip]) -> list[float]:
    """What orders 0, 1 and 2 leave of the true motion around the model's own keypoints, in pixels, at best."""
    side = clips[0].frames.shape[-1]
    known = []  # what is the same for all orders
    for clip in clips:
        last = len(clip.frames) - 1
        places = model.detect(clip.frames[last:]).positions[0]
        known.append((clip.deformation(0, last), clip.occlusion(0, last) > 0.5, places))
    left = [torch.stack([left_over(*each, order) for each in known]) for order in range(3)]
    return [float(each.square().mean().sqrt()) * (side - 1) / 2 for each in left]
