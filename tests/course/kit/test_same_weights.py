"""The same weights under another configuration."""

import dataclasses

import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.course.kit.same_weights import same_weights
from fomm_lite.model import FirstOrderModel


@torch.no_grad()
def test_only_what_was_switched_differs_and_the_model_stays() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(TINY).train()
    other = same_weights(model, dataclasses.replace(TINY, temperature=1.0))
    assert other.config.temperature == 1.0 and model.training and not other.training
    for name, values in other.state_dict().items():
        assert torch.equal(values, model.state_dict()[name])
    pictures = torch.rand(1, 3, 32, 32)
    assert not torch.equal(other.detect(pictures).positions, model.eval().detect(pictures).positions)


def test_other_parameters_are_refused() -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        same_weights(FirstOrderModel(TINY), dataclasses.replace(TINY, num_keypoints=3))
