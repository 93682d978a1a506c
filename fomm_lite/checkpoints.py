"""Checkpoints of a training run: written whole or not at all, read as tensors only."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from fomm_lite.errors import InputError
from fomm_lite.files import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.states import read_tensors

NAME = "checkpoint.pt"


def claim(out: Path, *, resume: bool) -> None:
    """Take a folder for a run.

    Raises:
        InputError: nothing there to resume, another run there already, or a place that cannot be written.
    """
    if resume and not (out / NAME).is_file():
        raise InputError(f"got no {NAME} in {out}", "the folder of an earlier run", "leave out --resume to start anew")
    if not resume and (out / NAME).is_file():
        raise InputError(f"got {out}, which holds a run", "an empty folder", "add --resume or choose another --out")
    try:
        (out / "samples").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"got {out}: {error.strerror}", "a folder that can be written", "choose another --out"
        ) from None


def save(
    out: Path,
    model: FirstOrderModel,
    optimiser: torch.optim.Optimizer,
    random: torch.Generator,
    step: int,
    seconds: float,
) -> None:
    """Write everything a run needs to go on; an interrupted write leaves the one before."""
    state = {
        "config": model.config.to_dict(),
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "random": random.get_state(),
        "global_random": torch.get_rng_state(),
        "step": step,
        "seconds": seconds,
    }
    with written_whole(out / NAME) as draft:
        torch.save(state, draft)


def load(
    out: Path, model: FirstOrderModel, optimiser: torch.optim.Optimizer, random: torch.Generator
) -> tuple[int, float]:
    """Restore a run in place.

    Returns:
        Steps done and seconds spent.

    Raises:
        InputError: a damaged file, or a checkpoint of another configuration.
    """
    path = out / NAME
    state: dict[str, Any] = read_tensors(path, expected="a whole checkpoint", fix="start anew in another --out")
    ours, theirs = model.config.to_dict(), state["config"]
    if ours != theirs:
        names = sorted(name for name in ours if ours[name] != theirs.get(name))
        raise InputError(
            f"got {path} of another configuration ({', '.join(names)})", "the same one", "use its --config"
        )
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    random.set_state(state["random"])
    torch.set_rng_state(state["global_random"])
    return state["step"], state["seconds"]


@contextmanager
def finish_step_on_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into a request: the event is set, the step is finished, a checkpoint can be written.

    A second Ctrl-C interrupts at once. Outside the main thread, where signals do not arrive, nothing changes.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def ask(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
