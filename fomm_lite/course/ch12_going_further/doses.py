"""Every term of the loss left out, or taken in, and taken thirtyfold: what a short training shows of it.

    python -m fomm_lite.course.ch12_going_further.doses     trains what ``doses.json`` lacks (minutes of one core)

Each training is that of :mod:`sick_runs` with one weight changed; it is compared with the healthy one of its seed.
"""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from fomm_lite.course.ch12_going_further.sick_runs import SIZE, Recipe, symptoms, trained
from fomm_lite.course.kit.denormals import flushed_denormals
from fomm_lite.files.atomic import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.objective import LossWeights, Objective
from fomm_lite.training.pairs import Pairs, WorldClips
from fomm_lite.training.random_warp import RandomWarp

RECORDED = Path(__file__).with_name("doses.json")
STEPS, SEEDS, TIMES, HELD_OUT = 40, (0, 1, 2), 30, 16
HEALTHY = "healthy"
# terms that we train without, and the weight they have where they are used: the authors', or our preset's
OPTIONAL = {"hidden": 2.0, "expression": 2.0, "perceptual": 10.0, "generator_gan": 1.0, "feature_matching": 10.0}
NOTABLE = 1.15  # a ratio nearer to 1 is not spoken of
Signs = dict[str, float]  # what is seen of a model on held-out pairs: name -> value
Table = dict[str, list[Signs]]  # dose -> signs, one for each seed


def doses() -> dict[str, LossWeights]:
    """The weights of each training: "without warp", "with hidden", "30 x warp"; the healthy one first."""
    usual = LossWeights(perceptual_scales=(1.0, 0.5))  # VGG19 takes 16 pixels or more
    found = {HEALTHY: usual}
    for name, weight in usual.terms.items():
        judge = float(name in ("generator_gan", "feature_matching"))
        first, dose = ("with", OPTIONAL[name]) if name in OPTIONAL else ("without", 0.0)
        for said, value in ((f"{first} {name}", dose), (f"{TIMES} x {name}", TIMES * (dose or weight))):
            changed: dict[str, Any] = {name: value}
            found[said] = dataclasses.replace(usual, discriminator_gan=judge, **changed)
    return found


@torch.no_grad()
def signs(model: FirstOrderModel) -> Signs:
    """What is seen of a model on pairs that it was not trained on.

    Every term of the model's own by its name, whether it was trained with it or not; ``apart`` and ``stretch`` as in
    :mod:`sick_runs`; ``colour``: how far the mean colour of predictions is off.
    """
    pairs = Pairs(WorldClips("faces", "validation", HELD_OUT, size=SIZE), seed=0)
    batch = torch.stack([pairs[place] for place in range(HELD_OUT)]).float() / 255
    warp = RandomWarp.sample(HELD_OUT, sigma_affine=0.05, generator=torch.Generator().manual_seed(0))
    terms = Objective(model.train(), LossWeights(hidden=1.0))(batch[:, 0], batch[:, 1], warp)
    off = (terms.reconstruction.prediction.mean((2, 3)) - terms.driving.mean((2, 3))).abs().mean()
    found = terms.named | symptoms(terms) | {"colour": off}
    return {name: float(f"{float(value):.4g}") for name, value in found.items()}


def told(table: Table, dose: str) -> list[tuple[str, float]]:
    """The signs that a dose changes most, at most two, each with its factor (geometric mean over seeds).

    Spoken of is only what every seed shows on the same side, by a factor of :data:`NOTABLE` or more; and not of the
    separation term, which is ``apart`` in another unit.
    """
    found: list[tuple[str, float]] = []
    for name in table[HEALTHY][0]:
        ratios = [_log_ratio(sick[name], well[name]) for sick, well in zip(table[dose], table[HEALTHY], strict=True)]
        one_side = len({ratio > 0 for ratio in ratios}) == 1
        if name != "separation" and one_side and min(map(abs, ratios)) >= math.log(NOTABLE):
            found.append((name, sum(ratios) / len(ratios)))
    found.sort(key=lambda sign: -abs(sign[1]))
    return [(name, math.exp(mean)) for name, mean in found[:2]]


def _log_ratio(sick: float, well: float) -> float:
    """Of two amounts, either of which may be nothing at all."""
    return math.log((sick + 1e-4) / (well + 1e-4))


def rows(table: Table) -> list[tuple[str, str, str]]:
    """For each term: its name, what is seen without it (or with it, if it is optional), what with thirty times it."""
    found = []
    for name in LossWeights().terms:
        first = "with" if name in OPTIONAL else "without"
        both = [told(table, dose) for dose in (f"{first} {name}", f"{TIMES} x {name}")]
        once, often = (", ".join(f"{sign} x {factor:.2f}" for sign, factor in each) or "-" for each in both)
        found.append((name, once, often))
    return found


def recorded(path: Path = RECORDED) -> Table:
    """What :func:`record` wrote."""
    found: Table = json.loads(path.read_text(encoding="utf-8"))
    return found


def record(
    path: Path = RECORDED, *, steps: int = STEPS, seeds: Sequence[int] = SEEDS,
    weights: Mapping[str, LossWeights] | None = None,
) -> None:  # fmt: skip
    """Train what is not recorded yet, one seed of every dose after the other."""
    table = recorded(path) if path.exists() else {}
    for place, seed in enumerate(seeds):
        for name, each in (doses() if weights is None else weights).items():
            if len(table.setdefault(name, [])) <= place:
                with flushed_denormals():
                    model, _ = trained(Recipe(each, judge_steps=int(each.adversarial)), steps, seed)
                    table[name].append(signs(model))
                with written_whole(path) as draft:
                    lines = (f"{json.dumps(dose)}: {json.dumps(values)}" for dose, values in table.items())
                    draft.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    record()
