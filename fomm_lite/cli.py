"""The command ``fomm-lite``: options and help here, the work in :mod:`fomm_lite.commands`.

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
from fomm_lite.errors import InputError
from fomm_lite.resources import asset

# what `fomm-lite animate` does when nothing else is said
DEFAULT_WEIGHTS = "faces-64"
DEFAULT_SOURCE = "sources/face.png"
DEFAULT_DRIVING = "drivers/face.mp4"
DEFAULT_VIDEO = Path("out/animation.mp4")
DEFAULT_COURSE = Path("fomm_lite_course")

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


WeightsOption = Annotated[str, typer.Option("--weights", metavar="W", help="Shipped name, or a .safetensors file.")]
DeviceOption = Annotated[str, typer.Option("--device", metavar="D", help="auto, cpu, cuda, cuda:1 or mps.")]
BatchOption = Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Frames computed together.")]
SizeOption = Annotated[
    int | None,
    typer.Option("--size", metavar="N", min=1, help="Side of the pictures in pixels; by default that of the weights."),
]
WorldOption = Annotated[str | None, typer.Option("--world", metavar="NAME", help="A drawn world: faces or puppets.")]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="A folder of clips.")]


def _examples(*lines: str) -> str:
    """Examples at the end of a help page; the mark keeps click from flowing them into one paragraph."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


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
    epilog=_examples(
        "fomm-lite animate",
        "fomm-lite animate --source me.jpg --driving talk.mp4 --out me.mp4 --fit",
        "fomm-lite animate --source me.jpg --driving talk.mp4 --best-frame auto --grid",
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
        Path, typer.Option(metavar="O", help="File to write: .mp4, .mov, .mkv, .webm, .gif or .webp.")
    ] = DEFAULT_VIDEO,
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
    grid: Annotated[bool, typer.Option("--grid", help="Show keypoints, masks and maps beside the result.")] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Pad oblong pictures to a square; the middle is cut out otherwise.")
    ] = False,
    device: DeviceOption = "auto",
    batch: BatchOption = 4,
    size: SizeOption = None,
) -> None:
    """Animate a picture with the motion of a clip. Without options: the shipped pair."""
    from fomm_lite.commands.animate import AnimateOptions, animate_command

    options = AnimateOptions(
        source=asset(DEFAULT_SOURCE) if source is None else source,
        driving=asset(DEFAULT_DRIVING) if driving is None else driving,
        out=out,
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
    animate_command(options)


@app.command(
    epilog=_examples(
        "fomm-lite reconstruct talk.mp4 --weights faces-64 --out out/talk",
        "fomm-lite reconstruct my_clips/ --weights runs/mine/model.safetensors --out out/mine --grid",
    )
)
def reconstruct(
    clips: Annotated[Path, typer.Argument(metavar="CLIP_OR_FOLDER", help="A clip, or a folder of clips.")],
    weights: WeightsOption,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the videos and scores.json.")],
    grid: Annotated[bool, typer.Option("--grid", help="Show keypoints, masks and maps beside the result.")] = False,
    device: DeviceOption = "auto",
    batch: BatchOption = 4,
    size: SizeOption = None,
) -> None:
    """Redraw clips from their own first frames.

    Says how close they come, beside copying the first frame.
    """
    from fomm_lite.commands.reconstruct import reconstruct_command

    reconstruct_command(clips, weights, out, grid=grid, device=device, batch=batch, size=size)


@app.command(
    epilog=_examples(
        "fomm-lite train --world faces --size 32 --minutes 4",
        "fomm-lite train --data my_clips/ --out runs/mine --minutes 60",
        "fomm-lite train --world faces --out runs/faces --minutes 20 --resume",
    )
)
def train(
    world: WorldOption = None,
    data: DataOption = None,
    config: Annotated[str, typer.Option(metavar="C", help="Architecture: a preset or a YAML file.")] = "lean",
    out: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Folder for weights, checkpoint, log, samples; in runs/ by default."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder.")] = False,
    minutes: Annotated[
        float | None, typer.Option(metavar="M", help="How long to train; ten by default, and with --resume in all.")
    ] = None,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Train this many steps instead.")] = None,
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Side of the pictures in pixels.")] = 64,
    grow: Annotated[
        list[float] | None,
        typer.Option(metavar="SHARE", help="Start at half the size until this share is done; may be repeated."),
    ] = None,
    keypoints: Annotated[
        int | None, typer.Option(metavar="K", help="How many keypoints, if not as the architecture says.")
    ] = None,
    clips: Annotated[int, typer.Option(metavar="N", help="How many clips of a world to draw.")] = 1000,
    batch: Annotated[int, typer.Option(metavar="N", min=1, help="Pairs a step.")] = 8,
    learning_rate: Annotated[float, typer.Option(metavar="R", help="Peak of the schedule.")] = 2e-3,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of everything random.")] = 0,
    precision: Annotated[str, typer.Option(metavar="P", help="no, bf16 or fp16.")] = "no",
    augment: Annotated[
        str, typer.Option(metavar="A", help="Augmentations of a preset: vox-256, mgif-256...; lean only mirrors.")
    ] = "lean",
) -> None:
    """Train a model, on a drawn world or your clips.

    Ctrl-C stops in good order; --resume goes on.
    """
    from fomm_lite.commands.train import TrainOptions, train_command

    train_command(
        TrainOptions(
            world, data, config, out, resume, minutes, steps, size, keypoints, clips, batch, learning_rate,
            tuple(grow or ()), seed, precision, augment,
        )
    )  # fmt: skip


@app.command(
    "check-data",
    epilog=_examples("fomm-lite check-data my_clips/", "fomm-lite check-data my_clips/ --size 256 --every-frame"),
)
def check_data(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Clips, or folders train and test of clips.")],
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Side of the training pictures in pixels.")] = 64,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Decode every frame, to find damage inside videos.")
    ] = False,
) -> None:
    """Look at a folder of clips before training on it.

    Says what is there, what would be left out and why, and what may spoil the training.
    """
    from fomm_lite.commands.check_data import check_data_command

    check_data_command(folder, size=size, every_frame=every_frame)


@app.command(
    epilog=_examples(
        "fomm-lite evaluate faces-64 --world faces",
        "fomm-lite evaluate runs/mine/model.safetensors --data my_clips/ --json out/mine.json",
    )
)
def evaluate(
    weights: Annotated[str, typer.Argument(metavar="W", help="Shipped name, or a .safetensors file.")],
    world: WorldOption = None,
    data: DataOption = None,
    json: Annotated[Path | None, typer.Option("--json", metavar="F", help="Also write the numbers there.")] = None,
    clips: Annotated[
        int | None, typer.Option(metavar="N", help="How many clips; by default 20 of a world, all of a folder.")
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="S", help="train or test; of a world also validation, of a folder also all.")
    ] = "test",
    device: DeviceOption = "auto",
    batch: BatchOption = 8,
    size: SizeOption = None,
) -> None:
    """Measure how good weights are.

    Clips are redrawn from their first frames: L1, its ratio to the L1 of copying the first frame, PSNR; on a drawn
    world also the motion against the truth.
    """
    from fomm_lite.commands.evaluate import evaluate_command

    evaluate_command(
        weights, world=world, data=data, json_file=json, clips=clips, split=split, device=device, batch=batch, size=size
    )


@app.command(
    "import",
    epilog=_examples("fomm-lite import vox-cpk.pth.tar --config vox-256.yaml --out vox-256.safetensors"),
)
def import_official(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="An official .pth.tar file.")],
    config: Annotated[Path, typer.Option(metavar="C", help="The YAML file it was trained with.")],
    out: Annotated[Path, typer.Option(metavar="W", help="The .safetensors file to write.")],
) -> None:
    """Turn an official checkpoint into our weights."""
    from fomm_lite.commands.import_official import import_command

    import_command(checkpoint, config, out)


@app.command(epilog=_examples("fomm-lite course", "fomm-lite course ~/fomm --no-open"))
def course(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to copy the notebooks.")] = DEFAULT_COURSE,
    open_lab: Annotated[bool, typer.Option("--open/--no-open", help="Open JupyterLab there.")] = True,
) -> None:
    """Copy the course's notebooks and open them.

    What is there already stays as it is.
    """
    from fomm_lite.commands.course import course_command

    raise typer.Exit(course_command(folder, open_lab=open_lab))


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
