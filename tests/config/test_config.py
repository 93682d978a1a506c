"""Configurations: official files read with their quirks, nonsense refused by name."""

import dataclasses
from typing import Any

import pytest

from fomm_lite.config import LEAN, PRESETS, DiscriminatorConfig, ModelConfig, discriminator_preset, preset
from fomm_lite.errors import InputError


def official() -> dict[str, Any]:
    return {
        "common_params": {"num_kp": 5, "num_channels": 3, "estimate_jacobian": True},
        "kp_detector_params": {
            "temperature": 0.2,
            "block_expansion": 8,
            "max_features": 32,
            "scale_factor": 0.5,
            "num_blocks": 3,
        },
        "generator_params": {
            "block_expansion": 8,
            "max_features": 32,
            "num_down_blocks": 2,
            "num_bottleneck_blocks": 1,
            "estimate_occlusion_map": True,
            "dense_motion_params": {"block_expansion": 8, "max_features": 32, "num_blocks": 3, "scale_factor": 0.5},
        },
    }


def test_official_parameters_bring_the_official_quirks() -> None:
    config = ModelConfig.from_official(official())
    assert config.num_keypoints == 5
    assert config.temperature == 0.2
    assert config.align_corners is False
    assert config.padding_mode == "zeros"
    assert config.detector.head_padding == 0
    assert config.dense_motion.head_padding == 3
    assert config.heatmap_variance == 0.01


def test_absent_switches_are_off_as_in_the_official_code() -> None:
    values = official()
    del values["common_params"]["estimate_jacobian"]
    del values["generator_params"]["estimate_occlusion_map"]
    config = ModelConfig.from_official(values)
    assert not config.estimate_jacobian
    assert not config.estimate_occlusion_map


@pytest.mark.parametrize(
    ("section", "key"),
    [("common_params", "num_kps"), ("kp_detector_params", "temperatures"), ("generator_params", "blocks")],
)
def test_misspelt_key_is_refused_by_name(section: str, key: str) -> None:
    values = official()
    values[section][key] = 1
    with pytest.raises(InputError, match=f"{key}.*{section}"):
        ModelConfig.from_official(values)


def test_missing_key_and_section_are_named() -> None:
    values = official()
    del values["kp_detector_params"]["num_blocks"]
    with pytest.raises(InputError, match="num_blocks"):
        ModelConfig.from_official(values)
    with pytest.raises(InputError, match="generator_params"):
        ModelConfig.from_official({k: v for k, v in official().items() if k != "generator_params"})


def test_dictionary_round_trip() -> None:
    for config in (LEAN, ModelConfig.from_official(official())):
        assert ModelConfig.from_dict(config.to_dict()) == config
    with pytest.raises(InputError, match="num_kyepoints"):
        ModelConfig.from_dict({"num_kyepoints": 3})


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_take_their_own_size(name: str) -> None:
    preset(name).check_size(256, 256)


def test_unknown_preset_lists_the_known() -> None:
    with pytest.raises(InputError, match="lean, speaking, tiny, vox-256"):
        preset("vox")


@pytest.mark.parametrize(
    ("size", "message"), [((48, 64), "square"), ((50, 50), "32 or 64"), ((16, 16), "use size 32"), ((0, 0), "size 0")]
)
def test_sizes_the_networks_cannot_take(size: tuple[int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        LEAN.check_size(*size)


@pytest.mark.parametrize(
    "wrong", [{"num_keypoints": 0}, {"temperature": 0.0}, {"heatmap_variance": -1.0}, {"jacobian_kernel": 9}]
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        ModelConfig(**wrong)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("common_params", "num_kp", "ten"),
        ("common_params", "estimate_jacobian", 1),
        ("kp_detector_params", "num_blocks", 5.5),
        ("kp_detector_params", "temperature", "1e-1"),  # YAML 1.1 reads 1e-1 as a word
        ("kp_detector_params", "pad", True),
        ("generator_params", "max_features", None),
        ("generator_params", "block_expansion", [64]),
    ],
)
def test_wrong_types_are_refused_by_name(section: str, key: str, value: object) -> None:
    values = official()
    values[section][key] = value
    with pytest.raises(InputError, match=f"{key} = .*{section}"):
        ModelConfig.from_official(values)


def test_whole_numbers_are_numbers() -> None:
    values = official()
    values["kp_detector_params"] |= {"temperature": 1, "scale_factor": 1}
    config = ModelConfig.from_official(values)
    assert isinstance(config.temperature, float)
    assert isinstance(config.detector.scale_factor, float)


def test_unknown_section_is_refused_and_the_discriminator_is_let_pass() -> None:
    ModelConfig.from_official(official() | {"discriminator_params": {}})
    with pytest.raises(InputError, match="discriminators_params"):
        ModelConfig.from_official(official() | {"discriminators_params": {}})


def test_own_files_have_their_types_checked_too() -> None:
    with pytest.raises(InputError, match="motion_size = '64'.*a whole number or null"):
        ModelConfig.from_dict({"motion_size": "64"})
    with pytest.raises(InputError, match="padding_mode = 'none'.*one of zeros, border, reflection"):
        ModelConfig.from_dict({"padding_mode": "none"})
    with pytest.raises(InputError, match="detector = 3.*a section of its own"):
        ModelConfig.from_dict({"detector": 3})
    assert ModelConfig.from_dict({"motion_size": None, "detector": {"num_blocks": 2}}).detector.num_blocks == 2


OFFICIAL_MODEL = {  # what seven of the eight official files say of the model
    "common_params": {"num_kp": 10, "num_channels": 3, "estimate_jacobian": True},
    "kp_detector_params": {
        "temperature": 0.1,
        "block_expansion": 32,
        "max_features": 1024,
        "scale_factor": 0.25,
        "num_blocks": 5,
    },
    "generator_params": {
        "block_expansion": 64,
        "max_features": 512,
        "num_down_blocks": 2,
        "num_bottleneck_blocks": 6,
        "estimate_occlusion_map": True,
        "dense_motion_params": {"block_expansion": 64, "max_features": 1024, "num_blocks": 5, "scale_factor": 0.25},
    },
}
OFFICIAL_DISCRIMINATOR = {"scales": [1], "block_expansion": 32, "max_features": 512, "num_blocks": 4}


@pytest.mark.parametrize(
    ("name", "detector", "discriminator"),
    [
        ("vox-256", {}, {"sn": True}),
        ("vox-adv-256", {}, {"use_kp": True}),
        ("taichi-256", {}, {}),
        ("taichi-adv-256", {}, {"use_kp": True}),
        ("fashion-256", {}, {}),
        ("mgif-256", {"single_jacobian_map": True}, {"sn": True}),
        ("bair-256", {}, {"sn": True}),
        ("nemo-256", {}, {"sn": True}),
    ],
)
def test_presets_are_the_official_files(name: str, detector: dict[str, Any], discriminator: dict[str, Any]) -> None:
    values = OFFICIAL_MODEL | {"kp_detector_params": OFFICIAL_MODEL["kp_detector_params"] | detector}
    assert preset(name) == ModelConfig.from_official(values)
    expected = DiscriminatorConfig.from_official(OFFICIAL_DISCRIMINATOR | discriminator)
    assert discriminator_preset(name) == expected


def test_official_discriminators() -> None:
    config = DiscriminatorConfig.from_official({"scales": [1, 0.5], "num_blocks": 3, "sn": True, "kp_variance": 0.02})
    assert config == DiscriminatorConfig((1.0, 0.5), 64, 512, 3, True, False, 0.02)
    with pytest.raises(InputError, match="use_kps"):
        DiscriminatorConfig.from_official({"scales": [1], "use_kps": True})
    with pytest.raises(InputError, match="without 'scales'"):
        DiscriminatorConfig.from_official({})
    with pytest.raises(InputError, match="scales = "):
        DiscriminatorConfig.from_official({"scales": 1})
    with pytest.raises(InputError, match="scales = 0.3"):
        DiscriminatorConfig(scales=(0.3,))
    with pytest.raises(InputError, match="at least 1"):
        DiscriminatorConfig(scales=())
    with pytest.raises(InputError, match="vox-adv-256"):
        discriminator_preset("vox")


def test_sizes_fit_the_generator_and_the_motion_size_together() -> None:
    shallow = dataclasses.replace(LEAN.detector, num_blocks=3)
    config = dataclasses.replace(LEAN, motion_size=24, detector=shallow, dense_motion=shallow)
    assert (
        dataclasses.replace(config, generator=dataclasses.replace(LEAN.generator, num_down_blocks=4)).size_multiple
        == 48
    )
    assert config.size_multiple == 24


def test_an_unshuffling_detector_needs_pixels_to_unshuffle() -> None:
    assert dataclasses.replace(LEAN, detector_unshuffle=2).size_multiple == 2 * LEAN.size_multiple
    assert dataclasses.replace(ModelConfig(), detector_unshuffle=4).size_multiple == ModelConfig().size_multiple
    with pytest.raises(
        InputError, match=r"detector_unshuffle = 5 with scale_factor = 0.25; .* use detector_unshuffle = 4"
    ):
        dataclasses.replace(ModelConfig(), detector_unshuffle=5)


def test_a_motion_size_that_cannot_be_halved_often_enough_is_refused() -> None:
    with pytest.raises(InputError, match="motion_size = 40.*16"):
        dataclasses.replace(LEAN, motion_size=40)
