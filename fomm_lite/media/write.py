"""Write pictures and videos: whole or not at all.

A video grows in a hidden folder beside its target and takes the target's place when it is complete. Whatever goes wrong
before that, Ctrl-C included, leaves an older file as it was and nothing else behind. Frames go to ffmpeg one by one;
only animated WebP keeps its (encoded) frames in memory until the end, because its encoder does. A GIF is first written
without loss, since its palette can be chosen only when every frame is known.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from types import TracebackType
from typing import IO

import torch
from imageio_ffmpeg import get_ffmpeg_exe
from jaxtyping import Float
from PIL import Image
from torch import Tensor
from torch.nn.functional import pad

from fomm_lite.errors import InputError
from fomm_lite.files.whole import written_whole
from fomm_lite.media.ffmpeg import reason_in, run_ffmpeg
from fomm_lite.media.read import PathLike, audio_codec

# RGB is converted with the matrix of HD video and tagged with it, so that every player converts back the same way.
_BT709 = (
    "-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int",
    "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
    "-color_range", "tv",
)  # fmt: skip
_H264 = ("-c:v", "libx264", "-preset", "medium", *_BT709)
CRF = 16
"""Quality of H.264 unless told otherwise: its constant rate factor, 0 (without loss) to 51 (worst)."""
_VP9 = ("-c:v", "libvpx-vp9", "-crf", "20", "-b:v", "0", "-cpu-used", "4", "-row-mt", "1", *_BT709)
_WEBP = ("-c:v", "libwebp_anim", "-pix_fmt", "bgra", "-quality", "85", "-loop", "0")
_LOSSLESS = ("-c:v", "ffv1", "-pix_fmt", "bgr0")
_GIF_FASTEST = 50.0  # delays are whole hundredths of a second, and browsers slow a delay of one down to ten


@dataclass(frozen=True)
class _Format:
    encoder: tuple[str, ...]  # ffmpeg arguments for the pictures
    sound: str | None = None  # encoder for sound that cannot be copied; None: the format is silent
    copies: tuple[str, ...] = ()  # sound codecs that the container takes as they are
    finish: tuple[str, ...] = ()  # arguments for the container


_FASTSTART = ("-movflags", "+faststart")  # the index in front: browsers start playing before the end has arrived
_FORMATS = {
    ".mp4": _Format(_H264, "aac", ("aac", "mp3"), _FASTSTART),
    ".mov": _Format(_H264, "aac", ("aac", "mp3"), _FASTSTART),
    ".mkv": _Format(_H264, "aac", ("aac", "mp3", "opus", "vorbis", "flac")),
    ".webm": _Format(_VP9, "libopus", ("opus", "vorbis")),
    ".gif": _Format(_LOSSLESS),
    ".webp": _Format(_WEBP),
}
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def write_image(path: PathLike, image: Float[Tensor, "3 h w"]) -> Path:
    """Write a picture as PNG, JPEG or WebP, by the suffix of its name; missing folders are made.

    Args:
        path: the target; an older file there is replaced.
        image: (3 h w) in [0, 1]; values outside are clipped.

    Returns:
        The path.

    Raises:
        InputError: another suffix, a place that cannot be written, or no image.
    """
    path = _writable(path, _PICTURES)
    pixels = _pixels(image)
    with written_whole(path) as draft:
        Image.fromarray(pixels.permute(1, 2, 0).numpy()).save(draft, quality=95, subsampling=0)
    return path


def write_video(
    path: PathLike,
    frames: Iterable[Float[Tensor, "3 h w"]],
    fps: float | int,
    audio_from: PathLike | None = None,
    *,
    crf: int = CRF,
) -> Path:
    """Write all frames with a `VideoWriter` and return the path."""
    with VideoWriter(path, fps, audio_from, crf=crf) as writer:
        for frame in frames:
            writer.append(frame)
    return writer.path


class VideoWriter:
    """Write a video frame by frame; the file appears at its path when the `with` block ends well.

    The suffix chooses the format: .mp4, .mov, .mkv (H.264) and .webm (VP9), where a side of odd length is made even by
    repeating the last row or column; .gif and .webp, which loop and are silent. A GIF's delays are in hundredths of a
    second: they alternate so that the mean rate is `fps`, and above 50 frames per second some frames are left out.
    WebP merges equal frames that follow each other into one that is shown for longer.

    Args:
        path: the target; missing folders are made, an older file is replaced.
        fps: frames per second.
        audio_from: a video or sound file whose first sound track to add, cut to the length of the video. It is copied
            where the format takes its codec and encoded anew otherwise; no sound track there means no sound here.
        crf: quality of H.264, 0 (without loss) to 51 (worst); the other formats have one quality.

    Raises:
        InputError: at construction, for an unknown suffix, a bad rate or quality, a place that cannot be written, a bad
            `audio_from`; later for a frame of another size, or for no frames at all.

    Example:
        >>> with VideoWriter(getfixture("tmp_path") / "clip.mp4", fps=25) as writer:
        ...     writer.append(torch.rand(3, 64, 64))
    """

    def __init__(self, path: PathLike, fps: float | int, audio_from: PathLike | None = None, *, crf: int = CRF) -> None:
        """Check all that can be checked before the first frame is made."""
        if not 0 <= crf <= 51:
            raise InputError(f"got crf {crf}", "a whole number from 0 (without loss) to 51", "pass for example crf=23")
        if not (isfinite(fps) and 0 < fps <= 1000):
            raise InputError(f"got {fps} frames per second", "more than 0 and at most 1000", "pass for example fps=25")
        self.path = _writable(path, tuple(_FORMATS))
        self._suffix = self.path.suffix.lower()
        self._format = _FORMATS[self._suffix]
        self._fps = f"{fps:.6f}"
        self._quality = ("-crf", str(crf)) if self._format.encoder is _H264 else ()
        self._size: tuple[int, int] | None = None  # height and width of every frame
        self._count = 0
        self._audio: tuple[Path, str] | None = None  # where the sound is, and its codec
        if audio_from is not None and (codec := audio_codec(audio_from)) and self._format.sound:
            self._audio = Path(audio_from).expanduser(), codec
        if self._suffix == ".webm" and b"libvpx-vp9" not in run_ffmpeg("-encoders").stdout:
            raise InputError(f"got {path}, but this ffmpeg cannot write VP9", "another format", "use .mp4")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def __enter__(self) -> "VideoWriter":
        """Make the hidden folder the video grows in."""
        self._folder = tempfile.TemporaryDirectory(prefix=f".{self.path.stem}-", dir=self.path.parent)
        return self

    def append(self, frame: Float[Tensor, "3 h w"]) -> None:
        """Add a frame, (3 h w) in [0, 1] (values outside are clipped), of the same size as the first."""
        if self._folder is None:
            raise InputError("got a frame outside `with`", "an open writer", "use `with VideoWriter(...) as writer:`")
        pixels = _pixels(frame)
        height, width = pixels.shape[1:]
        if self._size is None:
            self._size = (height, width)
        if (height, width) != self._size:
            raise InputError(
                f"got frame {self._count} of {width}x{height}",
                f"{self._size[1]}x{self._size[0]} as the first frame",
                "resize it",
            )
        if self._format.sound:  # the formats with 4:2:0 colour, which halves both sides
            pixels = pad(pixels.float(), (0, width % 2, 0, height % 2), mode="replicate").to(torch.uint8)
        if self._process is None:
            self._process = self._start(pixels.shape[1], pixels.shape[2])
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(pixels.permute(1, 2, 0).contiguous().numpy().data)
        except BrokenPipeError as error:
            raise self._failure() from error
        self._count += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Finish the video and put it in place; after an error in the block only clean up."""
        assert self._folder is not None
        try:
            if error is None:
                os.replace(self._finished(), self.path)
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.communicate()
            if self._log is not None:
                self._log.close()
            self._folder.cleanup()
            self._folder = None

    def _draft(self, name: str) -> str:
        assert self._folder is not None
        return str(Path(self._folder.name) / name)

    def _start(self, height: int, width: int) -> "subprocess.Popen[bytes]":
        name = "pictures.mkv" if self._suffix == ".gif" else f"pictures{self._suffix}"
        command = [
            get_ffmpeg_exe(), "-loglevel", "level+error", "-f", "rawvideo", "-pix_fmt", "rgb24",
            "-s", f"{width}x{height}", "-r", self._fps, "-i", "pipe:0",
            *self._format.encoder, *self._quality, *self._format.finish, f"file:{self._draft(name)}",
        ]  # fmt: skip
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._log)

    def _finished(self) -> str:
        """End the pictures, add the sound or the palette, and name the complete file."""
        if self._process is None:
            raise InputError(f"got no frames for {self.path}", "one or more", "append frames before the block ends")
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except BrokenPipeError as error:
            raise self._failure() from error
        if self._process.wait() != 0:
            raise self._failure()
        if self._suffix == ".gif":
            return self._as_gif()
        return self._with_sound() if self._audio else self._draft(f"pictures{self._suffix}")

    def _as_gif(self) -> str:
        pictures, palette, gif = (f"file:{self._draft(name)}" for name in ("pictures.mkv", "palette.png", "whole.gif"))
        rate = f"fps={min(float(self._fps), _GIF_FASTEST):.6f}"
        self._run("-i", pictures, "-vf", "palettegen=stats_mode=full:reserve_transparent=0", "-update", "1", palette)
        dithered = f"[0:v]{rate}[frames];[frames][1:v]paletteuse=dither=sierra2_4a:diff_mode=rectangle"
        self._run("-i", pictures, "-i", palette, "-lavfi", dithered, "-loop", "0", gif)
        return self._draft("whole.gif")

    def _with_sound(self) -> str:
        assert self._audio is not None and self._format.sound is not None
        source, codec = self._audio
        encoder = "copy" if codec in self._format.copies else self._format.sound
        whole = self._draft(f"whole{self._suffix}")
        seconds = f"{self._count / float(self._fps):.6f}"
        self._run(
            "-i", f"file:{self._draft('pictures' + self._suffix)}", "-t", seconds, "-i", f"file:{source}",
            "-map", "0:v", "-map", "1:a:0", "-c:v", "copy", "-c:a", encoder, *self._format.finish, f"file:{whole}",
        )  # fmt: skip
        return whole

    def _run(self, *arguments: str) -> None:
        done = run_ffmpeg(*arguments)
        if done.returncode != 0:
            raise OSError(f"cannot write {self.path}: {reason_in(done.stderr.decode(errors='replace'))}")

    def _failure(self) -> OSError:
        assert self._process is not None and self._log is not None
        self._process.wait()
        self._log.seek(0)
        return OSError(f"cannot write {self.path}: {reason_in(self._log.read().decode(errors='replace'))}")


def _writable(path: PathLike, suffixes: tuple[str, ...]) -> Path:
    """Check that a file can be put there, before any work is done for it."""
    path = Path(path).expanduser()
    if path.suffix.lower() not in suffixes:
        raise InputError(f"got {path}", f"a name ending in one of {' '.join(suffixes)}", "choose one of these formats")
    try:
        if path.is_dir():
            raise InputError(f"got {path}, which is a folder", "the name of a file", "add a file name")
        if path.exists() and not os.access(path, os.W_OK):
            raise InputError(
                f"got {path}, which is write-protected", "a file that may be replaced", "choose another name"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent).cleanup()
    except OSError as error:
        raise InputError(
            f"got {path}: {error.strerror}", "a folder that can be written", "choose another place for the output"
        ) from error
    return path


def _pixels(image: Float[Tensor, "3 h w"]) -> Tensor:
    """Check an image and round it to 8 bits, (3 h w)."""
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point() or 0 in image.shape:
        raise InputError(
            f"got an image of {image.dtype} and shape {tuple(image.shape)}",
            "floats in [0, 1] of shape (3, height, width)",
            "index the batch, or divide bytes by 255",
        )
    image = image.detach().float().cpu()
    if not torch.isfinite(image).all():
        raise InputError("got an image with NaN or infinite values", "numbers in [0, 1]", "check where it was computed")
    return image.clamp(0, 1).mul(255).round().to(torch.uint8)
