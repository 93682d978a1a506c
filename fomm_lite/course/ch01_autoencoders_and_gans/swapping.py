"""What a face swap needs around its networks: faces cut out by landmarks and pasted back, a pose read off a picture."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.geometry import coordinate_grid, warp
from fomm_lite.worlds import Clip

OUTLINE = ("left ear", "right ear", "forehead", "chin")
HALF = 0.45  # half the side of the square that is cut out, in normalised units
_FINER = 2  # sampling points along each side of a pixel


def face_centres(clip: Clip) -> Float[Tensor, "t 2"]:
    """The middle of the face in every frame: the mean of four landmarks on its outline."""
    chosen = [clip.landmark_names.index(name) for name in OUTLINE]
    return clip.landmarks[:, chosen].mean(1)


def in_crop(
    points: Float[Tensor, "*places 2"], centres: Float[Tensor, "*centres 2"], half: float = HALF
) -> Float[Tensor, "*both 2"]:
    """Places in a frame as places in the square cut out around ``centres``: -1 and +1 are its sides."""
    return (points - centres) / half


def crop_faces(
    frames: Float[Tensor, "t 3 h w"], centres: Float[Tensor, "t 2"], side: int = 32, half: float = HALF
) -> Float[Tensor, "t 3 s s"]:
    """A square around each centre, as a small picture.

    Args:
        frames: in [0, 1].
        centres: normalised (x, y).
        side: of the small pictures, in pixels.
        half: half the side of the square, in normalised units.
    """
    grid = coordinate_grid(_FINER * side, _FINER * side) * half + centres[:, None, None]
    return torch.nn.functional.avg_pool2d(warp(frames, grid), _FINER)


def paste_faces(
    frames: Float[Tensor, "t 3 h w"],
    faces: Float[Tensor, "t 3 s s"],
    centres: Float[Tensor, "t 2"],
    half: float = HALF,
) -> Float[Tensor, "t 3 h w"]:
    """Small pictures put back where they were cut out, through an oval with a soft edge.

    Args:
        frames: in [0, 1].
        faces: what :func:`crop_faces` cut out, painted anew.
        centres: where it was cut out.
        half: as it was cut out.
    """
    grid = in_crop(coordinate_grid(*frames.shape[2:]).flatten(0, 1), centres[:, None], half)
    grid = grid.unflatten(1, (frames.shape[2], frames.shape[3]))
    radius = (grid / torch.tensor([0.85, 0.95])).norm(dim=-1)
    keep = ((1 - radius) / 0.15).clamp(0, 1)[:, None]
    return keep * warp(faces, grid) + (1 - keep) * frames


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


def correlation(first: Float[Tensor, " t"], second: Float[Tensor, " t"]) -> float:
    """Pearson's: 1 where two series rise and fall together, 0 where they have nothing to do with each other."""
    return float(torch.corrcoef(torch.stack([first, second]))[0, 1])


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
