"""What films say of themselves, in every format, read by us and by others."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.errors import InputError
from fomm_lite.media.encode import KINDS
from fomm_lite.media.read import stream_frames
from fomm_lite.media.statement import SYNTHETIC, read_statement, statement
from fomm_lite.media.write import VideoWriter, write_image, write_video

HOW = {"weights": "größe & <b>.safetensors", "driving": "x" * 300, "absolute": False, "size": 64}
FRAMES = torch.rand(3, 3, 16, 24)


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_every_kind_of_film_says_how_it_was_made(tmp_path: Path, suffix: str, alpha: bool, count: int) -> None:
    frames = torch.cat([FRAMES, torch.rand(3, 1, 16, 24)], dim=1)[:count] if alpha else FRAMES[:count]
    told, silent = tmp_path / f"told{suffix}", tmp_path / f"silent{suffix}"
    with VideoWriter(told, 10, comment=statement("fomm-lite 9", HOW)) as writer:
        for frame in frames:
            writer.append(frame)
    write_video(silent, frames, 10)
    expected = {"synthetic": True, "made_by": "fomm-lite 9", "digital_source_type": SYNTHETIC, "how": HOW}
    assert read_statement(told) == expected
    assert read_statement(silent) is None
    pairs = zip(stream_frames(told), stream_frames(silent), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_says_it_too(tmp_path: Path, suffix: str, channels: int) -> None:
    picture, told, silent = torch.rand(channels, 16, 24), tmp_path / f"told{suffix}", tmp_path / f"silent{suffix}"
    write_image(told, picture, comment=statement("fomm-lite 9", HOW))
    write_image(silent, picture)
    found = read_statement(told)
    assert found is not None and found["how"] == HOW and read_statement(silent) is None
    with Image.open(told) as one, Image.open(silent) as other:
        assert one.mode == other.mode and one.tobytes() == other.tobytes()


def test_a_jpeg_has_no_place_for_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"one of \.png \.webp"):
        write_image(tmp_path / "a.jpg", FRAMES[0], comment="{}")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_letters_of_another_encoding_do_no_harm(tmp_path: Path, suffix: str) -> None:
    film = tmp_path / f"a{suffix}"
    with VideoWriter(film, 10, comment=statement("fomm-lite ÄÖÜ", HOW)) as writer:
        for frame in FRAMES:
            writer.append(frame)
    written = rb"\u00c4\u00d6\u00dc"
    file = film.read_bytes()
    assert file.count(written) == 1
    film.write_bytes(file.replace(written, b"\xe9" * len(written)))  # no UTF-8
    found = read_statement(film)
    assert found is not None and found["made_by"] == "fomm-lite " and len(list(stream_frames(film))) == len(FRAMES)


def test_others_read_it_too(tmp_path: Path) -> None:
    text = statement("fomm-lite 9", {"weights": "faces-64"})
    for suffix in KINDS:
        with VideoWriter(tmp_path / f"a{suffix}", 10, comment=text) as writer:
            for frame in FRAMES:
                writer.append(frame)
    for suffix in (".mp4", ".mov", ".mkv", ".webm"):
        command = [get_ffmpeg_exe(), "-hide_banner", "-i", str(tmp_path / f"a{suffix}")]
        seen = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stderr
        assert text in seen
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 3
        gif.seek(2)
        assert (tmp_path / "a.gif").read_bytes()[-1:] == b";"
    with Image.open(tmp_path / "a.apng") as png:
        assert png.info["Comment"] == text
    with Image.open(tmp_path / "a.webp") as webp:
        described = webp.getxmp()["xmpmeta"]["RDF"]["Description"]["description"]["Alt"]["li"]["text"]
        assert json.loads(described) == json.loads(text)


def test_what_is_no_statement_is_none(tmp_path: Path) -> None:
    assert read_statement(write_image(tmp_path / "a.png", FRAMES[0])) is None
    with VideoWriter(tmp_path / "a.mp4", 10, comment='"a song"') as writer:
        writer.append(FRAMES[0])
    assert read_statement(tmp_path / "a.mp4") is None
    with pytest.raises(InputError, match="does not exist"):
        read_statement(tmp_path / "b.mp4")


@pytest.mark.parametrize("name", ["~x.png", "~x.mp4", "%d.webp", "%03d.gif", "%d.mp4", "%d.apng", "100%.webm"])
def test_odd_names_are_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    if name.endswith(".png"):
        write_image(name, FRAMES[0])
    else:
        write_video(name, FRAMES, 10)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(list(stream_frames(name))) == (1 if name.endswith(".png") else 3)


def test_a_pipe_is_not_written_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="a pipe or device"):
        write_video(tmp_path / "a.mp4", FRAMES, 10)
