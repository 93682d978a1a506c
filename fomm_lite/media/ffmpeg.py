"""Videos through the ffmpeg that imageio-ffmpeg brings along: look at one, stream its frames, name its sound.

Frames arrive through a pipe as PPM pictures, which carry their own size: so a turned phone video, or one with oblong
pixels, cannot disagree with what its header says. Callers outside this room use `media`.
"""

import re
import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from imageio_ffmpeg import get_ffmpeg_exe
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.pictures import pixels_to_tensor

# Containers only: no playlists, subtitles or text art, which could open other files or turn a letter into a film.
_CONTAINERS = (
    "mov,matroska,webm,avi,asf,flv,ogg,mpeg,mpegts,mpegvideo,m4v,h264,hevc,av1,obu,ivf,yuv4mpegpipe,mjpeg,dv,rm,mxf,nut"
    ",wav,mp3,flac,aac,ac3,aiff,amr"
)
# A Catmull-Rom cubic widened by the shrink factor: what Pillow and torch mean by antialiased bicubic.
_RESIZE = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp:param0=0:param1=0.5"
# Rates above this are the tick of a container's clock ("1k fps"), not a rate of frames.
_FASTEST_CAMERA = 480.0


@dataclass(frozen=True)
class MediaInfo:
    """What a clip is, without its pixels.

    Attributes:
        width: of one frame as it is shown, in pixels: turned upright, pixels made square, a stack already cut.
        height: of one frame, likewise.
        fps: frames per second; the mean where they vary, `media.NOMINAL_FPS` where the file has no clock.
        frames: how many there are (counted without decoding, so it may be a frame or two off), None if unknown.
        has_audio: whether there is a sound track.
    """

    width: int
    height: int
    fps: float
    frames: int | None
    has_audio: bool


def probe_video(path: Path) -> tuple[MediaInfo, bool]:
    """Decode the first frame and walk through the rest undecoded.

    Returns:
        What the video is, and whether its frame rate is constant.

    Raises:
        InputError: not a video, a video without pictures, or one that is cut short.
    """
    every_packet = ("-map", "0:V:0", "-c", "copy", "-f", "null", "-")
    done = run_ffmpeg(*_input(path), *every_packet, *_square_pixels(), "-frames:v", "1", *_PPM_TO_PIPE)
    log = done.stderr.decode(errors="replace")
    header = _header(path, log)
    streams = [line for line in re.findall(r"Stream #0:.*: Video: .*", header) if "(attached pic)" not in line]
    if not streams:
        raise InputError(f"got {path}, which has no video stream", "a video", "pass a file with moving pictures")
    size = re.match(rb"P6\s+(\d+)\s+(\d+)\s", done.stdout)
    if size is None:
        raise InputError(
            f"got {path}, of which no frame can be decoded ({reason_in(log)})", "a video", "export it again as MP4"
        )
    counts = re.findall(r"frame=\s*(\d+)", log)
    frames = int(counts[-1]) if counts else None
    fps, ticks = (_rate(streams[0], unit) for unit in ("fps", "tbr"))
    seconds = _seconds(re.findall(r"Duration: ([\d:.]+)", header) or re.findall(r"time=([\d:.]+)", log)[-1:])
    # The AVI reader says of a missing end only that the last packet is corrupt, which others say of trifles.
    last_packet_lost = "Packet corrupt" in log and header.startswith("Input #0, avi")
    if last_packet_lost or "partial file" in log or "File ended prematurely" in log:
        promised = round(seconds * fps) if seconds and fps else 0
        ends = f"{frames} of {promised} frames" if promised > (frames or 0) else f"{frames} frames"
        raise InputError(f"got {path}, cut short: it ends after {ends}", "a whole video", "download it again")
    constant = fps is not None and fps <= _FASTEST_CAMERA and ticks is not None and abs(ticks / fps - 1) < 0.01
    if not constant:
        if fps is None or fps > _FASTEST_CAMERA:
            fps = frames / seconds if frames and seconds else 25.0
        frames = round(seconds * fps) if seconds else None
    assert fps is not None
    has_audio = re.search(r"Stream #0:.*: Audio: ", header) is not None
    return MediaInfo(int(size[1]), int(size[2]), fps, frames, has_audio), constant


def video_frames(
    path: Path, resample_fps: float | None, size: int | None, fit: bool
) -> Generator[Float[Tensor, "3 h w"], None, None]:
    """Stream decoded frames; the process ends when the iterator is exhausted or closed.

    Args:
        path: a video that `probe_video` accepts.
        resample_fps: take frames at this constant rate; None takes every frame once.
        size: cut to a centred square and resize to this side; None keeps the frames as they are.
        fit: instead of cutting, shrink or enlarge until the longer side is `size`.
    """
    timing = ["-fps_mode", "passthrough"] if resample_fps is None else ["-fps_mode", "cfr", "-r", f"{resample_fps:.6f}"]
    command = _command("error", *_input(path), *timing, *_square_pixels(size, fit), *_PPM_TO_PIPE)
    with (
        tempfile.TemporaryFile() as log,  # not a pipe, which could fill up and stop ffmpeg while we wait for pixels
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        assert process.stdout is not None
        count = 0
        try:
            while (frame := _next_ppm(process.stdout)) is not None:
                yield frame
                count += 1
            failed = process.wait() != 0
        finally:
            process.kill()
        if failed or count == 0:
            log.seek(0)
            reason = reason_in(log.read().decode(errors="replace"))
            raise InputError(
                f"got {path}, broken after {count} good frames ({reason})", "a whole video", "export it again as MP4"
            )


def audio_codec_of(path: Path) -> str | None:
    """Codec of the first sound track of a sound or video file, such as "aac"; None where it is silent."""
    header = _header(path, run_ffmpeg(*_input(path)).stderr.decode(errors="replace"))
    found = re.search(r"Stream #0:.*: Audio: (\w+)", header)
    return found[1] if found else None


def run_ffmpeg(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run ffmpeg to its end, each line of its log marked with its level."""
    return subprocess.run(_command("info", *arguments), stdin=subprocess.DEVNULL, capture_output=True, check=False)


def reason_in(log: str) -> str:
    """Give the first error in an ffmpeg log, without its address and level marks."""
    errors = re.findall(r"\[(?:error|fatal)\] (.*)", log)
    return str(errors[0]).strip().rstrip(".") if errors else "ffmpeg gave no reason"


def _command(level: str, *arguments: str) -> list[str]:
    return [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-loglevel", f"level+{level}", *arguments]


def _input(path: Path) -> tuple[str, ...]:
    # "file:" keeps a colon in a name from being read as a protocol.
    return "-format_whitelist", _CONTAINERS, "-i", f"file:{path}"


_PPM_TO_PIPE = ("-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1")


def _square_pixels(size: int | None = None, fit: bool = False) -> tuple[str, ...]:
    """Choose the first real video stream (no cover picture), undo oblong pixels, then cut and resize."""
    filters = ["scale='max(1,round(iw*sar))':ih"]
    if size is not None and not fit:
        filters += [r"crop=min(iw\,ih):min(iw\,ih):exact=1", f"scale={size}:{size}:{_RESIZE}"]
    elif size is not None:
        filters += [f"scale={size}:{size}:force_original_aspect_ratio=decrease:{_RESIZE}"]
    return "-map", "0:V:0", "-vf", ",".join(filters)


def _header(path: Path, log: str) -> str:
    """The part of a log that describes the input."""
    start = log.find("Input #0")
    if start < 0:
        raise InputError(
            f"got {path}, which is no picture and no video that can be read ({reason_in(log)})",
            "a picture, a video or a folder of frames",
            "check that the file is what its name says and arrived whole",
        )
    return re.split(r"Stream mapping:|Output #0|\[fatal\]", log[start:])[0]


def _rate(stream: str, unit: str) -> float | None:
    found = re.search(rf"([\d.]+)(k?) {unit}\b", stream)
    if found is None or float(found[1]) == 0:
        return None
    rate = float(found[1]) * (1000 if found[2] else 1)
    ntsc = round(rate * 1.001) * 1000 / 1001  # 29.97 is a rounded 30000/1001
    return ntsc if abs(rate - ntsc) < 0.0051 and rate != round(rate) else rate


def _seconds(clock: list[str]) -> float | None:
    if not clock:
        return None
    hours, minutes, seconds = clock[0].split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds) or None


def _next_ppm(pipe: IO[bytes]) -> Float[Tensor, "3 h w"] | None:
    if pipe.readline() != b"P6\n":
        return None
    width, height = map(int, pipe.readline().split())
    pipe.readline()  # the largest value, always 255
    pixels = bytearray(width * height * 3)
    return pixels_to_tensor(pixels, height, width) if _filled(pipe, pixels) else None


def _filled(pipe: IO[bytes], pixels: bytearray) -> bool:
    return pipe.readinto(pixels) == len(pixels)  # type: ignore[attr-defined]  # a buffered pipe has it
