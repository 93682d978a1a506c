"""Writing pictures and videos: right colours, right length, and whole or not at all."""

import os
import re
import subprocess
import tempfile
from math import ceil
from pathlib import Path

import av
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d

from fomm_lite.errors import InputError
from fomm_lite.media import write as writing
from fomm_lite.media.read import audio_codec, probe, read_image, stream_frames
from fomm_lite.media.write import VideoWriter, write_image, write_video


def run_ffmpeg(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """An ffmpeg of its own, as a witness."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *arguments]
    return subprocess.run(command, capture_output=True, check=False)


FORMATS = ["mp4", "mov", "mkv", "webm", "gif", "webp", "apng"]


def smooth_frames(count: int, height: int = 48, width: int = 64) -> Tensor:
    """Colour ramps that drift: (count 3 height width), with nothing that 4:2:0 colour would smear."""
    time = torch.linspace(0, 1, count).view(-1, 1, 1)
    y = torch.linspace(0, 1, height).view(1, -1, 1)
    x = torch.linspace(0, 1, width).view(1, 1, -1)
    red, green, blue = torch.broadcast_tensors(0.2 + 0.6 * x + 0.2 * time, 0.9 - 0.6 * y, 0.1 + 0.7 * time)
    return torch.stack([red, green, blue], dim=1)


def with_sound(path: Path, *codec: str, seconds: float = 3.0, picture: bool = True) -> Path:
    card = ("-f", "lavfi", "-i", f"color=red:s=32x32:r=10:d={seconds}", "-pix_fmt", "yuv420p") if picture else ()
    done = run_ffmpeg("-f", "lavfi", "-i", f"sine=d={seconds}", *card, *codec, str(path))
    assert done.returncode == 0, done.stderr
    return path


def sound_seconds(path: Path) -> float:
    """Length of the sound track, by decoding it."""
    log = run_ffmpeg("-i", str(path), "-map", "0:a:0", "-f", "null", "-").stderr.decode()
    return float(re.findall(r"time=00:00:([\d.]+)", log)[-1])


class TestWriteImage:
    @pytest.mark.parametrize(("suffix", "error"), [("png", 0.002), ("jpg", 0.01), ("JPEG", 0.01), ("webp", 0.02)])
    def test_round_trip(self, tmp_path: Path, suffix: str, error: float) -> None:
        image = smooth_frames(1)[0]
        path = write_image(tmp_path / "new folder" / f"a.{suffix}", image)
        assert (read_image(path) - image).abs().mean() < error
        assert os.listdir(path.parent) == [path.name]

    def test_values_are_clipped_and_rounded(self, tmp_path: Path) -> None:
        image = torch.tensor([-1.0, 2.0, 0.4999]).view(3, 1, 1).expand(3, 2, 2)
        path = write_image(tmp_path / "a.png", image)
        assert Image.open(path).getpixel((0, 0)) == (0, 255, 127)

    def test_bad_images_and_names(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"\.png \.jpg \.jpeg \.webp"):
            write_image(tmp_path / "a.xyz", torch.zeros(3, 2, 2))
        with pytest.raises(InputError, match="NaN"):
            write_image(tmp_path / "a.png", torch.full((3, 2, 2), torch.nan))
        assert os.listdir(tmp_path) == []


class TestRoundTrip:
    @pytest.mark.parametrize("suffix", FORMATS)
    def test_frames_come_back(self, tmp_path: Path, suffix: str) -> None:
        frames = smooth_frames(12)
        path = write_video(tmp_path / f"a.{suffix}", frames, fps=12.5)
        read = torch.stack(list(stream_frames(path)))
        assert read.shape == frames.shape
        # A GIF has 256 colours and mixes the others from dots, so all are compared by the mean of small patches.
        error = avg_pool2d(read - frames, 8).abs()
        assert error.mean(dim=(0, 2, 3)).max() < (0.02 if suffix == "gif" else 0.008)
        info = probe(path)
        assert info.frames == 12 and not info.has_audio
        assert info.fps == pytest.approx(12.5, abs=0.01)
        assert os.listdir(tmp_path) == [path.name]

    @pytest.mark.parametrize("suffix", FORMATS)
    def test_the_same_frames_make_the_same_file(self, tmp_path: Path, suffix: str) -> None:
        frames = smooth_frames(3, 128, 128)  # on fewer pixels x264 has a will of its own
        made = {write_video(tmp_path / f"{turn}.{suffix}", frames, fps=12.5).read_bytes() for turn in range(3)}
        assert len(made) == 1

    @pytest.mark.parametrize(("height", "width"), [(33, 47), (1, 1), (64, 33)])
    @pytest.mark.parametrize("suffix", ["mp4", "webm", "gif", "webp"])
    def test_odd_sizes(self, tmp_path: Path, suffix: str, height: int, width: int) -> None:
        frames = smooth_frames(3, height, width)
        read = torch.stack(list(stream_frames(write_video(tmp_path / f"a.{suffix}", frames, fps=25))))
        if suffix in ("mp4", "webm"):
            assert read.shape == (3, 3, 2 * ceil(height / 2), 2 * ceil(width / 2))
            beyond = read[..., -1] if width % 2 else read[..., -1, :]
            last = read[..., -2] if width % 2 else read[..., -2, :]
            torch.testing.assert_close(beyond, last, atol=0.05, rtol=0)  # the edge repeated, no black line
        else:
            assert read.shape == (3, 3, height, width)
        assert (read[..., :height, :width] - frames).abs().mean() < 0.03

    @pytest.mark.parametrize(("asked", "got"), [(30.0, 30.0), (24000 / 1001, 24000 / 1001), (60.0, 50.0)])
    def test_gif_keeps_the_rate_up_to_fifty(self, tmp_path: Path, asked: float, got: float) -> None:
        frames = smooth_frames(60, 16, 16)
        info = probe(write_video(tmp_path / "a.gif", frames, fps=asked))
        assert info.fps == pytest.approx(got, rel=0.03)
        assert info.frames is not None
        assert info.frames / info.fps == pytest.approx(60 / asked, rel=0.03)  # as long as it was

    @pytest.mark.parametrize("suffix", ["gif", "webp"])
    def test_animations_loop_and_equal_frames_take_their_time(self, tmp_path: Path, suffix: str) -> None:
        frames = smooth_frames(2).repeat_interleave(4, dim=0)
        path = write_video(tmp_path / f"a.{suffix}", frames, fps=10)
        with Image.open(path) as picture:
            assert picture.info["loop"] == 0
        info = probe(path)
        assert info.frames is not None
        assert info.frames / info.fps == pytest.approx(0.8, abs=0.01)

    def test_mp4_is_what_browsers_play(self, tmp_path: Path) -> None:
        path = write_video(tmp_path / "a.mp4", smooth_frames(5), fps=30000 / 1001)
        log = run_ffmpeg("-i", str(path)).stderr.decode()
        assert re.search(r"Video: h264.*yuv420p\(tv, bt709.*29\.97 fps", log)
        bytes_of = path.read_bytes()
        assert bytes_of.index(b"moov") < bytes_of.index(b"mdat")  # the index comes first


class TestSound:
    @pytest.mark.parametrize(
        ("suffix", "codec", "expected"),
        [
            ("mp4", "aac", "aac"),
            ("mov", "aac", "aac"),
            ("mkv", "libopus", "opus"),
            ("mp4", "libopus", "aac"),
            ("webm", "aac", "opus"),
        ],
    )
    def test_sound_is_kept_and_cut_to_the_video(self, tmp_path: Path, suffix: str, codec: str, expected: str) -> None:
        source = with_sound(tmp_path / "source.mkv", "-c:a", codec)
        path = write_video(tmp_path / "out" / f"a.{suffix}", smooth_frames(10), fps=10, audio_from=source)
        assert audio_codec(path) == expected
        assert sound_seconds(path) == pytest.approx(1.0, abs=0.1)
        assert len(list(stream_frames(path))) == 10
        assert os.listdir(path.parent) == [path.name]

    def test_short_sound_does_not_cut_the_video(self, tmp_path: Path) -> None:
        source = with_sound(tmp_path / "source.wav", seconds=0.5, picture=False)
        path = write_video(tmp_path / "a.mp4", smooth_frames(20), fps=10, audio_from=source)
        assert len(list(stream_frames(path))) == 20
        assert sound_seconds(path) == pytest.approx(0.5, abs=0.1)

    def test_no_sound_there_means_no_sound_here(self, tmp_path: Path) -> None:
        silent = write_video(tmp_path / "silent.mp4", smooth_frames(3), fps=10)
        picture = write_image(tmp_path / "a.png", smooth_frames(1)[0])
        for number, source in enumerate((silent, picture, tmp_path)):
            path = write_video(tmp_path / f"{number}.mp4", smooth_frames(3), fps=10, audio_from=source)
            assert audio_codec(path) is None
        loud = with_sound(tmp_path / "loud.mp4", seconds=0.5)
        assert probe(write_video(tmp_path / "a.gif", smooth_frames(3), fps=10, audio_from=loud)).frames == 3

    def test_missing_sound_file_fails_before_any_work(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="does not exist"):
            VideoWriter(tmp_path / "a.mp4", 10, audio_from=tmp_path / "nowhere.mp3")


class TestWholeOrNotAtAll:
    @pytest.mark.parametrize("suffix", FORMATS)
    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
    def test_an_error_leaves_the_older_file_and_nothing_else(
        self, tmp_path: Path, suffix: str, error: type[BaseException]
    ) -> None:
        path = tmp_path / f"a.{suffix}"
        path.write_bytes(b"older")
        with pytest.raises(error, match="midway"), VideoWriter(path, 25) as writer:
            writer.append(smooth_frames(1)[0])
            raise error("midway")
        assert os.listdir(tmp_path) == [path.name]
        assert path.read_bytes() == b"older"

    def test_interrupt_while_finishing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        writer = VideoWriter(tmp_path / "a.gif", 25)
        monkeypatch.setattr(writing, "gif_from", interrupt)
        with pytest.raises(KeyboardInterrupt), writer:
            writer.append(smooth_frames(1)[0])
        assert os.listdir(tmp_path) == []

    def test_older_file_is_replaced_and_none_appears_before_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(b"older")
        with VideoWriter(path, 25) as writer:
            writer.append(smooth_frames(1)[0])
            assert path.read_bytes() == b"older"
        assert probe(path).frames == 1
        assert os.listdir(tmp_path) == [path.name]

    @pytest.mark.parametrize("when", ["append", "finish"])
    def test_a_full_disk_is_told_in_one_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
        def refuse(*_: object) -> None:
            raise av.error.OSError(28, "No space left on device")

        monkeypatch.setattr(writing.Film, when, refuse)
        with (
            pytest.raises(OSError, match="cannot write .*a.mp4: no space left on ") as caught,
            VideoWriter(tmp_path / "a.mp4", 25) as writer,
        ):
            writer.append(smooth_frames(1)[0])
        assert "\n" not in str(caught.value)
        assert os.listdir(tmp_path) == []

    def test_no_frames(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no frames"):
            write_video(tmp_path / "a.mp4", [], fps=25)
        assert os.listdir(tmp_path) == []


class TestBadInput:
    def test_unknown_suffix_lists_the_known_ones(self, tmp_path: Path) -> None:
        for name in ("a.xyz", "noname", "a.png"):
            with pytest.raises(InputError, match=r"\.mp4 \.mov \.mkv \.webm \.gif \.webp \.apng"):
                VideoWriter(tmp_path / name, 25)

    @pytest.mark.parametrize("fps", [0.0, -5.0, float("nan"), float("inf")])
    def test_bad_rate(self, tmp_path: Path, fps: float) -> None:
        with pytest.raises(InputError, match="frames per second"):
            VideoWriter(tmp_path / "a.mp4", fps)

    def test_places_that_cannot_be_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "folder.mp4").mkdir()
        with pytest.raises(InputError, match="which is a folder"):
            VideoWriter(tmp_path / "folder.mp4", 25)
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="Not a directory|File exists"):
            VideoWriter(tmp_path / "file" / "a.mp4", 25)
        # A test may run as root, whom no permission stops: so permissions are acted out.
        (tmp_path / "kept.mp4").touch()
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(InputError, match="write-protected"):
            VideoWriter(tmp_path / "kept.mp4", 25)

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(tempfile, "mkdtemp", refuse)
        with pytest.raises(InputError, match="Permission denied"):
            VideoWriter(tmp_path / "a.mp4", 25)

    def test_frames_of_two_sizes(self, tmp_path: Path) -> None:
        with (
            pytest.raises(InputError, match="frame 1 of 6x4; expected 8x4"),
            VideoWriter(tmp_path / "a.mp4", 25) as writer,
        ):
            writer.append(torch.zeros(3, 4, 8))
            writer.append(torch.zeros(3, 4, 6))
        assert os.listdir(tmp_path) == []

    def test_frame_outside_with(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="outside"):
            VideoWriter(tmp_path / "a.mp4", 25).append(torch.zeros(3, 4, 4))

    def test_webm_without_vp9(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writing, "codecs_available", {"libx264"})
        with pytest.raises(InputError, match="no libvpx-vp9"):
            VideoWriter(tmp_path / "a.webm", 25)


@pytest.mark.parametrize("suffix", ["mp4", "gif", "webp"])
def test_a_rate_that_rounds_to_none_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InputError, match="got 1e-09 frames per second; expected 1e-06 or more"):
        VideoWriter(tmp_path / f"a.{suffix}", 1e-9)
    assert list(tmp_path.iterdir()) == []
