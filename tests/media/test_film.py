"""Frames in any order are those of the stream, and of a long clip only what is needed is decoded."""

import subprocess
from pathlib import Path

import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.errors import InputError
from fomm_lite.media import decode
from fomm_lite.media.film import Film
from fomm_lite.media.read import stream_frames

# key frames far apart and near, closed and open groups, reordered frames, containers with other clocks, sound first
ENCODINGS = {
    "closed.mp4": "-c:v libx264 -g 8 -bf 3",
    "open.mp4": "-c:v libx264 -g 8 -bf 3 -x264-params open-gop=1:b-pyramid=normal",
    "one.mkv": "-c:v libx264 -g 250 -bf 2",
    "vp9.webm": "-c:v libvpx-vp9 -g 7",
    "part4.mp4": "-c:v mpeg4 -g 9 -bf 2",
    "old.avi": "-c:v mpeg4 -g 9 -bf 2",
    "stream.ts": "-c:v mpeg2video -g 9 -bf 2",
    "raw.h264": "-c:v libx264 -g 8 -bf 2",
    "varying.mp4": "-c:v libx264 -g 8 -bf 2 -vf setpts='(N+if(gt(mod(N\\,7)\\,4)\\,0.8\\,0))/20/TB' -fps_mode vfr",
    "late.mkv": "-c:v libx264 -g 8 -vf setpts='PTS+0.3/TB' -f lavfi -i sine=d=2 -c:a aac",
}


def encoded(path: Path, options: str, seconds: float = 2) -> Path:
    picture, _, sound = options.partition("-f lavfi -i ")
    inputs = ["-f", "lavfi", "-i", f"testsrc2=s=48x32:r=20:d={seconds}"]
    if sound:
        inputs += ["-f", "lavfi", "-i", sound.split()[0]]
    written = [*picture.replace("'", "").split(), *sound.split()[1:], "-pix_fmt", "yuv420p"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *inputs, *written, str(path)], check=True)
    return path


@pytest.mark.parametrize("name", ENCODINGS)
def test_any_frame_is_that_of_the_stream(name: str, tmp_path: Path) -> None:
    path = encoded(tmp_path / name, ENCODINGS[name])
    streamed = list(stream_frames(path, 16))
    film = Film(path, 16)
    assert len(film) == len(streamed) >= 30
    for number in (*reversed(range(len(film))), 5):
        assert torch.equal(film[number], streamed[number]), number


def test_a_long_video_is_decoded_from_the_key_frame_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = Film(encoded(tmp_path / "long.mp4", "-c:v libx264 -g 10 -bf 2", seconds=60), 16)
    wanted = list(stream_frames(film.path, 16, start=50))[0]
    decoded, whole = [], decode._decoded

    def counted(*arguments, **named):
        for item in whole(*arguments, **named):
            decoded.append(item)
            yield item

    monkeypatch.setattr(decode, "_decoded", counted)
    assert torch.equal(film[1000], wanted)
    assert len(decoded) < 30


def test_folders_and_pictures(tmp_path: Path) -> None:
    colours = [(20 * t, 255 - 20 * t, 7) for t in range(12)]
    pictures = [Image.new("RGB", (10, 8), colour) for colour in colours]
    (tmp_path / "folder").mkdir()
    for t, picture in enumerate(pictures):
        picture.save(tmp_path / "folder" / f"{t}.png")
    pictures[0].save(tmp_path / "moving.gif", save_all=True, append_images=pictures[1:], duration=100)
    pictures[0].save(tmp_path / "still.png")
    strip = Image.new("RGB", (24, 8))
    strip.paste(colours[3], (8, 0, 16, 8))
    strip.save(tmp_path / "strip.png")
    for name, count in (("folder", 12), ("moving.gif", 12), ("still.png", 1), ("strip.png", 3)):
        film, streamed = Film(tmp_path / name, 6), list(stream_frames(tmp_path / name, 6))
        assert len(film) == len(streamed) == count
        assert all(torch.equal(film[t], streamed[t]) for t in range(count))
        assert torch.equal(film[-1], streamed[-1])
        with pytest.raises(IndexError):
            film[count]
    assert Film(tmp_path / "folder", 6).is_folder


def test_a_frame_that_went_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "clip").mkdir()
    for t in range(3):
        Image.new("RGB", (8, 8)).save(tmp_path / "clip" / f"{t}.png")
    film = Film(tmp_path / "clip", 8)
    (tmp_path / "clip" / "1.png").unlink()
    assert film[2].shape == (3, 8, 8)
    with pytest.raises(InputError, match=r"1\.png, which does not exist"):
        film[1]
