"""What a student's first minutes of training bring: ``python -m benchmarks.first_minutes``, which takes 20 of them.

Each training is what ``fomm-lite train --world faces --size 32`` does, clips and all, for a time and from a seed. The
figure is the L1 of held-out clips as a share of copying the source. It belongs to the machine: a quiet one, please.
"""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, tell
from fomm_lite.cli.train import USUAL_CLIPS
from fomm_lite.config import LEAN
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training.pairs import WorldClips

SIZE, HELD_OUT = 32, 40
ASKED = {30: 0.46, 60: 0.40, 240: 0.34}  # after so many seconds: the share of copying
SEEDS = 3


def learnt(seconds: float, seed: int) -> tuple[float, int]:
    """The held-out L1 ratio after a training, and how many steps it took; its clips are drawn in its own time."""
    steps = 0

    def count(state: State, _: object) -> None:
        nonlocal steps
        steps = state.step

    config = TrainingConfig(size=SIZE, minutes=seconds / 60, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        clips = WorldClips("faces", "train", USUAL_CLIPS, size=SIZE)
        model = train(clips, LEAN, config, Path(folder), on_step=count, progress_bar=False)
    held_out = WorldClips("faces", "test", HELD_OUT, frames=24, size=SIZE, stride=1)
    ratio = evaluate(model, held_out).total.ratio
    assert ratio is not None  # only where nothing moves
    return ratio, steps


def figures() -> Iterator[Figure]:
    """The mean over the seeds of each length."""
    for seconds, asked in ASKED.items():
        ratios, steps = zip(*(learnt(seconds, seed) for seed in range(SEEDS)), strict=True)
        note = f"{min(ratios):.3f} to {max(ratios):.3f} after {min(steps)} to {max(steps)} steps"
        what = f"held-out L1 after {seconds} s of training, {SEEDS} seeds"
        yield Figure(what, statistics.mean(ratios), "of copying", asked, note=note)


if __name__ == "__main__":
    tell(figures())
