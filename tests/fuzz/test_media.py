"""Damaged pictures and films: frames, or one line."""

from itertools import islice
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.media.read import probe, read_image, stream_frames
from fomm_lite.media.write import write_image, write_video
from tests.fuzz.conftest import tries
from tests.fuzz.damage import damaged
from tests.hostile import outcome

PICTURES, FILMS = ("png", "jpg", "webp"), ("mp4", "webm", "gif", "apng", "mkv")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A whole file of each kind, by suffix."""
    folder, frames = tmp_path_factory.mktemp("media"), torch.rand(4, 3, 32, 32)
    pictures = [write_image(folder / f"a.{suffix}", frames[0]) for suffix in PICTURES]
    films = [write_video(folder / f"b.{suffix}", frames, 10) for suffix in FILMS]
    return {path.suffix[1:]: path.read_bytes() for path in (*pictures, *films)}


@tries(1000)
@given(suffix=st.sampled_from(PICTURES), data=st.data())
def test_damaged_pictures(media: dict[str, bytes], tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data.draw(damaged(media[suffix], first=200)))
    outcome(lambda: read_image(path))


@tries(1000)
@given(suffix=st.sampled_from(FILMS), data=st.data())
def test_damaged_films(media: dict[str, bytes], tmp_path: Path, suffix: str, data: st.DataObject) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data.draw(damaged(media[suffix], first=600)))
    outcome(lambda: (probe(path), list(islice(stream_frames(path, 32), 16))))
