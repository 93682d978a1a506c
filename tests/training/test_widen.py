"""A wider model with a narrower one's weights: it begins where the other stood, and can learn more."""

import dataclasses

import pytest
import torch

from fomm_lite.config import ModelConfig, preset
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.widen import widened


def wider(config: ModelConfig) -> ModelConfig:
    generator = dataclasses.replace(config.generator, motion_features=True)
    return dataclasses.replace(config, jacobian_heatmaps=True, generator=generator)


def test_the_wider_model_computes_the_same_at_first_and_learns_through_what_is_new() -> None:
    torch.manual_seed(0)
    config = preset("tiny")
    model = FirstOrderModel(config).eval()
    torch.nn.init.normal_(model.detector.jacobian_head.weight, std=0.02)  # else no jacobian turns anything
    wide = widened(model, wider(config)).eval()
    source, driving = torch.rand(2, 2, 3, 64, 64).unbind(0)
    keypoints = model.detect(source), model.detect(driving)
    old, new = model(source, *keypoints), wide(source, wide.detect(source), wide.detect(driving))
    assert torch.allclose(old.prediction, new.prediction, atol=1e-6)
    new.prediction.square().mean().backward()
    known = dict(model.named_parameters())
    for name, parameter in wide.named_parameters():
        if "hints" in name:
            assert parameter.grad.abs().amax() > 0, name
        elif parameter.shape != known[name].shape:
            added = parameter.grad[:, known[name].shape[1] :]
            assert added.abs().amax() > 0, name
    assert {name for name, p in wide.named_parameters() if name in known and p.shape != known[name].shape} == {
        "dense_motion.hourglass.down_blocks.0.conv.weight", "dense_motion.mask_head.weight",
        "dense_motion.occlusion_head.weight",
    }  # fmt: skip


def test_an_architecture_that_takes_away_is_refused() -> None:
    config = preset("tiny")
    fewer = dataclasses.replace(config, num_keypoints=config.num_keypoints - 1)
    with pytest.raises(InputError, match="only adds"):
        widened(FirstOrderModel(config), fewer)
