"""What a new category costs in clips and in minutes: puppets learnt from few clips, from nothing and from faces.

    python -m fomm_lite.course.ch12_going_further.few_clips     trains (five minutes of one core); ``few_clips.json``

All runs have the architecture of the shipped ``zero-order-32``, which knows faces only, so that some can start from it.
What is recorded is kept after every run; another start of the command goes on with the next.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from fomm_lite.course.kit.interval import interval
from fomm_lite.course.kit.records import write_records
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import TrainingConfig, train
from fomm_lite.training.pairs import WorldClips
from fomm_lite.weights import load_model, read_header

RECORDED = Path(__file__).with_name("few_clips.json")
FACES = "zero-order-32"
SIZE, STEPS, HELD_OUT = 32, 200, 24
COUNTS, SHORTER = (1, 16, 256), (50,)


@dataclass(frozen=True)
class Plan:
    """One training.

    Attributes:
        clips: of drawn puppets that it draws its pairs from.
        faces: start from weights that know drawn faces, else from nothing.
        steps: of eight pairs.
        seed: of the first weights, the pairs and the warps.
    """

    clips: int
    faces: bool
    steps: int = STEPS
    seed: int = 0


@dataclass(frozen=True)
class Bill:
    """What one training came to.

    Attributes:
        plan: which training.
        seconds: of one core, for its steps alone.
        seen: L1 as a share of copying the source on its own clips, at most 24 of them: low, value, high over clips.
        unseen: likewise on 24 puppets that no training saw.
    """

    plan: Plan
    seconds: float
    seen: tuple[float, float, float]
    unseen: tuple[float, float, float]


PLANS = (
    *(Plan(clips, faces) for clips in COUNTS for faces in (False, True)),
    *(Plan(16, faces, steps) for steps in SHORTER for faces in (False, True)),
)


def bill(plan: Plan) -> Bill:
    """Train as planned, and judge on the clips of the training and on others."""
    lessons = WorldClips("puppets", "train", plan.clips, size=SIZE)
    faces = load_model(FACES)
    config = TrainingConfig(size=SIZE, steps=plan.steps, seed=plan.seed)
    for index in range(plan.clips):
        lessons[index]  # drawn before the clock starts
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        model = train(
            lessons, faces.config, config, Path(folder) / "run", start=faces if plan.faces else None, progress_bar=False
        )
        seconds = time.process_time() - started
        if not read_header(Path(folder) / "run" / "model.safetensors")[1]["finished"]:
            raise KeyboardInterrupt  # a signal ends a training in good order; half a training is no result
    own = WorldClips("puppets", "train", min(plan.clips, HELD_OUT), size=SIZE)
    return Bill(plan, round(seconds, 1), share(model, own), share(model, strangers()))


def strangers() -> WorldClips:
    """The puppets that no training saw."""
    return WorldClips("puppets", "validation", HELD_OUT, size=SIZE)


def share(model: FirstOrderModel, clips: WorldClips) -> tuple[float, float, float]:
    """L1 as a share of copying, to three digits, between the ends of its interval over clips."""
    each = evaluate(model, clips).clips
    errors, copied = (torch.tensor([getattr(clip, name) for clip in each]) for name in ("l1", "copy_l1"))
    low, value, high = (round(number, 3) for number in interval(errors, copied))
    return low, value, high


def recorded(path: Path = RECORDED) -> list[Bill]:
    """What :func:`record` wrote."""
    return [
        Bill(Plan(**each["plan"]), each["seconds"], tuple(each["seen"]), tuple(each["unseen"]))
        for each in json.loads(path.read_text(encoding="utf-8"))
    ]


def record(path: Path = RECORDED, plans: Sequence[Plan] = PLANS) -> None:
    """Train what is not recorded yet, and write each bill as soon as it is there, in the order of the plans."""
    found = {each.plan: each for each in recorded(path)} if path.exists() else {}
    for plan in plans:
        if plan not in found:
            found[plan] = bill(plan)
            write_records(path, (asdict(found[each]) for each in plans if each in found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    record()
