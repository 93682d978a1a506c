"""Weights go out and come back; anything else is refused in one line that says what to do."""

import dataclasses
import os
from pathlib import Path

import pytest
import torch

from fomm_lite import weights
from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig, preset
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel

OFFICIAL = ModelConfig(
    num_keypoints=3,
    align_corners=False,
    padding_mode="zeros",
    detector=HourglassConfig(4, 8, 2, 0.5, head_padding=0),
    dense_motion=HourglassConfig(4, 8, 2, 0.5),
    generator=GeneratorConfig(4, 8, 2, 2),
)


@pytest.fixture
def model() -> FirstOrderModel:
    model = FirstOrderModel(OFFICIAL).eval()
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.add_(0.05 * torch.rand_like(tensor))  # running statistics too
    return model


def predict(model: FirstOrderModel) -> torch.Tensor:
    images = torch.linspace(0, 1, 2 * 3 * 32 * 32).view(2, 3, 32, 32)
    keypoints = model.detect(images)
    return model(images[:1], keypoints[:1], keypoints[1:]).prediction


def test_round_trip_is_exact(model: FirstOrderModel, tmp_path: Path) -> None:
    path = weights.save(model, tmp_path / "new" / "m.safetensors", about={"size": 64})
    loaded = weights.load_model(path)
    assert not loaded.training
    assert loaded.config == OFFICIAL
    assert weights.read_header(path)[1] == {"size": 64}
    assert torch.equal(predict(loaded), predict(model))


def test_half_precision_halves_the_file_and_keeps_the_picture(model: FirstOrderModel, tmp_path: Path) -> None:
    whole = weights.save(model, tmp_path / "whole.safetensors")
    half = weights.save(model, tmp_path / "half.safetensors", half=True)
    assert half.stat().st_size < 0.7 * whole.stat().st_size
    torch.testing.assert_close(predict(weights.load_model(half)), predict(model), atol=5e-3, rtol=0)


def test_half_precision_spares_the_statistics_of_batch_norm(tmp_path: Path) -> None:
    model = FirstOrderModel(preset("speaking"))
    norm = model.generator.up_blocks[0].norm
    norm.running_var.fill_(1e6)  # more than half precision can hold
    norm.running_mean.fill_(1e5)
    loaded = weights.load_model(weights.save(model, tmp_path / "half.safetensors", half=True))
    assert torch.equal(loaded.generator.up_blocks[0].norm.running_var, norm.running_var)
    assert torch.equal(loaded.generator.up_blocks[0].norm.running_mean, norm.running_mean)


def test_saving_leaves_nothing_beside_the_file_and_hides_it_from_nobody(model: FirstOrderModel, tmp_path: Path) -> None:
    path = weights.save(model, tmp_path / "m.safetensors")
    assert os.listdir(tmp_path) == ["m.safetensors"]
    (tmp_path / "plain").write_text("", encoding="utf-8")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_unknown_name_lists_the_shipped() -> None:
    with pytest.raises(InputError, match="faces-64"):
        weights.load_model("faces-65")


@pytest.mark.parametrize("content", [b"", b"not weights at all, but longer than eight bytes"])
def test_foreign_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="whole .safetensors"):
        weights.load_model(path)


def test_truncated_file_is_refused(model: FirstOrderModel, tmp_path: Path) -> None:
    path = weights.save(model, tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(InputError, match=str(path)):
        weights.load_model(path)


def test_missing_file_and_wrong_suffix(model: FirstOrderModel, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        weights.load_model(tmp_path / "none.safetensors")
    with pytest.raises(InputError, match=r"\.safetensors"):
        weights.save(model, tmp_path / "m.pth")


def test_a_checkpoint_of_a_training_is_not_taken_for_an_official_one(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"PK")
    (tmp_path / "vox.pth.tar").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"use .*model\.safetensors") as caught:
        weights.load_model(tmp_path / "checkpoint.pt")
    assert "import" not in str(caught.value)
    with pytest.raises(InputError, match="fomm-lite import"):
        weights.load_model(tmp_path / "vox.pth.tar")


def official_states(
    model: FirstOrderModel, prefix: str = ""
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Our tensors under official names, written down here independently of the reader."""
    generator, detector = {}, {}
    for name, tensor in model.state_dict().items():
        part, _, rest = name.partition(".")
        if part == "detector":
            rest = rest.replace("confidence_head", "kp").replace("jacobian_head", "jacobian")
            rest = rest.replace("hourglass.down", "predictor.encoder.down").replace(
                "hourglass.up", "predictor.decoder.up"
            )
            detector[prefix + rest] = tensor
        elif part == "dense_motion":
            rest = rest.replace("mask_head", "mask").replace("occlusion_head", "occlusion")
            rest = rest.replace("hourglass.down", "hourglass.encoder.down").replace(
                "hourglass.up", "hourglass.decoder.up"
            )
            generator[prefix + "dense_motion_network." + rest] = tensor
        else:
            generator[prefix + rest.replace("bottleneck.", "bottleneck.r")] = tensor
    detector[prefix + "down.weight"] = torch.zeros(3, 1, 5, 5)  # the fixed blur kernel, which we compute
    return generator, detector


@pytest.mark.parametrize("prefix", ["", "module."])
def test_official_names_are_understood(model: FirstOrderModel, prefix: str) -> None:
    fresh = FirstOrderModel(OFFICIAL)
    weights.load_official_state(fresh, *official_states(model, prefix))
    assert torch.equal(predict(fresh), predict(model))


def test_missing_surplus_and_misshapen_tensors_are_named(model: FirstOrderModel) -> None:
    generator, detector = official_states(model)
    without = {k: v for k, v in generator.items() if k != "final.bias"}
    with pytest.raises(InputError, match="generator.final.bias"):
        weights.load_official_state(FirstOrderModel(OFFICIAL), without, detector)
    with pytest.raises(InputError, match="fc.weight"):
        weights.load_official_state(FirstOrderModel(OFFICIAL), generator, detector | {"fc.weight": torch.zeros(1)})
    other = FirstOrderModel(dataclasses.replace(OFFICIAL, num_keypoints=4))
    with pytest.raises(InputError, match=r"shape .*; expected"):
        weights.load_official_state(other, generator, detector)
