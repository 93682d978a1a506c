"""Checkpoints of a training run: written whole or not at all, read as tensors only."""

import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Protocol, runtime_checkable

import torch

from fomm_lite.errors import InputError
from fomm_lite.files.whole import written_whole
from fomm_lite.networks.states import read_tensors

NAME = "checkpoint.pt"
SECOND_THOUGHT = 1.0  # seconds; a launcher may pass on the Ctrl-C that the terminal has sent already
_ALWAYS = ("config", "random", "global_random", "step", "seconds")
_LATER = ("scaler",)  # parts that a checkpoint may lack


@runtime_checkable
class Stateful(Protocol):
    """Whatever has a state: a module, an optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """Its state."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Take a state over."""


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


def save_checkpoint(
    out: Path, config: dict[str, Any], parts: Mapping[str, Stateful], random: torch.Generator, step: int, seconds: float
) -> None:
    """Write everything a run needs to go on; an interrupted write leaves the one before.

    Args:
        out: the run's folder.
        config: the architecture, which a run that goes on must share.
        parts: modules and optimisers by name.
        random: the run's own generator; the global one is kept too.
        step: steps done.
        seconds: spent.
    """
    state = {
        "config": config,
        **{name: part.state_dict() for name, part in parts.items()},
        "random": random.get_state(),
        "global_random": torch.get_rng_state(),
        "step": step,
        "seconds": seconds,
    }
    with written_whole(out / NAME) as draft:
        torch.save(state, draft)


def load_checkpoint(
    out: Path, config: dict[str, Any], parts: Mapping[str, Stateful], random: torch.Generator
) -> tuple[int, float]:
    """Restore a run in place.

    Returns:
        Steps done and seconds spent.

    Raises:
        InputError: a damaged file, or a checkpoint of another configuration.
    """
    path = out / NAME
    state: dict[str, Any] = read_tensors(path, expected="a whole checkpoint", fix="start anew in another --out")
    needed = [*_ALWAYS, *(name for name in parts if name not in _LATER)]
    if not isinstance(state, dict) or not isinstance(state.get("config"), dict):
        raise InputError(f"got {path} of another kind", "a checkpoint of a training", "start anew in another --out")
    missing = sorted(name for name in needed if name not in state)
    surplus = sorted(name for name in state if name not in (*needed, *_LATER))
    theirs = state["config"]
    differing = sorted(name for name in config | theirs if config.get(name) != theirs.get(name))
    if names := missing + surplus + differing:
        raise InputError(
            f"got {path} of another configuration ({', '.join(names)})", "the same one", "use its --config"
        )
    try:
        for name, part in parts.items():
            if name in state:
                part.load_state_dict(state[name])
        random.set_state(state["random"])
        torch.set_rng_state(state["global_random"])
        return int(state["step"]), float(state["seconds"])
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"got {path} that does not fit ({reason})", "a checkpoint of this training", "start anew in another --out"
        ) from None


@contextmanager
def finish_step_on_interrupt() -> Iterator[threading.Event]:
    """Turn a first Ctrl-C, and SIGTERM, into a request: the event is set, the step finished, a checkpoint written.

    SIGTERM is what a cluster sends before it takes the machine back. A second Ctrl-C, a second or more after the first,
    interrupts at once. Outside the main thread, where signals do not arrive, nothing changes.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    first = time.monotonic()

    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal hands over
        nonlocal first
        if number == signal.SIGINT and asked.is_set() and time.monotonic() - first >= SECOND_THOUGHT:
            raise KeyboardInterrupt
        if not asked.is_set():
            first = time.monotonic()
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
