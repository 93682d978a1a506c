"""Bilinear doubling: PyTorch's values and gradients, whatever the layout, the type and who asks."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from fomm_lite.config import LEAN
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.doubling import doubled


def reference(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (1, 5, 1, 3), (3, 1, 6, 2), (2, 4, 1, 1), (0, 3, 4, 4)])
def test_values_and_gradients_are_those_of_interpolate(
    shape: tuple[int, int, int, int], layout: torch.memory_format
) -> None:
    x = torch.rand(shape).contiguous(memory_format=layout).requires_grad_()
    made, expected = doubled(x), reference(x)
    assert made.equal(expected)
    assert made.grad_fn is not None and "Doubled" in made.grad_fn.name()
    slope = torch.randn_like(made)
    ours, theirs = (torch.autograd.grad(y, x, slope)[0] for y in (made, expected))
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def test_gradient_of_a_part_of_the_channels() -> None:
    """What comes back where the map was joined with another is a part of a larger one."""
    x, skip = torch.rand(2, 3, 4, 4, requires_grad=True), torch.rand(2, 2, 8, 8)
    slope = torch.randn(2, 5, 8, 8).contiguous(memory_format=torch.channels_last)
    both = (torch.autograd.grad(torch.cat([f(x), skip], dim=1), x, slope)[0] for f in (doubled, reference))
    torch.testing.assert_close(*both, atol=1e-6, rtol=1e-6)


def test_slopes_by_finite_differences_and_slopes_of_slopes() -> None:
    x = torch.rand(1, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(doubled, x)
    assert torch.autograd.gradgradcheck(lambda z: doubled(z).square(), x)


def test_jacobians_by_torch_func_and_half_precision_around_it() -> None:
    x = torch.rand(1, 2, 3, 2)
    ours, theirs = (torch.func.jacrev(f)(x) for f in (doubled, reference))
    torch.testing.assert_close(ours, theirs)
    x.requires_grad_()
    slope = torch.randn(1, 2, 6, 4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        both = [torch.autograd.grad(f(x), x, slope)[0] for f in (doubled, reference)]
    torch.testing.assert_close(*both)


def test_half_precision_stays_half() -> None:
    x = torch.rand(1, 2, 4, 4, dtype=torch.bfloat16, requires_grad=True)
    (slope,) = torch.autograd.grad(doubled(x).sum(), x)
    assert slope.dtype is torch.bfloat16
    torch.testing.assert_close(slope.float(), torch.full((1, 2, 4, 4), 4.0))  # each place is worth four


def test_a_model_learns_as_with_interpolate(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(LEAN)
    other, (source, driving) = copy.deepcopy(model), torch.rand(2, 2, 3, 32, 32)

    def gradients(network: FirstOrderModel) -> list[Tensor]:
        made = network(source, network.detect(source), network.detect(driving)).prediction
        (made - driving).abs().mean().backward()
        return [parameter.grad for parameter in network.parameters() if parameter.grad is not None]

    ours = gradients(model)
    monkeypatch.setattr("fomm_lite.networks.layers.doubled", reference)
    theirs = gradients(other)
    assert len(ours) == len(theirs) > 90
    for mine, plain in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, plain, atol=1e-6, rtol=1e-3)
