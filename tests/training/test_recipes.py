"""The official recipes: the numbers of the eight files, and the reader that refuses what it does not know."""

import copy
import dataclasses
from typing import Any

import pytest

from fomm_lite.config import PRESETS, DiscriminatorConfig
from fomm_lite.errors import InputError
from fomm_lite.training.augment import AUGMENT_PRESETS
from fomm_lite.training.recipes import ADVERSARIAL, PERCEPTUAL, RECIPES, Recipe, recipe_from_official

SETTINGS: dict[str, Any] = {  # as the original's vox-256.yaml says it
    "dataset_params": {
        "root_dir": "data/vox-png",
        "frame_shape": [256, 256, 3],
        "id_sampling": True,
        "pairs_list": "data/vox256.csv",
        "augmentation_params": {
            "flip_param": {"horizontal_flip": True, "time_flip": True},
            "jitter_param": {"brightness": 0.1, "contrast": 0.1, "saturation": 0.1, "hue": 0.1},
        },
    },
    "model_params": {
        "discriminator_params": {"scales": [1], "block_expansion": 32, "max_features": 512, "num_blocks": 4, "sn": True}
    },
    "train_params": {
        "num_epochs": 100,
        "num_repeats": 75,
        "epoch_milestones": [60, 90],
        "lr_generator": 2.0e-4,
        "lr_discriminator": 2.0e-4,
        "lr_kp_detector": 2.0e-4,
        "batch_size": 40,
        "scales": [1, 0.5, 0.25, 0.125],
        "checkpoint_freq": 50,
        "transform_params": {"sigma_affine": 0.05, "sigma_tps": 0.005, "points_tps": 5},
        "loss_weights": {
            "generator_gan": 0,
            "discriminator_gan": 1,
            "feature_matching": [10, 10, 10, 10],
            "perceptual": [10, 10, 10, 10, 10],
            "equivariance_value": 10,
            "equivariance_jacobian": 10,
        },
    },
    "reconstruction_params": {"num_videos": 1000, "format": ".mp4"},
    "animate_params": {
        "num_pairs": 50,
        "format": ".mp4",
        "normalization_params": {
            "adapt_movement_scale": False,
            "use_relative_movement": True,
            "use_relative_jacobian": True,
        },
    },
    "visualizer_params": {"kp_size": 5, "draw_border": True, "colormap": "gist_rainbow"},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    settings = copy.deepcopy(SETTINGS)
    *sections, key = path.split(".")
    part = settings
    for section in sections:
        part = part[section]
    part[key] = value
    return settings


def test_the_official_file_is_the_preset() -> None:
    assert recipe_from_official(SETTINGS) == RECIPES["vox-256"] == Recipe()


def test_every_official_preset_has_its_recipe() -> None:
    assert set(RECIPES) == set(PRESETS) - {"lean", "speaking", "tiny"}
    for name, recipe in RECIPES.items():
        assert recipe.augmentation == AUGMENT_PRESETS[name]
        assert recipe.training(identities=1000, size=64).augmentation.crop_size in (None, 64)


@pytest.mark.parametrize(
    ("name", "epochs", "repeats", "batch", "adversarial", "identities"),
    [
        ("vox-256", 100, 75, 40, False, True),
        ("vox-adv-256", 150, 75, 36, True, True),
        ("taichi-256", 100, 150, 30, False, True),
        ("taichi-adv-256", 150, 150, 27, True, True),
        ("fashion-256", 100, 50, 27, True, False),
        ("mgif-256", 100, 25, 36, True, False),
        ("bair-256", 20, 1, 36, True, False),
        ("nemo-256", 100, 8, 36, True, False),
    ],
)
def test_epochs_become_steps(
    name: str, epochs: int, repeats: int, batch: int, adversarial: bool, identities: bool
) -> None:
    recipe = RECIPES[name]
    config = recipe.training(identities=420)
    assert config.steps == epochs * (420 * repeats // batch)
    assert config.batch_size == batch
    assert recipe.id_sampling == identities
    assert config.weights == (ADVERSARIAL if adversarial else PERCEPTUAL)
    assert (config.detector_learning_rate == 0) == (name == "taichi-adv-256")


def test_rates_fall_to_a_tenth_at_the_milestones() -> None:
    config = RECIPES["bair-256"].training(identities=36 * 7)  # seven steps an epoch
    assert config.steps == 140
    rates = [config.rate_at(config.progress(epoch * 7, 0.0)) for epoch in range(20)]
    assert rates == pytest.approx([2e-4] * 12 + [2e-5] * 6 + [2e-6] * 2)
    constant = RECIPES["vox-adv-256"].training(identities=420)
    assert constant.rate_at(0.0) == constant.rate_at(0.999) == pytest.approx(2e-4)


def test_the_command_line_has_the_last_word() -> None:
    config = RECIPES["mgif-256"].training(identities=100, steps=7, batch_size=2, size=128, learning_rate=1e-3)
    assert (config.steps, config.batch_size, config.size, config.learning_rate) == (7, 2, 128, 1e-3)
    assert config.detector_learning_rate is None
    assert config.augmentation.crop_size == 128
    assert RECIPES["mgif-256"].training(identities=100, minutes=5.0).steps is None
    with pytest.raises(InputError, match="less than one batch"):
        RECIPES["bair-256"].training(identities=3)


def test_a_frozen_detector_and_adversarial_weights_are_read() -> None:
    settings = changed("train_params.lr_kp_detector", 0)
    settings["train_params"]["loss_weights"]["generator_gan"] = 1
    recipe = recipe_from_official(settings)
    assert recipe.weights == ADVERSARIAL
    assert recipe.training(identities=420).detector_learning_rate == 0
    assert recipe.discriminator == DiscriminatorConfig(spectral_norm=True)


def test_a_file_may_leave_out_what_the_original_may_miss() -> None:
    train = {key: value for key, value in SETTINGS["train_params"].items() if key != "num_repeats"}
    recipe = recipe_from_official({"train_params": train})
    assert (recipe.num_repeats, recipe.size, recipe.id_sampling) == (1, 256, False)
    affine = changed("train_params.transform_params", {"sigma_affine": 0.05})
    assert recipe_from_official(affine).sigma_tps == 0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("trian_params", {}, "section 'trian_params'"),
        ("train_params.num_epoch", 3, "key 'num_epoch' in 'train_params'"),
        ("train_params.loss_weights.perceptuals", [10], "key 'perceptuals' in 'loss_weights'"),
        ("train_params.transform_params.sigma", 1, "key 'sigma' in 'transform_params'"),
        ("train_params.num_epochs", "many", "num_epochs = 'many' in 'train_params'"),
        ("train_params.lr_generator", "2e-4", "lr_generator = '2e-4' in 'train_params'"),
        ("train_params.batch_size", True, "batch_size = True"),
        ("train_params.batch_size", 0, "batch_size = 0"),
        ("train_params.epoch_milestones", 60, "a list of numbers"),
        ("train_params", None, "train_params"),
        ("train_params.loss_weights.perceptual", [10, 10, 10, 10, 5], "5 equal numbers"),
        ("train_params.scales", [0.3], "perceptual_scales"),
        ("dataset_params.frame_shape", [256, 128, 3], "a square in colour"),
        ("dataset_params.id_samplig", True, "key 'id_samplig' in 'dataset_params'"),
        ("dataset_params.augmentation_params.flips", {}, "key 'flips'"),
        ("visualizer_params.kp_sizes", 5, "key 'kp_sizes' in 'visualizer_params'"),
        ("animate_params.normalization_params.relative", True, "key 'relative' in 'normalization_params'"),
        ("reconstruction_params.num_videos", "all", "num_videos = 'all'"),
    ],
)
def test_what_is_misspelt_or_of_another_type_is_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(InputError, match=message.replace("[", r"\[")):
        recipe_from_official(changed(path, value))


def test_missing_keys_are_named() -> None:
    train = {key: value for key, value in SETTINGS["train_params"].items() if key != "lr_generator"}
    with pytest.raises(InputError, match="without 'lr_generator'"):
        recipe_from_official({"train_params": train})
    with pytest.raises(InputError, match="num_repeats"):
        dataclasses.replace(Recipe(), num_repeats=0)
