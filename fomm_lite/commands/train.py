"""``fomm-lite train``: weights from a drawn world or from a folder of clips."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from torch import Tensor

from fomm_lite import weights
from fomm_lite.commands.common import tell
from fomm_lite.commands.evaluate import check_one_of
from fomm_lite.config import PRESETS, ModelConfig, preset
from fomm_lite.data.augment import augment_preset
from fomm_lite.data.folders import ClipFolder
from fomm_lite.data.pairs import WorldClips
from fomm_lite.errors import InputError
from fomm_lite.evaluation import evaluate
from fomm_lite.training import TrainingConfig, train

WORLD_CLIPS = 1000
SAMPLE_CLIPS = 6
HELD_OUT_CLIPS = 20


@dataclass(frozen=True)
class TrainOptions:
    """What the user asked for, one field an option of the command line.

    Attributes:
        world: a drawn world, or None.
        data: a folder of clips, or None.
        config: a preset or a YAML file.
        out: the run's folder; None names it after the data, in ``runs/``.
        resume: go on with the run in that folder.
        minutes: how long, or None.
        steps: how many, or None; with neither, ten minutes.
        size: of the pictures in pixels.
        keypoints: how many, or None for what ``config`` says.
        clips: how many clips of a world to draw.
        batch: pairs a step.
        learning_rate: the peak.
        grow: shares of the training at which the size doubles.
        seed: of everything random.
        precision: "no", "bf16" or "fp16".
        augment: the preset whose augmentations are used.
    """

    world: str | None
    data: Path | None
    config: str
    out: Path | None
    resume: bool
    minutes: float | None
    steps: int | None
    size: int
    keypoints: int | None = None
    clips: int = WORLD_CLIPS
    batch: int = TrainingConfig.batch_size
    learning_rate: float = TrainingConfig.learning_rate
    grow: tuple[float, ...] = ()
    seed: int = 0
    precision: str = "no"
    augment: str = "lean"


def train_command(options: TrainOptions) -> None:
    """Train, and leave weights, checkpoint, log and sample sheets in the run's folder.

    Raises:
        InputError: bad options, no usable clip, or a folder that holds another run.
    """
    check_one_of(options.world, options.data)
    model_config = read_config(options.config)
    if options.keypoints is not None:
        model_config = dataclasses.replace(model_config, num_keypoints=options.keypoints)
    minutes = 10.0 if options.minutes is None and options.steps is None else options.minutes
    config = TrainingConfig(
        size=options.size,
        steps=options.steps,
        minutes=minutes,
        batch_size=options.batch,
        learning_rate=options.learning_rate,
        grow=options.grow,
        augmentation=augment_preset(options.augment, options.size),
        seed=options.seed,
        precision=options.precision,
    )
    name = options.world or (options.data or Path()).resolve().name
    out = options.out or Path("runs") / f"{name}-{options.size}"
    clips, held_out = _world(options) if options.world else _folder(options)
    data = f"{options.world} world, {options.clips} clips" if options.world else f"{len(clips)} clips of {options.data}"
    facts: dict[str, object] = {"data": data}
    trained = train(
        clips, model_config, config, out, groups=clips.identities if isinstance(clips, ClipFolder) else None,
        samples=[held_out[i] for i in range(min(SAMPLE_CLIPS, len(held_out)))],
        resume=options.resume, about=facts,
    )  # fmt: skip
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


def _world(options: TrainOptions) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Training clips with few frames far apart, and whole held-out ones."""
    assert options.world is not None
    if options.clips < 1:
        raise InputError(f"got --clips {options.clips}", "1 or more", "leave it out for the usual number")
    held_out = WorldClips(options.world, "validation", HELD_OUT_CLIPS, frames=24, size=options.size, stride=1)
    return WorldClips(options.world, "train", options.clips, size=options.size), held_out


def _folder(options: TrainOptions) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """The clips of ``train/`` and ``test/``, or of a seeded split."""
    assert options.data is not None
    clips = ClipFolder(options.data, options.size, "train")
    held_out = ClipFolder(options.data, options.size, "test")
    for path, reason in (*clips.skipped, *held_out.skipped):
        tell(f"left out {path.name}: {reason}")
    return clips, held_out


def read_config(name_or_path: str) -> ModelConfig:
    """The architecture behind ``--config``: a preset, or a YAML file with our fields or with official ``model_params``.

    Raises:
        InputError: neither a preset nor a readable file, or a file with other contents.
    """
    if name_or_path in PRESETS:
        return preset(name_or_path)
    try:
        values = yaml.safe_load(Path(name_or_path).read_text(encoding="utf-8"))
    except OSError:
        known = ", ".join(PRESETS)
        raise InputError(f"got --config {name_or_path}", f"a preset ({known}) or a YAML file", "choose one") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"got {name_or_path}: {error}", "a YAML file", "check the file") from None
    if not isinstance(values, dict):
        raise InputError(f"got {name_or_path} without named fields", "fields of ModelConfig", "check the file")
    if "model_params" in values:
        return ModelConfig.from_official(values["model_params"])
    return ModelConfig.from_dict(values)
