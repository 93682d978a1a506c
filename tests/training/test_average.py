"""The running mean of a model's weights, against a loop that sums them up."""

import pytest
import torch

from fomm_lite.config import preset
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.average import Average


def shifted(model: FirstOrderModel, by: float) -> None:
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.is_floating_point():
                tensor += by


def test_the_mean_forgets_the_first_weights_and_then_keeps_its_share() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(preset("tiny"))
    before = model.state_dict()["generator.final.weight"].clone()
    average, expected = Average(model, 0.6), before.clone()
    for step in range(6):
        shifted(model, 1.0)
        keep = min(0.6, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * (before + step + 1)
        average.take(model)
    mean = average.model_like(model)
    assert torch.allclose(mean.state_dict()["generator.final.weight"], expected, atol=1e-5)
    assert torch.allclose(model.state_dict()["generator.final.weight"], before + 6)  # which goes on from where it was
    norm = "detector.hourglass.down_blocks.0.norm.running_mean"
    assert mean.state_dict()[norm].mean() == pytest.approx(float((expected - before).mean()), abs=1e-4)


def test_a_checkpoint_brings_the_mean_back() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(preset("tiny"))
    one, other = Average(model, 0.9), Average(model, 0.9)
    for _ in range(3):
        shifted(model, 0.1)
        one.take(model)
    other.load_state_dict(one.state_dict())
    assert other.steps == 3
    assert all(torch.equal(one.tensors[name], tensor) for name, tensor in other.tensors.items())
