"""Evidence of other sizes with the same weights."""

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
    assert finer.heatmaps.shape[-2:] == (64, 64)
    assert finer.masks.shape[-1] == 64 * model.config.motion_shuffle


def test_a_price_is_in_pixels_of_the_picture():
    found = mask_sizes.price(load_model("faces-64").eval(), [faces(2, frames=2, size=64, stride=4)], 32, tries=1)
    assert found.size == 32 and 0 < found.pixels < 3 and 0 < found.l1 < 0.1 and found.seconds > 0


def test_a_frame_redrawn_at_the_size_it_was_trained_for_is_the_model_s_own():
    model = load_model("faces-64").eval()
    pair = faces(2, frames=2, size=64, stride=4).frames
    with torch.no_grad():
        points = model.detect(pair)
        own = model(pair[:1], points[:1], points[1:])
    same, coarse = (mask_sizes.redrawn(model, size, pair[:1], points[:1], points[1:]) for size in (32, 16))
    assert torch.allclose(same.prediction, own.prediction, atol=1e-6)
    assert coarse.motion.heatmaps.shape[-2:] == (16, 16) and coarse.prediction.shape == own.prediction.shape
