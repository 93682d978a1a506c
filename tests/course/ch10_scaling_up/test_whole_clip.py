"""Seconds and memory of whole animations: as many frames as asked for, and peaks that only rise."""

import numpy as np
import pytest

from fomm_lite.course.ch10_scaling_up import whole_clip


def test_each_clip_is_made_whole_in_a_process_of_its_own():
    short, long = whole_clip.measured("zero-order-32", 32, (2, 20))
    assert (short.frames, long.frames) == (2, 20)
    assert 0 < short.seconds < long.seconds
    if short.megabytes is not None and long.megabytes is not None:
        assert 50 < short.megabytes <= long.megabytes < short.megabytes + 100


def test_the_peak_keeps_what_was_given_back():
    before = whole_clip.peak_megabytes()
    if before is None:
        pytest.skip("this system does not say")
    held = np.ones(400 * 2**20, dtype=np.uint8)  # touched, so that it is held
    assert held.all()
    del held
    after = whole_clip.peak_megabytes()
    assert after is not None and after >= 400 and after >= before
