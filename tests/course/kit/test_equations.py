"""Matrices on a page carry the numbers that they are of."""

import re

import torch

from fomm_lite.course.kit.equations import matrices, relative_jacobian
from fomm_lite.media.draw import keypoint_colour


def entries(html: str) -> torch.Tensor:
    return torch.tensor([float(each) for each in re.findall(r">([+-]\d+\.\d\d)<", html)]).view(-1, 2, 2)


def test_matrices_stand_side_by_side_row_by_row() -> None:
    first, second = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), -torch.eye(2)
    html = matrices({"A": first, "<B>": second})
    assert torch.equal(entries(html), torch.stack([first, second]))
    assert ">A<" in html and "&lt;B&gt;" in html and html.count("transparent") == 8


def test_columns_have_the_keypoints_colour() -> None:
    tint = ",".join(str(round(255 * part)) for part in keypoint_colour(3))
    html = matrices({"A": torch.eye(2)}, 3)
    assert html.count(f"rgba({tint},.5)") == html.count(f"rgba({tint},.2)") == 2


def test_the_third_matrix_is_the_first_times_the_inverse_of_the_second() -> None:
    generator = torch.Generator().manual_seed(0)
    a, m = (torch.eye(2) + 0.3 * torch.randn(2, 2, generator=generator) for _ in range(2))
    html = relative_jacobian(a, m, ("A", "M"), 0)
    torch.testing.assert_close(entries(html), torch.stack([a, m, a @ m.inverse()]), atol=0.0051, rtol=0)
    assert "A M⁻¹" in html


def test_nothing_is_a_negative_zero() -> None:
    html = matrices({"A": torch.tensor([[1.0, -0.004], [-0.0, -0.006]])})
    assert re.findall(r">([+-]\d+\.\d\d)<", html) == ["+1.00", "+0.00", "+0.00", "-0.01"]
