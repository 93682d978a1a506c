"""What tests/training/test_processes.py launches: an adversarial training that notes what each process saw and did.

python tests/training/two_processes.py FOLDER          alone, or under a launcher
"""

import dataclasses
import os
import sys
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fomm_lite.config import LEAN, DiscriminatorConfig, GeneratorConfig, HourglassConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training.objective import LossWeights, Objective, Terms
from fomm_lite.training.pairs import Pairs, WorldClips
from fomm_lite.training.processes import leave
from fomm_lite.training.random_warp import RandomWarp

HOURGLASS = HourglassConfig(4, 16, 3, head_kernel=3, head_padding=1, light_blocks=True)
MODEL = dataclasses.replace(
    LEAN,
    num_keypoints=4,
    motion_size=16,
    detector=HOURGLASS,
    dense_motion=HOURGLASS,
    generator=GeneratorConfig(4, 8, 1, 1, 3, light_blocks=True, warped_skips=True, blend_deformed=True),
)
CONFIG = TrainingConfig(
    size=16,
    steps=6,
    batch_size=8,
    learning_rate=1e-3,
    weights=LossWeights(generator_gan=1.0, feature_matching=10.0, discriminator_gan=1.0),
    discriminator=DiscriminatorConfig(
        block_expansion=4, max_features=8, num_blocks=2, spectral_norm=True, use_keypoints=True
    ),
)


def main(folder: Path) -> None:
    """Train three steps, stop because the last process asks, go on for three; then break a second training."""
    rank, several = int(os.environ.get("RANK", "0")), "RANK" in os.environ
    clips = WorldClips("faces", "train", 6, frames=4, size=16, stride=4)
    seen: dict[str, Any] = {"numbers": [], "warps": [], "steps": [], "totals": []}
    take, look = Pairs.__getitem__, Objective.forward

    def note_number(self: Pairs, number: int) -> Tensor:
        seen["numbers"].append(number)
        return take(self, number)

    def note_warp(self: Objective, source: Tensor, driving: Tensor, warp: RandomWarp, *more: Tensor | None) -> Terms:
        seen["warps"].append(warp.theta.clone())
        return look(self, source, driving, warp, *more)

    Pairs.__getitem__, Objective.forward = note_number, note_warp  # type: ignore[assignment,method-assign]

    def note(state: State, terms: Terms) -> None:
        seen["steps"].append(state.step)
        seen["totals"].append(terms.total.item())
        if state.step == 3 and "stopped_at" not in seen and rank == int(several):
            state.stop = True

    torch.manual_seed(3)
    start = FirstOrderModel(MODEL)
    seen["start"] = {name: tensor.clone() for name, tensor in start.state_dict().items()}
    train(clips, MODEL, CONFIG, folder / "run", on_step=note, samples=[clips[0]], start=start, progress_bar=False)
    seen["stopped_at"] = seen["steps"][-1]
    trained = train(clips, MODEL, CONFIG, folder / "run", on_step=note, resume=True, progress_bar=False)
    seen["state"] = {name: tensor.clone() for name, tensor in trained.state_dict().items()}
    if several:
        seen["broken"] = break_one(clips, folder, rank)
    torch.save(seen, folder / f"rank{rank}.pt")
    leave()


def break_one(clips: WorldClips, folder: Path, rank: int) -> str:
    """What a process is told when the second one's loss is no number from its second step on."""
    look, calls = Objective.forward, []

    def spoil(self: Objective, source: Tensor, driving: Tensor, warp: RandomWarp, *more: Tensor | None) -> Terms:
        calls.append(1)
        terms = look(self, source, driving, warp, *more)
        return dataclasses.replace(terms, total=terms.total * float("nan")) if rank and len(calls) >= 2 else terms

    Objective.forward = spoil  # type: ignore[method-assign]
    try:
        train(clips, MODEL, CONFIG, folder / "broken", progress_bar=False)
    except InputError as error:
        return str(error)
    return "nothing"


if __name__ == "__main__":
    # batch norm sees its own process's share only; never on import, which would change the layers of everybody else
    nn.BatchNorm2d = partial(nn.GroupNorm, 1)  # type: ignore[assignment,misc]
    main(Path(sys.argv[1]))
