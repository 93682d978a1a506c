"""What ships is a model rounded to a few bits: it computes almost the same, and packs smaller."""

import copy
import zlib

import torch

from fomm_lite.config import TINY
from fomm_lite.model import FirstOrderModel
from tests.scripts.conftest import load_script


@torch.no_grad()
def test_weights_are_rounded_to_seven_bits_and_nothing_else_is() -> None:
    script = load_script("ship_weights")
    torch.manual_seed(0)
    model = FirstOrderModel(TINY).eval()
    coarse = script.coarsened(copy.deepcopy(model))
    packed = []
    for (name, before), after in zip(model.state_dict().items(), coarse.state_dict().values(), strict=True):
        if before.ndim < 2:
            assert torch.equal(before, after), name
            continue
        assert ((before - after).abs() <= before.abs() / 2**7).all(), name  # half of the last of seven bits, at most
        digits = torch.frexp(after)[0] * 2**7
        assert torch.equal(digits, digits.round()), name
        if not before.any():
            continue
        assert not torch.equal(before, after), name
        packed.append([len(zlib.compress(each.half().numpy().tobytes(), 9)) for each in (before, after)])
    assert sum(after for _, after in packed) < 0.85 * sum(before for before, _ in packed)
    other = FirstOrderModel(TINY)
    expected = {name: (a + other.state_dict()[name]) / 2 for name, a in coarse.state_dict().items()}
    for name, mean in script.averaged([other, copy.deepcopy(coarse)]).state_dict().items():
        if mean.is_floating_point():
            torch.testing.assert_close(mean, expected[name])
    source, driving = torch.rand(2, 1, 3, 64, 64)
    made = [each(source, each.detect(source), each.detect(driving)).prediction for each in (model, coarse)]
    assert 0 < (made[0] - made[1]).abs().amax() < 0.02
