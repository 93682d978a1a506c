"""Two networks against each other on the smallest stage: points of the plane, real ones in eight heaps on a circle.

A heap is what a kind of picture is elsewhere ("mode"). What a discriminator pays and what a generator pays are named:

    saturating       the generator minimises log(1 - Dis), as in the two-player game
    non-saturating   it minimises -log Dis, the same wish with another slope
    least squares    it minimises (1 - Dis)^2; FOMM's choice

Dis is what the discriminator says: for the first two sigmoid(score); for the last the score as it is.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.training.losses import lsgan_discriminator, lsgan_generator

LOSSES = ("saturating", "non-saturating", "least squares")
HEAPS = 8
SPREAD = 0.05  # standard deviation of a heap; the circle's radius is 1
NOISE = 4  # numbers the generator makes a point of
_BATCH = 128
_WIDTH = 64


def heap_centres() -> Float[Tensor, "m 2"]:
    """The middles of the eight heaps."""
    angles = 2 * math.pi * torch.arange(HEAPS) / HEAPS
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def real_points(count: int, generator: torch.Generator) -> Float[Tensor, "n 2"]:
    """Points of the eight heaps, all heaps alike."""
    which = torch.randint(HEAPS, (count,), generator=generator)
    return heap_centres()[which] + SPREAD * torch.randn(count, 2, generator=generator)


def heap_shares(points: Float[Tensor, "n 2"]) -> Float[Tensor, " m"]:
    """Share of the points that lie in each heap: within four standard deviations of its middle."""
    distance, nearest = torch.cdist(points, heap_centres()).min(dim=1)
    return torch.bincount(nearest[distance < 4 * SPREAD], minlength=HEAPS) / len(points)


def _check(name: str) -> None:
    """Refuse an unknown loss."""
    if name not in LOSSES:
        raise InputError(f"got the loss {name!r}", "one of " + ", ".join(LOSSES), "choose one")


def generator_loss(scores: Float[Tensor, "n 1"], name: str) -> Float[Tensor, ""]:
    """What the generator pays, mean over its points.

    Args:
        scores: the discriminator's, of generated points, before any sigmoid.
        name: one of :data:`LOSSES`.

    Raises:
        InputError: an unknown loss.
    """
    _check(name)
    if name == "saturating":
        return -F.softplus(scores).mean()  # log(1 - sigmoid(s))
    if name == "non-saturating":
        return F.softplus(-scores).mean()  # -log sigmoid(s)
    return lsgan_generator([scores[..., None, None]])


def discriminator_loss(real: Float[Tensor, "n 1"], generated: Float[Tensor, "n 1"], name: str) -> Float[Tensor, ""]:
    """What the discriminator pays for its mistakes.

    Args:
        real: its scores of real points.
        generated: its scores of generated points, which must be detached from their generator.
        name: one of :data:`LOSSES`; the first two share it.
    """
    if name == "least squares":
        return lsgan_discriminator([real[..., None, None]], [generated[..., None, None]])
    return F.softplus(-real).mean() + F.softplus(generated).mean()


@dataclass(frozen=True)
class Moment:
    """A look at a training.

    Attributes:
        step: how many steps were done.
        heaps: how many heaps hold at least 2 % of the generated points.
        inside: share of the generated points that lie in any heap.
        judged: share of real and generated points that the discriminator tells right; 0.5 is guessing.
    """

    step: int
    heaps: int
    inside: float
    judged: float


@dataclass(frozen=True)
class GanTraining:
    """What a training leaves.

    Attributes:
        generator: noise -> points.
        discriminator: points -> scores.
        moments: looks at it, from the start to the end.
        points: what the generator made at the end.
    """

    generator: nn.Module
    discriminator: nn.Module
    moments: list[Moment]
    points: Float[Tensor, "n 2"]


def _network(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, outputs)
    )


def new_pair(seed: int) -> tuple[nn.Module, nn.Module]:
    """A generator and a discriminator that know nothing yet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _network(NOISE, 2), _network(2, 1)


def _adam(network: nn.Module, rate: float) -> torch.optim.Adam:
    return torch.optim.Adam(network.parameters(), lr=rate, betas=(0.5, 0.99))


def train_gan(
    steps: int,
    loss: str = "least squares",
    *,
    generator_rate: float = 1e-3,
    discriminator_rate: float = 1e-3,
    generator_turns: int = 1,
    looks: int = 20,
    seed: int = 0,
) -> GanTraining:
    """Train a pair.

    Args:
        steps: of both; the rates fall to 0 along a line.
        loss: one of :data:`LOSSES`.
        generator_rate: the generator's learning rate at the start.
        discriminator_rate: the discriminator's.
        generator_turns: steps of the generator for each one of the discriminator.
        looks: how often to look at it.
        seed: of weights, noise and real points.

    Raises:
        InputError: an unknown loss.
    """
    _check(loss)
    dice = torch.Generator().manual_seed(seed)
    maker, judge = new_pair(seed)
    makers, judges = _adam(maker, generator_rate), _adam(judge, discriminator_rate)
    every = max(1, steps // looks)
    moments = [_look(0, maker, judge, loss, seed)]
    for step in range(steps):
        for optimiser, rate in ((makers, generator_rate), (judges, discriminator_rate)):
            optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        made = maker(torch.randn(_BATCH, NOISE, generator=dice)).detach()
        _descend(judges, discriminator_loss(judge(real_points(_BATCH, dice)), judge(made), loss))
        for _ in range(generator_turns):
            made = maker(torch.randn(_BATCH, NOISE, generator=dice))
            _descend(makers, generator_loss(judge(made), loss))
        if (step + 1) % every == 0:
            moments.append(_look(step + 1, maker, judge, loss, seed))
    return GanTraining(maker, judge, moments, sample(maker, 1000, seed))


def sample(maker: nn.Module, count: int, seed: int = 0) -> Float[Tensor, "n 2"]:
    """Points that a generator makes."""
    with torch.no_grad():
        return maker(torch.randn(count, NOISE, generator=torch.Generator().manual_seed(seed + 1)))


def _descend(optimiser: torch.optim.Optimizer, loss: Float[Tensor, ""]) -> None:
    """One step. Slopes that the other network's loss left behind are cleared first."""
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def _look(step: int, maker: nn.Module, judge: nn.Module, loss: str, seed: int) -> Moment:
    """What a training has come to."""
    made, real = sample(maker, 1000, seed), real_points(1000, torch.Generator().manual_seed(seed + 2))
    shares, line = heap_shares(made), 0.5 if loss == "least squares" else 0.0
    with torch.no_grad():
        judged = ((judge(real) > line).float().mean() + (judge(made) <= line).float().mean()) / 2
    return Moment(step, int((shares >= 0.02).sum()), float(shares.sum()), float(judged))


def slopes_against_a_judge_alone(steps: int, looks: int = 20, seed: int = 0) -> dict[str, list[tuple[int, float]]]:
    """How hard each loss pulls on generated points while only the discriminator learns.

    Args:
        steps: of the discriminator; the generator stays as it was drawn.
        looks: how often to look.
        seed: of weights, noise and real points.

    Returns:
        For each loss (step, mean length of the slope at a generated point, for a mean over points).
    """
    found: dict[str, list[tuple[int, float]]] = {}
    for name in LOSSES:
        dice = torch.Generator().manual_seed(seed)
        maker, judge = new_pair(seed)
        judges = _adam(judge, 1e-3)
        found[name] = []
        for step in range(steps + 1):
            if step % max(1, steps // looks) == 0:
                points = sample(maker, 500, seed).requires_grad_()
                loss = generator_loss(judge(points), name) * len(points)  # each point's own slope, not a 500th of it
                (slope,) = torch.autograd.grad(loss, points)
                found[name].append((step, float(slope.norm(dim=1).mean())))
            made = sample(maker, _BATCH, seed + step)
            _descend(judges, discriminator_loss(judge(real_points(_BATCH, dice)), judge(made), name))
    return found
