"""``fomm-lite import``: an official checkpoint becomes weights that animate."""

import re
from pathlib import Path

import torch
import yaml

from fomm_lite import weights
from fomm_lite.cli import main as cli
from fomm_lite.config import ModelConfig
from fomm_lite.media.read import probe
from fomm_lite.model import FirstOrderModel

OFFICIAL = {
    "dataset_params": {"frame_shape": [64, 64, 3]},
    "model_params": {
        "common_params": {"num_kp": 2, "num_channels": 3, "estimate_jacobian": True},
        "kp_detector_params": {"temperature": 0.1, "block_expansion": 4, "max_features": 8, "num_blocks": 2},
        "generator_params": {
            "block_expansion": 4,
            "max_features": 8,
            "num_down_blocks": 2,
            "num_bottleneck_blocks": 1,
            "estimate_occlusion_map": True,
            "dense_motion_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2},
        },
    },
}


def official_names(model: FirstOrderModel) -> dict[str, dict[str, torch.Tensor]]:
    """A state of ours as the original would have saved it."""
    rules = (
        (r"detector\.hourglass\.(down|up)", lambda m: f"predictor.{'en' if m[1] == 'down' else 'de'}coder.{m[1]}"),
        (r"detector\.confidence_head", "kp"),
        (r"detector\.jacobian_head", "jacobian"),
        (
            r"dense_motion\.hourglass\.(down|up)",
            lambda m: f"dense_motion_network.hourglass.{'en' if m[1] == 'down' else 'de'}coder.{m[1]}",
        ),
        (r"dense_motion\.(mask|occlusion)_head", r"dense_motion_network.\1"),
        (r"generator\.bottleneck\.", "bottleneck.r"),
        (r"generator\.", ""),
    )
    states: dict[str, dict[str, torch.Tensor]] = {"kp_detector": {}, "generator": {}}
    for name, tensor in model.state_dict().items():
        pattern, replacement = next(rule for rule in rules if re.match(rule[0], name))
        part = "kp_detector" if name.startswith("detector") else "generator"
        states[part][re.sub(pattern, replacement, name, count=1)] = tensor
    return states


def test_import_an_official_checkpoint(desk, capsys):
    original = FirstOrderModel(ModelConfig.from_official(OFFICIAL["model_params"])).eval()
    torch.save(official_names(original), "official.pth.tar")
    Path("official.yaml").write_text(yaml.safe_dump(OFFICIAL), encoding="utf-8")
    command = ["import", "official.pth.tar", "--config", "official.yaml", "--out", "new/official.safetensors"]
    assert cli.main(command) == 0
    assert "2 keypoints" in capsys.readouterr().out
    imported, picture = weights.load_model("new/official.safetensors"), torch.rand(1, 3, 64, 64)
    assert torch.equal(imported.detect(picture).positions, original.detect(picture).positions)
    assert weights.read_header("new/official.safetensors")[1]["size"] == 64
    animate = ["animate", "--source", "source.png", "--driving", "driver.mp4", "--weights", "new/official.safetensors"]
    assert cli.main([*animate, "--out", "out.mp4"]) == 0
    assert probe("out.mp4").width == 64
