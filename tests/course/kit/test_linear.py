"""Fitting a linear map."""

import torch

from fomm_lite.course.kit.linear import apply_line, fit_line


def test_a_linear_truth_is_found() -> None:
    inputs = torch.randn(30, 4)
    matrix, constant = torch.randn(4, 6), torch.randn(6)
    line = fit_line(inputs, inputs @ matrix + constant)
    torch.testing.assert_close(line[:-1], matrix, atol=1e-4, rtol=0)
    torch.testing.assert_close(apply_line(line, torch.zeros(1, 4))[0], constant, atol=1e-4, rtol=0)


def test_weights_count_squares() -> None:
    """A row of weight 2 counts as two rows; one of weight 0 not at all."""
    inputs, outputs = torch.randn(9, 3, dtype=torch.float64), torch.randn(9, 2, dtype=torch.float64)
    weights = torch.tensor([2.0, 0.0, *[1.0] * 7], dtype=torch.float64)
    kept = [0, 0, *range(2, 9)]
    torch.testing.assert_close(fit_line(inputs, outputs, weights), fit_line(inputs[kept], outputs[kept]))
