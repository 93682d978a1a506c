"""From file to film: the whole makes the film that its parts make."""

from pathlib import Path

from benchmarks.overlap import works


def test_parts_and_whole_make_the_same_film(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    reading, model, writing, whole = works(64, film)
    frames = reading(), model()
    assert len(frames[0]) == len(frames[1]) > 20
    writing()
    in_parts = film.read_bytes()
    whole()
    assert film.read_bytes() == in_parts
