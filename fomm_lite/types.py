"""What passes between the rooms of the house: keypoints, dense motion, reconstruction.

Frozen dataclasses of tensors. Every field has one name everywhere in the library and in the course.
Coordinates are (x, y), x right, y down, -1 and +1 at the centres of the corner pixels.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Keypoints:
    """Where K local frames sit in each image, and how each is turned and stretched.

    The pair (position, jacobian) is the first-order Taylor expansion of the map from the abstract
    reference frame to the image (Eqs. 1-2).

    Attributes:
        positions: (b k 2), normalised (x, y).
        jacobians: (b k 2 2), unitless, row = output axis; the identity in a zero-order model.
    """

    positions: Float[Tensor, "b k 2"]
    jacobians: Float[Tensor, "b k 2 2"]

    def __getitem__(self, items: slice) -> "Keypoints":
        """Some images of the batch: ``keypoints[2:3]`` keeps the batch axis."""
        return Keypoints(self.positions[items], self.jacobians[items])

    def __len__(self) -> int:
        return len(self.positions)

    def expand(self, batch: int) -> "Keypoints":
        """One image's keypoints repeated (without a copy) for a batch."""
        return Keypoints(self.positions.expand(batch, -1, -1), self.jacobians.expand(batch, -1, -1, -1))

    def detach(self) -> "Keypoints":
        """The same values, cut off from the graph of gradients."""
        return Keypoints(self.positions.detach(), self.jacobians.detach())

    @staticmethod
    def cat(parts: "list[Keypoints]") -> "Keypoints":
        """Join batches."""
        return Keypoints(torch.cat([p.positions for p in parts]), torch.cat([p.jacobians for p in parts]))


@dataclass(frozen=True)
class DenseMotion:
    """Everything between keypoints and the generator, at the resolution h' w' of the motion network.

    What comes out of it, (h" w"), is ``motion_shuffle`` times as fine as what it looks at; in most models, as fine.

    Index 0 of the k+1 axis is the background, which does not move; index i is keypoint i - 1.

    Attributes:
        heatmaps: (b k+1 h' w'), driving minus source Gaussian (Eq. 6); zero for the background.
        sparse_motions: (b k+1 h" w" 2), where each local map looks in the source (Eq. 4); absolute coordinates.
        deformed_sources: (b k+1 c h' w'), the source warped by each sparse motion.
        masks: (b k+1 h" w"), softmax over k+1: which local map explains a place.
        deformation: (b h" w" 2), their mixture (Eq. 7): an absolute sampling grid, driving to source.
        occlusion_map: (b 1 h" w") in [0, 1] or None; 1 = keep the warped feature, 0 = paint anew.
        features: (b d h' w'), the hourglass's, for a generator with ``motion_features``; else None.
    """

    heatmaps: Float[Tensor, "b n h w"]
    sparse_motions: Float[Tensor, "b n h2 w2 2"]
    deformed_sources: Float[Tensor, "b n c h w"]
    masks: Float[Tensor, "b n h2 w2"]
    deformation: Float[Tensor, "b h2 w2 2"]
    occlusion_map: Float[Tensor, "b 1 h2 w2"] | None
    features: Float[Tensor, "b d h w"] | None = None

    def __getitem__(self, items: slice) -> "DenseMotion":
        """Some items of the batch: ``motion[2:3]`` keeps the batch axis."""
        return DenseMotion(
            self.heatmaps[items],
            self.sparse_motions[items],
            self.deformed_sources[items],
            self.masks[items],
            self.deformation[items],
            None if self.occlusion_map is None else self.occlusion_map[items],
            None if self.features is None else self.features[items],
        )


@dataclass(frozen=True)
class Reconstruction:
    """What the model makes of a source and two sets of keypoints.

    Attributes:
        prediction: (b c h w) in [0, 1], the generated picture.
        deformed: (b c h w), the source warped by the deformation, before any painting.
        painted: (b c h w) in [0, 1], what the generator painted; it is the prediction itself unless the model blends it
            with the deformed source.
        motion: the dense motion behind it.
    """

    prediction: Float[Tensor, "b c h w"]
    deformed: Float[Tensor, "b c h w"]
    painted: Float[Tensor, "b c h w"]
    motion: DenseMotion
