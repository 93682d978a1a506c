"""What all measurements share: works that take turns, the machine's own ceiling, and figures as a table and as JSON."""

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

Clock = Callable[[], float]
SIDE = 1024  # of the matrices multiplied


@dataclass(frozen=True)
class Figure:
    """One thing that was measured.

    Attributes:
        what: was measured.
        value: of it.
        unit: of the value.
        asked: what it should reach; None where nothing is asked.
        least: more is better; else less is.
        note: what else was seen.
    """

    what: str
    value: float
    unit: str
    asked: float | None = None
    least: bool = False
    note: str = ""

    @property
    def missed(self) -> bool:
        """The value falls short of what is asked."""
        return self.asked is not None and (self.value < self.asked if self.least else self.value > self.asked)

    def row(self) -> str:
        """A line of the table."""
        asked = "" if self.asked is None else f"{self.asked:g} at {'least' if self.least else 'most'}"
        return f"| {self.what} | {self.value:.3g} {self.unit} | {asked}{', missed' * self.missed} | {self.note} |"


def taking_turns(
    works: Sequence[Callable[[], object]], repeats: int, clock: Clock = time.perf_counter
) -> list[list[float]]:
    """Seconds of each work, one after another, again and again."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, times in zip(works, spent, strict=True):
            start = clock()
            work()
            times.append(clock() - start)
    return spent


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median time of some work, after one run to warm up."""
    return statistics.median(taking_turns([work], repeats + 1)[0][1:])


def ceiling() -> float:
    """Multiplications and additions of a matrix product, in 10^9 a second."""
    matrix = torch.rand(SIDE, SIDE)
    return 2 * SIDE**3 / median_seconds(lambda: matrix @ matrix, 10) / 1e9


def tell(figures: Iterable[Figure], file: Path | None = None) -> None:
    """Print a table, each line as soon as it is measured, under the machine's own ceiling; and write all of it as JSON.

    What was measured before an error or a Ctrl-C is written too.

    Args:
        figures: measured as they are asked for.
        file: of the JSON; its folder is made.
    """
    machine = {"torch": torch.__version__, "machine": platform.machine(), "threads": torch.get_num_threads()}
    peak, told = ceiling(), []
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; matrix product {peak:.0f} GFLOP/s\n")
    print("| measured | value | asked | |\n|---|---|---|---|", flush=True)
    try:
        for figure in figures:
            told.append(asdict(figure))
            print(figure.row(), flush=True)
    finally:
        if file is not None:
            text = json.dumps(machine | {"gflops": peak, "figures": told}, indent=2)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n", encoding="utf-8")
