"""Sums in place of frames: whatever is measured on clips, however long they are, without keeping any of them.

A :class:`Piece` is what a measure sees: a few frames of a clip, one after the other. A :class:`Measure` makes sums of
it, and a number of the sums of all pieces. :class:`Running` adds up. A new measure is a new entry in a table of
measures (:data:`fomm_lite.evaluation.measures.MEASURES`, :data:`fomm_lite.evaluation.truth.MEASURES`), and a field of
the same name in the dataclass that hands its number out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fomm_lite.animation import AnimationFrame
from fomm_lite.evaluation.metrics import Embedder, LandmarkDetector, Landmarks, true_landmarks
from fomm_lite.worlds import Clip

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Piece:
    """Some frames of a clip as a model drew them, beside what they should be and what else is known.

    What several measures ask for is computed once, when the first of them asks.

    Attributes:
        source: (3 h w) in [0, 1], the picture that was moved.
        prediction: (t 3 h w) in [0, 1].
        driving: (t 3 h w) in [0, 1], what the prediction should be.
        deformation: (t h' w' 2), the model's; None where there was no model.
        occlusion_map: (t 1 h' w') in [0, 1], the model's, if it has one.
        clip: the drawn clip that drove, where it was drawn; the source is its frame 0.
        first: which frame of the clip is the first of these.
        detector: of landmarks.
        embedder: of identities.
        before: the prediction and the driving frame just before these, where these are not the first.
    """

    source: Float[Tensor, "c h w"]
    prediction: Float[Tensor, "t c h w"]
    driving: Float[Tensor, "t c h w"]
    deformation: Float[Tensor, "t a b 2"] | None = None
    occlusion_map: Float[Tensor, "t 1 a b"] | None = None
    clip: Clip | None = None
    first: int = 0
    detector: LandmarkDetector | None = None
    embedder: Embedder | None = None
    before: tuple[Float[Tensor, "c h w"], Float[Tensor, "c h w"]] | None = None

    @staticmethod
    def of(
        frames: Sequence[AnimationFrame],
        *,
        clip: Clip | None = None,
        first: int = 0,
        detector: LandmarkDetector | None = None,
        embedder: Embedder | None = None,
        before: AnimationFrame | None = None,
    ) -> "Piece":
        """The piece that some frames of an animation make, on the CPU."""
        maps = [frame.motion.occlusion_map for frame in frames]
        known = [each.cpu() for each in maps if each is not None]
        return Piece(
            frames[0].source.cpu(),
            torch.stack([frame.prediction for frame in frames]).cpu(),
            torch.stack([frame.driving for frame in frames]).cpu(),
            torch.cat([frame.motion.deformation for frame in frames]).cpu(),
            torch.cat(known) if known else None,
            clip, first, detector, embedder,
            None if before is None else (before.prediction.cpu(), before.driving.cpu()),
        )  # fmt: skip

    @property
    def numbers(self) -> range:
        """Which frames of the clip these are."""
        return range(self.first, self.first + len(self.prediction))

    @cached_property
    def found(self) -> Landmarks | None:
        """The landmarks that the detector finds in the predictions."""
        return None if self.detector is None else self.detector.landmarks(self.prediction)

    @cached_property
    def found_in_driving(self) -> Landmarks | None:
        """The landmarks that the detector finds in the driving frames."""
        return None if self.detector is None else self.detector.landmarks(self.driving)

    @cached_property
    def true_landmarks(self) -> Landmarks | None:
        """The landmarks of a drawn clip; those that the detector looks for, where it says which."""
        if self.clip is None:
            return None
        known, chosen = true_landmarks(self.clip), slice(self.numbers.start, self.numbers.stop)
        wanted = Landmarks(known.positions[chosen], known.present[chosen], known.names)
        return wanted if self.found is None else wanted.named(self.found.names)

    @cached_property
    def embeddings(self) -> tuple[Float[Tensor, "t d"], Float[Tensor, "t d"]] | None:
        """Who the embedder sees in the predictions and in the driving frames."""
        return (
            None if self.embedder is None else (self.embedder.embed(self.prediction), self.embedder.embed(self.driving))
        )

    @cached_property
    def true_deformation(self) -> Float[Tensor, "t h w 2"] | None:
        """On a drawn clip: where in the source each pixel of the driving frames comes from."""
        return None if self._truth is None else self._truth[0]

    @cached_property
    def visible(self) -> Bool[Tensor, "t h w"] | None:
        """On a drawn clip: which pixels of the driving frames the source shows too."""
        return None if self._truth is None else self._truth[1] > 0.5

    @cached_property
    def _truth(self) -> tuple[Tensor, Tensor] | None:
        """True deformations and occlusions, frame by frame: a clip keeps what both begin with."""
        clip = self.clip
        if clip is None:
            return None
        deformations, occlusions = zip(
            *((clip.deformation(0, number), clip.occlusion(0, number)) for number in self.numbers), strict=True
        )
        return torch.stack(deformations), torch.stack(occlusions)


def quotient(sums: Float[Tensor, "2"]) -> float | None:
    """The first sum over the second; None where the second is 0."""
    return float(sums[0] / sums[1]) if sums[1] > 0 else None


@dataclass(frozen=True)
class Measure:
    """A number that is made of sums over frames.

    Attributes:
        sums: of a piece, of any shape as long as it is always the same; None where a piece has nothing to measure by.
        number: what the sums of all pieces make; None where they make nothing.
    """

    sums: Callable[[Piece], Tensor | None]
    number: Callable[[Tensor], float | None] = quotient


def mean_of(values: Callable[[Piece], Float[Tensor, " t"] | None]) -> Measure:
    """The mean of one value a frame over all frames that have one.

    Args:
        values: of the frames of a piece, NaN for a frame that has none; None where the whole piece has none.
    """

    def sums(piece: Piece) -> Tensor | None:
        found = values(piece)
        if found is None:
            return None
        known = found[~found.isnan()].double()
        return torch.stack([known.sum(), torch.ones_like(known).sum()])

    return Measure(sums)


class Running:
    """Measures while pieces of clips come in.

    Args:
        measures: by the names of the fields that :meth:`result` fills.
    """

    def __init__(self, measures: Mapping[str, Measure]) -> None:
        self._measures = measures
        self._sums: dict[str, Tensor] = {}

    def add(self, piece: Piece) -> None:
        """Take in some frames; the caller leaves out those that are no test, as frame 0 that drives itself."""
        for name, measure in self._measures.items():
            self._take(name, measure.sums(piece))

    def merge(self, other: "Running") -> None:
        """Take in all that another one has taken in."""
        for name, sums in other._sums.items():
            self._take(name, sums)

    def number(self, name: str) -> float | None:
        """What one of the measures has come to; None where nothing could be measured."""
        return self._measures[name].number(self._sums[name]) if name in self._sums else None

    def result(self, kind: type[Result]) -> Result:
        """A dataclass, each of whose fields is the number of the measure of that name."""
        return kind(**{field.name: self.number(field.name) for field in fields(kind)})  # type: ignore[arg-type]

    def _take(self, name: str, sums: Tensor | None) -> None:
        if sums is not None:
            self._sums[name] = self._sums[name] + sums if name in self._sums else sums
