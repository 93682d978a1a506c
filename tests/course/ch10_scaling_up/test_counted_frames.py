"""Frames are counted while somebody holds them."""

import gc

import torch

from fomm_lite import FirstOrderModel, animate
from fomm_lite.config import preset
from fomm_lite.course.ch10_scaling_up.counted_frames import CountedFrames


def test_frames_are_counted_while_they_live():
    driver = CountedFrames(6, 32)
    kept = list(driver)
    assert driver.most == driver.alive == 6
    del kept
    gc.collect()
    assert driver.alive == 0 and driver.most == 6


def test_an_animation_holds_no_more_frames_of_a_longer_driver():
    model = FirstOrderModel(preset("tiny")).eval()
    most = []
    for count in (5, 15):
        driver = CountedFrames(count, 32)
        assert sum(1 for _ in animate(model, torch.rand(3, 32, 32), driver)) == count
        most.append(driver.most)
    assert most[0] == most[1] <= 4
