"""Switches change what they say, and nothing else."""

import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.course.ch07_what_matters.switches import switched
from fomm_lite.errors import InputError
from fomm_lite.geometry import coordinate_grid, gaussian_heatmaps
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion


@pytest.fixture
def model() -> FirstOrderModel:
    model = FirstOrderModel(TINY).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)


@torch.no_grad()
def motion(model: FirstOrderModel, pair: tuple[torch.Tensor, torch.Tensor]) -> DenseMotion:
    source, driving = pair
    return model.motion(source, model.detect(source), model.detect(driving))


def test_no_switch_changes_nothing_and_the_model_is_left_alone(model, pair) -> None:
    before = motion(model, pair)
    torch.testing.assert_close(motion(switched(model), pair).deformation, before.deformation, rtol=0, atol=0)
    switched(model, temperature=3.0, keypoints=[0], jacobians=False, source_heatmaps=False, hard_masks=True)
    torch.testing.assert_close(motion(model, pair).deformation, before.deformation, rtol=0, atol=0)


def test_a_high_temperature_gathers_keypoints_in_the_middle(model, pair) -> None:
    with torch.no_grad():
        gathered, spread = (
            each.detect(pair[0]).positions.abs().max() for each in (switched(model, temperature=1e4), model)
        )
    assert float(gathered) < 0.01 < float(spread)


def test_keypoints_that_are_off_explain_nothing_and_the_rest_shares_everything(model, pair) -> None:
    whole, part = motion(model, pair).masks, motion(switched(model, keypoints=[1, 4]), pair).masks
    assert (part[:, [1, 3, 4]] == 0).all()
    torch.testing.assert_close(part.sum(1), torch.ones(1, *part.shape[2:]))
    torch.testing.assert_close(part[:, 2] / part[:, 5], whole[:, 2] / whole[:, 5])


def test_without_keypoints_nothing_moves(model, pair) -> None:
    still = motion(switched(model, keypoints=[]), pair).deformation[0]
    torch.testing.assert_close(still, coordinate_grid(*still.shape[:2]))


def test_jacobians_off_are_identities(model, pair) -> None:
    jacobians = switched(model, jacobians=False).detect(pair[0]).jacobians
    torch.testing.assert_close(jacobians, torch.eye(2).expand_as(jacobians))
    assert not torch.equal(model.detect(pair[0]).jacobians, jacobians)


def test_hard_masks_have_one_winner_that_was_the_largest(model, pair) -> None:
    soft, hard = motion(model, pair).masks, motion(switched(model, hard_masks=True), pair).masks
    assert hard.unique().tolist() == [0, 1]
    assert (hard.sum(1) == 1).all()
    assert torch.equal(hard.argmax(1), soft.argmax(1))


def test_without_source_heatmaps_the_motion_network_sees_driving_gaussians(model, pair) -> None:
    seen: list[torch.Tensor] = []
    other = switched(model, source_heatmaps=False)
    other.dense_motion.hourglass.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    motion(other, pair)
    maps = seen[0].unflatten(1, (-1, 4))[:, :, 0]
    expected = gaussian_heatmaps(model.detect(pair[1]).positions, *maps.shape[2:], TINY.heatmap_variance)
    torch.testing.assert_close(maps[:, 1:], expected)
    assert (maps[:, 0] == 0).all()


def test_source_heatmaps_follow_each_new_source(model, pair) -> None:
    other = switched(model, source_heatmaps=False)
    first = motion(other, pair).masks
    motion(other, (pair[1], pair[0]))
    torch.testing.assert_close(motion(other, pair).masks, first, rtol=0, atol=0)


@pytest.mark.parametrize("wrong", [{"temperature": 0.0}, {"keypoints": [10]}, {"keypoints": [-1]}])
def test_what_cannot_be_is_refused(model, wrong) -> None:
    with pytest.raises(InputError, match="got"):
        switched(model, **wrong)
