"""Every choice as a field: frozen dataclasses, presets, the reader of official YAML files."""

from fomm_lite.config.architecture import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.config.discriminator import DiscriminatorConfig
from fomm_lite.config.presets import (
    DISCRIMINATOR_PRESETS,
    LEAN,
    OFFICIAL_256,
    PRESETS,
    TINY,
    discriminator_preset,
    preset,
    read_config,
)

__all__ = [
    "DISCRIMINATOR_PRESETS",
    "LEAN",
    "OFFICIAL_256",
    "PRESETS",
    "TINY",
    "DiscriminatorConfig",
    "GeneratorConfig",
    "HourglassConfig",
    "ModelConfig",
    "discriminator_preset",
    "preset",
    "read_config",
]
