"""Official checkpoints come in, go out again, and would be taken by the original's own loader."""

import dataclasses
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor

from fomm_lite import weights
from fomm_lite.config import DiscriminatorConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.discriminator import Discriminator, load_official_discriminator, official_discriminator_state

HERE = Path(__file__).parent


def official_content(case, blur_kernels: dict[str, Tensor] | None = None, prefix: str = "") -> dict[str, Any]:
    """What the authors' training code saves."""
    content: dict[str, Any] = {}
    for module in case.description["keys"]:
        content[module] = {prefix + name: tensor for name, tensor in case.state(module).items()}
    if blur_kernels is not None:
        content["generator"][prefix + "dense_motion_network.down.weight"] = blur_kernels["generator"]
        content["kp_detector"][prefix + "down.weight"] = blur_kernels["kp_detector"]
    optimizer = torch.optim.Adam([torch.zeros(3, requires_grad=True)], betas=(0.5, 0.999))
    return content | {"optimizer_generator": optimizer.state_dict(), "epoch": 7}


def same(ours: FirstOrderModel, golden: FirstOrderModel) -> bool:
    return all(torch.equal(a, b) for a, b in zip(ours.parameters(), golden.parameters(), strict=True))


@pytest.mark.parametrize("prefix", ["", "module."])
def test_an_official_checkpoint_and_its_file(tiny, blur_kernels, tmp_path, prefix):
    path = tmp_path / "00000007-checkpoint.pth.tar"
    torch.save(official_content(tiny, blur_kernels, prefix), path)
    assert same(weights.load_official(path, HERE / "tiny.yaml"), tiny.model())


def test_the_file_of_a_case_says_what_its_description_says(small):
    settings = yaml.safe_load(
        (HERE / f"tiny{'' if small.description['discriminator'] else '-zero-order'}.yaml").read_text(encoding="utf-8")
    )
    expected = ModelConfig.from_official(small.description["model_params"])
    assert ModelConfig.from_official(settings["model_params"]) == expected


def test_saved_checkpoints_have_the_official_names_shapes_and_kernels(small, blur_kernels, tmp_path):
    path = weights.save_official(small.model(), tmp_path / "new" / "m.pth.tar")
    content = torch.load(path, weights_only=True)
    for module in ("generator", "kp_detector"):
        shapes = {name: list(tensor.shape) for name, tensor in content[module].items()}
        assert shapes == small.description["keys"][module]
        for name, tensor in small.state(module).items():
            assert content[module][name].dtype == tensor.dtype
            assert name.endswith("num_batches_tracked") or torch.equal(content[module][name], tensor), name
    if "down.weight" in content["kp_detector"]:
        torch.testing.assert_close(content["kp_detector"]["down.weight"], blur_kernels["kp_detector"])
        name = "dense_motion_network.down.weight"
        torch.testing.assert_close(content["generator"][name], blur_kernels["generator"])


def test_round_trip_with_a_configuration_file(small, tmp_path):
    model = small.model()
    weights.save_official(model, tmp_path / "m.pth.tar", tmp_path / "m.yaml")
    loaded = weights.load_official(tmp_path / "m.pth.tar", tmp_path / "m.yaml")
    assert loaded.config == model.config
    assert same(loaded, model)
    assert sorted(os.listdir(tmp_path)) == ["m.pth.tar", "m.yaml"]


def test_discriminators_go_out_as_they_came_in(tiny):
    config = DiscriminatorConfig.from_official(tiny.description["discriminator"])
    state = tiny.state("discriminator")
    again = official_discriminator_state(load_official_discriminator(Discriminator(config), state))
    assert {name: list(tensor.shape) for name, tensor in again.items()} == tiny.description["keys"]["discriminator"]
    assert all(torch.equal(again[name], state[name]) for name in state)


def test_a_pickle_with_code_in_it_is_refused_and_nothing_runs(tiny, tmp_path):
    trace = tmp_path / "ran"

    class Harmful:
        def __reduce__(self):
            return os.mkdir, (str(trace),)

    path = tmp_path / "m.pth.tar"
    torch.save(official_content(tiny) | {"extra": Harmful()}, path)
    with pytest.raises(InputError, match=r"m\.pth\.tar.*tensors only"):
        weights.load_official(path, HERE / "tiny.yaml")
    assert not trace.exists()
    path.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(InputError, match=r"m\.pth\.tar.*tensors only"):
        weights.load_official(path, HERE / "tiny.yaml")
    assert not trace.exists()


def test_damaged_foreign_and_missing_checkpoints_are_told(tiny, tmp_path):
    path = tmp_path / "m.pth.tar"
    torch.save(official_content(tiny), path)
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(InputError, match=r"m\.pth\.tar"):
        weights.load_official(path, HERE / "tiny.yaml")
    torch.save({"generator": tiny.state("generator")}, path)
    with pytest.raises(InputError, match="without 'kp_detector'"):
        weights.load_official(path, HERE / "tiny.yaml")
    torch.save(official_content(tiny) | {"generator": tiny.state("generator") | {"first.conv.weight": 3}}, path)
    with pytest.raises(InputError, match=r"generator\.first\.\S+ of type int"):
        weights.load_official(path, HERE / "tiny.yaml")
    with pytest.raises(InputError, match="existing file"):
        weights.load_official(tmp_path / "none.pth.tar", HERE / "tiny.yaml")


def test_checkpoint_of_another_configuration_names_the_tensor(tiny, tmp_path):
    path = tmp_path / "m.pth.tar"
    torch.save(official_content(tiny), path)
    with pytest.raises(InputError, match=r"generator\.dense_motion_network\.\S+"):
        weights.load_official(path, HERE / "tiny-zero-order.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_params: [1, 2", "official YAML"),
        ("train_params: {}", "without model_params"),
        ("- 1", "without model_params"),
        ("\xff", "official YAML"),
        ("modle_params: {}\nmodel_params: {}", "modle_params"),
    ],
)
def test_bad_configuration_files_are_told(tmp_path, text, message):
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=message):
        weights.load_official(tmp_path / "unread.pth.tar", path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("align_corners", True),
        ("padding_mode", "border"),
        ("motion_size", 32),
        ("jacobian_kernel", 5),
        ("dense_motion.head_kernel", 5),
        ("detector.light_blocks", True),
        ("generator.warped_skips", True),
    ],
)
def test_what_the_original_cannot_do_is_named_and_nothing_written(tiny, tmp_path, field, value):
    config = ModelConfig.from_official(tiny.description["model_params"])
    section, _, name = field.rpartition(".")
    if section:
        fitting = {"head_padding": value // 2} if name == "head_kernel" else {}  # masks are as large as the motions
        value, name = dataclasses.replace(getattr(config, section), **{name: value}, **fitting), section
    elif name == "jacobian_kernel":  # it must fit the heads, whose padding the original can choose
        config = dataclasses.replace(config, detector=dataclasses.replace(config.detector, head_padding=3))
    with pytest.raises(InputError, match=f"got {field} = "):
        weights.save_official(FirstOrderModel(dataclasses.replace(config, **{name: value})), tmp_path / "m.pth.tar")
    assert os.listdir(tmp_path) == []


def test_a_saved_model_keeps_head_padding_variance_and_a_shared_jacobian_map(tiny, tmp_path):
    config = ModelConfig.from_official(tiny.description["model_params"])
    other = dataclasses.replace(
        config,
        single_jacobian_map=True,
        heatmap_variance=0.02,
        estimate_occlusion_map=False,
        detector=dataclasses.replace(config.detector, head_padding=3),
    )
    model = FirstOrderModel(other)
    weights.save_official(model, tmp_path / "m.pth.tar", tmp_path / "m.yaml")
    loaded = weights.load_official(tmp_path / "m.pth.tar", tmp_path / "m.yaml")
    assert loaded.config == other
    assert same(loaded, model)
