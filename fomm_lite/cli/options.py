"""What the commands are declared with: the program, and the options that several share; nothing heavy is loaded here.

A command is one file: its function's parameters are its options, each declared once, and its body is the work, which
imports what is heavy when it begins. Help and mistakes in the command line then answer at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from fomm_lite.errors import InputError

app = typer.Typer(
    epilog="`fomm-lite COMMAND --help` shows examples.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

DEFAULT_WEIGHTS = "faces-128"
DEFAULT_BATCH = 4  # frames of a film

WeightsOption = Annotated[str, typer.Option("--weights", metavar="W", help="Shipped name, or a .safetensors file.")]
WeightsArgument = Annotated[str, typer.Argument(metavar="W", help="Shipped name, or a .safetensors file.")]
ClipsArgument = Annotated[Path, typer.Argument(metavar="CLIP_OR_FOLDER", help="A clip, or a folder of clips.")]
DeviceOption = Annotated[str, typer.Option("--device", metavar="D", help="auto, cpu, cuda, cuda:1 or mps.")]
BatchOption = Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Frames computed together.")]
SizeOption = Annotated[
    int | None,
    typer.Option("--size", metavar="N", min=1, help="Side of the pictures in pixels; by default that of the weights."),
]
WorldOption = Annotated[str | None, typer.Option("--world", metavar="NAME", help="A drawn world: faces or puppets.")]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="A folder of clips.")]
GridOption = Annotated[bool, typer.Option("--grid", help="Show keypoints, masks and maps beside the result.")]
AudioOption = Annotated[bool, typer.Option("--audio/--no-audio", help="Keep the clip's sound.")]

LabelOption = Annotated[bool, typer.Option("--label", help="Write `synthetic` into the lower left corner.")]
WatermarkOption = Annotated[
    str | None, typer.Option("--watermark", metavar="KEY", help="Hide a watermark that `inspect` finds by this key.")
]

# whose motion goes where
AbsoluteOption = Annotated[
    bool, typer.Option("--absolute", help="Copy the driver's pose, not its movement since the initial frame.")
]
AdaptScaleOption = Annotated[
    bool, typer.Option("--adapt-scale", help="Scale the driver's movement to the size of the source.")
]
BestFrameOption = Annotated[
    str | None,
    typer.Option(
        "--best-frame",
        metavar="auto|N",
        help="Driving frame posed like the source, for relative motion to start from.",
    ),
]
SmoothOption = Annotated[
    float,
    typer.Option(
        "--smooth",
        metavar="N",
        min=0,
        help="Average keypoints over N frames at rest, fewer in motion, against trembling; lags by at most N. Try 3.",
    ),
]
StartOption = Annotated[
    float | None, typer.Option("--start", metavar="SECONDS", min=0, help="Begin there in the driving clip.")
]
EndOption = Annotated[float | None, typer.Option("--end", metavar="SECONDS", min=0, help="Stop there.")]
FitOption = Annotated[
    bool, typer.Option("--fit", help="Pad oblong pictures to a square; the middle is cut out otherwise.")
]


def command(name: str, *examples: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a command of the program, with examples at the end of its help page."""
    # the mark keeps click from flowing the lines into one paragraph
    return app.command(name, epilog="\n".join(["\b", "Examples:", *(f"  {line}" for line in examples)]))


def check_transfer(*, absolute: bool, adapt_scale: bool, best_frame: str | None) -> None:
    """Refuse options of relative motion where absolute motion is asked for, and a best frame that is none.

    Raises:
        InputError: as said.
    """
    for name, given in (("--adapt-scale", adapt_scale), ("--best-frame", best_frame is not None)):
        if absolute and given:
            raise InputError(
                f"got --absolute and {name}", "one of the two", f"leave out {name}: it needs relative motion"
            )
    if best_frame not in (None, "auto") and not best_frame.removeprefix("-").isdecimal():
        raise InputError(f"got --best-frame {best_frame!r}", "auto or a frame number", "count frames from 0")


def check_one_of(world: str | None, data: Path | str | None) -> None:
    """Refuse both or neither of --world and --data.

    Raises:
        InputError: as said.
    """
    if (world is None) == (data is None):
        got = "neither --world nor --data" if world is None else "--world and --data"
        raise InputError(f"got {got}", "one of the two", "use for example --world faces")
