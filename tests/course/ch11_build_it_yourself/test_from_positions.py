"""Jacobians from positions: what they are worth on faces that turn, and that any good way passes."""

import torch
from torch import Tensor

from fomm_lite.course import checks
from fomm_lite.course.ch11_build_it_yourself import from_positions


def neighbours(s: Tensor, d: Tensor) -> Tensor:
    """A matrix for each keypoint, from those around it."""
    found = []
    for k in range(len(s)):
        weight = (-(d - d[k]).square().sum(1, keepdim=True) / 0.5).exp()
        found.append(torch.linalg.lstsq(weight * (d - d[k]), weight * (s - s[k])).solution.mT)
    return torch.stack(found)


def test_they_are_worth_much_where_faces_turn_and_little_where_not() -> None:
    for way in (from_positions.one_linear_map, neighbours):
        off = [from_positions.pixels_off(way, turn) for turn in (0.0, 1.2)]
        zero = [from_positions.pixels_off(from_positions.identities, turn) for turn in (0.0, 1.2)]
        assert off[1] < 0.4 * zero[1]
        assert 0.9 < off[0] / zero[0] < 1.1


def test_true_maps_are_found_again() -> None:
    d = torch.rand(8, 2, generator=torch.Generator().manual_seed(0))
    matrix = torch.tensor([[0.8, -0.6], [0.7, 0.9]])
    for way in (from_positions.one_linear_map, neighbours):
        assert torch.allclose(way(d @ matrix.T + 0.3, d), matrix.expand(8, 2, 2), atol=1e-4)


def test_another_way_passes_and_a_shape_is_told() -> None:
    assert checks.jacobians_from_positions(neighbours).passed
    verdict = checks.jacobians_from_positions(lambda *_: torch.eye(2))
    assert "got shape (2, 2); expected (20, 2, 2)" in verdict.message


def test_a_turn_that_is_made_up_does_harm_where_there_is_none() -> None:
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    message = checks.jacobians_from_positions(lambda s, _: quarter.expand(len(s), 2, 2)).message
    assert "pixels off, and zero order" in message
