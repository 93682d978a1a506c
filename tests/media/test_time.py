"""A flash and a beep at one moment: whatever the container and its stamps, a film made from a clip keeps both there."""

import signal
import subprocess
import wave
from fractions import Fraction
from itertools import accumulate, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.errors import InputError
from fomm_lite.media.clock import clock_of, in_time
from fomm_lite.media.read import clip_part, probe, stream_frames
from fomm_lite.media.write import write_video

MOMENT = 2.0  # seconds: of flash and beep
LENGTH = 3.0
RATE = 25
CONTAINERS = {
    "mp4": ("-c:v", "libx264", "-c:a", "aac"),
    "mov": ("-c:v", "libx264", "-c:a", "pcm_s16le"),
    "mkv": ("-c:v", "libx264", "-c:a", "libopus"),
    "webm": ("-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"),
    "avi": ("-c:v", "mpeg4", "-q:v", "3", "-c:a", "mp3"),
    "ts": ("-c:v", "libx264", "-c:a", "aac"),
    "mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "flv": ("-c:v", "flv1", "-c:a", "mp3", "-ar", "44100"),
}
# What a container cannot say: in an AVI sound has no stamps, in an MPEG program few pictures have one.
UNSAYABLE = {("avi", "late sound"), ("mpg", "varying"), ("mpg", "gap")}
CASES = {
    "constant": "null",
    "varying": "select='not(mod(n,2))+gt(n,44)'",
    "gap": "select='lt(n,18)+gt(n,37)'",
    "late picture": "select='gt(n,12)'",
    "late sound": "null",
    "trimmed": "null",
}


def run(*arguments: object) -> str:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    if done.returncode == -signal.SIGSEGV:
        pytest.skip(
            "the ffmpeg that makes the clips crashes at this one, as Colab's 7.0.2 does at any .ts that it reads"
        )
    done.check_returncode()
    return done.stdout


def made(folder: Path, suffix: str, case: str) -> Path:
    """A clip of that kind with a flash and a beep."""
    white = f"drawbox=c=white:t=fill:enable='between(t,{MOMENT - 0.01},{MOMENT + 0.09})'"
    card = f"color=black:s=64x64:r={RATE}:d={LENGTH},{white}"
    late = 0.6 if case == "late sound" else 0.0
    heard = MOMENT - late
    beep = f"aevalsrc=0.5*sin(2*PI*1000*t)*between(t\\,{heard}\\,{heard + 0.1}):s=48000:d={LENGTH - late}"
    whole, path = folder / f"whole.{suffix}", folder / f"clip.{suffix}"
    run(
        "-f", "lavfi", "-i", card, "-itsoffset", late, "-f", "lavfi", "-i", beep, "-vf", CASES[case],
        "-fps_mode", "vfr", "-g", "10", "-pix_fmt", "yuv420p", *CONTAINERS[suffix], whole,
    )  # fmt: skip
    if case != "trimmed":
        return whole
    run("-ss", "0.7", "-i", whole, "-c", "copy", path)
    return path


def flash(path: Path) -> float:
    """When the picture is white, by our reader of a film of constant rate."""
    bright = [float(frame.mean()) for frame in stream_frames(path)]
    return bright.index(max(bright)) / probe(path).fps


def beep(path: Path, folder: Path) -> float:
    """When the sound begins, by an ffmpeg of its own: samples at their stamps."""
    run("-i", path, "-vn", "-af", "aresample=async=1:first_pts=0", "-ac", 1, "-ar", 16000, folder / "sound.wav")
    with wave.open(str(folder / "sound.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    loud = np.abs(samples.astype(float)) > 4000
    return int(loud.argmax()) / 16000


@pytest.mark.parametrize(
    ("suffix", "case"),
    [pair for pair in product(CONTAINERS, CASES) if pair not in UNSAYABLE],
    ids=lambda name: name.replace(" ", "-"),
)
def test_flash_and_beep_stay_at_their_moment(tmp_path: Path, suffix: str, case: str) -> None:
    clip = made(tmp_path, suffix, case)
    info = probe(clip)
    film = write_video(tmp_path / "film.mp4", stream_frames(clip), info.fps, audio_from=clip)
    moment = beep(clip, tmp_path) if case == "trimmed" else MOMENT
    heard, shown = beep(film, tmp_path), flash(film)
    frame = 1.1 / RATE
    assert shown == pytest.approx(heard, abs=frame)
    assert shown == pytest.approx(moment, abs=frame) and heard == pytest.approx(moment, abs=frame)
    length = LENGTH - MOMENT + moment
    assert info.fps == RATE and info.frames == pytest.approx(length * RATE, abs=1.1)
    assert probe(film).frames == info.frames


@pytest.mark.parametrize("target", ["film.mov", "film.mkv", "film.webm"])
@pytest.mark.parametrize("case", ["varying", "late picture", "late sound"])
def test_every_film_keeps_them_together(tmp_path: Path, case: str, target: str) -> None:
    clip = made(tmp_path, "mkv", case)
    film = write_video(tmp_path / target, stream_frames(clip), probe(clip).fps, audio_from=clip)
    assert flash(film) == pytest.approx(MOMENT, abs=1.1 / RATE)
    assert beep(film, tmp_path) == pytest.approx(MOMENT, abs=1.1 / RATE)


def test_a_part_begins_and_ends_where_it_was_told(tmp_path: Path) -> None:
    clip = made(tmp_path, "mp4", "varying")
    start, count = clip_part(probe(clip), 1.5, 2.5)
    frames = stream_frames(clip, start=1.5, end=2.5)
    film = write_video(tmp_path / "film.mp4", frames, probe(clip).fps, audio_from=clip, audio_start=start)
    assert count == probe(film).frames == pytest.approx(RATE, abs=1)
    assert flash(film) == pytest.approx(0.5, abs=1.1 / RATE)
    assert beep(film, tmp_path) == pytest.approx(0.5, abs=1.1 / RATE)
    for part in ((2.0, 1.0), (-1.0, 2.0), (5.0, None), (float("nan"), None)):
        with pytest.raises(InputError, match="a start before the end"):
            stream_frames(clip, start=part[0], end=part[1])


def test_time_lapse_slower_than_a_hundredth_of_a_frame_a_second(tmp_path: Path) -> None:
    card = "testsrc2=s=32x32:r=1/200:d=1600"
    run("-f", "lavfi", "-i", card, "-pix_fmt", "yuv420p", "-c:v", "libx264", tmp_path / "a.mkv")
    for path in (tmp_path / "a.mkv", write_video(tmp_path / "b.mp4", stream_frames(tmp_path / "a.mkv"), fps=1 / 200)):
        info = probe(path)
        assert info.fps == pytest.approx(1 / 200) and info.frames == len(list(stream_frames(path))) == 8


def test_raw_h264_has_the_rate_that_it_names(tmp_path: Path) -> None:
    run("-f", "lavfi", "-i", "testsrc2=s=32x32:r=10:d=2", "-pix_fmt", "yuv420p", "-c:v", "libx264", tmp_path / "a.h264")
    info = probe(tmp_path / "a.h264")
    assert (info.fps, info.frames) == (10.0, 20)
    assert len(list(stream_frames(tmp_path / "a.h264"))) == 20


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "avif"])
def test_pictures_that_last_unequally(tmp_path: Path, suffix: str) -> None:
    shades = [Image.new("RGB", (16, 16), (20 * step, 0, 0)) for step in range(10)]
    path = tmp_path / f"a.{suffix}"
    shades[0].save(path, save_all=True, append_images=shades[1:], duration=[50] * 9 + [1550], lossless=True)
    assert (probe(path).fps, probe(path).frames) == (20.0, 40)
    red = [float(frame[0].mean()) * 255 for frame in stream_frames(path)]
    assert red == pytest.approx([20 * min(step, 9) for step in range(40)], abs=4)


class TestClock:
    @given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(0, 500), st.integers(1, 400))
    @example([1] * 6, 0, 119)  # ends in the middle of an output picture
    def test_no_picture_is_more_than_half_an_output_frame_off(self, steps: list[int], lead: int, last: int) -> None:
        stamps = [Fraction(tick, 1000) for tick in accumulate(steps, initial=lead)]
        clock = clock_of(stamps, Fraction(last, 1000))
        shown = list(in_time(zip(stamps, range(len(stamps)), strict=True), clock))
        assert len(shown) == clock.frames and shown == sorted(shown)
        if clock.even:
            assert sorted(set(shown)) == list(range(len(stamps)))
        for output, picture in enumerate(shown):
            seconds = output / clock.fps
            assert picture == 0 or stamps[picture] <= seconds + (Fraction(13, 10) / clock.fps)
            if picture + 1 < len(stamps):
                assert seconds <= stamps[picture + 1] + Fraction(13, 10) / clock.fps

    def test_ntsc_in_rounded_stamps_is_known(self) -> None:
        stamps = [Fraction(round(index * 1001 / 30), 1000) for index in range(400)]
        assert clock_of(stamps, Fraction(33, 1000)).fps == Fraction(30000, 1001)

    def test_a_promised_rate_is_not_believed_against_the_stamps(self) -> None:
        stamps = [Fraction(index, 12) for index in range(20)]
        assert clock_of(stamps, Fraction(1, 12), nominal=Fraction(30)).fps == 12
