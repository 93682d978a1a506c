"""The comparison with the original's way: same numbers, every film."""

from itertools import islice

import pytest
import torch

from benchmarks import speed
from fomm_lite.config import preset
from fomm_lite.model import FirstOrderModel


@pytest.mark.parametrize("together", [1, 2])
def test_both_ways_make_the_same_film(together: int) -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(preset("tiny")).eval()
    films = [
        list(islice(film, 4)) for film in (speed.original_frames(model, 32), speed.our_frames(model, 32, together))
    ]
    for theirs, ours in zip(*films, strict=True):
        assert (theirs[0] - ours).abs().max() < 1e-4


def test_films_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    for architecture in ("preset", "small_original"):
        monkeypatch.setattr(speed, architecture, lambda _: preset("tiny"))
    films = list(speed.figures(repeats=2))
    assert len(films) == 13 and all(film.value > 0 and film.least for film in films)
    assert [film.asked for film in films if "together" not in film.what] == [2, 4, 5, 7, 4, 5, 7]
    assert {film.asked for film in films if "together" in film.what} == {None}


def test_the_small_original_takes_all_sizes() -> None:
    for width in (16, 32):
        config = speed.small_original(width)
        for size in (64, 128, 256):
            config.check_size(size, size)
        assert config.num_keypoints == 10 and not config.align_corners
