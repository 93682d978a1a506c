"""The autoencoder that needs no training: principal components."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class LinearAutoencoder:
    """The best autoencoder that is made of two matrices (principal components).

    Attributes:
        mean: (n,), the mean picture as a row of pixels.
        basis: (k n), orthonormal rows: the directions that the k numbers of a code stand for.
    """

    mean: Float[Tensor, " n"]
    basis: Float[Tensor, "k n"]

    @staticmethod
    def fit(pictures: Float[Tensor, "t 3 h w"], code: int) -> "LinearAutoencoder":
        """The directions in which the pictures differ most.

        Args:
            pictures: in [0, 1].
            code: how many directions, at most the number of pictures.
        """
        pixels = pictures.flatten(1)
        mean = pixels.mean(0)
        return LinearAutoencoder(mean, torch.linalg.svd(pixels - mean, full_matrices=False).Vh[:code])

    def encode(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b k"]:
        """How far each picture lies along each direction."""
        return (pictures.flatten(1) - self.mean) @ self.basis.T

    def decode(self, codes: Float[Tensor, "b k"]) -> Float[Tensor, "b n"]:
        """Rows of pixels; ``unflatten`` makes pictures of them."""
        return codes @ self.basis + self.mean

    def restored(self, pictures: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
        """What is left of pictures after encoding and decoding."""
        return self.decode(self.encode(pictures)).view_as(pictures)
