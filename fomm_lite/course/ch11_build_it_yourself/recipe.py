"""What the notebook's training consists of, by the library: pairs, terms, the loop; and a toy to try a loop on."""

import math
from collections.abc import Callable, Sequence
from typing import cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from fomm_lite.course.ch11_build_it_yourself.borrowed import Described, Fomm
from fomm_lite.training import losses
from fomm_lite.training.random_warp import RandomWarp

PEAK = 2e-3
BATCH = 8
WEIGHTS = {
    "reconstruction": 1.0,
    "gradients": 1.0,
    "warp": 1.0,
    "squared": 5.0,
    "painting": 0.5,
    "equivariance_positions": 0.5,
    "equivariance_jacobians": 0.1,
    "separation": 0.2,
}

Pair = tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b 3 h w"], RandomWarp]


def pairs_of(clips: Float[Tensor, "n t 3 h w"], seed: int = 0) -> Callable[[int], Pair]:
    """Step number -> source, driving frame of the same clip, and a random warp; the same for everybody."""

    def pair(step: int) -> Pair:
        random = torch.Generator().manual_seed(seed * 1_000_003 + step)
        who = torch.randint(len(clips), (BATCH,), generator=random)
        when = torch.rand(BATCH, clips.shape[1], generator=random).argsort(1)[:, :2]  # two different frames
        return clips[who, when[:, 0]], clips[who, when[:, 1]], RandomWarp.sample(BATCH, generator=random)

    return pair


def described(model: nn.Module, images: Float[Tensor, "b 3 h w"]) -> Described:
    """What the model's detector says; for type checkers, to whom a part of a module might be anything."""
    found: Described = cast(nn.Module, model.detector)(images)
    return found


def terms(
    model: nn.Module, source: Float[Tensor, "b 3 h w"], driving: Float[Tensor, "b 3 h w"], warp: RandomWarp
) -> dict[str, Float[Tensor, ""]]:
    """The unweighted terms of one pair, by name."""
    count = len(source)
    positions, jacobians = described(model, torch.cat([source, driving, warp.image(driving)]))
    at: list[Described] = [(positions[i : i + count], jacobians[i : i + count]) for i in (0, count, 2 * count)]
    prediction, deformed, painted = model(source, at[0], at[1])
    carried = warp.points(at[2][0])
    return {
        "reconstruction": losses.pyramid_l1(prediction, driving),
        "gradients": losses.pyramid_gradient_l1(prediction, driving),
        "warp": losses.pyramid_l1(deformed, driving),
        "squared": losses.squared_error(prediction, driving),
        "painting": losses.pyramid_l1(painted, driving, 1),
        "equivariance_positions": losses.equivariance_positions(at[1][0], carried),
        "equivariance_jacobians": losses.equivariance_jacobians(at[1][1], at[2][1], warp.jacobians(at[2][0])),
        "separation": losses.keypoint_separation(at[1][0], 0.25),
    }


def objective(
    model: nn.Module, source: Float[Tensor, "b 3 h w"], driving: Float[Tensor, "b 3 h w"], warp: RandomWarp
) -> Float[Tensor, ""]:
    """The weighted sum of :func:`terms`."""
    named = terms(model, source, driving, warp)
    return torch.stack([WEIGHTS[name] * term for name, term in named.items()]).sum()


def rate(progress: float) -> float:
    """The schedule of notebook 06: up in 5 %, flat, down along half a cosine from the middle on."""
    return min(1.0, progress / 0.05, 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1 - progress) / 0.5)))


def fit(model: nn.Module, objective: Callable[..., Tensor], pairs: Callable[[int], Pair], steps: int) -> list[float]:
    """Train; returns the loss of each step."""
    optimiser = torch.optim.Adam(model.parameters(), betas=(0.5, 0.999))
    said = []
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = PEAK * rate((step + 1) / steps)
        loss = objective(model, *pairs(step))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        said.append(float(loss.detach()))
    return said


def zero_order(model: Fomm) -> Fomm:
    """Nails the jacobians of a model that has not been trained yet to the identity, where they start."""
    for name, parameter in model.detector.named_parameters():
        if name.startswith("jacobian_head"):
            parameter.requires_grad_(False)
    return model


@torch.no_grad()
def held_out_ratio(model: nn.Module, clips: Sequence[Float[Tensor, "_ 3 h w"]]) -> float:
    """L1 over clips that drive themselves from their first frame, as a share of copying it."""
    was_training = model.training
    model.eval()
    missed = copied = 0.0
    for frames in clips:
        source = frames[:1].expand_as(frames)
        positions, jacobians = described(model, frames)
        kp_source = (positions[:1].expand_as(positions), jacobians[:1].expand_as(jacobians))
        prediction = model(source, kp_source, (positions, jacobians))[0]
        missed += float((prediction - frames).abs().mean())
        copied += float((source - frames).abs().mean())
    model.train(was_training)
    return missed / copied


def toy(seed: int) -> nn.Module:
    """A model so small that forty steps of it take no time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))


def toy_pair(seed: int, step: int) -> tuple[Tensor, Tensor]:
    """Inputs and outputs to fit the toy to."""
    inputs = torch.rand(5, 3, generator=torch.Generator().manual_seed(1000 * seed + step))
    return inputs, torch.stack([inputs.sum(1), inputs.prod(1)], dim=1)


def toy_objective(model: nn.Module, inputs: Tensor, outputs: Tensor) -> Tensor:
    """Mean squared error."""
    return (model(inputs) - outputs).square().mean()
