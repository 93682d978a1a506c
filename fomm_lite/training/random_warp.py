"""A known random warp of image, points and jacobians: the teacher behind equivariance (Eqs. 10-13).

The warp T is affine plus thin-plate: it takes a place in the *transformed* picture to the place in the original that is
seen there. ``grid_sample`` warps backwards, so the original's keypoints must equal T of the transformed picture's
keypoints, and not the other way round.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite import geometry

Radius = Literal["manhattan", "euclidean"]
SMALL = 1e-6  # keeps log(0) out of the kernel at a control point


@dataclass(frozen=True)
class RandomWarp:
    """T(z) = A z + t + sum_i w_i U(|z - c_i|), U(r) = r^2 log(r + 1e-6).

    The same w bends x and y, as in the official code.

    Attributes:
        theta: (b 2 3), the affine part [A | t].
        control_points: (n 2), c_i.
        control_weights: (b n), w_i.
        radius: "manhattan" (|dx| + |dy|) is what the official code measures; "euclidean" is the textbook's thin plate.
    """

    theta: Float[Tensor, "b 2 3"]
    control_points: Float[Tensor, "n 2"]
    control_weights: Float[Tensor, "b n"]
    radius: Radius = "manhattan"

    @staticmethod
    def sample(
        batch: int,
        *,
        sigma_affine: float = 0.05,
        sigma_tps: float = 0.005,
        points_tps: int = 5,
        radius: Radius = "manhattan",
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
    ) -> "RandomWarp":
        """Draw one warp per image.

        Args:
            batch: how many.
            sigma_affine: standard deviation of each entry of theta around the identity.
            sigma_tps: standard deviation of the control weights; 0 for a purely affine warp.
            points_tps: control points along each side.
            radius: see the class.
            generator: source of randomness (CPU).
            device: where the warp lives.
        """
        theta = torch.eye(2, 3) + sigma_affine * torch.randn(batch, 2, 3, generator=generator)
        points = geometry.coordinate_grid(points_tps, points_tps).flatten(0, 1)
        weights = sigma_tps * torch.randn(batch, points_tps**2, generator=generator)
        return RandomWarp(theta.to(device), points.to(device), weights.to(device), radius)

    def _offsets(self, points: Float[Tensor, "p m 2"]) -> tuple[Tensor, Tensor]:
        """(p m n 2) offsets to the control points and (p m n) radii."""
        offsets = points[:, :, None] - self.control_points
        if self.radius == "manhattan":
            return offsets, offsets.abs().sum(-1)
        return offsets, (offsets**2).sum(-1).clamp_min(SMALL**2).sqrt()

    def points(self, points: Float[Tensor, "p m 2"]) -> Float[Tensor, "b m 2"]:
        """T of each point: from the transformed picture to the original.

        Args:
            points: one set for each warp, or one for all of them.
        """
        _, r = self._offsets(points)
        bend = (r**2 * torch.log(r + SMALL)) @ self.control_weights[:, :, None]
        affine = points @ self.theta[:, :, :2].transpose(1, 2) + self.theta[:, None, :, 2]
        return affine + bend

    def jacobians(self, points: Float[Tensor, "b m 2"]) -> Float[Tensor, "b m 2 2"]:
        """dT/dz at each point, in closed form; row = output axis."""
        offsets, r = self._offsets(points)
        slope = 2 * r * torch.log(r + SMALL) + r**2 / (r + SMALL)  # dU/dr
        along = offsets.sign() if self.radius == "manhattan" else offsets / r[..., None]  # dr/dz
        bend = torch.einsum("bmn,bmnj->bmj", slope * self.control_weights[:, None], along)
        return self.theta[:, None, :, :2] + bend[:, :, None, :]  # the same bend enters x and y

    def image(self, image: Float[Tensor, "b c h w"], *, align_corners: bool = True) -> Float[Tensor, "b c h w"]:
        """The transformed picture: each pixel z shows the original at T(z), mirrored beyond the border."""
        height, width = image.shape[2:]
        grid = geometry.coordinate_grid(height, width, device=image.device, dtype=image.dtype)
        where = self.points(grid.view(1, -1, 2)).unflatten(1, (height, width))
        return geometry.warp(image, where, align_corners=align_corners, padding_mode="reflection")
