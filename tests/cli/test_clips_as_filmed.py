"""Clips as they were filmed, through the commands: parts, boxes, moments kept, inputs never overwritten."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.cli.main import main
from fomm_lite.media.read import audio_codec, probe, read_image, stream_frames
from fomm_lite.media.write import write_image

ANIMATE = ("animate", "--weights", "tiny", "--source", "source.png")


def ffmpeg(*arguments: object) -> None:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    subprocess.run(command, check=True)


def late_and_varying(path: Path) -> Path:
    """A picture that begins after its sound, in uneven steps; white and a beep at 1.5 s."""
    white = "drawbox=c=white:t=fill:enable='between(t,1.49,1.65)'"
    card = f"testsrc2=s=64x64:r=20:d=2.5,{white}"
    taken = "select='gt(n,7)*(not(mod(n,2))+gt(n,28))'"
    beep = "aevalsrc=0.5*sin(2*PI*1000*t)*between(t\\,1.5\\,1.65):s=48000:d=2.5"
    codecs = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "libopus")
    ffmpeg("-f", "lavfi", "-i", card, "-f", "lavfi", "-i", beep, "-vf", taken, "-fps_mode", "vfr", *codecs, path)
    return path


def beep(path: str) -> float:
    """When the beep of a film begins."""
    ffmpeg("-i", path, "-vn", "-af", "aresample=async=1:first_pts=0", "-ac", 1, "-ar", 16000, "heard.wav")
    with wave.open("heard.wav") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16).astype(float)
    return int((np.abs(samples) > 4000).argmax()) / 16000


@pytest.mark.parametrize(
    ("arguments", "film"),
    [
        ((*ANIMATE, "--driving", "late.mkv", "--absolute", "--out", "film.mp4"), "film.mp4"),
        (("crop-video", "late.mkv", "--box", "0,0,64,64", "--size", "64", "--out", "film.mp4"), "film.mp4"),
        (("reconstruct", "late.mkv", "--weights", "tiny", "--out", "films"), "films/late.mp4"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_flash_and_beep_stay_at_their_moment(desk, arguments, film):
    late_and_varying(Path("late.mkv"))
    assert main(arguments) == 0
    driver, made = probe("late.mkv"), probe(film)
    assert (made.fps, made.frames) == (driver.fps, driver.frames) == (20.0, pytest.approx(50, abs=1))
    assert beep(film) == pytest.approx(1.5, abs=0.05)
    # the moment at which the picture changes most: keypoints, too, jump when the driver turns white
    frames = torch.stack(list(stream_frames(film)))
    changes = (frames[1:] - frames[:-1]).abs().mean((1, 2, 3))
    assert (int(changes[26:32].argmax()) + 27) / made.fps == pytest.approx(1.5, abs=0.05)
    assert float(changes[26:32].max()) > 0.002


def test_a_part_of_the_driver_with_its_sound(desk):
    late_and_varying(Path("late.mkv"))
    assert main((*ANIMATE, "--driving", "late.mkv", "--start", "1", "--end", "2", "--out", "part.mp4")) == 0
    assert probe("part.mp4").frames == pytest.approx(20, abs=1)
    assert beep("part.mp4") == pytest.approx(0.5, abs=0.05)
    assert main((*ANIMATE, "--driving", "late.mkv", "--start", "9", "--out", "none.mp4")) == 2
    assert not Path("none.mp4").exists()


def test_a_clip_is_a_source_too(desk):
    clip = torch.stack(list(stream_frames("driver.mp4")))
    write_image("third.png", clip[3])
    command = ("animate", "--weights", "tiny", "--driving", "driver.mp4")
    assert main((*command, "--source", "driver.mp4", "--source-frame", "3", "--out", "a.mp4")) == 0
    assert main((*command, "--source", "third.png", "--out", "b.mp4")) == 0
    a, b = (torch.stack(list(stream_frames(name))) for name in ("a.mp4", "b.mp4"))
    assert (a - b).abs().mean() < 0.01
    assert main((*command, "--source", "driver.mp4", "--source-frame", "99", "--out", "c.mp4")) == 2


def test_a_box_of_the_driver_and_smoothing_show(desk):
    plain = (*ANIMATE, "--driving", "wide.mp4")
    for name, options in (("whole", ()), ("box", ("--box", "64,0,64,64")), ("smooth", ("--smooth", "4"))):
        assert main((*plain, *options, "--out", f"{name}.mp4")) == 0
    films = {name: torch.stack(list(stream_frames(f"{name}.mp4"))) for name in ("whole", "box", "smooth")}
    assert (films["whole"] - films["box"]).abs().max() > 0.05
    assert (films["whole"] - films["smooth"]).abs().max() > 0.02


def test_preview_of_a_crop(desk):
    assert main(("crop-video", "wide.mp4", "--print", "--box", "70,10,40,40", "--preview", "box.png")) == 0
    shown, frame = read_image("box.png"), next(iter(stream_frames("wide.mp4")))
    torch.testing.assert_close(shown[:, 12:48, 72:108], frame[:, 12:48, 72:108], atol=0.01, rtol=0)
    assert shown[:, :, :60].min() > 0.6  # black there before
    red = shown[:, 10, 70:110]
    assert (red[0] - red[1]).min() > 0.5


@pytest.mark.parametrize("target", ["film.webm", "film.webp", "film.apng"])
def test_a_transparent_source_makes_a_transparent_film(desk, target):
    cut_out = torch.cat([read_image("source.png"), torch.zeros(1, 64, 64)])
    cut_out[3, 16:48, 16:48] = 1
    write_image("cut_out.png", cut_out)
    command = ("animate", "--weights", "tiny", "--source", "cut_out.png", "--driving", "driver.mp4")
    assert main((*command, "--out", target)) == 0
    assert main((*command, "--out", "film.mp4")) == 0
    assert probe(target).frames == probe("film.mp4").frames
    if target != "film.webm":
        with Image.open(target) as film:
            alpha = np.asarray(film.convert("RGBA"))[..., 3]
        assert alpha[0].max() < 30 and alpha[16, 16] > 225
    # laid on white by our reader it is what the opaque film shows, but for what lies under the alpha
    first, opaque = next(iter(stream_frames(target))), next(iter(stream_frames("film.mp4")))
    assert first[:, 0].min() > 0.95
    assert (first - opaque)[:, 12:20, 12:20].abs().mean() < 0.08


@pytest.mark.parametrize(
    "arguments",
    [
        (*ANIMATE, "--driving", "driver.mp4", "--out", "driver.mp4"),
        ("crop-video", "driver.mp4", "--out", "driver.mp4", "--box", "0,0,32,32"),
        ("crop-video", "driver.mp4", "--out", "./films/../driver.mp4", "--box", "0,0,32,32"),
        ("crop-video", "films", "--out", "films", "--box", "0,0,32,32"),
        ("reconstruct", "films", "--weights", "tiny", "--out", "films"),
        ("reconstruct", "films/driver.mp4", "--weights", "tiny", "--out", "films"),
        ("animate-pairs", "--data", "films", "--weights", "tiny", "--out", "films"),
        ("evaluate", "tiny.safetensors", "--data", "films", "--json", "tiny.safetensors"),
        ("evaluate", "tiny.safetensors", "--data", "films", "--json", "films/driver.mp4"),
        ("import", "whole.pth.tar", "--config", "official.yaml", "--out", "whole.pth.tar"),
        ("train", "--data", "films", "--out", "films"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_an_output_that_is_an_input_is_refused(desk, capsys, arguments):
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert main(arguments) == 2
    assert "as input and as output" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_sound_that_the_film_cannot_take_is_mixed_down(desk):
    sound = "aevalsrc=0.3*sin(2*PI*500*t)|0|0|0|0|0:c=5.1(side):s=44100:d=0.4"
    ffmpeg("-i", "driver.mp4", "-f", "lavfi", "-i", sound, "-map", "0:v", "-map", "1:a", "-c:a", "ac3", "surround.mkv")
    for target in ("film.webm", "film.mp4"):
        assert main((*ANIMATE, "--driving", "surround.mkv", "--out", target)) == 0
        assert audio_codec(target) == ("opus" if target == "film.webm" else "aac")
