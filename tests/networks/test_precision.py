"""Where and how precisely the networks compute: on the device of the pictures, coordinates with all their digits."""

import dataclasses
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor

from fomm_lite.config import TINY, DiscriminatorConfig, ModelConfig
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks import dense_motion, keypoint_detector
from fomm_lite.networks.discriminator import Discriminator
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction

ZERO_ORDER = dataclasses.replace(TINY, estimate_jacobian=False)
ORIGINAL_HEADS = dataclasses.replace(TINY, jacobian_kernel=3)


def tensors(of: Keypoints | DenseMotion | Reconstruction) -> dict[str, Tensor]:
    fields = {field.name: getattr(of, field.name) for field in dataclasses.fields(of)}
    return {name: value for name, value in fields.items() if isinstance(value, Tensor)}


def has_more_digits_than_bfloat16(values: Tensor) -> bool:
    return bool((values.bfloat16().float() != values).any())


@pytest.fixture
def images() -> Tensor:
    return torch.rand(2, 3, 64, 64)


@pytest.mark.parametrize("config", [TINY, ORIGINAL_HEADS], ids=["light heads", "original heads"])
def test_in_mixed_precision_coordinates_keep_all_their_digits(config: ModelConfig, images: Tensor) -> None:
    model = FirstOrderModel(config).eval()
    assert model.detector.jacobian_head is not None
    torch.nn.init.normal_(model.detector.jacobian_head.weight, std=0.1)
    exactly = model.detect(images)
    moved = Keypoints(exactly.positions + 0.1, exactly.jacobians)
    expected = model(images, exactly, moved)
    with torch.autocast("cpu", torch.bfloat16):
        assert model.encode(images)[-1].dtype == torch.bfloat16  # the bulk of the work is done in half precision
        found, out = model.detect(images), model(images, exactly, moved)
    for part in (found, out, out.motion):
        for name, values in tensors(part).items():
            assert values.dtype == torch.float32, name
            assert has_more_digits_than_bfloat16(values), name
    for name in ("heatmaps", "sparse_motions", "deformed_sources"):  # what no layer has touched is the same to the bit
        assert torch.equal(getattr(out.motion, name), getattr(expected.motion, name)), name
    torch.testing.assert_close(out.motion.masks.sum(1), torch.ones(2, 32, 32))
    torch.testing.assert_close(found.positions, exactly.positions, atol=0.03, rtol=0)
    torch.testing.assert_close(out.prediction, expected.prediction, atol=0.05, rtol=0)


@pytest.mark.parametrize("config", [TINY, ZERO_ORDER, ORIGINAL_HEADS], ids=["first order", "zero order", "other heads"])
@pytest.mark.parametrize("size", [64, 256])  # of which the larger is shrunk in another way
def test_everything_is_made_on_the_device_of_the_pictures(
    config: ModelConfig, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the device that has shapes and no numbers: what was made elsewhere does not go together with it."""
    for module in (dense_motion, keypoint_detector):
        monkeypatch.setattr(module, "exact", lambda _: nullcontext())  # that device knows no mixed precision
    model = FirstOrderModel(config).to("meta")
    images = torch.rand(2, 3, size, size, device="meta")
    keypoints = model.detect(images)
    out = model(images, keypoints, keypoints)
    for part in (keypoints, out, out.motion):
        assert all(values.device.type == "meta" for values in tensors(part).values())


def test_a_discriminator_judges_on_the_device_of_the_pictures() -> None:
    config = DiscriminatorConfig(scales=(1.0, 0.5), block_expansion=4, max_features=8, num_blocks=2, use_keypoints=True)
    discriminator = Discriminator(config, num_keypoints=2).to("meta")
    for scores in discriminator(torch.rand(1, 3, 64, 64, device="meta"), torch.rand(1, 2, 2, device="meta")):
        assert scores.prediction_map.device.type == "meta"
