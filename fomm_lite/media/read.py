"""Read what people have: photographs, videos, animated pictures, folders of frames, frames stacked side by side.

What a file is, is told from its first bytes, never from its name: official data sets hold PNG pictures named `.jpg`.
Pillow reads every picture, still or animated (`pictures`); ffmpeg reads every video (`ffmpeg`). Frames come out one at
a time, so a film of an hour needs no more memory than a film of a second.
"""

import os
import re
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Literal

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.ffmpeg import MediaInfo, audio_codec_of, probe_video, video_frames
from fomm_lite.media.pictures import (
    animation_range,
    border_colour,
    open_picture,
    picture_size,
    picture_to_tensor,
    squared,
    told_in_one_line,
    upright,
)

__all__ = [
    "NOMINAL_FPS",
    "PICTURE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "MediaInfo",
    "PathLike",
    "audio_codec",
    "natural_order",
    "probe",
    "read_image",
    "stream_frames",
]

PathLike = str | Path
Frames = Generator[Float[Tensor, "3 h w"], None, None]

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".apng")
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp")
NOMINAL_FPS = 25.0
"""Frames per second of what carries no clock of its own: stills, stacked frames and folders of frames."""

_PICTURE_START = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|BM|II\*\0|MM\0\*", re.DOTALL)


def read_image(path: PathLike, size: int | None = None, fit: bool = False) -> Float[Tensor, "3 h w"]:
    """Read a picture: PNG, JPEG, WebP, BMP, TIFF, or the first frame of a GIF, in any of their colour modes.

    The picture is turned upright as its EXIF tag says; transparency is laid on white; 16 bits are scaled, not clipped.

    Args:
        path: the picture.
        size: side of the square to return, in pixels, resized with antialiasing; None keeps the picture as it is.
        fit: False cuts the largest centred square; True keeps everything and fills up with the colour of the border
            (its median), so that a drawing on white stays on white.

    Returns:
        (3 h w) in [0, 1].

    Raises:
        InputError: the path is missing, a folder, empty, unreadable, broken, or no picture.
    """
    _check_size(size)
    path, kind = _kind_of(path)
    if kind == "folder":
        raise InputError(f"got {path}, which is a folder", "a picture file (PNG, JPEG, WebP)", "pass one file in it")
    if kind == "video":
        raise InputError(f"got {path}, which is no picture", "a PNG, JPEG, WebP, BMP or TIFF", "pass a picture file")
    with open_picture(path) as picture:
        image = picture_to_tensor(upright(picture, path), path)
    return squared(image, size, border_colour(image) if fit else None)


def probe(path: PathLike) -> MediaInfo:
    """Look at any clip that `stream_frames` takes, and fail on what it would not take.

    A video is walked through once, without being decoded; an animated picture has to be decoded.

    Raises:
        InputError: as `stream_frames`.
    """
    path, kind = _kind_of(path)
    if kind == "video":
        return probe_video(path)[0]
    if kind == "folder":
        files = _frame_files(path)
        width, height = picture_size(files[0])
        return MediaInfo(width, height, NOMINAL_FPS, len(files), has_audio=False)
    with open_picture(path) as picture:
        first, count = animation_range(picture, path)
        if count > 1:
            fps = round(count / _animation_seconds(picture, path, first, count), 3)
            return MediaInfo(picture.width, picture.height, fps, count, has_audio=False)
    width, height = picture_size(path)
    count = _stacked(width, height)
    return MediaInfo(width // count, height, NOMINAL_FPS, count, has_audio=False)


def stream_frames(path: PathLike, size: int | None = None, fit: bool = False) -> Frames:
    """Stream the frames of a clip, one at a time, in constant memory.

    A clip is a video (MP4, MOV, WebM, MKV, AVI, what ffmpeg reads), an animated GIF, WebP or PNG, a folder of
    frames (in the order a person counts: frame2 before frame10), one picture of square frames side by side, or a still
    (one frame). Videos are turned upright; where a video's frame rate varies, frames are taken at its mean rate.
    Closing the generator early ends the decoding process.

    Args:
        path: the clip; checked at the call, so that a bad path fails before any other work.
        size: as in `read_image`.
        fit: as in `read_image`; the colour is that of the first frame, so that it does not flicker.

    Returns:
        A generator of (3 h w) in [0, 1].

    Raises:
        InputError: at the call, where the clip is missing, empty, unreadable, cut short, or no clip; while streaming,
            where a later frame is broken, naming how many could be read.
    """
    _check_size(size)
    path, kind = _kind_of(path)
    if kind == "video":
        info, constant_rate = probe_video(path)
        return _squared_frames(video_frames(path, None if constant_rate else info.fps, size, fit), size, fit)
    if kind == "folder":
        return _squared_frames(_folder_frames(_frame_files(path)), size, fit)
    with open_picture(path) as picture:
        first, count = animation_range(picture, path)
        if count > 1:
            return _squared_frames(_animation_frames(path, first, count), size, fit)
        return _squared_frames(_stacked_frames(upright(picture, path), path), size, fit)


def audio_codec(path: PathLike) -> str | None:
    """Name the codec of a file's first sound track, such as "aac"; None for silent videos, pictures and folders.

    Raises:
        InputError: the path is missing, empty, unreadable, or holds neither sound nor picture.
    """
    path, kind = _kind_of(path)
    return audio_codec_of(path) if kind == "video" else None


def natural_order(path: Path) -> list[str | int]:
    """Sort key that counts as a person does: frame2 before frame10."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", path.name.lower()))]


def _check_size(size: int | None) -> None:
    if size is not None and size < 1:
        raise InputError(f"got size {size}", "a whole number of pixels, 1 or more", "pass for example size=64")


def _kind_of(path: PathLike) -> tuple[Path, Literal["folder", "picture", "video"]]:
    path = Path(path).expanduser()
    try:
        if path.is_dir():
            os.listdir(path)
            return path, "folder"
        with path.open("rb") as file:
            start = file.read(16)
    except FileNotFoundError as error:
        raise InputError(f"got {path}, which does not exist", "an existing file or folder", "check the path") from error
    except OSError as error:
        raise InputError(f"got {path}: {error.strerror}", "something readable", "check its permissions") from error
    if not start:
        raise InputError(f"got {path}, an empty file", "a picture or a video", "download or export it again")
    return path, "picture" if _PICTURE_START.match(start) else "video"


def _squared_frames(frames: Frames, size: int | None, fit: bool) -> Frames:
    border = None
    with closing(frames):
        for frame in frames:
            if fit and border is None:
                border = border_colour(frame)
            yield squared(frame, size, border)


def _stacked(width: int, height: int) -> int:
    """How many frames a still holds: several only where squares lie side by side."""
    return width // height if width % height == 0 else 1


def _stacked_frames(picture: Image.Image, path: Path) -> Frames:
    count = _stacked(*picture.size)
    width = picture.width // count
    for left in range(0, picture.width, width):
        # Cut before converting: a tensor of the whole strip would be twelve times the size of a grey picture.
        with told_in_one_line(path, left // width):
            frame = picture_to_tensor(picture.crop((left, 0, left + width, picture.height)), path)
        yield frame


def _animation_seconds(picture: Image.Image, path: Path, first: int, count: int) -> float:
    seconds = 0.0
    for index in range(first, first + count):
        with told_in_one_line(path, index - first):
            picture.seek(index)
            picture.load()
        milliseconds = float(picture.info.get("duration") or 0)
        # Browsers show a frame of 10 ms or less for 100 ms, because such files never mean what they say.
        seconds += milliseconds / 1000 if milliseconds > 10 else 0.1
    return seconds


def _animation_frames(path: Path, first: int, count: int) -> Frames:
    with open_picture(path) as picture:
        for index in range(first, first + count):
            with told_in_one_line(path, index - first):
                picture.seek(index)
                frame = picture_to_tensor(picture, path)
            yield frame


def _frame_files(folder: Path) -> list[Path]:
    files = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.name[0] != "."]
    if not files:
        raise InputError(f"got {folder}, a folder without frames", "pictures in it", "pass a video or another folder")
    files.sort(key=natural_order)
    width, height = picture_size(files[0])
    for path in files[1:]:
        other_width, other_height = picture_size(path)
        if (other_width, other_height) != (width, height):
            raise InputError(
                f"got {folder}: {files[0].name} is {width}x{height} but {path.name} is {other_width}x{other_height}",
                "frames of one size",
                "resize or remove the odd ones",
            )
    return files


def _folder_frames(files: list[Path]) -> Frames:
    for path in files:
        with open_picture(path) as picture:
            frame = picture_to_tensor(upright(picture, path), path)
        yield frame
