"""``fomm-lite train``: weights from a drawn world or from a folder of clips."""

import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer

from fomm_lite.cli.options import DataOption, WorldOption, check_one_of, command
from fomm_lite.cli.signals import SIGNALLED
from fomm_lite.errors import InputError

SAMPLE_CLIPS = 6
HELD_OUT_CLIPS = 20
USUAL_CLIPS = 1000
USUAL_CONFIG = "lean"
USUAL_MINUTES = 10.0


@command(
    "train",
    "fomm-lite train --world faces --size 32 --minutes 4",
    "fomm-lite train --data my_clips/ --out runs/mine --minutes 60",
    "fomm-lite train --out runs/mine --resume --minutes 120",
    "fomm-lite train --data vox/ --config vox-256 --precision bf16 --workers 8",
)
def train(
    world: WorldOption = None,
    data: DataOption = None,
    config: Annotated[
        str | None,
        typer.Option(metavar="C", help="Architecture and recipe: a preset (lean, vox-256...) or a YAML file."),
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="R", help="Another recipe than that of --config; lean is ours.")
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="W", help="Weights to begin with.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Folder for weights, checkpoint, log, samples; in runs/ by default."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in that folder; what is not said is as it was.")
    ] = False,
    minutes: Annotated[
        float | None, typer.Option(metavar="M", help="How long, with --resume in all; else as the recipe says, or ten.")
    ] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Train this many steps instead.")] = None,
    size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Side of the pictures in pixels; 64, or as the recipe says.")
    ] = None,
    grow: Annotated[
        list[float] | None,
        typer.Option(metavar="SHARE", help="Start at half the size until this share is done; may be repeated."),
    ] = None,
    keypoints: Annotated[
        int | None, typer.Option(metavar="K", help="How many keypoints, if not as the architecture says.")
    ] = None,
    clips: Annotated[int | None, typer.Option(metavar="N", help="How many clips of a world to draw; 1000.")] = None,
    batch: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Pairs a step, of all processes; 8, or as the recipe says.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="R", help="Peak of the schedule; 0.002, or as the recipe says.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Of everything random; 0.")] = None,
    precision: Annotated[str | None, typer.Option(metavar="P", help="no (usual), bf16 or fp16.")] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            metavar="A",
            help="Augmentations of a preset: vox-256, mgif-256...; lean only mirrors, few-clips is the strongest.",
        ),
    ] = None,
    vgg: Annotated[
        Path | None, typer.Option(metavar="F", help="torchvision's weights of VGG19, where it cannot download them.")
    ] = None,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes that read clips ahead; 0.")] = None,
    checkpoint_minutes: Annotated[
        float | None, typer.Option(metavar="M", help="How often a checkpoint is written; 1.")
    ] = None,
) -> None:
    """Train a model, on a drawn world or your clips.

    Ctrl-C stops in good order, with exit code 130; --resume goes on. Official configurations bring their own recipe.
    """
    if not (resume and out and world is None and data is None):
        check_one_of(world, data)
    if clips is not None and data is not None:
        raise InputError("got --clips with --data", "all clips of a folder", "leave out --clips: it is for worlds")
    if clips is not None and clips < 1:
        raise InputError(f"got --clips {clips}", "1 or more", "leave it out for the usual number")
    from fomm_lite import evaluation, weights
    from fomm_lite.cli.common import tell
    from fomm_lite.config import ModelConfig, read_config
    from fomm_lite.data.folders import ClipFolder
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.training import State, TrainingConfig, checkpoints, loop
    from fomm_lite.training.augment import augment_preset
    from fomm_lite.training.pairs import WorldClips
    from fomm_lite.training.processes import leads, leave
    from fomm_lite.training.recipes import read_recipe
    from fomm_lite.training.run_lock import alone_in, check_free
    from fomm_lite.training.training_config import SPEAKING
    from fomm_lite.training.widen import widened

    found = read_recipe(recipe or config or USUAL_CONFIG)
    if out is None:
        usual_size = found.size if found else TrainingConfig.size
        out = Path("runs") / f"{world or Path(data or '').resolve().name}-{size or usual_size}"
    check_not_input(out, data)
    check_free(out)
    had = checkpoints.read_checkpoint(out) if resume else {}
    run = had.get("about", {}).get("run")  # None for a new run, and for one that was not begun here

    # what the run is made of beside the fields of its training
    made_of: dict[str, Any] = {
        "world": world, "data": data and str(data), "clips": clips, "config": config, "recipe": recipe, "start": start,
    }  # fmt: skip
    if run is None:
        usual = {"clips": USUAL_CLIPS, "config": USUAL_CONFIG, "recipe": config or USUAL_CONFIG}
        made_of |= {option: value for option, value in usual.items() if made_of[option] is None}
        made_of["by_identity"] = found is None or found.id_sampling
        model_config = read_config(made_of["config"])
    else:
        made_of = _as_it_was(made_of, run, out)
        model_config = ModelConfig.from_dict(had["config"])
    check_one_of(made_of["world"], made_of["data"])
    if keypoints is not None:
        model_config = replace(model_config, num_keypoints=keypoints)

    # the fields of its training that are given here
    size = size or (
        had.get("training", {}).get("size", TrainingConfig.size)
        if run
        else found.size
        if found
        else TrainingConfig.size
    )
    if run is None:
        model_config = model_config.trained_at(size)
    fields: dict[str, Any] = {
        "size": size, "grow": tuple(grow) if grow else None, "batch_size": batch, "learning_rate": learning_rate,
        "seed": seed, "precision": precision, "workers": workers, "checkpoint_minutes": checkpoint_minutes,
        "vgg_weights": vgg and str(vgg), "augmentation": augment and augment_preset(augment, size),
    }  # fmt: skip
    fields = {field: value for field, value in fields.items() if value is not None}
    if minutes is not None or steps is not None:
        fields |= {"minutes": minutes, "steps": steps}

    def training(identities: int) -> TrainingConfig:
        """The others are as they were, as the recipe says, or as usual."""
        if run is not None:
            return replace(TrainingConfig.from_dict(had.get("training", {})), **fields)
        if found is not None:
            return found.training(identities, **fields)
        ours = SPEAKING if made_of["recipe"] == "speaking" else {}
        if ours and made_of["world"] != "faces":
            ours = ours | {"weights": replace(ours["weights"], expression=0.0)}  # no mouth, or nobody says where
        if ours and made_of["data"]:
            ours = ours | {"lively": 0.0}  # films do not say what moves in them
        return TrainingConfig(**({"minutes": USUAL_MINUTES} | ours | fields))

    # mistakes are told before a large folder is looked through
    same = {"config": model_config.to_dict(), "training": asdict(training(USUAL_CLIPS))}
    checkpoints.check_same_run(out, had, same)
    training(USUAL_CLIPS).check_size(model_config)
    began = None
    if start is not None and not resume:
        known = weights.load_model(start)
        try:
            began = widened(known, model_config)
        except InputError as error:
            raise InputError(
                f"got --start {start} of another architecture than --config", error.expected, "use its --config"
            ) from None

    lessons: Sequence[Any]
    held_out: Sequence[Any]
    groups = None
    if made_of["world"]:
        lessons = WorldClips(made_of["world"], "train", made_of["clips"], size=size)
        held_out = WorldClips(made_of["world"], "validation", HELD_OUT_CLIPS, frames=24, size=size, stride=1)
        origin = f"{made_of['world']} world, {made_of['clips']} clips"
    else:
        folder = Path(made_of["data"])
        lessons, held_out = ClipFolder(folder, size, "train"), ClipFolder(folder, size, "test")
        for path, reason in (*lessons.skipped, *held_out.skipped):
            if leads():
                tell(f"left out {path.name}: {reason}")
        groups = lessons.identities if made_of["by_identity"] else None
        names = sha256("\n".join(path.name for path in lessons.paths).encode()).hexdigest()
        if made_of.setdefault("names", names) != names:
            raise InputError(
                f"got other clips in {folder} ({len(lessons)})",
                f"those that the run in {out} had",
                "choose another --out",
            )
        origin = f"{len(lessons)} clips of {folder}"
    about = had["about"] if run else {"data": origin, "run": made_of}
    settings = training(len(lessons if groups is None else groups))
    if leads() and settings.detector_learning_rate == 0 and began is None and not resume:
        tell("the recipe leaves the keypoint detector as it is, and it is untrained: add --start WEIGHTS")
    if leads() and resume and settings.progress(had.get("step", 0), had.get("seconds", 0)) >= 1:
        tell(f"the run in {out} was finished: more --minutes or --steps in all would go on")
    samples = _samples(held_out)
    seen: list[State] = []
    with alone_in(out):  # until the score stands in the header
        trained = loop.train(
            lessons, model_config, settings, out,
            groups=groups, samples=samples, resume=resume, about=about, start=began,
            on_step=lambda state, _: seen.append(state) if not seen else None,
        )  # fmt: skip
        leave()
        if not leads():
            return
        path = out / "model.safetensors"
        header = weights.read_header(path)[1]
        asked = 0 if header["finished"] or not seen else seen[0].signal
        if not header["finished"]:
            tell(f"stopped early; --out {out} --resume goes on")
        if len(held_out) and asked in (0, signal.SIGINT):  # whoever sends another does not wait long
            measured = evaluation.evaluate(
                trained,
                _whole(held_out, size),
                on_broken=lambda _, error: tell(f"left out of the score: {error}"),
            )
            score = measured.total
            weights.save(trained, path, about=header | {"held_out_l1": score.l1, "held_out_l1_ratio": score.ratio})
            ratio = "-" if score.ratio is None else f"{score.ratio:.3f}"
            print(f"held-out L1 {score.l1:.4f}, {ratio} of copying the source, on {len(measured.clips)} clips")
    print(f"wrote {path}; `fomm-lite animate --weights {path}` animates with it")
    if asked:
        raise typer.Exit(SIGNALLED + asked)


def _samples(held_out: Sequence[Any]) -> list[Any]:
    """The first clips that can be read; the others are told when they are to be measured."""
    from fomm_lite.data.folders import ClipFolder

    found: list[Any] = []
    for index in range(len(held_out)):
        if len(found) == SAMPLE_CLIPS:
            break
        with suppress(InputError):
            if isinstance(held_out, ClipFolder):  # filmed clips may be long: none is held whole
                found.append(held_out.frames(index, [0, held_out.count(index) - 1]))
            else:
                found.append(held_out[index])
    return found


def _whole(held_out: Sequence[Any], size: int) -> Iterable[Any]:
    """The clips to measure; a filmed one is read as it is walked through, so that a broken one is met there."""
    from fomm_lite.cli.common import ClipFile
    from fomm_lite.data.folders import ClipFolder

    if isinstance(held_out, ClipFolder):
        return (ClipFile(path, size) for path in held_out.paths)
    return held_out


def _as_it_was(said: Mapping[str, Any], run: Any, out: Path) -> dict[str, Any]:
    """The options of a run that goes on: those it had. Its folder may have moved; that the clips are the same is seen.

    Raises:
        InputError: one that is said, and differs, or a run that does not know its options.
    """
    known = isinstance(run, dict) and run.keys() >= said.keys()
    kinds = {option: int if option == "clips" else str for option in said}
    if not known or not all(run[option] is None or type(run[option]) is kind for option, kind in kinds.items()):
        raise InputError(
            f"got {out}, whose checkpoint does not know the options of its run", "all", "start anew in another --out"
        )
    for option, value in said.items():
        theirs = run[option]
        moved = option == "data" and theirs is not None
        if value not in (None, theirs) and not moved:
            expected = f"no --{option}" if theirs is None else f"--{option} {theirs}"
            raise InputError(
                f"got --{option} {value}",
                f"{expected}, as the run in {out} has",
                "leave it out, or choose another --out",
            )
    return {**run, **({"data": said["data"]} if said["data"] else {})}
