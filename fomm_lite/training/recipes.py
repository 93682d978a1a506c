"""The recipes that the published models were trained by, and the reader of ``train_params`` in official YAML files.

A recipe counts in epochs, as the original does; how many steps these are is known once the data are. The architecture
in the same file is :class:`fomm_lite.config.ModelConfig`'s.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fomm_lite.config import PRESETS, DiscriminatorConfig, discriminator_preset
from fomm_lite.config.presets import read_yaml
from fomm_lite.config.reading import take
from fomm_lite.data.folders import epoch_steps
from fomm_lite.errors import InputError
from fomm_lite.training.augment import AUGMENT_PRESETS, AugmentConfig
from fomm_lite.training.objective import LossWeights
from fomm_lite.training.training_config import TrainingConfig
from fomm_lite.weights.official import OFFICIAL_SECTIONS

VGG_LAYERS = 5
# the terms of the original: those that are ours alone are off
PERCEPTUAL = LossWeights(
    reconstruction=0, gradients=0, warp=0, squared=0, painting=0, separation=0,
    perceptual=10, equivariance_positions=10, equivariance_jacobians=10,
)  # fmt: skip
ADVERSARIAL = dataclasses.replace(PERCEPTUAL, generator_gan=1, feature_matching=10, discriminator_gan=1)


@dataclass(frozen=True)
class Recipe:
    """How an official configuration trains; the defaults are those of ``vox-256``.

    Attributes:
        size: side of the pictures in pixels.
        id_sampling: count identities instead of clips.
        num_epochs: how often the data are gone through.
        num_repeats: pairs of each identity (or clip) in an epoch.
        epoch_milestones: epochs at which the learning rates fall to a tenth.
        lr_generator: learning rate of generator and dense motion.
        lr_discriminator: of the discriminator.
        lr_kp_detector: of the keypoint detector; 0 leaves it as it is.
        batch_size: pairs a step.
        checkpoint_freq: epochs between checkpoints; one is written every few minutes in any case.
        sigma_affine: as in :class:`TrainingConfig`.
        sigma_tps: as there.
        points_tps: as there.
        augmentation: for pictures of ``size``.
        weights: of the loss terms.
        discriminator: its architecture, built where the weights ask for it.
    """

    size: int = 256
    id_sampling: bool = True
    num_epochs: int = 100
    num_repeats: int = 75
    epoch_milestones: tuple[float, ...] = (60, 90)
    lr_generator: float = 2e-4
    lr_discriminator: float = 2e-4
    lr_kp_detector: float = 2e-4
    batch_size: int = 40
    checkpoint_freq: int = 50
    sigma_affine: float = 0.05
    sigma_tps: float = 0.005
    points_tps: int = 5
    augmentation: AugmentConfig = AUGMENT_PRESETS["vox-256"]
    weights: LossWeights = PERCEPTUAL
    discriminator: DiscriminatorConfig = discriminator_preset("vox-256")

    def __post_init__(self) -> None:
        """Refuse what cannot be counted or trained with.

        Raises:
            InputError: a number out of range.
        """
        for name in ("size", "num_epochs", "num_repeats", "batch_size", "checkpoint_freq", "lr_generator"):
            if not getattr(self, name) > 0:
                raise InputError(f"got {name} = {getattr(self, name)}", "a number above 0", "correct the recipe")

    def training(self, identities: int, **changes: Any) -> TrainingConfig:
        """The training that this recipe means for a data set.

        Args:
            identities: how many there are to count: identities with ``id_sampling``, else clips.
            **changes: fields of :class:`TrainingConfig` to have otherwise. With ``steps`` or ``minutes`` among them
                the milestones stay where they were as shares of the training.

        Raises:
            InputError: too few clips for a single step, or a field out of range.
        """
        size, batch_size = changes.get("size", self.size), changes.get("batch_size", self.batch_size)
        epoch = epoch_steps(identities, self.num_repeats, batch_size)
        length: dict[str, Any] = {"checkpoint_steps": max(1, epoch) * self.checkpoint_freq}
        if "steps" not in changes and "minutes" not in changes:
            if epoch < 1:
                raise InputError(
                    f"got {identities} clips x {self.num_repeats} repeats, less than one batch of {batch_size}",
                    "a step an epoch at least",
                    "use a smaller --batch, or say --steps",
                )
            length["steps"] = self.num_epochs * epoch
        crop = self.augmentation.crop_size
        if crop is not None:
            crop = round(crop * size / self.size)
        fields: dict[str, Any] = {
            "size": size,
            "batch_size": batch_size,
            "learning_rate": self.lr_generator,
            "detector_learning_rate": self._other(self.lr_kp_detector),
            "discriminator_learning_rate": self._other(self.lr_discriminator),
            "warm_up": 0.0,
            "cool_down": 0.0,
            "milestones": tuple(each / self.num_epochs for each in self.epoch_milestones if each <= self.num_epochs),
            "augmentation": dataclasses.replace(self.augmentation, crop_size=crop),
            "sigma_affine": self.sigma_affine,
            "sigma_tps": self.sigma_tps,
            "points_tps": self.points_tps,
            "weights": self.weights,
            "discriminator": self.discriminator,
        }
        return TrainingConfig(**(fields | length | changes))

    def _other(self, rate: float) -> float | None:
        """A learning rate, or None where it is the generator's: the three then change together."""
        return None if rate == self.lr_generator else rate


_FINE_TUNED = Recipe(num_epochs=150, epoch_milestones=(), weights=ADVERSARIAL)
_GAN = Recipe(id_sampling=False, weights=ADVERSARIAL, batch_size=36)
_DIFFERENCES: dict[str, tuple[Recipe, dict[str, Any]]] = {
    "vox-256": (Recipe(), {}),
    "vox-adv-256": (_FINE_TUNED, {"batch_size": 36}),
    "taichi-256": (Recipe(), {"num_repeats": 150, "batch_size": 30}),
    "taichi-adv-256": (_FINE_TUNED, {"num_repeats": 150, "batch_size": 27, "lr_kp_detector": 0.0}),
    "fashion-256": (_GAN, {"num_repeats": 50, "batch_size": 27}),
    "mgif-256": (_GAN, {"num_repeats": 25, "checkpoint_freq": 100}),
    "bair-256": (_GAN, {"num_epochs": 20, "num_repeats": 1, "epoch_milestones": (12, 18), "checkpoint_freq": 10}),
    "nemo-256": (_GAN, {"num_repeats": 8}),
}
RECIPES: dict[str, Recipe] = {
    name: dataclasses.replace(
        base, augmentation=AUGMENT_PRESETS[name], discriminator=discriminator_preset(name), **changes
    )
    for name, (base, changes) in _DIFFERENCES.items()
}


def read_recipe(name_or_path: str) -> Recipe | None:
    """The recipe that belongs to a preset or an official YAML file; None is our own, made for CPUs.

    Raises:
        InputError: neither a preset nor a readable file, or ``train_params`` with other contents.
    """
    if name_or_path in PRESETS:
        return RECIPES.get(name_or_path)
    values = read_yaml(name_or_path)
    return recipe_from_official(values) if "train_params" in values else None


def recipe_from_official(settings: Mapping[str, Any]) -> Recipe:
    """The recipe in an official YAML file.

    ``root_dir``, ``pairs_list`` and ``random_seed`` of ``dataset_params`` have no meaning here (the command is told
    its data and seed), nor have ``reconstruction_params``, ``animate_params`` and ``visualizer_params``, whose commands
    have options: all are checked and ignored. With ``generator_gan: 0`` the original trains no discriminator, whatever
    the other two adversarial weights say, and so it is here.

    Args:
        settings: the whole file. ``train_params`` must be there; without ``dataset_params``, pictures of 256 pixels.

    Raises:
        InputError: an unknown or missing key, a value of another type or out of range; it is named with its section.
    """
    for section in settings:
        if section not in OFFICIAL_SECTIONS:
            raise InputError(f"got the section {section!r}", "one of " + ", ".join(OFFICIAL_SECTIONS), "correct it")
    _check_unused(settings)
    model = settings.get("model_params")
    judge = DiscriminatorConfig()
    if isinstance(model, dict) and isinstance(model.get("discriminator_params"), dict):
        judge = DiscriminatorConfig.from_official(model["discriminator_params"])
    rates = dict.fromkeys(("lr_generator", "lr_discriminator", "lr_kp_detector"), float)
    needed = {"num_epochs": int, "epoch_milestones": tuple[float, ...], "batch_size": int, "scales": tuple[float, ...]}
    sections = {"transform_params": dict, "loss_weights": dict}
    usual = {"num_repeats": 1, "checkpoint_freq": Recipe.checkpoint_freq}
    train = take(settings, "train_params", needed | rates | sections, usual)
    warp = take(train, "transform_params", {"sigma_affine": float}, {"sigma_tps": 0.0, "points_tps": 0})
    if not warp["points_tps"]:  # left out: no thin-plate part
        warp |= {"points_tps": Recipe.points_tps, "sigma_tps": 0.0}
    weights = _weights(train, judge)
    data = _data(settings)
    kept = {key: train[key] for key in (*rates, *needed, "num_repeats", "checkpoint_freq") if key != "scales"}
    return Recipe(**(kept | warp | data), weights=weights, discriminator=judge)


def _weights(train: dict[str, Any], judge: DiscriminatorConfig) -> LossWeights:
    """The ``loss_weights`` and ``scales`` of ``train_params``."""
    values = take(
        train,
        "loss_weights",
        {"perceptual": tuple[float, ...], "feature_matching": tuple[float, ...]},
        {"generator_gan": 0.0, "discriminator_gan": 0.0, "equivariance_value": 0.0, "equivariance_jacobian": 0.0},
    )
    perceptual = _same(values["perceptual"], "perceptual", VGG_LAYERS)
    changes: dict[str, Any] = {
        "perceptual": perceptual,
        "perceptual_scales": train["scales"],
        "equivariance_positions": values["equivariance_value"],
        "equivariance_jacobians": values["equivariance_jacobian"],
    }
    if values["generator_gan"]:
        changes |= {
            "generator_gan": values["generator_gan"],
            "discriminator_gan": values["discriminator_gan"],
            "feature_matching": _same(values["feature_matching"], "feature_matching", judge.num_blocks),
        }
    return dataclasses.replace(PERCEPTUAL, **changes)


def _same(numbers: tuple[float, ...], name: str, count: int) -> float:
    """The one number that is said ``count`` times."""
    if len(numbers) != count or len(set(numbers)) != 1:
        raise InputError(
            f"got {name} = {list(numbers)} in 'loss_weights'",
            f"{count} equal numbers",
            f"use {[10] * count}, for example",
        )
    return numbers[0]


def _data(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What ``dataset_params`` says of pictures and clips."""
    if "dataset_params" not in settings:
        return {"augmentation": AugmentConfig(), "id_sampling": False}
    values = take(
        settings,
        "dataset_params",
        {},
        {
            "root_dir": "", "frame_shape": (256.0, 256.0, 3.0), "id_sampling": False, "random_seed": 0,
            "pairs_list": "", "augmentation_params": {},
        },
    )  # fmt: skip
    shape = values["frame_shape"]
    if len(shape) != 3 or shape[0] != shape[1] or shape[2] != 3 or shape[0] % 1:
        raise InputError(f"got frame_shape = {list(shape)} in 'dataset_params'", "a square in colour", "[256, 256, 3]")
    augmentation = AugmentConfig.from_official(values["augmentation_params"])
    return {"size": int(shape[0]), "id_sampling": values["id_sampling"], "augmentation": augmentation}


def _check_unused(settings: Mapping[str, Any]) -> None:
    """Misspelt keys are named even where nothing here reads them."""
    unused: dict[str, dict[str, Any]] = {
        "reconstruction_params": {"num_videos": 0, "format": ""},
        "animate_params": {"num_pairs": 0, "format": "", "normalization_params": {}},
        "visualizer_params": {"kp_size": 0, "draw_border": False, "colormap": ""},
    }
    for section, keys in unused.items():
        if section in settings:
            values = take(settings, section, {}, keys)
            if "normalization_params" in values:
                names = ("adapt_movement_scale", "use_relative_movement", "use_relative_jacobian")
                take(values, "normalization_params", {}, dict.fromkeys(names, False))
