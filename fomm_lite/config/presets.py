"""Configurations by name: ours for laptops, the eight official files as small differences from one, and YAML files."""

import dataclasses
from typing import Any

from fomm_lite.config.architecture import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.config.discriminator import DiscriminatorConfig
from fomm_lite.config.yaml_file import read_yaml_file
from fomm_lite.errors import InputError

# the architecture of all official files but one; they differ in what their discriminators see
OFFICIAL_256 = ModelConfig(align_corners=False, padding_mode="zeros", detector=HourglassConfig(head_padding=0))

_LEAN_HOURGLASS = HourglassConfig(
    block_expansion=16, max_features=128, num_blocks=4, head_kernel=3, head_padding=1, light_blocks=True
)
LEAN = ModelConfig(
    motion_size=32,
    jacobian_kernel=1,
    detector=_LEAN_HOURGLASS,
    dense_motion=_LEAN_HOURGLASS,
    generator=GeneratorConfig(
        block_expansion=16,
        max_features=128,
        num_down_blocks=3,
        num_bottleneck_blocks=2,
        edge_kernel=3,
        light_blocks=True,
        batch_norm=False,
        warped_skips=True,
        blend_deformed=True,
    ),
)
# LEAN with a detector that sees lids and lips of one pixel, masks as fine as these, a way from the numbers of keypoints
# and from the motion to the picture, and a decoder that stays alive, sees what it paints over and works on single
# pixels, so that mouths and eyes open
SPEAKING = dataclasses.replace(
    LEAN,
    detector_unshuffle=2,
    motion_shuffle=2,
    keypoint_embedding=True,
    generator=dataclasses.replace(
        LEAN.generator, motion_features=True, deep_norm=True, open_skips=True, fine_block=True
    ),
)
# LEAN with at most 48 channels for its 128, and one residual block: what a classroom trains in minutes and compares by
# the half dozen
_TINY_HOURGLASS = dataclasses.replace(_LEAN_HOURGLASS, max_features=48)
TINY = dataclasses.replace(
    LEAN,
    detector=_TINY_HOURGLASS,
    dense_motion=_TINY_HOURGLASS,
    generator=dataclasses.replace(LEAN.generator, max_features=48, num_bottleneck_blocks=1),
)

PRESETS: dict[str, ModelConfig] = {
    "lean": LEAN,
    "speaking": SPEAKING,
    "tiny": TINY,
    "vox-256": OFFICIAL_256,
    "vox-adv-256": OFFICIAL_256,
    "taichi-256": OFFICIAL_256,
    "taichi-adv-256": OFFICIAL_256,
    "fashion-256": OFFICIAL_256,
    "mgif-256": dataclasses.replace(OFFICIAL_256, single_jacobian_map=True),
    "bair-256": OFFICIAL_256,
    "nemo-256": OFFICIAL_256,
}
DISCRIMINATOR_PRESETS: dict[str, DiscriminatorConfig] = dict.fromkeys(PRESETS, DiscriminatorConfig())
DISCRIMINATOR_PRESETS |= dict.fromkeys(
    ("vox-256", "mgif-256", "bair-256", "nemo-256"), DiscriminatorConfig(spectral_norm=True)
)
DISCRIMINATOR_PRESETS |= dict.fromkeys(("vox-adv-256", "taichi-adv-256"), DiscriminatorConfig(use_keypoints=True))


def preset(name: str) -> ModelConfig:
    """A configuration by name: ``lean``, ``speaking`` and ``tiny`` (ours, for CPUs) or one of the official files.

    Raises:
        InputError: an unknown name; the known ones are listed.
    """
    _check_preset(name)
    return PRESETS[name]


def discriminator_preset(name: str) -> DiscriminatorConfig:
    """The discriminator that goes with :func:`preset`.

    Raises:
        InputError: an unknown name; the known ones are listed.
    """
    _check_preset(name)
    return DISCRIMINATOR_PRESETS[name]


def _check_preset(name: str) -> None:
    """Refuse an unknown preset."""
    if name not in PRESETS:
        raise InputError(f"got the preset {name!r}", "one of " + ", ".join(PRESETS), "choose one of these")


def read_config(name_or_path: str) -> ModelConfig:
    """The architecture behind a preset's name, or in a YAML file with our fields or with official ``model_params``.

    Raises:
        InputError: neither a preset nor a readable file, or a file with other contents.
    """
    if name_or_path in PRESETS:
        return PRESETS[name_or_path]
    values = read_yaml(name_or_path)
    if "model_params" not in values:
        return ModelConfig.from_dict(values)
    if not isinstance(values["model_params"], dict):
        raise InputError(
            f"got model_params = {values['model_params']!r} in {name_or_path}", "named sections", "check the file"
        )
    return ModelConfig.from_official(values["model_params"])


def read_yaml(path: str) -> dict[str, Any]:
    """The named fields in a file.

    Raises:
        InputError: no such file, or one without named fields.
    """
    try:
        values = read_yaml_file(path, expected="a YAML file")
    except OSError:
        known = ", ".join(PRESETS)
        raise InputError(f"got the configuration {path}", f"a preset ({known}) or a YAML file", "choose one") from None
    if not isinstance(values, dict):
        raise InputError(f"got {path} without named fields", "fields of ModelConfig", "check the file")
    return values
