"""Rates of a watermark: counted over films, marked and not."""

import pytest
import torch

from fomm_lite.course.ch12_going_further import mark_rates
from fomm_lite.forensics.watermark import embed_watermark
from fomm_lite.worlds import faces


def test_on_a_grey_film_every_sign_is_read_and_another_key_gets_half():
    film = embed_watermark(torch.full((2, 3, 64, 64), 0.5), "mine")
    assert mark_rates.wrong_bits(film, "mine") == 0.0
    assert mark_rates.wrong_bits(film, "yours") == pytest.approx(0.5, abs=0.05)


def test_a_coding_that_leaves_nothing_finds_nothing_and_rates_are_shares():
    films = [faces(seed, frames=2, size=64).frames for seed in (2, 5)]
    kept = {"kept": mark_rates.CODINGS["as it was marked"], "grey": lambda film: torch.full_like(film, 0.5)}
    found = mark_rates.rates(films, "mine", kept)
    assert found["kept"].found == 1.0 and found["kept"].bits < 0.4
    assert found["grey"].found == 0.0 and found["grey"].alarms == 0.0


def test_a_crop_keeps_the_size_and_moves_the_picture():
    film = torch.rand(1, 3, 16, 16)
    cut = mark_rates.crop(film)
    assert cut.shape == film.shape and torch.equal(cut[..., :13], film[..., 3:])
