"""Real and fake clips that can be compared fairly."""

import pytest
import torch

from fomm_lite import load_model
from fomm_lite.course.ch09_detecting_and_defending.forgeries import real_and_fake
from fomm_lite.errors import InputError
from fomm_lite.worlds import puppets, seeds


def test_real_and_fake_differ_in_nothing_but_their_making() -> None:
    real, fake = real_and_fake(load_model("faces-64"), "test", 2, frames=4)
    assert [clip.shape for clip in real] == [clip.shape for clip in fake] == [(4, 3, 64, 64)] * 2
    for own, made, other in zip(real, fake, reversed(real), strict=True):
        assert not torch.equal(own, made)
        assert (made[0] - own[0]).abs().mean() < 0.5 * (made[0] - other[0]).abs().mean()  # whose face it is
        assert made.min() >= 0 and made.max() <= 1


def test_another_world_and_split() -> None:
    real, fake = real_and_fake(load_model("puppets-64"), "validation", 2, frames=3, world=puppets)
    torch.testing.assert_close(real[1], puppets(seeds("validation", 2)[1], 3, 64).frames)
    assert len(fake) == 2


def test_one_identity_has_nobody_to_drive_it() -> None:
    with pytest.raises(InputError, match="one drives the other"):
        real_and_fake(load_model("faces-64"), "test", 1)
