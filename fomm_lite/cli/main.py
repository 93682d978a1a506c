"""The command ``fomm-lite``: options and help here and in ``files``, the work in :mod:`fomm_lite.cli`.

Bad input of any kind ends in exit code 2 and one line on stderr. Heavy libraries are imported by the command that needs
them, so that help and mistakes answer at once.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from fomm_lite import __version__
from fomm_lite.cli.files import DEFAULT_COURSE as DEFAULT_COURSE
from fomm_lite.cli.files import files
from fomm_lite.cli.options import (
    BatchOption,
    DataOption,
    DeviceOption,
    GridOption,
    SizeOption,
    WeightsArgument,
    WeightsOption,
    WorldOption,
    examples,
)
from fomm_lite.errors import InputError
from fomm_lite.files.shipped import asset

# what `fomm-lite animate` does when nothing else is said
DEFAULT_WEIGHTS = "faces-64"
DEFAULT_SOURCE = "sources/face.png"
DEFAULT_DRIVING = "drivers/face.mp4"
DEFAULT_VIDEO = Path("out/animation.mp4")
DEFAULT_PAIRS = Path("out/pairs")

STOPPED = 130
BAD_INPUT = 2
FAILED = 1

# Typer has its own copy of click in some versions and uses the installed one in others.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]

app = typer.Typer(
    epilog="`fomm-lite COMMAND --help` shows examples.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(asked: bool) -> bool:
    """Print the version and leave."""
    if asked:
        print(f"fomm-lite {__version__}")
        raise typer.Exit
    return asked


@app.callback()
def _program(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Image animation with the First Order Motion Model: a picture moves as a video does."""


@app.command(
    epilog=examples(
        "fomm-lite animate",
        "fomm-lite animate --source me.jpg --driving talk.mp4 --out me.mp4 --fit",
        "fomm-lite animate --source me.jpg --driving talk.mp4 --best-frame auto --grid",
        "fomm-lite animate --data my_clips/ --pairs pairs.csv --out out/pairs",
    )
)
def animate(
    source: Annotated[
        Path | None, typer.Option(metavar="I", help="Picture to move; by default a shipped face.")
    ] = None,
    driving: Annotated[
        Path | None,
        typer.Option(metavar="V", help="Clip whose motion is taken: a video, a GIF, a folder of frames."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="O",
            help="File to write: .mp4, .mov, .mkv, .webm, .gif or .webp; with --data a folder for the videos. "
            f"By default {DEFAULT_VIDEO} or {DEFAULT_PAIRS}.",
        ),
    ] = None,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Copy the driver's pose, not its movement since the initial frame.")
    ] = False,
    adapt_scale: Annotated[
        bool, typer.Option("--adapt-scale", help="Scale the driver's movement to the size of the source.")
    ] = False,
    best_frame: Annotated[
        str | None,
        typer.Option(metavar="auto|N", help="Driving frame posed like the source, for relative motion to start from."),
    ] = None,
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="Keep the driver's sound.")] = True,
    grid: GridOption = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Pad oblong pictures to a square; the middle is cut out otherwise.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Animate pairs of this folder's clips instead, each a video.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="CSV with the columns source, driving; by default pairs are drawn."),
    ] = None,
    num_pairs: Annotated[int, typer.Option(metavar="N", min=1, help="The most pairs, listed or drawn.")] = 50,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw of pairs.")] = 0,
    split: Annotated[str, typer.Option(metavar="S", help="Part of the folder: train, test or all.")] = "test",
    png: Annotated[bool, typer.Option("--png", help="With --data: a folder of PNG frames for each pair.")] = False,
    device: DeviceOption = "auto",
    batch: BatchOption = 4,
    size: SizeOption = None,
) -> None:
    """Animate a picture with the motion of a clip. Without options: the shipped pair."""
    from fomm_lite.cli.animate import AnimateOptions, animate_command

    options = AnimateOptions(
        source=asset(DEFAULT_SOURCE) if source is None else source,
        driving=asset(DEFAULT_DRIVING) if driving is None else driving,
        out=out or DEFAULT_VIDEO,
        weights=weights,
        absolute=absolute,
        adapt_scale=adapt_scale,
        best_frame=best_frame,
        audio=audio,
        grid=grid,
        fit=fit,
        device=device,
        batch=batch,
        size=size,
    )
    if data is None and pairs is None and not png:
        animate_command(options)
        return
    from fomm_lite.cli.animate_pairs import PairsOptions, animate_pairs_command

    if source is not None or driving is not None:
        raise InputError("got --source or --driving with --data", "one way to say what is animated", "leave one out")
    choice = PairsOptions(data, pairs, num_pairs, seed, split, out or DEFAULT_PAIRS, png)
    animate_pairs_command(options, choice)


@app.command(
    epilog=examples(
        "fomm-lite reconstruct talk.mp4 --weights faces-64 --out out/talk",
        "fomm-lite reconstruct my_clips/ --weights runs/mine/model.safetensors --out out/mine --grid",
    )
)
def reconstruct(
    clips: Annotated[Path, typer.Argument(metavar="CLIP_OR_FOLDER", help="A clip, or a folder of clips.")],
    weights: WeightsOption,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the videos and scores.json.")],
    grid: GridOption = False,
    device: DeviceOption = "auto",
    batch: BatchOption = 4,
    size: SizeOption = None,
) -> None:
    """Redraw clips from their own first frames.

    Says how close they come, beside copying the first frame.
    """
    from fomm_lite.cli.reconstruct import reconstruct_command

    reconstruct_command(clips, weights, out, grid=grid, device=device, batch=batch, size=size)


@app.command(
    epilog=examples(
        "fomm-lite train --world faces --size 32 --minutes 4",
        "fomm-lite train --data my_clips/ --out runs/mine --minutes 60",
        "fomm-lite train --world faces --out runs/faces --minutes 20 --resume",
        "fomm-lite train --data vox/ --config vox-256 --precision bf16 --workers 8",
    )
)
def train(
    world: WorldOption = None,
    data: DataOption = None,
    config: Annotated[
        str, typer.Option(metavar="C", help="Architecture and recipe: a preset (vox-256...) or a YAML file.")
    ] = "lean",
    recipe: Annotated[
        str | None, typer.Option(metavar="R", help="Another recipe than that of --config; lean is ours.")
    ] = None,
    start: Annotated[str | None, typer.Option(metavar="W", help="Weights to begin with.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Folder for weights, checkpoint, log, samples; in runs/ by default."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder.")] = False,
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
    clips: Annotated[int, typer.Option(metavar="N", help="How many clips of a world to draw.")] = 1000,
    batch: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Pairs a step, of all processes; 8, or as the recipe says.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(metavar="R", help="Peak of the schedule; 0.002, or as the recipe says.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of everything random.")] = 0,
    precision: Annotated[str, typer.Option(metavar="P", help="no, bf16 or fp16.")] = "no",
    augment: Annotated[
        str | None,
        typer.Option(metavar="A", help="Augmentations of a preset: vox-256, mgif-256...; lean only mirrors."),
    ] = None,
    vgg: Annotated[
        Path | None, typer.Option(metavar="F", help="torchvision's weights of VGG19, where it cannot download them.")
    ] = None,
    workers: Annotated[int, typer.Option(metavar="N", min=0, help="Processes that read clips ahead.")] = 0,
    checkpoint_minutes: Annotated[float, typer.Option(metavar="M", help="How often a checkpoint is written.")] = 1.0,
) -> None:
    """Train a model, on a drawn world or your clips.

    Ctrl-C stops in good order; --resume goes on. Official configurations bring their own recipe.
    """
    from fomm_lite.cli.train import TrainOptions, train_command

    train_command(
        TrainOptions(
            world, data, config, out, resume, minutes, steps, size, recipe, start, keypoints, clips, batch,
            learning_rate, tuple(grow or ()), seed, precision, augment, vgg, workers, checkpoint_minutes,
        )
    )  # fmt: skip


@app.command(
    epilog=examples(
        "fomm-lite evaluate faces-64 --world faces",
        "fomm-lite evaluate runs/mine/model.safetensors --data my_clips/ --json out/mine.json",
    )
)
def evaluate(
    weights: WeightsArgument,
    world: WorldOption = None,
    data: DataOption = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="F", help="Also write the numbers there.")] = None,
    clips: Annotated[
        int | None, typer.Option(metavar="N", help="How many clips; by default 20 of a world, all of a folder.")
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="S", help="train or test; of a world also validation, of a folder also all.")
    ] = "test",
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Who measures AKD, MKR and AED; on a world its own judge, or `none`."),
    ] = None,
    device: DeviceOption = "auto",
    batch: BatchOption = 8,
    size: SizeOption = None,
) -> None:
    """Measure how good weights are.

    Clips are redrawn from their first frames: L1, its ratio to the L1 of copying the first frame, PSNR and SSIM; with a
    judge also AKD, MKR and AED, by name and as released; on a drawn world the motion against the truth.
    """
    from fomm_lite.cli.evaluate import evaluate_command

    evaluate_command(
        weights, world=world, data=data, json_file=json, clips=clips, split=split, judge=judge, device=device,
        batch=batch, size=size,
    )  # fmt: skip


app.add_typer(files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process by default. None at all shows the help.

    Returns:
        The exit code: 0, 2 for bad input, 130 after Ctrl-C, 1 for what is nobody's mistake (a full disk).
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    try:
        code = get_command(app).main(args=given, prog_name="fomm-lite", standalone_mode=False)
    except InputError as error:
        return _end(str(error), BAD_INPUT)
    except _UsageError as error:
        return _end(str(_told(error)), BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except OSError as error:
        return _end(str(error), FAILED)
    except RuntimeError as error:
        if not any(sign in str(error) for sign in ("out of memory", "can't allocate memory")):
            raise
        return _end(
            str(InputError("got more than fits into memory", "less at once", "lower --batch or --size")), BAD_INPUT
        )
    if code == STOPPED:
        return _end("stopped; nothing half-written is left", STOPPED)
    return code if isinstance(code, int) else 0


def _end(line: str, code: int) -> int:
    """The one line."""
    print(f"fomm-lite: {' '.join(line.split())}", file=sys.stderr)
    return code


def _told(error: Exception) -> InputError:
    """A mistake in the command line itself, in the form of all others."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "fomm-lite"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return InputError(
        f"got a mistake in the command line ({message.rstrip('.')})", "what its help shows", f"see `{command} --help`"
    )


if __name__ == "__main__":
    sys.exit(main())
