"""The fast networks give the numbers of the plain ones: every preset, every shipped model, every size and batch."""

import dataclasses
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm_lite.animation import animate, best_frame
from fomm_lite.config import ModelConfig, preset
from fomm_lite.config.presets import PRESETS
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.folded import folded
from fomm_lite.networks.folded_blocks import Conv3x3, SplitConv, shrink, transposed_weights
from fomm_lite.networks.layers import antialias_downsample
from fomm_lite.weights import load_model, shipped
from fomm_lite.worlds import faces

NEAR = 1e-4
ARCHITECTURES = list({config: name for name, config in reversed(PRESETS.items())}.values())


def lively(config: ModelConfig) -> FirstOrderModel:
    """A model none of whose parts is idle: statistics as after a training, keypoints apart, colours in their range."""
    torch.manual_seed(0)
    model = FirstOrderModel(config)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.1, 0.4)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    if model.detector.jacobian_head is not None:
        nn.init.normal_(model.detector.jacobian_head.weight, 0, 0.01)
    for hint in model.generator.hints or ():
        nn.init.normal_(hint.weight, 0, 0.05)
    nn.init.normal_(model.generator.final.weight, 0, 0.02)
    if model.dense_motion.embedding is not None:
        nn.init.normal_(model.dense_motion.embedding.layers[-1].weight, 0, 0.05)
    if model.generator.fine is not None:
        nn.init.normal_(model.generator.fine.conv.weight, 0, 0.1)
    return model.eval()


@torch.no_grad()
def compare(model: FirstOrderModel, images: Tensor) -> None:
    same, count = folded(model), len(images)
    plain, found = model.detect(images), same.detect(images)
    assert (plain.positions - found.positions).abs().max() < NEAR
    assert (plain.jacobians - found.jacobians).abs().max() < NEAR
    source, kp_source = images[:1].expand(count, -1, -1, -1), plain[:1].expand(count)
    expected, made = model(source, kp_source, plain), same(source, kp_source, plain)
    assert expected.prediction.std() > 0.02  # neither black nor white, where every arithmetic is right
    for name in ("prediction", "deformed", "painted"):
        assert (getattr(expected, name) - getattr(made, name)).abs().max() < NEAR, name
    assert (expected.motion.occlusion_map is None) == (made.motion.occlusion_map is None)
    for name in ("masks", "deformation", "occlusion_map"):
        if getattr(expected.motion, name) is None:
            continue
        assert (getattr(expected.motion, name) - getattr(made.motion, name)).abs().max() < NEAR, name


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_preset(name: str) -> None:
    size = 128 if PRESETS[name].motion_size is None else 64
    compare(lively(preset(name)), torch.stack([faces(seed, frames=1, size=size).frames[0] for seed in (1, 2)]))


@pytest.mark.parametrize(
    "changes",
    [{"edge_kernel": 1}, {"edge_kernel": 7}, {"batch_norm": True}, {"warped_skips": False, "open_skips": False}],
    ids=str,
)
def test_every_fine_block(changes: dict[str, Any]) -> None:
    config = preset("speaking")
    model = lively(dataclasses.replace(config, generator=dataclasses.replace(config.generator, **changes)))
    compare(model, torch.rand(2, 3, 64, 64))


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("size", [64, 128])
def test_all_shipped_weights(name: str, size: int) -> None:
    compare(load_model(name), faces(3, frames=3, size=size).frames)


def test_the_original_at_the_size_where_winograd_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used, tiles = [], Conv3x3._in_tiles
    monkeypatch.setattr(Conv3x3, "_in_tiles", lambda self, x: used.append(1) or tiles(self, x))
    compare(lively(preset("vox-256")), faces(1, frames=1, size=256).frames)
    assert len(used) == 12


@torch.no_grad()
@pytest.mark.parametrize("shape", [(1, 256, 32, 32), (2, 256, 36, 64), (1, 256, 34, 32), (1, 256, 8, 8)])
def test_wide_convolutions_at_any_size(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x, weight, bias = torch.randn(shape), torch.randn(256, 256, 3, 3) / 48, torch.randn(256)
    found = Conv3x3(weight, bias)(x)
    exact = F.conv2d(x.double(), weight.double(), bias.double(), padding=1)
    assert (found - exact).abs().max() < NEAR


@torch.no_grad()
def test_doubling_and_convolving_in_one_is_exact() -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(2, 5, 6, 7).double(), torch.randn(4, 5, 3, 3).double()
    plain = F.conv2d(F.interpolate(x, scale_factor=2), weight, padding=1)
    assert torch.allclose(F.conv_transpose2d(x, transposed_weights(weight), stride=2, padding=1), plain, atol=1e-12)


@torch.no_grad()
def test_a_kernel_split_into_columns_is_exact() -> None:
    torch.manual_seed(0)
    conv, x = nn.Conv2d(5, 3, (5, 7), padding=(2, 3)).double(), torch.randn(2, 5, 9, 8).double()
    assert torch.allclose(SplitConv(conv)(x), conv(x), atol=1e-12)


@pytest.mark.parametrize("scale", [1, 0.5, 0.25, 0.125])
def test_shrinking_by_matrices_is_the_blur(scale: float) -> None:
    image = torch.rand(2, 3, 48, 32)
    assert torch.allclose(shrink(image, scale), antialias_downsample(image, scale), atol=1e-6)


def test_a_folded_model_stays_as_it_was_made_and_leaves_the_original_alone() -> None:
    model = lively(preset("tiny")).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    same, image = folded(model), torch.rand(1, 3, 32, 32)
    first = same.detect(image).positions
    assert model.training and all(parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    assert torch.equal(same.detect(image).positions, first)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_films_are_those_of_the_plain_model(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model, clip = load_model("faces-64"), faces(5, frames=5, size=64)
    driver, source = clip.frames, faces(6, frames=1, size=64).frames[0]
    made, best = torch.stack(list(animate(model, source, driver, batch=batch))), best_frame(model, source, driver)
    folds: list[object] = []
    monkeypatch.setattr("fomm_lite.animation.folded", lambda model: folds.append(model) or model)
    plain = torch.stack(list(animate(model, source, driver, batch=batch)))
    assert folds == [model]
    assert (
        len(list(animate(model, source, driver[:1], batch=batch))) == len(folds) == 1
    )  # one frame does not pay for it
    assert (made - plain).abs().max() < NEAR
    assert best == best_frame(model, source, driver)
