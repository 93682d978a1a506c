"""``fomm-lite export``: weights as ONNX."""

from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import SizeOption, WeightsArgument, command
from fomm_lite.errors import InputError


@command("export", "fomm-lite export faces-64 --out out/onnx", "fomm-lite export vox.safetensors --out vox")
def export(
    weights: WeightsArgument,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for detector.onnx and generator.onnx.")],
    size: SizeOption = None,
) -> None:
    """Write weights as ONNX, for other runtimes.

    Two files, each compared with PyTorch before it is kept. Needs the extra `onnx`.
    """
    from fomm_lite.cli.common import load_at_size
    from fomm_lite.weights import onnx_export

    onnx_export.check_extra()
    if out.is_file():
        raise InputError(f"got {out}, a file", "a folder for two files", "choose another --out")
    model, size = load_at_size(weights, "cpu", size, showing=True)
    for each in onnx_export.export(model, out, size):
        megabytes = each.path.stat().st_size / 1e6
        print(
            f"wrote {each.path}: {megabytes:.1f} MB, {', '.join(each.inputs)} -> {', '.join(each.outputs)}, "
            f"{size} px, at most {each.difference:.1e} from PyTorch"
        )
