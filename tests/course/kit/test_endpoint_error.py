"""The end-point error: nothing for the truth, in pixels, over visible pixels."""

import torch

from fomm_lite import geometry
from fomm_lite.course.kit.endpoint_error import endpoint_error
from fomm_lite.worlds import faces


def test_the_truth_has_no_error_and_a_pixel_of_shift_has_one() -> None:
    clip = faces(3, frames=6, size=32)
    truth, visible = clip.deformation(0, 5), clip.occlusion(0, 5) > 0.5
    assert float(endpoint_error(truth, truth, visible)) == 0
    shifted = truth + torch.tensor([2 / 31, 0.0])
    torch.testing.assert_close(endpoint_error(shifted, truth, visible), torch.tensor(1.0))


def test_hidden_pixels_do_not_count() -> None:
    truth = geometry.coordinate_grid(4, 4)
    visible = torch.ones(4, 4, dtype=torch.bool)
    visible[0, 0] = False
    wrong = truth.clone()
    wrong[0, 0] += 5
    assert float(endpoint_error(wrong, truth, visible)) == 0
