"""A place read off pictures."""

import torch

from fomm_lite.course.ch01_autoencoders_and_gans.pose_ruler import PoseRuler


def test_a_ruler_reads_what_is_a_linear_function_of_the_pixels():
    pictures = torch.rand(60, 3, 4, 4)
    places = torch.stack([pictures[:, 0, 1, 1], 2 - pictures[:, 2, 3, 0]], dim=1)
    ruler = PoseRuler.fit(pictures[:50], places[:50], penalty=1e-6)
    assert torch.allclose(ruler.read(pictures[:50]), places[:50], atol=1e-2)
