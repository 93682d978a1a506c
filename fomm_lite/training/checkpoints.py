"""Checkpoints of a training run: written whole or not at all, read as tensors only."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole
from fomm_lite.networks.states import check_finite, read_tensors

NAME = "checkpoint.pt"
_ALWAYS = ("config", "random", "global_random", "step", "seconds")
_FACTS = ("config", "training", "clips", "about")  # what makes a run this run
_LATER = ("scaler", *_FACTS)  # what a checkpoint may lack: older ones know their architecture only
# of a training: how long it goes and how it is computed, which a run may have otherwise when it goes on
_FREE = ("steps", "minutes", "precision", "checkpoint_minutes", "checkpoint_steps", "workers", "vgg_weights")


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
    if resume:
        _find(out)
    if not resume and (out / NAME).is_file():
        raise InputError(f"got {out}, which holds a run", "an empty folder", "add --resume or choose another --out")
    try:
        (out / "samples").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"got {out}: {error.strerror}", "a folder that can be written", "choose another --out"
        ) from None


def save_checkpoint(
    out: Path, facts: dict[str, Any], parts: Mapping[str, Stateful], random: torch.Generator, step: int, seconds: float
) -> None:
    """Write everything a run needs to go on; an interrupted write leaves the one before.

    Args:
        out: the run's folder.
        facts: what a run that goes on must share, as for :func:`check_same_run`.
        parts: modules and optimisers by name.
        random: the run's own generator; the global one is kept too.
        step: steps done.
        seconds: spent.

    Raises:
        InputError: a part that holds NaN or infinity: the checkpoint before it is worth more.
    """
    states = {name: part.state_dict() for name, part in parts.items()}
    fix = "the last checkpoint is from before that: go on with it, or begin another run with a lower --learning-rate"
    check_finite(dict(_tensors(states)), fix=fix)
    state = {
        **facts,
        **states,
        "random": random.get_state(),
        "global_random": torch.get_rng_state(),
        "step": step,
        "seconds": seconds,
    }
    with written_whole(out / NAME) as draft, draft.open("wb") as file:  # given a path, torch hides a full disk
        torch.save(state, file)


def _tensors(values: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """The tensors in nested states, their names joined by dots."""
    if isinstance(values, Tensor):
        yield name, values
    elif isinstance(values, Mapping):
        for key, value in values.items():
            yield from _tensors(value, f"{name}.{key}" if name else str(key))


def read_checkpoint(out: Path) -> dict[str, Any]:
    """What the checkpoint in a run's folder holds, its facts among them.

    Raises:
        InputError: no checkpoint there, or a damaged or foreign file.
    """
    path = _find(out)
    state = read_tensors(path, expected="a whole checkpoint", fix="start anew in another --out")
    sections = [state.get(name, {}) for name in ("config", "training", "about")] if isinstance(state, dict) else []
    if not sections or "config" not in state or not all(isinstance(section, dict) for section in sections):
        raise InputError(f"got {path} of another kind", "a checkpoint of a training", "start anew in another --out")
    for name in ("step", "seconds"):
        if not isinstance(state.get(name, 0), int | float):
            raise InputError(f"got {path} whose {name} is no number", "one", "start anew in another --out")
    try:
        for section in sections:
            _named("", section)
    except RecursionError:
        raise InputError(f"got {path} with facts without end", "a checkpoint", "start anew in another --out") from None
    return state


def _find(out: Path) -> Path:
    """The checkpoint in a folder."""
    if not (out / NAME).is_file():
        raise InputError(f"got no {NAME} in {out}", "the folder of an earlier run", "leave out --resume to start anew")
    return out / NAME


def check_same_run(out: Path, state: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    """Refuse to go on with a run as with another one.

    Args:
        out: the run's folder, for messages.
        state: what :func:`read_checkpoint` found there.
        facts: of the run that is to go on: ``config`` is its architecture and ``training`` its other fields, as nested
            dictionaries, ``clips`` how many there are, ``about`` what else both know of them. What the checkpoint does
            not know, an older one, is let pass.

    Raises:
        InputError: the first fact that differs, with both values.
    """
    for kind in _FACTS:
        if kind not in facts or kind not in state:
            continue
        ours, theirs = _named(kind, facts[kind]), _named(kind, state[kind])
        names = ours.keys() & theirs.keys() if kind == "about" else ours.keys() | theirs.keys()
        for name in sorted(names):
            ours_is, theirs_is = ours.get(name, "nothing"), theirs.get(name, "nothing")
            if ours_is != theirs_is and not (kind == "training" and name in _FREE):
                raise InputError(
                    f"got {name} = {ours_is}",
                    f"{theirs_is}, as the run in {out} has",
                    "keep it, or choose another --out",
                )


def _named(name: str, values: Any) -> dict[str, Any]:
    """Nested dictionaries as one, its keys joined by dots; a number is known by ``name``."""
    if not isinstance(values, dict):
        return {name: values}
    named: dict[str, Any] = {}
    for key, value in values.items():
        below = _named(key, value)
        named |= {f"{key}.{part}": each for part, each in below.items()} if isinstance(value, dict) else below
    return named


def load_checkpoint(
    out: Path, facts: dict[str, Any], parts: Mapping[str, Stateful], random: torch.Generator
) -> tuple[int, float]:
    """Restore a run in place.

    Returns:
        Steps done and seconds spent.

    Raises:
        InputError: a damaged file, or a checkpoint of another run.
    """
    path = out / NAME
    state = read_checkpoint(out)
    check_same_run(out, state, facts)
    needed = [*_ALWAYS, *(name for name in parts if name not in _LATER)]
    missing = sorted(name for name in needed if name not in state)
    surplus = sorted(str(name) for name in state if name not in (*needed, *_LATER))
    if names := missing + surplus:
        raise InputError(
            f"got {path} of another configuration ({', '.join(names)})", "the same one", "use its --config"
        )
    try:
        check_finite(
            dict(_tensors({name: state[name] for name in parts if name in state})),
            label=f"{path}: ",
            fix="start anew in another --out",
        )
        for name, part in parts.items():
            if name in state:
                part.load_state_dict(state[name])
                _check_momenta(part)
        random.set_state(state["random"])
        torch.set_rng_state(state["global_random"])
        return int(state["step"]), float(state["seconds"])
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(
            f"got {path} that does not fit ({reason})", "a checkpoint of this training", "start anew in another --out"
        ) from None


def _check_momenta(part: Stateful) -> None:
    """Refuse an optimiser whose momenta are of other weights, which it takes over without a look.

    Raises:
        ValueError: as said.
    """
    for weight, momenta in getattr(part, "state", {}).items():
        for name, momentum in momenta.items():
            if not isinstance(momentum, Tensor) or momentum.shape not in (weight.shape, ()):
                raise ValueError(f"{name} of another shape than its weight")
