"""``fomm-lite import``: an official checkpoint becomes a ``.safetensors`` file."""

from pathlib import Path

import yaml

from fomm_lite import weights


def import_command(checkpoint: Path, config: Path, out: Path) -> None:
    """Convert, and say what was written.

    Raises:
        InputError: a file that is missing, broken or not official, or a place that cannot be written.
    """
    model = weights.load_official(checkpoint, config)
    about: dict[str, object] = {"imported_from": checkpoint.name, "official_config": config.name}
    size = _trained_size(config)
    if size is not None:
        about["size"] = size
    weights.save(model, out, about=about)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"wrote {out}: {parameters / 1e6:.1f} million parameters, {model.config.num_keypoints} keypoints")


def _trained_size(config: Path) -> int | None:
    """Side of the training pictures as the official file tells it: ``frame_shape`` of ``dataset_params``."""
    data = yaml.safe_load(config.read_text()).get("dataset_params")
    shape = data.get("frame_shape") if isinstance(data, dict) else None
    return shape[0] if isinstance(shape, list) and shape and isinstance(shape[0], int) else None
