"""What the grid of `benchmarks.dose_response` found, as the notebook shows it: hours of training in one small file.

`benchmarks.dose_table` writes the file; nothing in it is typed by hand.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("dose_response.json")


@dataclass(frozen=True)
class Estimate:
    """A number with its interval over seeds and clips, and what it is for each seed alone."""

    low: float
    value: float
    high: float
    seeds: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class Cell:
    """Models trained alike but for their seed.

    Attributes:
        order: "zero", "free" (first order without Eq. 12) or "first".
        keypoints: K.
        turn: of the figures, in radians to either side.
        share: L1 over that of copying the source.
        deformation: error of the deformation on the figure, in pixels.
        jacobians: distance to the true jacobians at the model's keypoints: ``learnt``, and of ``identity`` and the best
            ``constant`` in their place; empty for zero order.
    """

    order: str
    keypoints: int
    turn: float
    share: Estimate
    deformation: float
    jacobians: dict[str, float]

    @property
    def key(self) -> tuple[int, float, str]:
        """Which cell it is: keypoints, turn, order."""
        return self.keypoints, self.turn, self.order


@dataclass(frozen=True)
class Gain:
    """What first order saves of zero order's L1: 0 is nothing, 1 is all."""

    keypoints: int
    turn: float
    gain: Estimate


@dataclass(frozen=True)
class Step:
    """From one row of the paper's ablation to the next: the change of two measures, as a share; below 0 is better."""

    before: str
    after: str
    l1: Estimate
    landmarks: Estimate


@dataclass(frozen=True)
class Recorded:
    """The file.

    Attributes:
        steps: of each training.
        cells: of the grid.
        gains: for each K and turn.
        rows: the changes down the paper's table, on turning faces with three keypoints.
    """

    steps: int
    cells: tuple[Cell, ...]
    gains: tuple[Gain, ...]
    rows: tuple[Step, ...]

    @staticmethod
    def read(path: Path = RECORDED) -> "Recorded":
        """What was written by ``benchmarks.dose_table --data``."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return Recorded(
            found["steps"],
            tuple(Cell(**_with_estimates(each)) for each in found["cells"]),
            tuple(Gain(**_with_estimates(each)) for each in found["gains"]),
            tuple(Step(**_with_estimates(each)) for each in found["rows"]),
        )

    def cell(self, order: str, keypoints: int, turn: float) -> Cell:
        """One cell of the grid.

        Raises:
            KeyError: not trained.
        """
        for cell in self.cells:
            if cell.key == (keypoints, turn, order):
                return cell
        raise KeyError(f"{order} order, {keypoints} keypoints, turn {turn}")

    def with_new(self, new: "Recorded") -> "Recorded":
        """All of ``new``, and of this what is not in it: models may be trained in parts, and on several machines."""
        cells = {each.key: each for each in (*self.cells, *new.cells)}
        gains = {(each.keypoints, each.turn): each for each in (*self.gains, *new.gains)}
        return Recorded(
            new.steps,
            tuple(cells[key] for key in sorted(cells)),
            tuple(gains[key] for key in sorted(gains)),
            new.rows or self.rows,
        )


def _with_estimates(record: dict[str, Any]) -> dict[str, Any]:
    """A record whose estimates are objects again."""

    def read(value: Any) -> Any:
        if isinstance(value, dict) and "seeds" in value:
            return Estimate(**value | {"seeds": tuple(value["seeds"])})
        return value

    return {key: read(value) for key, value in record.items()}
