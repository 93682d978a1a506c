"""Official checkpoints in and out: the authors' ``.pth.tar`` and the YAML file beside it.

Nothing is ever unpickled with code in it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import yaml

from fomm_lite.config import ModelConfig
from fomm_lite.config.yaml_file import read_yaml_file
from fomm_lite.errors import InputError
from fomm_lite.files.atomic import written_whole
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.official import from_official, official_params, to_official, with_blur_kernels
from fomm_lite.networks.outline import outlined
from fomm_lite.networks.states import read_tensors

OFFICIAL_SECTIONS = (
    "dataset_params", "model_params", "train_params", "reconstruction_params", "animate_params", "visualizer_params",
)  # fmt: skip


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
    architecture = ModelConfig.from_official(read_settings(config)["model_params"])
    outline = outlined(lambda: FirstOrderModel(architecture)).state_dict()
    states = read_tensors(checkpoint, expected="a checkpoint of tensors only")
    for key in ("generator", "kp_detector"):
        if not isinstance(states, dict) or not isinstance(states.get(key), dict):
            raise InputError(f"got {checkpoint} without {key!r}", "an official checkpoint", "check the file")
    from_official(states["generator"], states["kp_detector"], outline)  # compared before a model is built
    return load_official_state(FirstOrderModel(architecture), states["generator"], states["kp_detector"])


def read_settings(config: str | os.PathLike[str]) -> dict[str, Any]:
    """An official YAML file with ``model_params``; what is in its sections is not looked at.

    Raises:
        InputError: no such file, one that is no YAML or has no ``model_params``, or an unknown section.
    """
    try:
        settings = read_yaml_file(config, expected="an official YAML file")
    except OSError as error:
        raise InputError(f"got {config}: {error.strerror}", "an existing file", "check the path") from None
    if not isinstance(settings, dict) or not isinstance(settings.get("model_params"), dict):
        raise InputError(f"got {config} without model_params", "an official YAML file", "use the one of the checkpoint")
    for section in settings:
        if section not in OFFICIAL_SECTIONS:
            raise InputError(
                f"got the section {section!r} in {config}", "one of " + ", ".join(OFFICIAL_SECTIONS), "correct it"
            )
    return settings


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
