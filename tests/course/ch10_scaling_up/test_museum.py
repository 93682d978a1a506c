"""The bug museum: right numbers are right, wrong ones wrong by what theory says."""

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import preset
from fomm_lite.course.ch10_scaling_up import museum
from fomm_lite.worlds import faces


@pytest.mark.parametrize("width", [5, 64])
def test_an_identity_warp_looks_where_the_formula_says(width):
    columns = torch.arange(float(width))
    assert torch.allclose(museum.looked_at(width, align_corners=True), columns, atol=1e-4)
    expected = (columns * width / (width - 1) - 0.5).clamp(0, width - 1)
    assert torch.allclose(museum.looked_at(width, align_corners=False), expected, atol=1e-4)


def test_only_the_wrong_identity_wears_a_picture_out():
    picture = torch.rand(3, 16, 16)
    assert torch.allclose(museum.warped_again(picture, 5, align_corners=True), picture, atol=1e-5)
    assert (museum.warped_again(picture, 5, align_corners=False) - picture).abs().mean() > 0.05


@pytest.mark.parametrize(("side", "kernel"), [(64, 7), (16, 3)])
def test_an_unpadded_head_stretches_positions(side, kernel):
    columns = [kernel // 2, side // 2, side - 1 - kernel // 2]
    true = torch.tensor([2 * column / (side - 1) - 1 for column in columns])
    assert torch.allclose(museum.peak_positions(side, columns, kernel // 2, kernel), true, atol=1e-5)
    stretched = true * (side - 1) / (side - kernel)
    assert torch.allclose(museum.peak_positions(side, columns, 0, kernel), stretched, atol=1e-5)


def test_slicing_keeps_every_fourth_column_and_reports_the_last_three_pixels_too_far():
    assert museum.kept_columns(32, "slice").tolist() == [0, 4, 8, 12, 16, 20, 24, 28]
    assert museum.kept_columns(32, "bilinear").tolist() == [1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5]
    assert len(museum.kept_columns(30, "factor")) == len(museum.kept_columns(30, "recomputed")) == 7
    assert not torch.equal(museum.kept_columns(250, "factor"), museum.kept_columns(250, "recomputed"))
    for width in (32, 64):
        wrong = museum.offset_in_pixels(width, "slice")
        assert torch.allclose(wrong[[0, -1]], torch.tensor([0.0, 3.0]), atol=1e-4)
        centred = museum.offset_in_pixels(width, "bilinear")
        assert torch.allclose(centred, -centred.flip(0), atol=1e-4)


def test_the_wrong_order_of_the_product_moves_a_drawn_part_wrongly():
    clip = faces(3, frames=24, size=64)
    right, wrong, seen = museum.order_errors(clip, "back hair", 0, 18)
    assert seen.any() and not right[~seen].any()
    assert wrong[seen].mean() > 3 * right[seen].mean()


def test_the_centre_of_brightness_is_where_the_blob_is():
    place = torch.tensor([0.25, -0.5])
    assert torch.allclose(museum.seen_at(museum.blob(place))[0, 0], place, atol=1e-3)


def test_only_the_l1_radius_has_a_kink():
    assert museum.kink("manhattan") > 50 * museum.kink("euclidean")
    field = museum.bend("euclidean", 33)
    assert torch.allclose(field, field.T, atol=1e-5)
    # at (1, 0) and (0.5, 0.5) the L1 radius is 1 alike, and the field is 0 where it is 1
    manhattan = museum.bend("manhattan", 33)
    assert torch.allclose(manhattan[[16, 24], [32, 24]], torch.zeros(2), atol=1e-4)


def test_only_in_training_mode_do_strangers_matter():
    torch.manual_seed(0)
    model = FirstOrderModel(preset("tiny")).eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    source, driving, *others = torch.rand(4, 3, 32, 32)
    made = {
        flag: [
            museum.reconstructed(model, source, driving, other[None], training=flag)
            for other in (others[0], 0 * others[1])
        ]
        for flag in (False, True)
    }
    assert torch.allclose(*made[False], atol=1e-5)
    assert not torch.allclose(*made[True], atol=1e-3)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert not model.training
