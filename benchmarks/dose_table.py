"""The grid of `benchmarks.dose_response` as a table and a picture; a part of it will do.

    python -m benchmarks.dose_table [--runs runs/dose_response] [--picture docs/dose_response.png]

Prints Markdown for docs/results.md. Intervals hold 95 of 100 bootstrap draws over seeds and clips: of s seeds s - 1 are
drawn, which gives the mean of few seeds its right spread, and all models are measured on the same drawn clips. Where
there is one seed, intervals are over clips only.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from benchmarks.dose_response import KEYPOINTS, ORDERS, TURNS, Run, grid

DRAWS = 4000
COLOURS = {1: "#0072b2", 3: "#d55e00", 10: "#009e73"}  # told apart by colour-blind readers too


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, and what it is for each seed alone."""

    low: float
    value: float
    high: float
    seeds: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


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

    def share(self, order: str, keypoints: int, turn: float) -> Estimate | None:
        """L1 over that of copying the source; None where no run is finished."""
        cell = self.of(order, keypoints, turn)
        return _ratio(_stack(cell, "l1"), _stack(cell, "copying")) if cell else None

    def gain(self, keypoints: int, turn: float) -> Estimate | None:
        """Share of the zero-order model's L1 that first order saves: 0 is nothing, 1 all; None where one is missing."""
        zero, first = (self.of(order, keypoints, turn) for order in ("zero", "first"))
        both = {found["seed"] for found in zero} & {found["seed"] for found in first}
        if not both:
            return None
        zero, first = ([found for found in cell if found["seed"] in both] for cell in (zero, first))
        left = _ratio(_stack(first, "l1"), _stack(zero, "l1"))
        return Estimate(1 - left.high, 1 - left.value, 1 - left.low, tuple(1 - each for each in left.seeds))

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


def table(results: Results) -> str:
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
    for keypoints in sorted(KEYPOINTS):
        for turn in sorted(TURNS):
            shares = [results.share(order, keypoints, turn) for order in ORDERS]
            shown = [_or_dash(cell) for cell in (*shares, results.gain(keypoints, turn))]
            lines.append(f"| {keypoints} | {turn} | " + " | ".join(shown) + " |")
            columns = [_numbers([results.deformation(order, keypoints, turn) for order in ORDERS], 2)]
            for order in list(ORDERS)[1:]:
                guesses = ("learnt", "identity", "constant")
                columns.append(_numbers([results.jacobians(order, keypoints, turn, guess) for guess in guesses], 3))
            truths.append(f"| {keypoints} | {turn} | " + " | ".join(columns) + " |")
    return "\n".join([*lines, "", *truths])


def _numbers(values: list[float | None], digits: int) -> str:
    return ", ".join("-" if value is None else f"{value:.{digits}f}" for value in values)


def _or_dash(estimate: Estimate | None) -> str:
    return "-" if estimate is None else f"{estimate} ({len(estimate.seeds)})"


def picture(results: Results, path: Path) -> None:
    """The gain over the turn, a line for each K; a dot is a seed."""
    from matplotlib.figure import Figure  # no window, and not needed for the table

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    for index, keypoints in enumerate(sorted(KEYPOINTS)):
        gains = {turn: gain for turn in sorted(TURNS) if (gain := results.gain(keypoints, turn)) is not None}
        if not gains:
            continue
        colour, places = COLOURS[keypoints], [turn + 0.02 * (index - 1) for turn in gains]
        spread = [[100 * (g.value - g.low) for g in gains.values()], [100 * (g.high - g.value) for g in gains.values()]]
        label = f"{keypoints} keypoint" + "s" * (keypoints > 1)
        values = [100 * gain.value for gain in gains.values()]
        axes.errorbar(places, values, spread, color=colour, marker="o", markersize=7, capsize=3, label=label)
        for place, gain in zip(places, gains.values(), strict=True):
            axes.plot([place] * len(gain.seeds), [100 * each for each in gain.seeds], ".", color=colour, alpha=0.5)
    axes.axhline(0, color="grey", linewidth=0.8)
    axes.set_xticks(sorted(TURNS))
    axes.set_xlabel("how far the faces turn, radians")
    axes.set_ylabel("L1 that first order saves, % of zero order's")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))  # above the curves
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Print the table, draw the picture, say what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("runs/dose_response"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--picture", type=Path, help="a .png or .svg to draw")
    arguments = parser.parse_args()
    wanted = list(grid(arguments.seeds))
    results = Results.read(arguments.runs, wanted)
    print(table(results))
    missing = [run.name for run in wanted if run not in results.found]
    if missing:
        print(f"\nMissing: {len(missing)} of {len(wanted)} runs, the next {', '.join(missing[:3])}.")
    if arguments.picture:
        picture(results, arguments.picture)


if __name__ == "__main__":
    main()
