"""Short trainings that go wrong in one way each, and some with a discriminator, recorded as curves.

    python -m fomm_lite.course.ch12_going_further.sick_runs     trains what ``sick_runs.json`` lacks (minutes)

All start from the same weights and see the same pairs as the healthy one; one thing differs, and two in "one spot".
"""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from fomm_lite.config import TINY, DiscriminatorConfig
from fomm_lite.course.kit.denormals import flushed_denormals
from fomm_lite.files.atomic import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator
from fomm_lite.networks.perceptual import Vgg19Features
from fomm_lite.training.discriminator_step import DiscriminatorObjective
from fomm_lite.training.objective import LossWeights, Objective, Terms
from fomm_lite.training.pairs import Pairs, WorldClips
from fomm_lite.training.random_warp import RandomWarp

RECORDED = Path(__file__).with_name("sick_runs.json")
STEPS = 80
BATCH, SIZE, CLIPS, WARM_UP, EVERY = 4, 32, 24, 10, 2
_JUDGED = LossWeights(generator_gan=1.0, discriminator_gan=1.0)
_ONE_SPOT = LossWeights(separation=0.0, equivariance_positions=20.0)
Curves = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True)
class Recipe:
    """What differs from run to run.

    Attributes:
        weights: of the objective's terms.
        rate: the learning rate.
        difference: weight of Eq. 12 taken as a plain difference, in place of Eq. 13.
        judge_steps: how often the discriminator learns for each step of the model; 0 without one.
        judge_rate: its learning rate; None is the model's.
    """

    weights: LossWeights = dataclasses.field(default_factory=LossWeights)
    rate: float = 2e-3
    difference: float = 0.0
    judge_steps: int = 0
    judge_rate: float | None = None


RECIPES = {
    "discriminator, one step": Recipe(_JUDGED, judge_steps=1),
    "discriminator, six steps": Recipe(_JUDGED, judge_steps=6),
    "healthy": Recipe(),
    "keypoints in one spot": Recipe(_ONE_SPOT),
    "jacobians shrink": Recipe(LossWeights(equivariance_jacobians=0.0), difference=5.0),
    "rate of 0.1": Recipe(rate=0.1),
    "discriminator asleep": Recipe(_JUDGED, judge_steps=1, judge_rate=0.0),
    "generator asleep": Recipe(_JUDGED, rate=2e-5, judge_steps=6, judge_rate=5e-4),
}


def run(recipe: Recipe, steps: int = STEPS, seed: int = 0) -> Curves:
    """Train, and keep what tells health from sickness: name -> (step, value).

    ``reconstruction`` is its loss; ``apart`` the mean distance of a keypoint to its nearest, normalised; ``stretch``
    the mean root of |det| of the jacobians, 1 for the identity; ``discriminator`` and ``generator`` their adversarial
    losses a scale.
    """
    return trained(recipe, steps, seed)[1]


def trained(recipe: Recipe, steps: int = STEPS, seed: int = 0) -> tuple[FirstOrderModel, Curves]:
    """The model that comes out, and the curves of :func:`run`.

    VGG19 is not shipped: where a recipe has a perceptual term, the eyes are such a network with nothing learnt.
    """
    torch.manual_seed(seed)
    model = FirstOrderModel(TINY).train()
    judge = (
        Discriminator(DiscriminatorConfig(block_expansion=8, max_features=32, num_blocks=2))
        if recipe.judge_steps
        else None
    )
    eyes = Vgg19Features() if recipe.weights.perceptual else None
    objective = Objective(model, recipe.weights, eyes, judge)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.rate, betas=(0.5, 0.999))
    judge_rate = recipe.rate if recipe.judge_rate is None else recipe.judge_rate
    learns = torch.optim.Adam(judge.parameters(), lr=judge_rate, betas=(0.5, 0.999)) if judge else None
    clips, dice = WorldClips("faces", "train", CLIPS, size=SIZE), torch.Generator().manual_seed(seed)
    pairs = Pairs(clips, seed=seed, regions=recipe.weights.expression > 0)
    curves: Curves = {}
    for step in range(steps):
        batch = torch.stack([pairs[step * BATCH + place] for place in range(BATCH)]).float() / 255
        warp = RandomWarp.sample(BATCH, sigma_affine=0.05, generator=dice)
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * min(1, (step + 1) / WARM_UP)
        region = batch[:, 1, 3:] if pairs.regions else None
        terms = objective(batch[:, 0, :3], batch[:, 1, :3], warp, region)
        total = terms.total
        if recipe.difference:
            total = total + recipe.difference * _difference(model, terms, warp)
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        seen = symptoms(terms)
        if "reconstruction" in terms.named:
            seen["reconstruction"] = float(terms.named["reconstruction"].detach())
        if judge is not None and learns is not None:
            judging = DiscriminatorObjective(judge, 1.0)
            for _ in range(recipe.judge_steps):
                paid = judging(terms.driving, terms.reconstruction.prediction.detach(), terms.kp_driving.positions)
                learns.zero_grad()
                paid.backward()
                learns.step()
            seen["discriminator"] = float(paid.detach())
            if recipe.weights.generator_gan:
                seen["generator"] = float(terms.named["generator_gan"].detach())
        if step % EVERY == 0:
            for name, value in seen.items():
                curves.setdefault(name, []).append((step, value))
    return model, curves


def _difference(model: FirstOrderModel, terms: Terms, warp: RandomWarp) -> torch.Tensor:
    """Eq. 12 for jacobians as it stands: mean |B - dT B'|."""
    warped = model.detect(warp.image(terms.driving))
    return (terms.kp_driving.jacobians - warp.jacobians(warped.positions) @ warped.jacobians).abs().mean()


def symptoms(terms: Terms) -> dict[str, float]:
    """``apart`` and ``stretch`` of a step, as :func:`run` has them."""
    positions, jacobians = terms.kp_driving.positions.detach(), terms.kp_driving.jacobians.detach()
    apart = (positions[:, :, None] - positions[:, None]).norm(dim=-1).kthvalue(2, dim=-1).values
    return {"apart": float(apart.mean()), "stretch": float(torch.linalg.det(jacobians).abs().sqrt().mean())}


def recorded(path: Path = RECORDED) -> dict[str, Curves]:
    """The curves that :func:`record` wrote: run -> name -> (step, value)."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        run: {name: [(int(x), float(y)) for x, y in line] for name, line in curves.items()}
        for run, curves in found.items()
    }


def record(path: Path = RECORDED, steps: int = STEPS, recipes: Mapping[str, Recipe] = RECIPES) -> None:
    """Train those that are not recorded yet, and write all curves, to four digits, in the order of the recipes."""
    found = recorded(path) if path.exists() else {}
    for name, recipe in recipes.items():
        if name not in found:
            with flushed_denormals():
                curves = run(recipe, steps)
            found[name] = {each: [(x, float(f"{y:.4g}")) for x, y in line] for each, line in curves.items()}
            kept = {each: found[each] for each in recipes if each in found}
            with written_whole(path) as draft:
                draft.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()
