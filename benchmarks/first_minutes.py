"""What a student's first minutes of training bring: ``python -m benchmarks.first_minutes``, which takes 20 of them.

Each training is what ``fomm-lite train --world faces --size 32`` does, clips and all, for a time and from a seed. The
figure is the L1 of held-out clips as a share of copying the source. It belongs to the machine: a quiet one, please.

    python -m benchmarks.first_minutes --new-category     one seed, one thread, ten minutes of one core

records for notebook 12 what a new category costs: puppets from nothing, from 100 clips to near convergence, and from 20
and from 5. A training is stopped for each look at it and then goes on, which changes nothing in it; its minutes are
the processor's, so that a busy machine makes it no worse.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch

from benchmarks.figures import Figure, tell
from fomm_lite.cli.train import USUAL_CLIPS
from fomm_lite.config import LEAN
from fomm_lite.course.ch12_going_further import new_category
from fomm_lite.course.ch12_going_further.few_clips import HELD_OUT as STRANGERS
from fomm_lite.course.ch12_going_further.few_clips import share, strangers
from fomm_lite.course.ch12_going_further.new_category import Moment
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training.pairs import WorldClips

SIZE, HELD_OUT = 32, 40
ASKED = {30: 0.46, 60: 0.40, 240: 0.34}  # after so many seconds: the share of copying
SEEDS = 3
LOOKS = (15, 30, 60, 120, 240)  # at a new category, after so many seconds of one core
WATCHED = {100: 5, 20: 3, 5: 3}  # clips: how many of these looks; who gets all of them is trained to its end
STEPS = 3600  # seven or eight minutes of a core; the rate begins to fall after half of them


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
    return held_out_ratio(model), steps


def held_out_ratio(model: FirstOrderModel) -> float:
    """The L1 of test clips as a share of copying the source."""
    held_out = WorldClips("faces", "test", HELD_OUT, frames=24, size=SIZE, stride=1)
    ratio = evaluate(model, held_out).total.ratio
    assert ratio is not None  # only where nothing moves
    return ratio


def figures() -> Iterator[Figure]:
    """The mean over the seeds of each length."""
    for seconds, asked in ASKED.items():
        ratios, steps = zip(*(learnt(seconds, seed) for seed in range(SEEDS)), strict=True)
        note = f"{min(ratios):.3f} to {max(ratios):.3f} after {min(steps)} to {max(steps)} steps"
        what = f"held-out L1 after {seconds} s of training, {SEEDS} seeds"
        yield Figure(what, statistics.mean(ratios), "of copying", asked, note=note)


def watched(clips: int, looks: Sequence[float], steps: int, *, to_the_end: bool) -> Iterator[Moment]:
    """A training of puppets from nothing, and what it is worth after each of some seconds of one core.

    Args:
        clips: that it learns from; drawn before the clock starts.
        looks: seconds, growing.
        steps: of the whole training, which the learning rate depends on.
        to_the_end: look once more after its last step.
    """
    lessons = WorldClips("puppets", "train", clips, size=SIZE)
    own = WorldClips("puppets", "train", min(clips, STRANGERS), size=SIZE)
    for index in range(clips):
        lessons[index]
    config, spent, done = TrainingConfig(size=SIZE, steps=steps), 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for look in (*looks, float("inf"))[: len(looks) + to_the_end]:
            started, before = time.process_time(), spent

            def stop(state: State, _: object, until: float = look - spent, since: float = started) -> None:
                nonlocal done
                done, state.stop = state.step, time.process_time() - since >= until

            run = Path(folder) / "run"
            model = train(lessons, LEAN, config, run, resume=run.exists(), on_step=stop, progress_bar=False)
            spent = before + time.process_time() - started
            if done < steps and spent < look:
                raise KeyboardInterrupt  # a signal ends a training in good order; half a training is no result
            yield Moment(clips, round(spent, 1), done, share(model, own), share(model, strangers()))


def record(
    path: Path = new_category.RECORDED, looks: Sequence[float] = LOOKS, plan: Mapping[int, int] = WATCHED,
    steps: int = STEPS,
) -> None:  # fmt: skip
    """Train as planned and write each look as soon as it is there."""
    moments: list[Moment] = []
    for clips, count in plan.items():
        for moment in watched(clips, looks[:count], steps, to_the_end=count == len(looks)):
            print(moment, flush=True)
            moments.append(moment)
            new_category.write(moments, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_minutes")
    parser.add_argument("--new-category", action="store_true", help="record puppets from nothing for notebook 12")
    if parser.parse_args().new_category:
        torch.set_num_threads(1)
        record()
    else:
        tell(figures())
