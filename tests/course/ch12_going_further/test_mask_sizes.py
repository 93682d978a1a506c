"""Masks of other sizes with the same weights."""

import torch

from fomm_lite import load_model
from fomm_lite.course.ch12_going_further import mask_sizes
from fomm_lite.worlds import faces


def test_the_size_it_was_trained_for_gives_the_model_itself():
    model = load_model("faces-64").eval()
    pair = faces(2, frames=2, size=64, stride=4).frames
    with torch.no_grad():
        points = model.detect(pair)
        as_it_is = model.motion(pair[:1], points[:1], points[1:])
        same, finer = (mask_sizes.at_size(model, size).motion(pair[:1], points[:1], points[1:]) for size in (32, 64))
    assert torch.equal(as_it_is.masks, same.masks)
    assert finer.masks.shape[-2:] == (64, 64)


def test_a_price_is_in_pixels_of_the_picture():
    found = mask_sizes.price(load_model("faces-64").eval(), [faces(2, frames=2, size=64, stride=4)], 32, tries=1)
    assert found.size == 32 and 0 < found.pixels < 3 and 0 < found.l1 < 0.1 and found.seconds > 0
