"""VGG19 features against a plain stack in torchvision's order; where weights come from, and what is said if not."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.error import URLError

import pytest
import torch
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.networks.perceptual import Vgg19Features, imagenet_vgg19

ROW = "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M"  # VGG19 in a row, M halves
RELU_1_1_TO_5_1 = (1, 6, 11, 20, 29)


@pytest.fixture(scope="module")
def stack() -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    channels = 3
    for word in ROW.split()[:17]:
        if word == "M":
            layers.append(nn.MaxPool2d(2, 2))
        else:
            layers += [nn.Conv2d(channels, int(word), 3, padding=1), nn.ReLU()]
            channels = int(word)
    return nn.Sequential(*layers)


@pytest.fixture(scope="module")
def state(stack: nn.Sequential) -> dict[str, Tensor]:
    classifier = {"classifier.0.weight": torch.zeros(2, 2), "features.34.bias": torch.zeros(512)}
    return {f"features.{name}": tensor for name, tensor in stack.state_dict().items()} | classifier


@pytest.fixture(scope="module")
def features(state: dict[str, Tensor], tmp_path_factory: pytest.TempPathFactory) -> Vgg19Features:
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    torch.save(state, path)
    return imagenet_vgg19(path)


def install(monkeypatch: pytest.MonkeyPatch, get_state_dict: Any) -> None:
    """A torchvision that hands out what it is told to."""
    models = ModuleType("torchvision.models")
    models.VGG19_Weights = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(get_state_dict=get_state_dict))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torchvision", ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.models", models)


def test_features_are_those_after_the_first_relu_of_each_resolution(
    stack: nn.Sequential, features: Vgg19Features
) -> None:
    image = torch.rand(2, 3, 32, 32)
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    x, expected = (image - mean[:, None, None]) / deviation[:, None, None], []
    with torch.no_grad():
        for index, layer in enumerate(stack):
            x = layer(x)
            if index in RELU_1_1_TO_5_1:
                expected.append(x)
    for ours, theirs in zip(features(image), expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_it_does_not_learn_but_lets_gradients_through(features: Vgg19Features) -> None:
    image = torch.rand(1, 3, 16, 16, requires_grad=True)
    features(image)[-1].sum().backward()
    assert image.grad is not None and image.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in features.parameters())


def test_a_picture_too_small_is_refused(features: Vgg19Features) -> None:
    with pytest.raises(InputError, match="at least 16 pixels"):
        features(torch.rand(1, 3, 8, 8))


def test_weights_come_from_torchvision(
    monkeypatch: pytest.MonkeyPatch, state: dict[str, Tensor], features: Vgg19Features
) -> None:
    asked: list[tuple[bool, bool]] = []

    def cached(progress: bool, check_hash: bool) -> dict[str, Tensor]:
        asked.append((progress, check_hash))
        return state

    install(monkeypatch, cached)
    image = torch.rand(1, 3, 16, 16)
    imagenet_vgg19()
    assert asked == [(False, True)]  # no bar among ours, and a download that is not what it should be is refused
    assert torch.equal(imagenet_vgg19()(image)[-1], features(image)[-1])


def test_without_torchvision_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(InputError, match=r"fomm-lite\[vgg\]"):
        imagenet_vgg19()


def test_a_torchvision_for_another_torch_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')", encoding="utf-8"
    )
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="nms does not exist.*same index"):
        imagenet_vgg19()


def test_without_network_a_file_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(progress: bool, check_hash: bool) -> dict[str, Tensor]:
        raise URLError("no route to host")

    install(monkeypatch, offline)
    with pytest.raises(InputError, match="no route to host.*pass the file"):
        imagenet_vgg19()


def test_files_that_are_not_vgg19_are_told(tmp_path: Path) -> None:
    path = tmp_path / "vgg.pth"
    with pytest.raises(InputError, match="existing file"):
        imagenet_vgg19(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="tensors only"):
        imagenet_vgg19(path)
    torch.save({"features.0.weight": torch.zeros(1)}, path)
    with pytest.raises(InputError, match=r"vgg19\.features\.0\.weight"):
        imagenet_vgg19(path)
    torch.save([1], path)
    with pytest.raises(InputError, match="state dict"):
        imagenet_vgg19(path)
