"""What a frame costs."""

import gc

import pytest
import torch

from fomm_lite import FirstOrderModel, animate
from fomm_lite.config import preset
from fomm_lite.course.ch10_scaling_up import costs


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


def test_frames_are_counted_while_they_live(model):
    driver = costs.CountedFrames(6, 32)
    kept = list(driver)
    assert driver.most == driver.alive == 6
    del kept
    gc.collect()
    assert driver.alive == 0 and driver.most == 6


def test_an_animation_holds_no_more_frames_of_a_longer_driver(model):
    most = []
    for count in (5, 15):
        driver = costs.CountedFrames(count, 32)
        assert sum(1 for _ in animate(model, torch.rand(3, 32, 32), driver)) == count
        most.append(driver.most)
    assert most[0] == most[1] <= 4
