"""The commands of ``fomm-lite`` about files: clips to train on, weights of other programs, the course's notebooks."""

from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import SizeOption, WeightsArgument, examples

DEFAULT_COURSE = Path("fomm_lite_course")

files = typer.Typer(rich_markup_mode=None)


@files.command(
    "check-data",
    epilog=examples("fomm-lite check-data my_clips/", "fomm-lite check-data my_clips/ --size 256 --every-frame"),
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
    from fomm_lite.cli.check_data import check_data_command

    check_data_command(folder, size=size, every_frame=every_frame)


@files.command(
    "crop-video",
    epilog=examples(
        "fomm-lite crop-video talk.mp4 --out talk-256.mp4",
        "fomm-lite crop-video talk.mp4 --box 420,80,500,500 --out talk-256.mp4 --size 256",
        "fomm-lite crop-video raw_clips/ --print",
    ),
)
def crop_video(
    clips: Annotated[Path, typer.Argument(metavar="CLIP_OR_FOLDER", help="A clip, or a folder of clips.")],
    out: Annotated[
        Path | None, typer.Option(metavar="O", help="Video to write; of a folder of clips the folder for them.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Cut this out, in pixels; by default where the clip moves.")
    ] = None,
    increase: Annotated[
        float, typer.Option(metavar="SHARE", min=0, help="Margin around what moves, as a share of its size.")
    ] = 0.1,
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Side of the new clip in pixels.")] = 256,
    audio: Annotated[bool, typer.Option("--audio/--no-audio", help="Keep the clip's sound.")] = True,
    only_print: Annotated[bool, typer.Option("--print", help="Only say where, as --box takes it.")] = False,
) -> None:
    """Cut a square out of clips: where something moves, or where you say.

    One box for the whole clip, so the camera should stand still. Where the square leaves the picture, the border is
    drawn out.
    """
    from fomm_lite.cli.crop_video import crop_video_command

    crop_video_command(clips, out, box=box, increase=increase, size=size, audio=audio, only_print=only_print)


@files.command(
    "import",
    epilog=examples("fomm-lite import vox-cpk.pth.tar --config vox-256.yaml --out vox-256.safetensors"),
)
def import_official(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="An official .pth.tar file.")],
    config: Annotated[Path, typer.Option(metavar="C", help="The YAML file it was trained with.")],
    out: Annotated[Path, typer.Option(metavar="W", help="The .safetensors file to write.")],
) -> None:
    """Turn an official checkpoint into our weights."""
    from fomm_lite.cli.import_official import import_command

    import_command(checkpoint, config, out)


@files.command(
    epilog=examples("fomm-lite export faces-64 --out out/onnx", "fomm-lite export vox.safetensors --out vox")
)
def export(
    weights: WeightsArgument,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for detector.onnx and generator.onnx.")],
    size: SizeOption = None,
) -> None:
    """Write weights as ONNX, for other runtimes.

    Two files, each compared with PyTorch before it is kept. Needs the extra `onnx`.
    """
    from fomm_lite.cli.export import export_command

    export_command(weights, out, size=size)


@files.command(epilog=examples("fomm-lite course", "fomm-lite course ~/fomm --no-open"))
def course(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to copy the notebooks.")] = DEFAULT_COURSE,
    open_lab: Annotated[bool, typer.Option("--open/--no-open", help="Open JupyterLab there.")] = True,
) -> None:
    """Copy the course's notebooks and open them.

    What is there already stays as it is.
    """
    from fomm_lite.cli.course import course_command

    raise typer.Exit(course_command(folder, open_lab=open_lab))
