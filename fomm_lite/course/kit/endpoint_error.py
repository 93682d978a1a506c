"""How far a deformation is from the truth of a drawn clip."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def endpoint_error(
    deformation: Float[Tensor, "*t h w 2"], truth: Float[Tensor, "*t h w 2"], visible: Bool[Tensor, "*t h w"]
) -> Float[Tensor, ""]:
    """Mean distance of a deformation to the true one over visible pixels, in pixels.

    Args:
        deformation: sampling grid, driving to source, normalised.
        truth: likewise, from :meth:`fomm_lite.worlds.Clip.deformation`.
        visible: driving pixels that the source shows; where it does not, there is no true place to look.
    """
    height, width = truth.shape[-3:-1]
    pixels = torch.tensor([(width - 1) / 2, (height - 1) / 2])
    return ((deformation - truth) * pixels).norm(dim=-1)[visible].mean()
