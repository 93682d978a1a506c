"""Configurations by name: ours for laptops, and the eight official files as small differences from one."""

import dataclasses

from fomm_lite.config.architecture import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.config.discriminator import DiscriminatorConfig
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
# half the widths of LEAN: what a classroom trains in minutes and compares by the half dozen
_TINY_HOURGLASS = dataclasses.replace(_LEAN_HOURGLASS, max_features=48)
TINY = dataclasses.replace(
    LEAN,
    detector=_TINY_HOURGLASS,
    dense_motion=_TINY_HOURGLASS,
    generator=dataclasses.replace(LEAN.generator, max_features=48, num_bottleneck_blocks=1),
)

PRESETS: dict[str, ModelConfig] = {
    "lean": LEAN,
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
    """A configuration by name: ``lean`` and ``tiny`` (ours, for CPUs) or one of the official files.

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
