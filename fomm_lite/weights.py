"""Weights in and out: our safetensors files, the shipped ones by name, and official checkpoints.

A file carries its configuration and what is known about its training in the safetensors header, so that a path is all
that is needed to rebuild the model. Nothing is ever unpickled with code in it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import yaml
from safetensors import SafetensorError, safe_open

from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.files import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.official import from_official, official_params, to_official, with_blur_kernels
from fomm_lite.networks.states import UNLEARNT, matching, read_tensors
from fomm_lite.resources import assets_folder

FORMAT = "fomm_lite 1"
JUDGES = "judge-"  # how the names of fomm_lite.judges begin
OFFICIAL_SECTIONS = (
    "dataset_params", "model_params", "train_params", "reconstruction_params", "animate_params", "visualizer_params",
)  # fmt: skip


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
        half: store in half precision: half the size, about three digits.

    Raises:
        InputError: another suffix, or a place that cannot be written.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise InputError(f"got the path {path}", "a name ending in .safetensors", "rename it")
    tensors = {}
    for name, tensor in model.state_dict().items():
        if name.endswith(UNLEARNT):
            continue
        tensor = tensor.detach().cpu().contiguous()
        tensors[name] = tensor.half() if half and tensor.is_floating_point() else tensor
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
            raise InputError(
                f"got {path}", "a .safetensors file", "an official checkpoint needs `fomm-lite import` first"
            )
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
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise InputError(f"got {path}: {error}", "a whole .safetensors file", "copy or download it again") from None
    if header.get("format") != FORMAT:
        raise InputError(f"got {path} of another origin", "weights saved by fomm_lite", "save them with weights.save")
    return ModelConfig.from_dict(json.loads(header["config"])), json.loads(header["about"])


def load_model(name_or_path: str | os.PathLike[str], *, device: torch.device | str = "cpu") -> FirstOrderModel:
    """A trained model, ready to animate (evaluation mode, single precision).

    Args:
        name_or_path: a shipped name such as ``"faces-64"``, or a ``.safetensors`` file.
        device: where to put it.

    Raises:
        InputError: an unknown name, or a missing, truncated or foreign file, or tensors of another configuration.
    """
    config, _ = read_header(name_or_path)
    tensors = safetensors.torch.load_file(find(name_or_path))
    model = FirstOrderModel(config)
    tensors = {name: tensor.float() for name, tensor in tensors.items()}
    model.load_state_dict(matching(tensors, model.state_dict()), strict=False)
    return model.to(device).eval()


def load_official_state(
    model: FirstOrderModel, generator_state: Mapping[str, Any], kp_detector_state: Mapping[str, Any]
) -> FirstOrderModel:
    """Fill a model with official state dicts, in place.

    Args:
        model: built from ``ModelConfig.from_official``.
        generator_state: the official generator, dense motion inside; a ``module.`` prefix is accepted.
        kp_detector_state: the official keypoint detector.

    Returns:
        The model, in evaluation mode.

    Raises:
        InputError: a tensor is missing, surplus, misshapen or none; it is named as in the state dict.
    """
    tensors = from_official(generator_state, kp_detector_state, model.state_dict())
    model.load_state_dict(tensors, strict=False)  # only step counters are left
    return model.eval()


def load_official(checkpoint: str | os.PathLike[str], config: str | os.PathLike[str]) -> FirstOrderModel:
    """A model from an official ``.pth.tar`` and its YAML file.

    Args:
        checkpoint: official layout, a dict with ``generator`` and ``kp_detector``. Loaded as tensors only.
        config: the YAML file it was trained with.

    Raises:
        InputError: a file is missing, broken, or holds something else.
    """
    model = FirstOrderModel(ModelConfig.from_official(_read_model_params(config)))
    states = read_tensors(checkpoint, expected="a checkpoint of tensors only")
    for key in ("generator", "kp_detector"):
        if not isinstance(states, dict) or not isinstance(states.get(key), dict):
            raise InputError(f"got {checkpoint} without {key!r}", "an official checkpoint", "check the file")
    return load_official_state(model, states["generator"], states["kp_detector"])


def _read_model_params(config: str | os.PathLike[str]) -> dict[str, Any]:
    """The ``model_params`` of an official YAML file."""
    try:
        settings = yaml.safe_load(Path(config).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"got {config}: {error.strerror}", "an existing file", "check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"got {config}: {error}", "an official YAML file", "check the file") from None
    if not isinstance(settings, dict) or not isinstance(settings.get("model_params"), dict):
        raise InputError(f"got {config} without model_params", "an official YAML file", "use the one of the checkpoint")
    for section in settings:
        if section not in OFFICIAL_SECTIONS:
            raise InputError(
                f"got the section {section!r} in {config}", "one of " + ", ".join(OFFICIAL_SECTIONS), "correct it"
            )
    return settings["model_params"]


def save_official(
    model: FirstOrderModel, checkpoint: str | os.PathLike[str], config: str | os.PathLike[str] | None = None
) -> Path:
    """Write a model so that the original code can load it.

    Args:
        model: of an official architecture: one that ``ModelConfig.from_official`` can describe.
        checkpoint: a file in the official layout, usually named ``.pth.tar``; its folder is created.
        config: when given, a YAML file with the ``model_params`` that go with it.

    Raises:
        InputError: the model has something that the original lacks, which is named; or a place cannot be written.
    """
    params = official_params(model.config)
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    states = with_blur_kernels(to_official(tensors), model.config)
    # the original's loader reads an epoch too, to go on training from
    content = {"generator": states.generator, "kp_detector": states.kp_detector, "epoch": 0}
    checkpoint = Path(checkpoint)
    with written_whole(checkpoint) as draft:
        torch.save(content, draft)
    if config is not None:
        text = yaml.safe_dump({"model_params": params}, sort_keys=False)
        with written_whole(Path(config)) as draft:
            draft.write_text(text, encoding="utf-8")
    return checkpoint
