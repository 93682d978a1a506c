"""``fomm-lite train``: weights from a drawn world or from a folder of clips."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from torch import Tensor

from fomm_lite import weights
from fomm_lite.cli.common import tell
from fomm_lite.cli.evaluate import check_one_of
from fomm_lite.config import PRESETS, ModelConfig, preset
from fomm_lite.data.folders import ClipFolder
from fomm_lite.errors import InputError
from fomm_lite.evaluation.scoring import evaluate
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.augment import augment_preset
from fomm_lite.training.loop import TrainingConfig, train
from fomm_lite.training.pairs import WorldClips
from fomm_lite.training.processes import leads, leave
from fomm_lite.training.recipes import RECIPES, Recipe, recipe_from_official

WORLD_CLIPS = 1000
SAMPLE_CLIPS = 6
HELD_OUT_CLIPS = 20
OUR_RECIPE = "lean"
USUAL_SIZE = TrainingConfig.size
USUAL_MINUTES = 10.0


@dataclass(frozen=True)
class TrainOptions:
    """What the user asked for, one field an option of the command line; None leaves a choice to the recipe.

    Attributes:
        world: a drawn world, or None.
        data: a folder of clips, or None.
        config: a preset or a YAML file.
        recipe: likewise, or "lean"; None takes the recipe that belongs to ``config``.
        out: the run's folder; None names it after the data, in ``runs/``.
        resume: go on with the run in that folder.
        start: weights to begin with, by name or path; None draws them.
        minutes: how long, or None.
        steps: how many, or None; with neither, as long as the recipe says, or ten minutes.
        size: of the pictures in pixels.
        keypoints: how many, or None for what ``config`` says.
        clips: how many clips of a world to draw.
        batch: pairs a step.
        learning_rate: the peak.
        grow: shares of the training at which the size doubles.
        seed: of everything random.
        precision: "no", "bf16" or "fp16".
        augment: the preset whose augmentations are used.
        vgg: a file with torchvision's weights of VGG19; None lets torchvision look for them.
        workers: processes that read clips ahead.
        checkpoint_minutes: how often a checkpoint is written.
    """

    world: str | None
    data: Path | None
    config: str
    out: Path | None
    resume: bool
    minutes: float | None
    steps: int | None
    size: int | None
    recipe: str | None = None
    start: str | None = None
    keypoints: int | None = None
    clips: int = WORLD_CLIPS
    batch: int | None = None
    learning_rate: float | None = None
    grow: tuple[float, ...] = ()
    seed: int = 0
    precision: str = "no"
    augment: str | None = None
    vgg: Path | None = None
    workers: int = 0
    checkpoint_minutes: float = TrainingConfig.checkpoint_minutes


def train_command(options: TrainOptions) -> None:
    """Train, and leave weights, checkpoint, log and sample sheets in the run's folder.

    Raises:
        InputError: bad options, no usable clip, or a folder that holds another run.
    """
    check_one_of(options.world, options.data)
    model_config = read_config(options.config)
    recipe = read_recipe(options.config if options.recipe is None else options.recipe)
    if options.keypoints is not None:
        model_config = dataclasses.replace(model_config, num_keypoints=options.keypoints)
    start = None if options.start is None else _start(options.start, model_config)
    size = options.size or (recipe.size if recipe else USUAL_SIZE)
    changes = _changes(options, size)
    if recipe is None:
        config = _our_training(changes)
    else:
        recipe.training(WORLD_CLIPS, **changes)  # mistakes are told before a large folder is looked through
    name = options.world or (options.data or Path()).resolve().name
    out = options.out or Path("runs") / f"{name}-{size}"
    clips, held_out = _world(options, size) if options.world else _folder(options, size)
    identities = clips.identities if isinstance(clips, ClipFolder) else None
    if recipe is not None:
        groups = identities if recipe.id_sampling else None
        config = recipe.training(len(clips if groups is None else groups), **changes)
        if config.detector_learning_rate == 0 and start is None and not options.resume and leads():
            tell("the recipe leaves the keypoint detector as it is, and it is untrained: add --start WEIGHTS")
    else:
        groups = identities
    data = f"{options.world} world, {options.clips} clips" if options.world else f"{len(clips)} clips of {options.data}"
    facts: dict[str, object] = {"data": data}
    trained = train(
        clips, model_config, config, out, groups=groups,
        samples=[held_out[i] for i in range(min(SAMPLE_CLIPS, len(held_out)))],
        resume=options.resume, about=facts, start=start,
    )  # fmt: skip
    leave()
    if leads():
        _report(trained, held_out, out)


def _report(trained: FirstOrderModel, held_out: Sequence[Tensor], out: Path) -> None:
    """Measure on the held-out clips, keep the numbers with the weights, and say where these are."""
    path = out / "model.safetensors"
    if not weights.read_header(path)[1]["finished"]:
        tell(f"stopped early; the same command with --out {out} --resume goes on")
    if len(held_out):
        score = evaluate(trained, held_out).total
        facts = weights.read_header(path)[1] | {"held_out_l1": score.l1, "held_out_l1_ratio": score.ratio}
        weights.save(trained, path, about=facts)
        ratio = "-" if score.ratio is None else f"{score.ratio:.3f}"
        print(f"held-out L1 {score.l1:.4f}, {ratio} of copying the source, on {len(held_out)} clips")
    print(f"wrote {path}; `fomm-lite animate --weights {path}` animates with it")


def _changes(options: TrainOptions, size: int) -> dict[str, Any]:
    """Fields of the training that the command line sets, whatever the recipe says."""
    given = {
        "steps": options.steps,
        "minutes": options.minutes,
        "batch_size": options.batch,
        "learning_rate": options.learning_rate,
        "augmentation": None if options.augment is None else augment_preset(options.augment, size),
        "vgg_weights": None if options.vgg is None else str(options.vgg),
    }
    always = {
        "size": size,
        "grow": options.grow,
        "seed": options.seed,
        "precision": options.precision,
        "workers": options.workers,
        "checkpoint_minutes": options.checkpoint_minutes,
    }
    return always | {name: value for name, value in given.items() if value is not None}


def _our_training(changes: dict[str, Any]) -> TrainingConfig:
    """The lean recipe: ten minutes where nothing else is said."""
    length = {} if {"steps", "minutes"} & changes.keys() else {"minutes": USUAL_MINUTES}
    return TrainingConfig(**(changes | length))


def _start(name: str, config: ModelConfig) -> FirstOrderModel:
    """The model to begin with."""
    model = weights.load_model(name)
    if model.config != config:
        raise InputError(
            f"got --start {name} of another architecture than --config", "the same", "use the --config of the weights"
        )
    return model


def _world(options: TrainOptions, size: int) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Training clips with few frames far apart, and whole held-out ones."""
    assert options.world is not None
    if options.clips < 1:
        raise InputError(f"got --clips {options.clips}", "1 or more", "leave it out for the usual number")
    held_out = WorldClips(options.world, "validation", HELD_OUT_CLIPS, frames=24, size=size, stride=1)
    return WorldClips(options.world, "train", options.clips, size=size), held_out


def _folder(options: TrainOptions, size: int) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """The clips of ``train/`` and ``test/``, or of a seeded split."""
    assert options.data is not None
    clips = ClipFolder(options.data, size, "train")
    held_out = ClipFolder(options.data, size, "test")
    for path, reason in (*clips.skipped, *held_out.skipped):
        if leads():
            tell(f"left out {path.name}: {reason}")
    return clips, held_out


def read_config(name_or_path: str) -> ModelConfig:
    """The architecture behind ``--config``: a preset, or a YAML file with our fields or with official ``model_params``.

    Raises:
        InputError: neither a preset nor a readable file, or a file with other contents.
    """
    if name_or_path in PRESETS:
        return preset(name_or_path)
    values = _read_yaml(name_or_path)
    if "model_params" in values:
        if not isinstance(values["model_params"], dict):
            raise InputError(
                f"got model_params = {values['model_params']!r} in {name_or_path}", "named sections", "check the file"
            )
        return ModelConfig.from_official(values["model_params"])
    return ModelConfig.from_dict(values)


def read_recipe(name_or_path: str) -> Recipe | None:
    """The recipe that belongs to a preset or an official file; None is our own, made for CPUs.

    Raises:
        InputError: neither a preset nor a readable file, or ``train_params`` with other contents.
    """
    if name_or_path in PRESETS:
        return RECIPES.get(name_or_path)
    values = _read_yaml(name_or_path)
    return recipe_from_official(values) if "train_params" in values else None


def _read_yaml(path: str) -> dict[str, Any]:
    """The named fields in a file."""
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError:
        known = ", ".join(PRESETS)
        raise InputError(f"got --config {path}", f"a preset ({known}) or a YAML file", "choose one") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"got {path}: {error}", "a YAML file", "check the file") from None
    if not isinstance(values, dict):
        raise InputError(f"got {path} without named fields", "fields of ModelConfig", "check the file")
    return values
