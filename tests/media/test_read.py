"""Reading pictures and clips: every format people have, and one clear line for what is broken."""

import gc
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from av.video.frame import VideoFrame
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media import decode as videos
from fomm_lite.media.read import audio_codec, natural_order, probe, read_image, stream_frames

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def run_ffmpeg(*arguments: object) -> None:
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", *map(str, arguments)], check=True)


def make_video(path: Path, *options: object, frames: int = 10, size: str = "64x48", fps: int = 10) -> Path:
    """A test card with sound, except where the options say otherwise."""
    card = f"testsrc2=s={size}:r={fps}:d={frames / fps}"
    pixels = () if "-pix_fmt" in options else ("-pix_fmt", "yuv420p")
    sound = f"sine=d={frames / fps + 1}"
    run_ffmpeg("-f", "lavfi", "-i", card, "-f", "lavfi", "-i", sound, "-shortest", *pixels, *options, path)
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("video") / "card.mp4", "-movflags", "+faststart", frames=40)


class TestPictureClips:
    def test_gif_with_transparency_is_composited(self, tmp_path: Path) -> None:
        first = Image.new("RGBA", (8, 8), (255, 0, 0, 255))
        first.paste((0, 0, 0, 0), (4, 0, 8, 8))
        second = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
        second.paste((0, 0, 255, 255), (0, 0, 2, 8))
        first.save(tmp_path / "a.gif", save_all=True, append_images=[second], duration=[50, 150], disposal=1)
        one, two, three, four = stream_frames(tmp_path / "a.gif")
        assert torch.equal(two, three) and torch.equal(two, four)
        assert torch.equal(one[:, 0, 2], torch.tensor([1.0, 0, 0]))
        assert torch.equal(one[:, 0, 6], torch.ones(3))
        assert torch.equal(two[:, 0, 0], torch.tensor([0.0, 0, 1]))
        assert torch.equal(two[:, 0, 2], torch.tensor([1.0, 0, 0]))  # left over from the first
        info = probe(tmp_path / "a.gif")
        assert (info.width, info.height, info.fps, info.frames, info.has_audio) == (8, 8, 20.0, 4, False)

    @pytest.mark.parametrize("suffix", ["webp", "png"])
    def test_animated_webp_and_png(self, tmp_path: Path, suffix: str) -> None:
        frames = [Image.new("RGB", (6, 4), colour) for colour in (RED, GREEN, BLUE)]
        frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], duration=40, lossless=True)
        read = torch.stack(list(stream_frames(tmp_path / f"a.{suffix}")))
        assert torch.equal(read[:, :, 0, 0], torch.eye(3))
        assert probe(tmp_path / f"a.{suffix}").fps == 25

    def test_cover_of_an_animated_png_is_left_out(self, tmp_path: Path) -> None:
        cover, *film = [Image.new("RGB", (4, 4), colour) for colour in (WHITE, RED, GREEN)]
        cover.save(tmp_path / "a.png", save_all=True, default_image=True, append_images=film, duration=100)
        assert [frame[:, 0, 0].tolist() for frame in stream_frames(tmp_path / "a.png")] == [[1, 0, 0], [0, 1, 0]]
        assert probe(tmp_path / "a.png").frames == 2

    def test_stacked_frames_named_jpg_but_png_with_alpha(self, tmp_path: Path) -> None:
        strip = np.concatenate([np.full((8, 8, 4), (*colour, 255), np.uint8) for colour in (RED, GREEN, BLUE)], axis=1)
        with (tmp_path / "0001.jpg").open("wb") as file:
            Image.fromarray(strip).save(file, format="PNG")
        read = torch.stack(list(stream_frames(tmp_path / "0001.jpg")))
        assert read.shape == (3, 3, 8, 8)
        assert torch.equal(read[:, :, 4, 4], torch.eye(3))
        info = probe(tmp_path / "0001.jpg")
        assert (info.width, info.height, info.frames, info.fps) == (8, 8, 3, 25.0)

    def test_still_is_one_frame(self, tmp_path: Path) -> None:
        Image.new("RGB", (16, 9), GREEN).save(tmp_path / "a.png")
        (frame,) = stream_frames(tmp_path / "a.png")
        assert torch.equal(frame, torch.tensor([0.0, 1, 0]).view(3, 1, 1).expand(3, 9, 16))

    def test_folder_counts_as_a_person_does(self, tmp_path: Path) -> None:
        for number in (10, 9, 2, 1):
            Image.new("RGB", (4, 4), (number, 0, 0)).save(tmp_path / f"frame{number}.png")
        (tmp_path / "notes.txt").write_text("not a frame", encoding="utf-8")
        (tmp_path / ".hidden.png").write_bytes(b"")
        assert [round(float(frame[0, 0, 0]) * 255) for frame in stream_frames(tmp_path)] == [1, 2, 9, 10]
        assert probe(tmp_path).frames == 4

    def test_natural_order_mixes_letters_and_numbers(self) -> None:
        names = [Path(name) for name in ("b1", "a10", "a9b2", "a9", "7", "A1")]
        assert [path.name for path in sorted(names, key=natural_order)] == ["7", "A1", "a9", "a9b2", "a10", "b1"]


class TestVideos:
    @pytest.mark.parametrize(
        ("name", "options"),
        [
            ("a.mp4", ("-c:v", "libx264")),
            ("a.mov", ("-c:v", "libx264")),
            ("a.mkv", ("-c:v", "libx264")),
            ("a.avi", ("-c:v", "mpeg4", "-q:v", 2)),
            ("a.webm", ("-c:v", "libvpx-vp9", "-cpu-used", 8, "-crf", 10, "-b:v", 0)),
            ("odd size, 4-4-4: even a colon.mp4", ("-pix_fmt", "yuv444p", "-vf", "crop=63:47:0:0:exact=1")),
        ],
    )
    def test_containers(self, tmp_path: Path, name: str, options: tuple[object, ...]) -> None:
        path = make_video(tmp_path / name.replace(":", "_"), *options)
        path = path.rename(tmp_path / name)
        info = probe(path)
        frames = list(stream_frames(path))
        assert info.frames == len(frames) == 10
        assert (info.fps, info.has_audio) == (10.0, True)
        assert {tuple(frame.shape) for frame in frames} == {(3, info.height, info.width)}
        assert (info.width, info.height) == ((63, 47) if "odd" in name else (64, 48))
        assert 0 <= min(frame.min() for frame in frames) and max(frame.max() for frame in frames) <= 1
        assert frames[0].std() > 0.2  # the test card, not a grey field

    def test_colours_are_right(self, tmp_path: Path) -> None:
        options = ("-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-pix_fmt", "yuv444p", "-crf", 1)
        run_ffmpeg("-f", "lavfi", "-i", "color=0xE08030:s=32x32:d=0.2", *options, tmp_path / "a.mp4")
        frame = next(iter(stream_frames(tmp_path / "a.mp4")))
        expected = torch.tensor([0xE0, 0x80, 0x30]).view(3, 1, 1).expand(3, 32, 32) / 255
        torch.testing.assert_close(frame, expected, atol=0.012, rtol=0)

    @pytest.mark.parametrize("angle", [90, 180, 270])
    def test_turned_phone_video_is_upright(self, tmp_path: Path, angle: int, video: Path) -> None:
        run_ffmpeg("-display_rotation", angle, "-i", video, "-c", "copy", tmp_path / "turned.mp4")
        straight = next(iter(stream_frames(video)))
        turned = next(iter(stream_frames(tmp_path / "turned.mp4")))
        torch.testing.assert_close(turned, torch.rot90(straight, angle // 90, (1, 2)), atol=0.1, rtol=0)
        info = probe(tmp_path / "turned.mp4")
        assert (info.height, info.width) == tuple(turned.shape[1:])

    def test_oblong_pixels_are_made_square(self, tmp_path: Path) -> None:
        path = make_video(tmp_path / "a.mp4", "-vf", "setsar=2/1")
        info = probe(path)
        assert (info.width, info.height) == (128, 48)
        assert next(iter(stream_frames(path))).shape == (3, 48, 128)

    def test_video_and_picture_are_cut_and_resized_alike(self, tmp_path: Path, video: Path) -> None:
        full = next(iter(stream_frames(video)))
        Image.fromarray((full * 255).round().byte().permute(1, 2, 0).numpy()).save(tmp_path / "first.png")
        for size, fit in ((24, False), (96, False), (24, True)):
            frame = next(iter(stream_frames(video, size, fit)))
            picture = read_image(tmp_path / "first.png", size, fit)
            assert frame.shape == picture.shape == (3, size, size)
            # Not exactly: one halved colour planes and then made RGB, the other the reverse.
            assert (frame - picture).abs().mean() < 0.03

    def test_varying_frame_rate_is_shown_at_its_moments(self, tmp_path: Path) -> None:
        # Every frame of the first second, every second one of the three that follow: 25 frames in 4 seconds.
        select = "select='lt(n,10)+not(mod(n,2))'"
        path = make_video(tmp_path / "a.mp4", "-vf", select, "-fps_mode", "vfr", "-an", frames=40)
        info = probe(path)
        assert info.fps == 10
        frames = list(stream_frames(path))
        assert info.frames == len(frames) == pytest.approx(40, abs=1)
        filmed = list(stream_frames(make_video(tmp_path / "steady.mp4", frames=40)))
        for moment in range(0, 38, 5):
            nearest = min(range(40), key=lambda index: float((filmed[index] - frames[moment]).abs().mean()))
            assert nearest == pytest.approx(moment, abs=1)

    def test_thirty_thousand_thousand_firsts(self, tmp_path: Path) -> None:
        path = make_video(tmp_path / "a.mp4", "-r", "30000/1001", fps=30, frames=12)
        assert probe(path).fps == pytest.approx(30000 / 1001, abs=1e-9)

    def test_audio_codec(self, tmp_path: Path, video: Path) -> None:
        assert audio_codec(video) == "aac"
        silent = make_video(tmp_path / "silent.mp4", "-an")
        assert audio_codec(silent) is None
        assert probe(silent).has_audio is False
        Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
        assert audio_codec(tmp_path / "a.png") is None
        assert audio_codec(tmp_path) is None

    def test_first_frame_arrives_before_the_rest_and_closing_closes_the_file(
        self, video: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown: list[object] = []

        class Recorded(videos.Screen):
            def __call__(self, frame: VideoFrame) -> Tensor:
                shown.append(frame)
                return super().__call__(frame)

        frames = stream_frames(video, size=512)
        monkeypatch.setattr(videos, "Screen", Recorded)
        next(frames)
        assert len(shown) == 1
        name = os.path.realpath(video)
        assert name in open_files()
        frames.close()
        assert name not in open_files()


def open_files() -> list[str]:
    """Files that this process has open."""
    return [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]


def broken_inputs(folder: Path, video: Path) -> Iterator[tuple[Path, str]]:
    """Every bad clip, and what the one line must say about it."""
    yield folder / "nowhere.mp4", "does not exist"
    (folder / "empty.mp4").touch()
    yield folder / "empty.mp4", "empty file"
    (folder / "letter.mp4").write_text("Dear reader,\nthis is no film.\n" * 50, encoding="utf-8")
    yield folder / "letter.mp4", "no picture and no video"
    (folder / "letter.txt").write_text("ffmpeg would film this text.\n" * 50, encoding="utf-8")
    yield folder / "letter.txt", "no picture and no video"
    (folder / "half.mp4").write_bytes(video.read_bytes()[: video.stat().st_size * 6 // 10])
    yield folder / "half.mp4", "of 40 frames"
    for suffix in ("mkv", "avi"):
        whole = make_video(folder / f"whole.{suffix}", "-an", "-c:v", "mpeg4", "-g", 1, frames=40)
        (folder / f"half.{suffix}").write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
        yield folder / f"half.{suffix}", "cut short: it ends after"
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=0.2", folder / "sound.mp3")
    yield folder / "sound.mp3", "no video stream"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)).save(folder / "a.png")
    for suffix in ("png", "jpg", "gif", "webp"):
        Image.open(folder / "a.png").save(folder / f"whole.{suffix}")
        bytes_of = (folder / f"whole.{suffix}").read_bytes()
        (folder / f"half.{suffix}").write_bytes(bytes_of[: len(bytes_of) // 2])
        yield folder / f"half.{suffix}", "broken"
    (folder / "no frames").mkdir()
    yield folder / "no frames", "a folder without frames"
    (folder / "mixed").mkdir()
    Image.new("RGB", (4, 4)).save(folder / "mixed" / "1.png")
    Image.new("RGB", (4, 6)).save(folder / "mixed" / "2.png")
    yield folder / "mixed", "1.png is 4x4 but 2.png is 4x6"


def test_broken_clips_fail_at_the_call_with_one_line(tmp_path: Path, video: Path) -> None:
    for path, reason in broken_inputs(tmp_path, video):
        for read in (stream_frames, probe):
            with pytest.raises(InputError) as caught:
                read(path)
            line = str(caught.value)
            assert reason in line and path.name in line
            assert "\n" not in line and len(line) < 350 + len(str(path)), line


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.mp4").write_bytes(b"locked")
    monkeypatch.setattr(Path, "open", refuse)  # a test may run as root, whom no permission stops
    with pytest.raises(InputError, match="Permission denied"):
        stream_frames(tmp_path / "a.mp4")


def test_gif_that_breaks_midway_names_how_many_frames_were_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (6, 40, 40, 3), dtype=np.uint8)
    frames = [Image.fromarray(frame) for frame in noise]
    frames[0].save(tmp_path / "whole.gif", save_all=True, append_images=frames[1:])
    whole = (tmp_path / "whole.gif").read_bytes()
    (tmp_path / "half.gif").write_bytes(whole[: len(whole) * 6 // 10])
    with pytest.raises(InputError, match="broken after [1-5] good frames"):
        list(stream_frames(tmp_path / "half.gif"))


def test_video_that_breaks_while_decoding_is_told(video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = stream_frames(video)
    monkeypatch.setattr(videos, "_decoded", lambda *_: iter(()))
    with pytest.raises(InputError, match="broken after 0 good frames"):
        list(frames)


def test_damage_in_the_middle_costs_only_what_it_hit(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", "-an", "-c:v", "mjpeg", "-strict", "unofficial", frames=20)
    whole = bytearray(path.read_bytes())
    middle = whole.index(b"\xff\xd8\xff", len(whole) // 2)
    whole[middle : middle + 400] = bytes(400)
    path.write_bytes(whole)
    assert 17 <= len(list(stream_frames(path))) <= 20


def test_frames_are_let_go_without_a_garbage_collector(video: Path) -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in stream_frames(video):
            pass
        assert sum(type(thing) is VideoFrame for thing in gc.get_objects()) <= 2
    finally:
        gc.enable()
