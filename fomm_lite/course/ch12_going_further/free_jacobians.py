"""What jacobians say of a motion that is known: a picture bent by a warp, and the same picture unbent."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import relative_jacobians
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.random_warp import RandomWarp


@dataclass(frozen=True)
class Told:
    """Distances of 2 x 2 matrices to the true jacobian of the motion, Frobenius norm, mean over keypoints.

    Attributes:
        learnt: of A B^-1, as the detector says.
        identity: of the identity, which zero order takes.
    """

    learnt: float
    identity: float


@torch.no_grad()
def told(model: FirstOrderModel, pictures: Float[Tensor, "b 3 h w"], warp: RandomWarp) -> Told:
    """Ask a detector for the motion between pictures and their warped copies, at its own keypoints.

    The true motion, from the warped picture back to the picture, is the warp itself (Eq. 10), so its jacobian is known.
    """
    before, after = model.detect(pictures), model.detect(warp.image(pictures))
    true = warp.jacobians(after.positions)
    said = relative_jacobians(before.jacobians, after.jacobians)
    eye = torch.eye(2).expand_as(true)
    learnt, identity = (float((each - true).norm(dim=(-1, -2)).mean()) for each in (said, eye))
    return Told(learnt, identity)
