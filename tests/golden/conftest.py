"""The golden cases: made-up weights, filled in by a rule, and what is computed from them."""

import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fomm_lite.config import ModelConfig, preset
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints
from fomm_lite.weights import load_official_state

HERE = Path(__file__).parent
PRESETS = ("lean", "tiny")
UNTRAINED_JACOBIAN = (1, 0, 0, 1)
# standard deviation of a convolution's outputs for inputs of deviation 1; heads by name, all others alike
GAINS = {"kp": 3.0, "jacobian": 0.3, "mask": 2.0, "occlusion": 2.0}
OTHER_GAIN = 1.4
# names of our own for the layers above
OURS = {"confidence_head": "kp", "jacobian_head": "jacobian", "mask_head": "mask", "occlusion_head": "occlusion"}


def filling(name: str, shape: list[int], module: str, salt: str) -> np.ndarray | None:
    """One tensor of the rule that README.md states; None for the fixed blur kernels."""
    layer, leaf = name.split(".")[-2:]
    layer = OURS.get(layer, layer)
    if leaf == "num_batches_tracked":
        return np.array(1)
    if (layer, leaf) == ("down", "weight"):
        return None
    seed = zlib.crc32(f"{salt}/{module}.{name}".encode())
    drawn = np.random.default_rng(seed).standard_normal(shape)
    match leaf:
        case "weight" | "weight_orig" if len(shape) == 4:
            drawn = drawn * GAINS.get(layer, OTHER_GAIN) / np.sqrt(np.prod(shape[1:]))
        case "weight":
            drawn = 1 + 0.1 * drawn
        case "running_var":
            drawn = np.exp(0.2 * drawn)
        case "weight_u" | "weight_v":
            drawn = drawn / np.linalg.norm(drawn)
        case _:
            drawn = 0.1 * drawn
            if (layer, leaf) == ("jacobian", "bias"):
                drawn = np.tile(UNTRAINED_JACOBIAN, shape[0] // 4) + drawn
    return drawn.astype(np.float32)


@dataclass(frozen=True)
class Golden:
    """One case: its description, its arrays as tensors (pictures in [0, 1]), and what we build from it."""

    description: dict[str, Any]
    arrays: dict[str, Tensor]

    def state(self, module: str) -> dict[str, Tensor]:
        """The official state dict of a module, without blur kernels."""
        filled = {
            name: filling(name, shape, module, self.description["salt"])
            for name, shape in self.description["keys"][module].items()
        }
        return {name: torch.as_tensor(array) for name, array in filled.items() if array is not None}

    def model(self) -> FirstOrderModel:
        """Our model with the case's weights."""
        model = FirstOrderModel(ModelConfig.from_official(self.description["model_params"]))
        return load_official_state(model, self.state("generator"), self.state("kp_detector"))

    def keypoints(self, name: str) -> Keypoints:
        """Golden keypoints; a zero-order case stores no jacobians, which stand for identities."""
        positions = self.arrays[f"{name}_value"]
        identity = torch.eye(2).expand(*positions.shape, 2)
        return Keypoints(positions, self.arrays.get(f"{name}_jacobian", identity))


@cache
def read_case(name: str) -> Golden:
    """A case from its files."""
    return Golden(json.loads((HERE / f"{name}.json").read_text(encoding="utf-8")), read_arrays(name))


def read_arrays(name: str) -> dict[str, Tensor]:
    """The arrays of a file; bytes are pictures."""
    with np.load(HERE / f"{name}.npz") as file:
        return {key: to_tensor(file[key]) for key in file.files}


def to_tensor(array: np.ndarray) -> Tensor:
    """Bytes 0 to 255 become [0, 1]; all else stays."""
    return torch.as_tensor(array).float() / 255 if array.dtype == np.uint8 else torch.as_tensor(array)


def filled_preset(name: str) -> FirstOrderModel:
    """A model of one of our own presets, its weights by the same rule under our own names; in double precision."""
    model = FirstOrderModel(preset(name))
    filled = {}
    for full, tensor in model.state_dict().items():
        module, _, rest = full.partition(".")
        array = filling(rest, list(tensor.shape), module, f"fomm-golden-preset-{name}")
        assert array is not None
        filled[full] = torch.as_tensor(array)
    model.load_state_dict(filled)
    return model.double().eval()


def smooth_pictures(salt: str, batch: int = 2, size: int = 64) -> Tensor:
    """Three colours of slow waves in [0, 1]: so smooth that a rounding error stays one all the way."""
    dice = np.random.default_rng(zlib.crc32(salt.encode()))
    y, x = np.mgrid[:size, :size] * (2 * np.pi / size)
    rate_x, rate_y, phase = dice.uniform(-2, 2, (3, batch, 3, 1, 1))
    return torch.as_tensor(0.5 + 0.5 * np.sin(rate_x * x + rate_y * y + np.pi * phase))


def preset_numbers(model: FirstOrderModel) -> dict[str, np.ndarray]:
    """What a filled preset makes of two pairs, and the slope of it: of pictures every third pixel in both directions.

    The loss weighs every pixel of the prediction, of what was painted and of the moved source, and every keypoint, by
    slow waves. Of each gradient its length is kept, and that of one tensor of each part in full.
    """
    source, driving = smooth_pictures("golden source"), smooth_pictures("golden driving")
    kp_source, kp_driving = model.detect(source), model.detect(driving)
    out = model(source, kp_source, kp_driving)
    motion = out.motion
    assert motion.occlusion_map is not None
    waves = smooth_pictures("golden loss") - 0.5
    loss = (waves * (out.prediction + 0.5 * out.painted + 0.25 * out.deformed)).mean()
    loss = loss + (kp_driving.positions * torch.linspace(-1, 1, 20).view(10, 2)).mean()
    loss = loss + (kp_driving.jacobians * torch.linspace(-1, 1, 40).view(10, 2, 2)).mean()
    model.zero_grad()
    loss.backward()
    numbers = {
        "source_positions": kp_source.positions,
        "source_jacobians": kp_source.jacobians,
        "driving_positions": kp_driving.positions,
        "driving_jacobians": kp_driving.jacobians,
        "heatmaps": motion.heatmaps[..., ::3, ::3],
        "sparse_motions": motion.sparse_motions[..., ::3, ::3, :],
        "deformed_sources": motion.deformed_sources[..., ::3, ::3],
        "masks": motion.masks[..., ::3, ::3],
        "deformation": motion.deformation[:, ::3, ::3],
        "occlusion_map": motion.occlusion_map[..., ::3, ::3],
        "deformed": out.deformed[..., ::3, ::3],
        "painted": out.painted[..., ::3, ::3],
        "prediction": out.prediction[..., ::3, ::3],
        "loss": loss,
    }
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    numbers["gradient_lengths"] = torch.stack([gradient.norm() for gradient in gradients.values()])
    for name in ("detector.jacobian_head.weight", "dense_motion.mask_head.bias", "generator.final.weight"):
        numbers[f"gradient/{name}"] = gradients[name]
    return {name: tensor.detach().numpy() for name, tensor in numbers.items()}


@pytest.fixture(params=["tiny", "tiny-zero-order"])
def small(request: pytest.FixtureRequest) -> Golden:
    """Each of the small cases in turn."""
    return read_case(request.param)


@pytest.fixture
def tiny() -> Golden:
    """The small case with jacobians and a discriminator."""
    return read_case("tiny")


@pytest.fixture(scope="module")
def vox() -> Golden:
    """The original's own size."""
    return read_case("vox-256")


@pytest.fixture
def losses_arrays() -> dict[str, Tensor]:
    """Random warp, equivariance, image pyramid, heatmaps."""
    return read_arrays("losses")


@pytest.fixture
def blur_kernels() -> dict[str, Tensor]:
    """The fixed kernels in an official checkpoint of the tiny case."""
    return read_arrays("blur")


if __name__ == "__main__":
    for preset_name in PRESETS:
        np.savez_compressed(HERE / f"preset-{preset_name}.npz", **preset_numbers(filled_preset(preset_name)))
