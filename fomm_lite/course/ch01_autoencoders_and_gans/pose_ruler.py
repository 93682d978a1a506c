"""A pose read off pictures, to tell whether a swap kept it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class PoseRuler:
    """Reads a place, such as the tip of the nose, off pictures of one person: a linear function of the pixels.

    Attributes:
        weights: (n 2), one row a pixel and channel.
        offset: (2,).
    """

    weights: Float[Tensor, "n 2"]
    offset: Float[Tensor, " 2"]

    @staticmethod
    def fit(pictures: Float[Tensor, "t 3 h w"], places: Float[Tensor, "t 2"], penalty: float = 3.0) -> "PoseRuler":
        """Fit by ridge regression.

        Args:
            pictures: of one person, in [0, 1].
            places: normalised (x, y) of what is to be read off, for each picture.
            penalty: on large weights; more of it forgives more noise in the pictures.
        """
        pixels, middle = pictures.flatten(1), places.mean(0)
        mean = pixels.mean(0)
        centred = pixels - mean
        products = centred @ centred.T + penalty * torch.eye(len(centred))
        # the dual form: as many unknowns as pictures, not as pixels
        weights = centred.T @ torch.linalg.solve(products, places - middle)
        return PoseRuler(weights, middle - mean @ weights)

    def read(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 2"]:
        """Where it is in each picture, normalised (x, y)."""
        return pictures.flatten(1) @ self.weights + self.offset
