"""An evaluation as a whole: for JSON, and as a table to read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fomm_lite.evaluation.expression import ExpressionScore
from fomm_lite.evaluation.measures import ClipScore, Measures
from fomm_lite.evaluation.truth import TruthScore


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model on some clips.

    Attributes:
        total: over all frames of all clips: sums are taken before dividing, so long clips weigh more.
        clips: each clip by itself, in order.
        truth: on drawn clips, else None.
        measures: the published measures over all frames; those that need a detector or embedder are None without.
        expression: on drawn faces in which a mouth or lids move, else None.
    """

    total: ClipScore
    clips: tuple[ClipScore, ...]
    truth: TruthScore | None = None
    measures: Measures | None = None
    expression: ExpressionScore | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, lists and None, for JSON."""
        return asdict(self)

    def table(self, names: Sequence[str] = ()) -> str:
        """A text table: one line a clip, then the total, the published measures and, where known, the truth.

        Args:
            names: of the clips; numbers by default.
        """
        labels = [*(names or map(str, range(len(self.clips)))), "all"]
        width = max(len("clip"), *map(len, labels))
        lines = [f"{'clip':<{width}}  frames      L1  copy L1  L1 ratio  PSNR dB"]
        for label, score in zip(labels, (*self.clips, self.total), strict=True):
            ratio = "-" if score.ratio is None else f"{score.ratio:.3f}"
            lines.append(
                f"{label:<{width}}  {score.frames:>6}  {score.l1:>6.4f}  {score.copy_l1:>7.4f}  {ratio:>8}"
                f"  {score.psnr:>7.2f}"
            )
        more = [
            line
            for group in (self.measures, self.truth, self.expression)
            if group is not None
            for line in group.lines()
        ]
        return "\n".join([*lines, "", *more] if more else lines)
