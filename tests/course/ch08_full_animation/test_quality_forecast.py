"""The experiment on pairs against a plain repetition of it."""

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import TINY
from fomm_lite.course.ch08_full_animation.quality_forecast import films_of_pairs
from fomm_lite.errors import InputError
from fomm_lite.worlds import faces


def test_every_pair_is_measured_once() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(TINY).eval()
    found = films_of_pairs(model, faces, [2, 5], size=32)
    assert found.error.shape == found.arrangement.shape == found.displacement.shape == (2,)
    clip = faces(5, frames=24, size=32)
    with torch.no_grad():
        positions = model.detect(clip.frames[[0, 2]]).positions  # the second pair starts two frames later
    assert float(found.displacement[1]) == pytest.approx(float((positions[0] - positions[1]).norm(dim=-1).mean()))
    assert (found.error > 0).all()


def test_no_pairs_are_refused() -> None:
    with pytest.raises(InputError, match="no seeds"):
        films_of_pairs(FirstOrderModel(TINY), faces, [])
