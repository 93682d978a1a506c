"""Does the face say what the driver says? Mouth and lids of predictions, measured by drawing and comparing.

The world can draw the true frame with any other opening of the mouth or of the eyes. Nine such pictures, from shut to
wide open, are a line in the space of pictures; the point of it nearest to a prediction, inside the region that the
opening changes, says how far the prediction's mouth is open. No network is asked, and on true frames the answer is the
truth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.evaluation.accumulate import Measure, Piece, mean_of
from fomm_lite.worlds import Clip
from fomm_lite.worlds.expression import expresses, lid_openings, mouth_openings, with_lids, with_mouth

MOUTH_OPENINGS = tuple(0.15 * step for step in range(9))
LID_OPENINGS = tuple(0.08 + 0.17 * step for step in range(9))
_CHANGES = 0.02  # of a colour in [0, 1]: a pixel that no opening changes by more is not looked at


@dataclass(frozen=True)
class ExpressionScore:
    """How drawn faces follow their drivers' mouths and lids.

    Attributes:
        mouth_slope: of the change of the mouth's opening since the source frame, how much is seen: 1 is all of it,
            0 a mouth that stays as it was.
        mouth_correlation: of the two changes; a small slope with a high correlation is timid, not deaf.
        mouth_l1: mean absolute difference to the true frame inside the region that the opening changes.
        mouth_copy_l1: the same for the unmoved source.
        lid_slope: likewise for the upper lids, which move alike.
        lid_correlation: likewise.
        eyes_l1: likewise, inside what the lids can cover.
        eyes_copy_l1: likewise.
    """

    mouth_slope: float
    mouth_correlation: float
    mouth_l1: float
    mouth_copy_l1: float
    lid_slope: float
    lid_correlation: float
    eyes_l1: float
    eyes_copy_l1: float

    def lines(self) -> list[str]:
        """What a table says of the face."""
        return [
            f"mouth follows       {self.mouth_slope:.2f} of the way (correlation {self.mouth_correlation:.2f}); "
            f"L1 there {self.mouth_l1:.3f} (copying: {self.mouth_copy_l1:.3f})",
            f"lids follow         {self.lid_slope:.2f} of the way (correlation {self.lid_correlation:.2f}); "
            f"L1 there {self.eyes_l1:.3f} (copying: {self.eyes_copy_l1:.3f})",
        ]


@dataclass(frozen=True, eq=False)
class _Feature:
    """Something in a face that opens."""

    openings: Callable[[Clip], Tensor]
    draw: Callable[[Clip, float], Tensor]
    values: tuple[float, ...]


_MOUTH = _Feature(mouth_openings, with_mouth, MOUTH_OPENINGS)
_LIDS = _Feature(lid_openings, with_lids, LID_OPENINGS)


@lru_cache(maxsize=2)  # mouth and lids of the clip at hand, whose frames come a few at a time
def _drawn(feature: _Feature, clip: Clip) -> tuple[Float[Tensor, "t n 3 h w"], Bool[Tensor, "t h w"]]:
    """Every frame with every opening, and the region that they change."""
    drawn = torch.stack([feature.draw(clip, value) for value in feature.values], dim=1)
    return drawn, (drawn.amax(1) - drawn.amin(1)).amax(1) > _CHANGES


def nearest_on_line(
    pictures: Float[Tensor, "t 3 h w"],
    drawn: Float[Tensor, "t n 3 h w"],
    values: Float[Tensor, " n"],
    region: Bool[Tensor, "t h w"],
) -> Float[Tensor, " t"]:
    """The value whose picture is nearest by squared differences; between two drawn pictures lie their mixtures.

    Args:
        pictures: what is measured.
        drawn: pictures of n values, in order.
        values: these.
        region: where to compare.
    """
    line = (drawn * region[:, None, None]).flatten(2)  # (t n p)
    point = (pictures * region[:, None]).flatten(1)[:, None]
    steps = line.diff(dim=1)
    along = ((point - line[:, :-1]) * steps).sum(2) / steps.square().sum(2).clamp_min(1e-12)
    along = along.clamp(0, 1)
    distance = (line[:, :-1] + along[..., None] * steps - point).square().sum(2)
    best = distance.argmin(1, keepdim=True)
    return (values[:-1] + along * values.diff()).gather(1, best)[:, 0]


def openings(feature: str, pictures: Float[Tensor, "t 3 h w"], clip: Clip, first: int = 0) -> Float[Tensor, " t"]:
    """How far mouth or eyes are open in pictures that should be frames of a drawn face.

    Args:
        feature: "mouth" or "lids".
        pictures: in [0, 1].
        clip: the face.
        first: which frame the first of the pictures should be.
    """
    chosen = {"mouth": _MOUTH, "lids": _LIDS}[feature]
    drawn, region = _drawn(chosen, clip)
    frames = slice(first, first + len(pictures))
    return nearest_on_line(pictures, drawn[frames], torch.tensor(chosen.values), region[frames])


def _moments(name: str, feature: _Feature) -> Callable[[Piece], Float[Tensor, " 6"] | None]:
    """Of the changes since the source frame, measured m and true u: sums of 1, m, u, m^2, u^2 and m u."""

    def sums(piece: Piece) -> Float[Tensor, " 6"] | None:
        if piece.clip is None or not expresses(piece.clip):
            return None
        true = feature.openings(piece.clip)
        m = (openings(name, piece.prediction, piece.clip, piece.first) - true[0]).double()
        u = (true[piece.numbers.start : piece.numbers.stop] - true[0]).double()
        return torch.stack([term.sum() for term in (torch.ones_like(m), m, u, m * m, u * u, m * u)])

    return sums


def _slope(sums: Float[Tensor, " 6"]) -> float | None:
    """Least squares through the origin; None where nothing opened or shut."""
    _, _, _, _, uu, mu = sums.tolist()
    return mu / uu if uu > 0 else None


def _correlation(sums: Float[Tensor, " 6"]) -> float | None:
    """Pearson's; None where one of the two never changed."""
    n, m, u, mm, uu, mu = sums.tolist()
    spread = (n * mm - m * m) * (n * uu - u * u)
    return (n * mu - m * u) / spread**0.5 if spread > 0 else None


def _inside(feature: _Feature, *, copied: bool) -> Measure:
    """L1 inside the region that an opening changes."""

    def values(piece: Piece) -> Float[Tensor, " t"] | None:
        if piece.clip is None or not expresses(piece.clip):
            return None
        region = _drawn(feature, piece.clip)[1][piece.numbers.start : piece.numbers.stop]
        seen = piece.source.expand_as(piece.driving) if copied else piece.prediction
        return ((seen - piece.driving).abs().mean(1) * region).sum((1, 2)) / region.sum((1, 2))

    return mean_of(values)


MEASURES = {
    "mouth_slope": Measure(_moments("mouth", _MOUTH), _slope),
    "mouth_correlation": Measure(_moments("mouth", _MOUTH), _correlation),
    "mouth_l1": _inside(_MOUTH, copied=False),
    "mouth_copy_l1": _inside(_MOUTH, copied=True),
    "lid_slope": Measure(_moments("lids", _LIDS), _slope),
    "lid_correlation": Measure(_moments("lids", _LIDS), _correlation),
    "eyes_l1": _inside(_LIDS, copied=False),
    "eyes_copy_l1": _inside(_LIDS, copied=True),
}
"""What an :class:`ExpressionScore` holds."""
