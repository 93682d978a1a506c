"""Our own weights in and out: safetensors files, the shipped ones by name.

A file carries its configuration and what is known about its training in the safetensors header, so that a path is all
that is needed to rebuild the model. Nothing is ever unpickled with code in it.
"""

import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
import torch

from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole
from fomm_lite.files.shipped import assets_folder
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.outline import outlined
from fomm_lite.networks.states import UNLEARNT, check_finite
from fomm_lite.weights.safetensors_file import metadata_value, read_matching, read_metadata

FORMAT = "fomm_lite 1"
JUDGES = "judge-"  # how the names of fomm_lite.evaluation.judges begin


def shipped() -> list[str]:
    """Names of the weights that come with the package; judges, which lie beside them, are no models."""
    names = (path.stem for path in (assets_folder() / "weights").glob("*.safetensors"))
    return sorted(name for name in names if not name.startswith(JUDGES))


def save(
    model: FirstOrderModel, path: str | os.PathLike[str], *, about: dict[str, Any] | None = None, half: bool = False
) -> Path:
    """Write a model, whole or not at all.

    Args:
        model: what to save.
        path: a ``.safetensors`` file; its folder is created.
        about: plain facts kept in the header: data, seeds, steps, numbers.
        half: store in half precision: half the size, about three digits. The statistics of batch norm are few and keep
            theirs: a variance soon is beyond what half precision can hold.

    Raises:
        InputError: another suffix, a place that cannot be written, or weights that are NaN or infinite.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise InputError(f"got the path {path}", "a name ending in .safetensors", "rename it")
    tensors = {}
    for name, tensor in model.state_dict().items():
        if name.endswith(UNLEARNT):
            continue
        tensor = tensor.detach().cpu().contiguous()
        learnt = tensor.is_floating_point() and "running_" not in name
        tensors[name] = tensor.half() if half and learnt else tensor
    check_finite(tensors, fix="go back to weights from before that happened")
    header = {
        "format": FORMAT,
        "config": json.dumps(model.config.to_dict()),
        "about": json.dumps(about or {}),
    }
    with written_whole(path) as draft:
        # not save_file, which makes files that only their owner may read
        draft.write_bytes(safetensors.torch.save(tensors, metadata=header))
    return path


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """The file behind a shipped name or a path.

    Raises:
        InputError: neither a shipped name nor an existing file; the known names are listed.
    """
    path = Path(name_or_path)
    if path.suffix != ".safetensors":
        if str(name_or_path) in shipped():
            return assets_folder() / "weights" / f"{name_or_path}.safetensors"
        if path.is_file():
            fix = "an official checkpoint needs `fomm-lite import` first"
            if path.name == "checkpoint.pt":  # as fomm_lite.training names its own, which lie beside its weights
                fix = f"a training's weights lie beside its checkpoint: use {path.with_name('model.safetensors')}"
            raise InputError(f"got {path}", "a .safetensors file", fix)
        known = ", ".join(shipped()) or "none is shipped"
        raise InputError(f"got the weights {str(name_or_path)!r}", f"a shipped name ({known}) or a path", "choose one")
    if not path.is_file():
        raise InputError(f"got {path}: no such file", "an existing .safetensors file", "check the path")
    return path


def read_header(name_or_path: str | os.PathLike[str]) -> tuple[ModelConfig, dict[str, Any]]:
    """The configuration and the facts stored with weights, without loading them.

    Raises:
        InputError: a missing, truncated or foreign file.
    """
    path = find(name_or_path)
    header = read_metadata(path)
    if header.get("format") != FORMAT:
        raise InputError(f"got {path} of another origin", "weights saved by fomm_lite", "save them with weights.save")
    config = ModelConfig.from_dict(metadata_value(path, header, "config", dict))
    return config, metadata_value(path, header, "about", dict)


def load_model(name_or_path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> FirstOrderModel:
    """A trained model, ready to animate (evaluation mode, single precision).

    Args:
        name_or_path: a shipped name such as ``"faces-64"``, or a ``.safetensors`` file.
        device: where to put it.

    Raises:
        InputError: an unknown name, a missing, truncated or foreign file, tensors of another configuration, or
            weights that are NaN or infinite.
    """
    config, _ = read_header(name_or_path)
    model = outlined(lambda: FirstOrderModel(config))
    tensors = read_matching(find(name_or_path), model.state_dict())
    model = model.to_empty(device="cpu")
    for name, tensor in model.state_dict().items():
        if name.endswith(UNLEARNT):
            tensor.zero_()
    model.load_state_dict(tensors, strict=False)
    return model.to(device).eval()
