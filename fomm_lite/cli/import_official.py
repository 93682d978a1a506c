"""``fomm-lite import``: an official checkpoint becomes a ``.safetensors`` file."""

from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import command


@command("import", "fomm-lite import vox-cpk.pth.tar --config vox-256.yaml --out vox-256.safetensors")
def import_official(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="An official .pth.tar file.")],
    config: Annotated[Path, typer.Option(metavar="C", help="The YAML file it was trained with.")],
    out: Annotated[Path, typer.Option(metavar="W", help="The .safetensors file to write.")],
) -> None:
    """Turn an official checkpoint into our weights."""
    from fomm_lite import weights
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.weights.official import read_settings

    check_not_input(out, checkpoint, config)
    model = weights.load_official(checkpoint, config)
    about: dict[str, object] = {"imported_from": checkpoint.name, "official_config": config.name}
    data = read_settings(config).get("dataset_params")
    shape = data.get("frame_shape") if isinstance(data, dict) else None
    if isinstance(shape, list) and shape and type(shape[0]) is int and shape[0] > 0:
        about["size"] = shape[0]  # side of the training pictures
    weights.save(model, out, about=about)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"wrote {out}: {parameters / 1e6:.1f} million parameters, {model.config.num_keypoints} keypoints")
