"""The original's words for our networks: names of tensors, and parameters of its configuration files."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fomm_lite.config import HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.networks.layers import antialias_kernel
from fomm_lite.networks.states import matching

# how our names begin -> official module, how its names begin there; the first that fits counts
_NAMES = {
    "detector.hourglass.down_blocks.": ("kp_detector", "predictor.encoder.down_blocks."),
    "detector.hourglass.up_blocks.": ("kp_detector", "predictor.decoder.up_blocks."),
    "detector.confidence_head.": ("kp_detector", "kp."),
    "detector.jacobian_head.": ("kp_detector", "jacobian."),
    "dense_motion.hourglass.down_blocks.": ("generator", "dense_motion_network.hourglass.encoder.down_blocks."),
    "dense_motion.hourglass.up_blocks.": ("generator", "dense_motion_network.hourglass.decoder.up_blocks."),
    "dense_motion.mask_head.": ("generator", "dense_motion_network.mask."),
    "dense_motion.occlusion_head.": ("generator", "dense_motion_network.occlusion."),
    "generator.bottleneck.": ("generator", "bottleneck.r"),
    "generator.": ("generator", ""),
}


@dataclass(frozen=True)
class OfficialStates:
    """The two state dicts of an official checkpoint that make a model.

    Attributes:
        generator: the generator, with the dense motion network under ``dense_motion_network.``.
        kp_detector: the keypoint detector.
    """

    generator: dict[str, Tensor]
    kp_detector: dict[str, Tensor]


def official_name(name: str) -> tuple[str, str]:
    """Official module and name of one of our tensors.

    Example:
        >>> official_name("generator.bottleneck.0.conv1.weight")
        ('generator', 'bottleneck.r0.conv1.weight')
    """
    for beginning, (module, theirs) in _NAMES.items():
        if name.startswith(beginning):
            return module, theirs + name.removeprefix(beginning)
    raise KeyError(name)


def to_official(tensors: Mapping[str, Tensor]) -> OfficialStates:
    """The tensors of a model under official names."""
    states = OfficialStates({}, {})
    for name, tensor in tensors.items():
        module, theirs = official_name(name)
        (states.generator if module == "generator" else states.kp_detector)[theirs] = tensor
    return states


def from_official(
    generator_state: Mapping[str, Any], kp_detector_state: Mapping[str, Any], expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Official tensors under our names.

    Args:
        generator_state: as found in a checkpoint.
        kp_detector_state: likewise.
        expected: our names, with tensors of the shapes that are needed.

    Raises:
        InputError: a tensor is missing, surplus or misshapen; it is named as in the checkpoint.
    """
    needed = to_official(expected)
    generator = matching(generator_state, needed.generator, module="generator")
    detector = matching(kp_detector_state, needed.kp_detector, module="kp_detector")
    renamed = {}
    for name in expected:
        module, theirs = official_name(name)
        state = generator if module == "generator" else detector
        if theirs in state:
            renamed[name] = state[theirs]
    return renamed


def with_blur_kernels(states: OfficialStates, config: ModelConfig) -> OfficialStates:
    """The states with the fixed kernels of the anti-aliasing, which the original stores and its loader insists on."""

    def kernel(part: HourglassConfig, name: str) -> dict[str, Tensor]:
        if part.scale_factor == 1:
            return {}
        return {name: antialias_kernel(part.scale_factor).repeat(config.num_channels, 1, 1, 1)}

    return OfficialStates(
        states.generator | kernel(config.dense_motion, "dense_motion_network.down.weight"),
        states.kp_detector | kernel(config.detector, "down.weight"),
    )


def official_params(config: ModelConfig) -> dict[str, Any]:
    """The ``model_params`` of an official configuration file.

    :meth:`fomm_lite.config.ModelConfig.from_official` reads them back.

    Raises:
        InputError: a field is set to something that the original cannot do; it is named.
    """
    detector, motion, generator = config.detector, config.dense_motion, config.generator
    params = {
        "common_params": {
            "num_kp": config.num_keypoints,
            "num_channels": config.num_channels,
            "estimate_jacobian": config.estimate_jacobian,
        },
        "kp_detector_params": {
            "temperature": config.temperature,
            "block_expansion": detector.block_expansion,
            "max_features": detector.max_features,
            "scale_factor": detector.scale_factor,
            "num_blocks": detector.num_blocks,
            "single_jacobian_map": config.single_jacobian_map,
            "pad": detector.head_padding,
        },
        "generator_params": {
            "block_expansion": generator.block_expansion,
            "max_features": generator.max_features,
            "num_down_blocks": generator.num_down_blocks,
            "num_bottleneck_blocks": generator.num_bottleneck_blocks,
            "estimate_occlusion_map": config.estimate_occlusion_map,
            "dense_motion_params": {
                "block_expansion": motion.block_expansion,
                "max_features": motion.max_features,
                "num_blocks": motion.num_blocks,
                "scale_factor": motion.scale_factor,
                "kp_variance": config.heatmap_variance,
            },
        },
    }
    _refuse_extras(config, ModelConfig.from_official(params), "")
    return params


def _refuse_extras(ours: Any, theirs: Any, section: str) -> None:
    """Name the first field in which a configuration differs from what comes back from its official parameters."""
    for item in dataclasses.fields(ours):
        mine, official = getattr(ours, item.name), getattr(theirs, item.name)
        if dataclasses.is_dataclass(mine):
            _refuse_extras(mine, official, f"{item.name}.")
        elif mine != official:
            raise InputError(
                f"got {section}{item.name} = {mine!r}",
                f"{official!r}, the only choice of the original",
                "save such a model with weights.save",
            )
