"""Options that several commands of ``fomm-lite`` share, and how their help pages end; nothing heavy is loaded here."""

from pathlib import Path
from typing import Annotated

import typer

WeightsOption = Annotated[str, typer.Option("--weights", metavar="W", help="Shipped name, or a .safetensors file.")]
WeightsArgument = Annotated[str, typer.Argument(metavar="W", help="Shipped name, or a .safetensors file.")]
DeviceOption = Annotated[str, typer.Option("--device", metavar="D", help="auto, cpu, cuda, cuda:1 or mps.")]
BatchOption = Annotated[int, typer.Option("--batch", metavar="N", min=1, help="Frames computed together.")]
SizeOption = Annotated[
    int | None,
    typer.Option("--size", metavar="N", min=1, help="Side of the pictures in pixels; by default that of the weights."),
]
WorldOption = Annotated[str | None, typer.Option("--world", metavar="NAME", help="A drawn world: faces or puppets.")]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="A folder of clips.")]
GridOption = Annotated[bool, typer.Option("--grid", help="Show keypoints, masks and maps beside the result.")]


def examples(*lines: str) -> str:
    """Examples at the end of a help page; the mark keeps click from flowing them into one paragraph."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
