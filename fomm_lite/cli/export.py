"""``fomm-lite export``: weights as ONNX."""

from pathlib import Path

from fomm_lite.cli.common import load_at_size
from fomm_lite.errors import InputError
from fomm_lite.weights.onnx_export import check_extra, export


def export_command(weights: str, out: Path, *, size: int | None) -> None:
    """Write both graphs, and say how close they are to PyTorch.

    Raises:
        InputError: the extra is missing, bad weights, a bad size, or a place that cannot be written.
    """
    check_extra()
    if out.is_file():
        raise InputError(f"got {out}, a file", "a folder for two files", "choose another --out")
    model, size = load_at_size(weights, "cpu", size, showing=True)
    for each in export(model, out, size):
        megabytes = each.path.stat().st_size / 1e6
        print(
            f"wrote {each.path}: {megabytes:.1f} MB, {', '.join(each.inputs)} -> {', '.join(each.outputs)}, "
            f"{size} px, at most {each.difference:.1e} from PyTorch"
        )
