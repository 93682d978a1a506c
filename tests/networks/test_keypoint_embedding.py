"""Keypoints as numbers: silent at first, alike at every place, and all of positions and jacobians is heard."""

import dataclasses

import pytest
import torch
from torch import nn

from fomm_lite.config import TINY
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.keypoint_embedding import KeypointEmbedding
from fomm_lite.types import Keypoints


def some_keypoints(batch: int = 2, count: int = 3) -> Keypoints:
    return Keypoints(torch.rand(batch, count, 2) * 2 - 1, torch.eye(2) + 0.2 * torch.randn(batch, count, 2, 2))


def loud(embedding: KeypointEmbedding) -> KeypointEmbedding:
    last = embedding.layers[-1]
    assert isinstance(last, nn.Linear)
    nn.init.normal_(last.weight)
    nn.init.normal_(last.bias)
    return embedding


def test_it_begins_by_saying_nothing_and_can_learn_to() -> None:
    embedding = KeypointEmbedding(3, 5)
    said = embedding(some_keypoints(), some_keypoints())
    assert said.shape == (2, 5) and not said.any()
    (said - 1).square().sum().backward()
    assert embedding.layers[-1].weight.grad.abs().amax() > 0


@pytest.mark.parametrize("whose", ["source", "driving"])
@pytest.mark.parametrize("what", ["positions", "jacobians"])
@torch.no_grad()
def test_every_number_is_heard(whose: str, what: str) -> None:
    torch.manual_seed(0)
    embedding, source, driving = loud(KeypointEmbedding(3, 4)), some_keypoints(1), some_keypoints(1)
    before = embedding(source, driving)
    numbers = getattr(source if whose == "source" else driving, what)
    for place in range(numbers.numel()):
        changed = numbers.clone()
        changed.view(-1)[place] += 0.1
        one = dataclasses.replace(source if whose == "source" else driving, **{what: changed})
        pair = (one, driving) if whose == "source" else (source, one)
        assert (embedding(*pair) - before).abs().amax() > 1e-3, (whose, what, place)


@torch.no_grad()
def test_the_hourglass_sees_it_added_to_the_evidence_at_every_place() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(dataclasses.replace(TINY, keypoint_embedding=True)).eval()
    network, heard = model.dense_motion, []
    network.hourglass.register_forward_pre_hook(lambda _module, given: heard.append(given[0]))
    pictures = torch.rand(2, 3, 32, 32)
    keypoints = model.detect(pictures), model.detect(pictures.flip(0))
    model.motion(pictures, *keypoints)
    loud(network.embedding)
    model.motion(pictures, *keypoints)
    said = network.embedding(*keypoints)
    assert said.std() > 0.01
    torch.testing.assert_close(heard[1] - heard[0], said[:, :, None, None].expand_as(heard[0]), atol=1e-5, rtol=1e-4)
