"""Where a run stands, and how it is shown: what a callback is given, and a bar with losses and throughput beside it."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor
from tqdm.auto import tqdm

from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole
from fomm_lite.training.objective import Terms
from fomm_lite.training.training_config import TrainingConfig

ON_THE_BAR = ("total", "reconstruction", "perceptual", "warp")  # all of them stand in log.jsonl


@dataclass
class State:
    """Where a run stands; what callbacks are given.

    Attributes:
        step: optimiser steps done.
        seconds: of training, all sessions of the run together.
        progress: share of the training that is done, 0 to 1.
        losses: unweighted terms, and the weighted sum as "total", smoothed over about fifty steps.
        left_out: steps without a finite loss and gradient in this session, which changed nothing.
        stop: set it to end the run after this step, with a checkpoint.
        signal: the number of the signal that ended the run, Ctrl-C among them; 0 where none did.
    """

    step: int = 0
    seconds: float = 0.0
    progress: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    left_out: int = 0
    stop: bool = False
    signal: int = 0

    def smooth(self, terms: Terms) -> None:
        """Take in the terms of one step."""
        share = max(0.02, 1 / (self.step + 1))
        for name, term in {"total": terms.total, **terms.named}.items():
            value = float(term.detach())
            old = self.losses.get(name, value)  # a resumed run starts to average anew
            self.losses[name] = old + share * (value - old)


OnStep = Callable[[State, Terms], None]


def progress_bar(config: TrainingConfig, shown: bool) -> tqdm:  # type: ignore[type-arg]  # generic in its stubs only
    """A bar of steps when their number is known, else of seconds."""
    total, unit = (config.steps, "step") if config.steps else (round(60 * (config.minutes or 0)), "s")
    return tqdm(total=total, unit=unit, disable=not shown, smoothing=0.05)


def show(bar: tqdm, config: TrainingConfig, state: State) -> None:  # type: ignore[type-arg]
    """Advance the bar and print the losses beside it."""
    bar.n = state.step if config.steps else min(round(state.seconds), bar.total or 0)
    rate = state.step / max(state.seconds, 1e-9)
    shown = {name: f"{state.losses[name]:.4f}" for name in ON_THE_BAR if name in state.losses}
    bar.set_postfix({"steps/s": f"{rate:.1f}", **shown}, refresh=False)
    bar.update(0)


def tell_broken(clips: Sequence[Tensor], index: int) -> str:
    """Say on stderr, beside the bar, of which clip pairs are left out, and why; returns what was said of it."""
    try:
        clips[index]
        reason = f"clip {index} could not be read for a while"
    except InputError as error:
        reason = str(error)
    tqdm.write(f"left out where it cannot be read: {reason}", file=sys.stderr)
    return reason


def add_line(log: Path, entry: dict[str, Any]) -> None:
    """Add a line to a log; whatever happens on the way, the lines before it stay whole."""
    lines = log.read_text(encoding="utf-8") if log.exists() else ""
    with written_whole(log) as draft:
        draft.write_text(f"{lines}{json.dumps(entry)}\n", encoding="utf-8")
