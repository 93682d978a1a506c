"""A setting of the whole process is given back."""

import pytest
import torch

from fomm_lite.course.kit.denormals import flushed_denormals

TINY = torch.tensor(1e-30)


def next_to_zero() -> float:
    """A product that is no normal number, in single precision."""
    return float((TINY * torch.tensor(1e-10)).double())


def test_numbers_next_to_0_are_0_inside_and_not_behind() -> None:
    assert next_to_zero() > 0
    with flushed_denormals():
        assert next_to_zero() == 0
    with pytest.raises(ZeroDivisionError), flushed_denormals():
        raise ZeroDivisionError
    assert next_to_zero() > 0
