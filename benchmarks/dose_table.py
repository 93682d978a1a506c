"""The grid of `benchmarks.dose_response` as a table and a picture; a part of it will do.

    python -m benchmarks.dose_table [--runs runs/dose_response] [--picture docs/dose_response.png] [--data FILE]

Prints Markdown for docs/results.md; ``--data`` keeps the numbers for notebook 07, in
``fomm_lite/course/ch07_what_matters/dose_response.json``: cells that the file knows and the folder does not stay in it,
in the table and in the picture. Intervals hold 95 of 100 bootstrap draws over seeds and
clips: of s seeds s - 1 are drawn, which gives the mean of few seeds its right spread, and all models are measured on
the same drawn clips. Where there is one seed, intervals are over clips only.
"""

import argparse
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from PIL import Image as PillowImage
from torch import Tensor

from benchmarks.dose_response import FREED, KEYPOINTS, ORDERS, ROWS, STEPS, TURNS, Run, grid, paper_rows
from fomm_lite.course.ch07_what_matters import figures
from fomm_lite.course.ch07_what_matters.ablations import FEW, REPORTED, TURN
from fomm_lite.course.ch07_what_matters.dose import Cell, Estimate, Gain, Recorded, Step
from fomm_lite.files.atomic import written_whole

DRAWS = 4000


class Results:
    """What is there of the grid.

    Args:
        found: the result of each finished run.
    """

    def __init__(self, found: dict[Run, dict[str, Any]]) -> None:
        self.found = found

    @staticmethod
    def read(folder: Path, wanted: Iterable[Run]) -> "Results":
        """The runs that have a result in ``folder``."""
        files = {run: folder / run.name / "result.json" for run in wanted}
        return Results(
            {run: json.loads(file.read_text(encoding="utf-8")) for run, file in files.items() if file.exists()}
        )

    def of(self, order: str, keypoints: int, turn: float) -> list[dict[str, Any]]:
        """The results of one cell, seed by seed."""
        key = order, keypoints, turn
        return [found for run, found in self.found.items() if (run.order, run.keypoints, run.turn) == key]

    def part(self, *, warp: bool) -> "Results":
        """Those that were trained with the warp term, or those without."""
        return Results({run: found for run, found in self.found.items() if run.warp is warp})

    def share(self, order: str, keypoints: int, turn: float) -> Estimate | None:
        """L1 over that of copying the source; None where no run is finished."""
        cell = self.of(order, keypoints, turn)
        return _ratio(_stack(cell, "l1"), _stack(cell, "copying")) if cell else None

    def gain(self, keypoints: int, turn: float) -> Estimate | None:
        """Share of the zero-order model's L1 that first order saves: 0 is nothing, 1 all; None where one is missing."""
        change = self.change("zero", "first", keypoints, turn, "l1")
        if change is None:
            return None
        return Estimate(-change.high, -change.value, -change.low, tuple(-each for each in change.seeds))

    def change(self, before: str, after: str, keypoints: int, turn: float, measure: str) -> Estimate | None:
        """By how much a measure changes from one kind of model to another, as a share; None where one is missing."""
        old, new = (self.of(order, keypoints, turn) for order in (before, after))
        both = {found["seed"] for found in old} & {found["seed"] for found in new}
        if not both:
            return None
        old, new = (sorted((f for f in cell if f["seed"] in both), key=lambda f: f["seed"]) for cell in (old, new))
        left = _ratio(_stack(new, measure), _stack(old, measure))
        return Estimate(left.low - 1, left.value - 1, left.high - 1, tuple(each - 1 for each in left.seeds))

    def deformation(self, order: str, keypoints: int, turn: float) -> float | None:
        """Mean error of the deformation on the figure, in pixels."""
        cell = self.of(order, keypoints, turn)
        return float(_stack(cell, "deformation").mean()) if cell else None

    def jacobians(self, order: str, keypoints: int, turn: float, guess: str) -> float | None:
        """Error of jacobians: of each clip the median, of these the mean, of the seeds the mean."""
        cell = self.of(order, keypoints, turn)
        values = [each for found in cell for each in found["jacobian_errors"][f"{guess}_median"] if each is not None]
        return sum(values) / len(values) if values else None


def _stack(cell: list[dict[str, Any]], name: str) -> Float[Tensor, "s n"]:
    return torch.tensor([found[name] for found in cell], dtype=torch.float64)


def _ratio(above: Float[Tensor, "s n"], below: Float[Tensor, "s n"]) -> Estimate:
    """A ratio of two means over seeds and clips."""
    random = torch.Generator().manual_seed(0)
    count = above.shape[1]
    clips = torch.randint(count, (DRAWS, count), generator=random)

    def draw(values: Tensor) -> Tensor:
        seeds = torch.randint(len(values), (DRAWS, max(len(values) - 1, 1)), generator=random)
        return values[seeds].mean(1).gather(1, clips).mean(1)

    low, high = torch.quantile(draw(above) / draw(below), torch.tensor([0.025, 0.975], dtype=torch.float64)).tolist()
    return Estimate(low, float(above.mean() / below.mean()), high, tuple((above.mean(1) / below.mean(1)).tolist()))


def table(known: Recorded) -> str:
    """Markdown: L1 and the gain, then the motion and the jacobians against the truth."""
    labels = list(ORDERS.values())
    lines = [
        "| K | turn | " + " | ".join(labels) + " | gain of the jacobian |",
        "|---|---|" + "---|" * (len(labels) + 1),
    ]
    truths = [
        f"| K | turn | deformation error, px: {', '.join(labels)} | "
        + " | ".join(f"{label}: learnt, identity, constant" for label in labels[1:])
        + " |",
        "|---|---|" + "---|" * len(labels),
    ]
    cells = {cell.key: cell for cell in known.cells}
    gains = {(gain.keypoints, gain.turn): gain.gain for gain in known.gains}
    for keypoints in sorted(KEYPOINTS):
        for turn in sorted(TURNS):
            row = [cells.get((keypoints, turn, order)) for order in ORDERS]
            shown = [_or_dash(cell.share if cell else None) for cell in row] + [_or_dash(gains.get((keypoints, turn)))]
            lines.append(f"| {keypoints} | {turn} | " + " | ".join(shown) + " |")
            columns = [_numbers([cell.deformation if cell else None for cell in row], 2)]
            for cell in row[1:]:
                guesses = ("learnt", "identity", "constant")
                columns.append(_numbers([cell.jacobians.get(guess) if cell else None for guess in guesses], 3))
            truths.append(f"| {keypoints} | {turn} | " + " | ".join(columns) + " |")
    return "\n".join([*lines, "", *truths])


def _numbers(values: list[float | None], digits: int) -> str:
    return ", ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def _or_dash(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate} ({len(estimate.seeds)})"


def rows_table(results: Results) -> str:
    """Markdown: the paper's rows on faces that turn, and each step beside that of the authors."""
    lines = [
        "| | L1, share of copying | deformation error, px | change of L1 (authors) "
        "| change of landmarks (authors' AKD) |",
        "|---|---|---|---|---|",
    ]
    changes = {step.after: step for step in _steps(results)}
    labels = [row.label for row in ROWS.values()]
    for name, row in ROWS.items():
        cells = [row.label, _or_dash(results.share(name, FEW, TURN))]
        cells.append(_numbers([results.deformation(name, FEW, TURN)], 2))
        step = changes.get(row.label)
        if step is None:
            cells += ["", ""]
        else:
            before = REPORTED[labels[labels.index(row.label) - 1]]
            theirs = [REPORTED[row.label][which] / before[which] - 1 for which in (0, 1)]
            for change, authors in zip((step.l1, step.landmarks), theirs, strict=True):
                cells.append(f"{change.value:+.1%} [{change.low:+.1%}, {change.high:+.1%}] ({authors:+.1%})")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _steps(results: Results) -> list[Step]:
    steps = []
    for before, after in pairwise(ROWS):
        l1, landmarks = (results.change(before, after, FEW, TURN, measure) for measure in ("l1", "landmarks"))
        if l1 is not None and landmarks is not None:
            steps.append(Step(ROWS[before].label, ROWS[after].label, l1, landmarks))
    return steps


def recorded(results: Results) -> Recorded:
    """What is there, for the notebook."""
    cells, gains = [], []
    for keypoints in sorted(KEYPOINTS):
        for turn in sorted(TURNS):
            for order in ORDERS:
                share, off = results.share(order, keypoints, turn), results.deformation(order, keypoints, turn)
                if share is None or off is None:
                    continue
                guesses = () if order == "zero" else ("learnt", "identity", "constant")
                found = {guess: results.jacobians(order, keypoints, turn, guess) for guess in guesses}
                known = {guess: error for guess, error in found.items() if error is not None}
                cells.append(Cell(order, keypoints, turn, share, off, known))
            gain = results.gain(keypoints, turn)
            if gain is not None:
                gains.append(Gain(keypoints, turn, gain))
    return Recorded(STEPS, tuple(cells), tuple(gains), tuple(_steps(results)))


def main() -> None:
    """Print the tables, draw the picture, keep the data, say what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("runs/dose_response"))
    parser.add_argument("--picture", type=Path, help="a .png or .webp to draw")
    parser.add_argument("--data", type=Path, help="a .json to write, or to add to")
    arguments = parser.parse_args()
    wanted = [*grid(), *paper_rows()]
    results, freed = (Results.read(arguments.runs, wanted).part(warp=warp) for warp in (True, False))
    known = recorded(results)
    if arguments.data and arguments.data.exists():
        known = Recorded.read(arguments.data).with_new(known)
    print(table(known), rows_table(results), sep="\n\n")
    change = freed.change(*FREED, FEW, TURN, "l1")
    if change is not None:
        told = f"{change.value:+.1%} [{change.low:+.1%}, {change.high:+.1%}] ({len(change.seeds)})"
        print(f"\nWithout the warp term, from {' to '.join(ROWS[name].label for name in FREED)}: L1 {told}")
    missing = [run.name for run in wanted if run not in results.found | freed.found]
    if missing:
        print(f"\nNot in {arguments.runs}: {len(missing)} of {len(wanted)} runs, the next {', '.join(missing[:3])}.")
    if arguments.picture:
        arguments.picture.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(arguments.picture) as draft:
            drawn = PillowImage.open(io.BytesIO(figures.gains(known.gains).data))
            drawn.save(draft, arguments.picture.suffix[1:])  # the figure is a WebP, which the name need not say
    if arguments.data:
        with written_whole(arguments.data) as draft:
            draft.write_text(json.dumps(asdict(known), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
