"""The whole of ``lean``, ``tiny`` and ``speaking`` against the plain way of writing them in ``plain_preset.py``.

Both run in double precision, and all must agree to ten digits, gradients by every parameter included. Only the kernel
with which the library shrinks pictures is in single precision: with it outputs agree to six digits, and to ten with a
plain one in its place. Of each preset the smallest picture that it takes is tried, which its detector sees as it is,
and one of twice the size.
"""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from fomm_lite.model import FirstOrderModel
from tests.golden.conftest import filled_preset, filling, smooth_pictures
from tests.golden.plain_preset import PRESETS, Lean, Speaking, shrunk

SMALLEST = {"lean": 32, "tiny": 32, "speaking": 64}


@pytest.fixture(params=PRESETS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=[1, 2], ids=["smallest", "twice"])
def size(name: str, request: pytest.FixtureRequest) -> int:
    return SMALLEST[name] * request.param


@pytest.fixture
def model(name: str) -> FirstOrderModel:
    """A preset with nothing in it that is silent: heads, hints, embedding and the norms' statistics are drawn."""
    model = filled_preset(name)
    if model.dense_motion.embedding is not None:
        # the rule knows no matrices; one is a convolution on a picture of one pixel
        for key, weight in model.dense_motion.embedding.state_dict().items():
            if key.endswith("weight"):
                drawn = filling(key, [*weight.shape, 1, 1], "dense_motion.embedding", "by hand")
                weight.copy_(torch.as_tensor(drawn).view_as(weight))
    return model


@pytest.fixture
def plain(name: str, model: FirstOrderModel) -> Lean | Speaking:
    return PRESETS[name](model.state_dict(keep_vars=True))


def shrink_plainly(model: FirstOrderModel) -> None:
    for part in (model.detector, model.dense_motion):
        part.shrink = lambda image, scale: shrunk(image, round(image.shape[-1] * scale))


def how_near(model: FirstOrderModel) -> Iterator[float]:
    """How near numbers must be, first of the model as it is, then of one that shrinks in double precision too."""
    yield 1e-6
    shrink_plainly(model)
    yield 1e-10


def pictures(size: int) -> tuple[Tensor, Tensor]:
    return smooth_pictures("by hand, source", 1, size), smooth_pictures("by hand, driving", 1, size)


def check_all(ours: object, plain: dict[str, Tensor], tolerance: float) -> None:
    for name, expected in plain.items():
        found = getattr(ours, name)
        assert found.shape == expected.shape and (found - expected).abs().max() < tolerance, name


@torch.no_grad()
def test_keypoints_and_jacobians(model: FirstOrderModel, plain: Lean | Speaking, size: int) -> None:
    images = torch.cat(pictures(size))
    positions, jacobians = plain.detect(images)
    for near in how_near(model):
        check_all(model.detect(images), {"positions": positions, "jacobians": jacobians}, near)
    assert positions.std() > 0.05 and (jacobians - torch.eye(2)).std() > 0.05


@torch.no_grad()
def test_motion_and_picture(model: FirstOrderModel, plain: Lean | Speaking, size: int) -> None:
    source, driving = pictures(size)
    kp_source, kp_driving = model.detect(source), model.detect(driving)
    (s, a), (d, b) = ((kp.positions[0], kp.jacobians[0]) for kp in (kp_source, kp_driving))
    motion = plain.motion(source, s, a, d, b)
    painted = plain.paint(source, motion)
    for near in how_near(model):
        out = model(source, kp_source, kp_driving)
        check_all(out.motion, motion, near)
        check_all(out, painted, near)
    assert (painted["deformed"] - painted["painted"]).abs().mean() > 0.1  # else a blend of the two would show nothing


def gradients(model: FirstOrderModel, prediction: Callable[[], Tensor]) -> dict[str, Tensor]:
    model.zero_grad()
    shown = prediction()
    (shown * smooth_pictures("by hand, what counts", 1, shown.shape[-1])).sum().backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_gradients_of_the_picture_by_every_parameter(name: str, model: FirstOrderModel, plain: Lean | Speaking) -> None:
    source, driving = pictures(SMALLEST[name])
    shrink_plainly(model)

    def plainly() -> Tensor:
        (s, a), (d, b) = plain.detect(source), plain.detect(driving)
        return plain.paint(source, plain.motion(source, s[0], a[0], d[0], b[0]))["prediction"]

    def ours() -> Tensor:
        return model(source, model.detect(source), model.detect(driving)).prediction

    expected, found = gradients(model, plainly), gradients(model, ours)
    assert found.keys() == expected.keys() == dict(model.named_parameters()).keys()
    for key, gradient in expected.items():
        largest = float(gradient.abs().max())
        if key == "detector.confidence_head.bias":  # a softmax over places does not feel it
            assert largest < 1e-9 and found[key].abs().max() < 1e-9
        else:
            assert largest > 1e-6 and (found[key] - gradient).abs().max() < 1e-8 * largest, key
