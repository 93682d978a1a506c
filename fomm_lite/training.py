"""The training loop: pairs from clips, one objective, one optimiser, a schedule, resumable at any step.

Device, precision and several processes are accelerate's business. What is kept here is the order of things: draw pairs,
step, now and then show samples and write a checkpoint, and stop in good order when asked to.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from torch import Tensor
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from fomm_lite import checkpoints, weights
from fomm_lite.config import ModelConfig
from fomm_lite.data.augment import AUGMENT_PRESETS, AugmentConfig
from fomm_lite.data.pairs import Numbers, Pairs
from fomm_lite.equivariance import RandomWarp
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.objective import LossWeights, Objective, Terms
from fomm_lite.samples import write_sample_sheet

PRECISIONS = ("no", "bf16", "fp16")
ON_THE_BAR = ("total", "reconstruction", "warp")  # all of them stand in log.jsonl


@dataclass(frozen=True)
class TrainingConfig:
    """How long, how fast, on what.

    Attributes:
        size: side of the training pictures in pixels, at the end.
        steps: optimiser steps; or
        minutes: wall-clock minutes, whatever comes first. One of the two must be given.
        batch_size: pairs a step, in all processes together.
        learning_rate: the peak of the schedule.
        warm_up: share of the training in which the learning rate rises from 0.
        cool_down: share at the end in which it falls to 0, along a half cosine.
        betas: of Adam; 0.5 as in the original.
        grow: shares of the training at which the picture size doubles; ``(0.5,)`` spends the first half at size / 2.
        augmentation: what is changed in a pair, in both frames alike.
        sigma_affine: spread of the affine part of the equivariance warp.
        sigma_tps: spread of its thin-plate part.
        seed: of everything random.
        precision: "no", "bf16" or "fp16".
        checkpoint_minutes: how often the run can be resumed from.
        weights: of the loss terms.
    """

    size: int = 64
    steps: int | None = None
    minutes: float | None = None
    batch_size: int = 8
    learning_rate: float = 2e-3
    warm_up: float = 0.05
    cool_down: float = 0.5
    betas: tuple[float, float] = (0.5, 0.999)
    grow: tuple[float, ...] = ()
    augmentation: AugmentConfig = AUGMENT_PRESETS["lean"]
    sigma_affine: float = 0.05
    sigma_tps: float = 0.005
    seed: int = 0
    precision: str = "no"
    checkpoint_minutes: float = 1.0
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        """Refuse a training without an end.

        Raises:
            InputError: neither steps nor minutes, a number out of range, or a precision that is not to be had here.
        """
        if self.steps is None and self.minutes is None:
            raise InputError("got neither steps nor minutes", "one of the two", "pass minutes=4, for example")
        for name in ("steps", "minutes", "batch_size", "learning_rate", "size"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"got {name} = {value}", "a number above 0", f"raise {name}")
        if self.precision not in PRECISIONS:
            raise InputError(f"got precision {self.precision!r}", "one of " + ", ".join(PRECISIONS), "choose one")
        if self.precision == "fp16" and not torch.cuda.is_available():
            raise InputError("got precision fp16 without a CUDA device", "no or bf16 on a CPU", "use precision bf16")

    def progress(self, step: int, seconds: float) -> float:
        """Share of the training that is done, 0 to 1."""
        by_steps = step / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return min(1.0, max(by_steps, by_time))

    def size_at(self, progress: float) -> int:
        """Side of the pictures when ``progress`` (0 to 1) of the training is done."""
        return self.size // 2 ** sum(progress < share for share in self.grow)

    def rate_at(self, progress: float) -> float:
        """Learning rate at ``progress``: up in a line, flat, down along a half cosine."""
        up = min(1.0, progress / self.warm_up) if self.warm_up else 1.0
        left = min(1.0, (1 - progress) / self.cool_down) if self.cool_down else 1.0
        return self.learning_rate * min(up, 0.5 - 0.5 * math.cos(math.pi * max(left, 0.0)))


@dataclass
class State:
    """Where a run stands; what callbacks are given.

    Attributes:
        step: optimiser steps done.
        seconds: of training, all sessions of the run together.
        progress: share of the training that is done, 0 to 1.
        losses: unweighted terms, and the weighted sum as "total", smoothed over about fifty steps.
        stop: set it to end the run after this step, with a checkpoint.
    """

    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    stop: bool = False

    def smooth(self, terms: Terms) -> None:
        """Take in the terms of one step."""
        share = max(0.02, 1 / (self.step + 1))
        for name, term in {"total": terms.total, **terms.named}.items():
            value = float(term.detach())
            old = self.losses.get(name, value)  # a resumed run starts to average anew
            self.losses[name] = old + share * (value - old)


OnStep = Callable[[State, Terms], None]


def train(
    clips: Sequence[Tensor],
    model_config: ModelConfig,
    config: TrainingConfig,
    out: Path,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    samples: Sequence[Tensor] = (),
    resume: bool = False,
    on_step: OnStep | None = None,
    about: dict[str, Any] | None = None,
    progress_bar: bool = True,
) -> FirstOrderModel:
    """Train a model; leaves ``model.safetensors``, ``checkpoint.pt``, ``log.jsonl`` and ``samples/`` in ``out``.

    Args:
        clips: training clips, each (t 3 h w) bytes with h = w = ``config.size``.
        model_config: the architecture.
        config: the training.
        out: the run's folder.
        groups: indices of the clips of each identity, as for :class:`~fomm_lite.data.pairs.Pairs`.
        samples: held-out clips whose first pictures are drawn as the run goes.
        resume: go on from the checkpoint in ``out``.
        on_step: called after every step, for curves and stop buttons.
        about: facts to keep in the header of the weights.
        progress_bar: show losses, throughput and time left on stderr.

    Returns:
        The trained model, in evaluation mode.

    Raises:
        InputError: a size the model cannot take, a folder that holds another run, nothing to resume, or a loss that
            is no longer a number.
    """
    for stage in sorted({config.size_at(p) for p in (0.0, *config.grow, 1.0)}):
        model_config.check_size(stage, stage)
    run = _Run(model_config, config, Path(out), resume)
    with checkpoints.finish_step_on_interrupt() as interrupted, run.bar(progress_bar) as bar:
        for batch in run.batches(clips, groups):
            terms = run.step(batch)
            if on_step is not None:
                on_step(run.state, terms)
            run.show(bar)
            due = run.checkpoint_due()
            if due:
                run.write(about, samples)
            run.state.stop = run.state.stop or interrupted.is_set()
            if run.finished():
                break
        run.write(about, samples)
    return run.model.eval()


class _Run:
    """A model, its optimiser and its clock."""

    def __init__(self, model_config: ModelConfig, config: TrainingConfig, out: Path, resume: bool) -> None:
        self.config, self.out, self.state = config, out, State()
        AcceleratorState._reset_state()  # else a notebook's second training could not choose another precision
        self.accelerator = Accelerator(mixed_precision=config.precision, cpu=not torch.cuda.is_available())
        set_seed(config.seed)
        self.model = FirstOrderModel(model_config)
        self.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on CPUs
        optimiser = torch.optim.Adam(self.model.parameters(), lr=config.learning_rate, betas=config.betas, fused=True)
        self.random = torch.Generator().manual_seed(config.seed + self.accelerator.process_index)
        checkpoints.claim(out, resume=resume)
        if resume:
            self.state.step, self.state.seconds = checkpoints.load(out, self.model, optimiser, self.random)
            self.state.progress = config.progress(self.state.step, self.state.seconds)
        objective = Objective(self.model, config.weights)
        self.objective, self.optimiser = self.accelerator.prepare(objective, optimiser)
        self.objective.train()
        self.started = time.monotonic() - self.state.seconds
        self.last_checkpoint = time.monotonic()

    def batches(self, clips: Sequence[Tensor], groups: Sequence[Sequence[int]] | None) -> Iterator[Tensor]:
        """Batches of pairs (b 2 3 h w) in [0, 1], the same whatever the number of processes."""
        config, share = self.config, self.config.batch_size // self.accelerator.num_processes
        last = config.steps if config.steps is not None else 10**9
        numbers = Numbers(self.state.step * config.batch_size, last * config.batch_size)
        pairs = Pairs(clips, seed=config.seed, augmentation=config.augmentation, groups=groups)
        loader = DataLoader(pairs, batch_size=share, sampler=numbers)
        for batch in self.accelerator.prepare(loader):
            yield batch.float() / 255

    def step(self, batch: Tensor) -> Terms:
        """One update."""
        config, state = self.config, self.state
        batch = _shrink(batch, config.size_at(state.progress))
        source, driving = (x.contiguous(memory_format=torch.channels_last) for x in batch.unbind(1))
        for group in self.optimiser.param_groups:
            group["lr"] = config.rate_at(state.progress)
        warp = RandomWarp.sample(
            len(batch),
            sigma_affine=config.sigma_affine,
            sigma_tps=config.sigma_tps,
            generator=self.random,
            device=batch.device,
        )
        terms = self.objective(source, driving, warp)
        if not torch.isfinite(terms.total):  # before it reaches the weights: the last checkpoint stays good
            raise InputError(
                f"got a loss of {float(terms.total)} at step {state.step}", "a finite number", "lower the learning rate"
            )
        self.optimiser.zero_grad()
        self.accelerator.backward(terms.total)
        self.optimiser.step()
        state.step += 1
        state.seconds = time.monotonic() - self.started
        state.progress = config.progress(state.step, state.seconds)
        state.smooth(terms)
        return terms

    def finished(self) -> bool:
        return self.state.stop or self.state.progress >= 1

    def checkpoint_due(self) -> bool:
        return time.monotonic() - self.last_checkpoint > 60 * self.config.checkpoint_minutes

    def write(self, about: dict[str, Any] | None, samples: Sequence[Tensor]) -> None:
        """Checkpoint, weights, a log line and a sheet of samples; by one process only."""
        self.accelerator.wait_for_everyone()
        self.last_checkpoint = time.monotonic()
        if not self.accelerator.is_main_process:
            return
        state, size = self.state, self.config.size_at(self.state.progress)
        checkpoints.save(self.out, self.model, self.optimiser, self.random, state.step, state.seconds)
        facts = {
            "size": size,
            "steps": state.step,
            "minutes": round(state.seconds / 60, 2),
            "finished": state.progress >= 1,
            "training": asdict(self.config),
        }
        weights.save(self.model, self.out / "model.safetensors", about=facts | (about or {}))
        with (self.out / "log.jsonl").open("a") as log:
            log.write(json.dumps({"step": state.step, "seconds": round(state.seconds, 1), **state.losses}) + "\n")
        if samples:
            pictures = [_shrink(clip[None].float() / 255, size)[0] for clip in samples]
            write_sample_sheet(self.model, pictures, self.out / "samples" / f"{state.step:06d}.png")
            self.objective.train()

    def bar(self, shown: bool) -> tqdm:
        """Steps when their number is known, else seconds."""
        config = self.config
        total, unit = (config.steps, "step") if config.steps else (round(60 * (config.minutes or 0)), "s")
        return tqdm(total=total, unit=unit, disable=not (shown and self.accelerator.is_main_process), smoothing=0.05)

    def show(self, bar: tqdm) -> None:
        """Advance the bar and print the losses beside it."""
        state = self.state
        bar.n = state.step if self.config.steps else min(round(state.seconds), bar.total or 0)
        rate = state.step / max(state.seconds, 1e-9)
        shown = {name: f"{state.losses[name]:.4f}" for name in ON_THE_BAR if name in state.losses}
        bar.set_postfix({"steps/s": f"{rate:.1f}", **shown}, refresh=False)
        bar.update(0)


def _shrink(batch: Tensor, size: int) -> Tensor:
    """Average pictures (... 3 h w) down to ``size``."""
    factor = batch.shape[-1] // size
    return batch if factor == 1 else F.avg_pool2d(batch.flatten(0, -4), factor).unflatten(0, batch.shape[:-3])
