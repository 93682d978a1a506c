"""What a frame costs."""

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import preset
from fomm_lite.course.kit import costs


@pytest.fixture(scope="module")
def model():
    return FirstOrderModel(preset("tiny")).eval()


def test_every_stage_is_counted_and_rendering_grows_with_the_pixels(model):
    small, large = costs.arithmetic(model, 32), costs.arithmetic(model, 64)
    assert tuple(small) == costs.STAGES
    assert large["encode"] == 4 * small["encode"]
    assert large["render"] > 3 * small["render"]
    assert large["motion"] < 2 * small["motion"]


def test_the_count_of_one_convolution_is_the_formula(model):
    first = model.generator.first.conv
    assert costs.arithmetic(model, 32)["encode"] > 2 * first.weight.numel() * 32 * 32
    detector = torch.nn.Sequential(first)
    with costs.FlopCounterMode(display=False) as counter:
        detector(torch.rand(1, 3, 32, 32))
    assert counter.get_total_flops() == 2 * first.weight.numel() * 32 * 32


def test_seconds_are_those_of_one_frame(model):
    found = costs.seconds(model, 32, batch=2, repeats=1)
    assert tuple(found) == costs.STAGES
    assert all(value > 0 for value in found.values())


def test_of_several_tries_the_median_is_said_and_how_far_they_are_apart(model):
    found = costs.tries(model, 32, repeats=3)
    assert len(found) == 3 and all(tuple(each) == costs.STAGES for each in found)
    assert all(value > 0 for each in found for value in each.values())
    made = [dict.fromkeys(costs.STAGES, each) for each in (1.0, 7.0, 2.0)]
    assert costs.medians(made) == dict.fromkeys(costs.STAGES, 2.0)
    assert costs.spread(made) == (4.0, 28.0)
