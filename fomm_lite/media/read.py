"""Read what people have: photographs, videos, animated pictures, folders of frames, frames stacked side by side.

What a file is, is told from its first bytes, never from its name: official data sets hold PNG pictures named `.jpg`.
imageio reads every picture, still or animated (`pictures`); PyAV reads every video (`video`). Frames come out one at a
time, so a film of an hour needs no more memory than a film of a second.
"""

import os
import re
from collections.abc import Generator
from contextlib import closing
from fractions import Fraction
from itertools import accumulate
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.files.names import named
from fomm_lite.media.clock import NOMINAL_FPS, Clock, clock_of, in_time, output_range
from fomm_lite.media.decode import MediaInfo, probe_video, video_frames
from fomm_lite.media.pictures import (
    PictureFile,
    border_colour,
    picture_kind,
    squared,
    unread,
    unread_kind,
)
from fomm_lite.media.sound import sound_codec
from fomm_lite.media.stacked import stacked, stacked_frames

__all__ = [
    "NOMINAL_FPS",
    "PICTURE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "MediaInfo",
    "PathLike",
    "audio_codec",
    "clip_part",
    "kind_of",
    "natural_order",
    "probe",
    "read_alpha",
    "read_frame",
    "read_image",
    "read_uncut",
    "stream_frames",
]

PathLike = str | Path
Frames = Generator[Float[Tensor, "3 h w"], None, None]

PICTURE_SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".apng", ".avif", ".heic", ".heif",
)  # fmt: skip
VIDEO_SUFFIXES = (
    ".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".3gp", ".ts", ".mts",
    ".m2ts", ".h264", ".hevc",
)  # fmt: skip

_LOOK = 64  # side in pixels that does to find out whether a picture can be decoded
_HEAD = 64  # bytes of a file that tell what it is


def read_image(path: PathLike, size: int | None = None, fit: bool = False) -> Float[Tensor, "3 h w"]:
    """Read a picture: PNG, JPEG, WebP, AVIF, BMP, TIFF, the first frame of a GIF, in any of their colour modes.

    The picture is turned upright as its EXIF tag says; colours are brought to sRGB by its profile; transparency is laid
    on white; 16 bits are scaled, not clipped. HEIC is read where pillow-heif is installed.

    Args:
        path: the picture.
        size: side of the square to return, in pixels, resized with antialiasing; None keeps the picture as it is.
        fit: False cuts the largest centred square; True keeps everything and fills up with the colour of the border
            (its median), so that a drawing on white stays on white.

    Returns:
        (3 h w) in [0, 1].

    Raises:
        InputError: the path is missing, a folder, empty, unreadable, broken, too large, or no picture.
    """
    _check_size(size)
    image = read_uncut(path, size)
    return squared(image, size, border_colour(image) if fit else None)


def read_uncut(path: PathLike, size: int | None = None) -> Float[Tensor, "3 h w"]:
    """Read a picture as a whole, square or not.

    Args:
        path: as in `read_image`.
        size: of what is to be cut out of it, in pixels: a very large picture comes smaller, its sides four times that
            at least; None keeps it as it is.

    Raises:
        InputError: as `read_image`.
    """
    path, kind = kind_of(path)
    if kind == "folder":
        raise InputError(f"got {path}, which is a folder", "a picture file (PNG, JPEG, WebP)", "pass one file in it")
    if kind == "video":
        raise InputError(f"got {path}, which is no picture", "a PNG, JPEG, WebP, AVIF or TIFF", "pass a picture file")
    with PictureFile(path, kind) as picture:
        return picture.image(size=size)


def read_alpha(path: PathLike, size: int | None = None, fit: bool = False) -> Float[Tensor, "1 h w"] | None:
    """How opaque a picture is, cut and resized as `read_image` does.

    Args:
        path: as in `stream_frames`.
        size: as in `read_image`.
        fit: as in `read_image`; what is filled up is as opaque as the border.

    Returns:
        (1 h w) in [0, 1], 0 where nothing is; None for an opaque picture, and for videos and folders.

    Raises:
        InputError: as `read_image`.
    """
    path, kind = kind_of(path)
    if kind in ("folder", "video"):
        return None
    with PictureFile(path, kind) as picture:
        alpha = picture.alpha(size)
    if alpha is None:
        return None
    spread = alpha.expand(3, -1, -1)
    return squared(spread, size, border_colour(spread) if fit else None)[:1]


def read_frame(path: PathLike, index: int = 0, size: int | None = None, fit: bool = False) -> Float[Tensor, "3 h w"]:
    """Read a picture, or one frame of a clip.

    Args:
        path: as in `stream_frames`.
        index: of the frame, counted from 0; of a picture file, 0 is the picture itself, as `read_image` gives it.
        size: as in `read_image`.
        fit: as in `read_image`.

    Raises:
        InputError: as `stream_frames`, or for a frame that the clip does not have.
    """
    if index == 0 and kind_of(path)[1] not in ("folder", "video"):
        return read_image(path, size, fit)
    count = 0
    with closing(stream_frames(path, size, fit)) as frames:
        for count, frame in enumerate(frames, 1):
            if count == index + 1:
                return frame
    raise InputError(f"got frame {index} of {path}, which has {count}", f"0 to {count - 1}", "choose one of them")


def probe(path: PathLike) -> MediaInfo:
    """Look at any clip that `stream_frames` takes, and fail on what it would not take.

    A video is walked through once, without being decoded; an animated picture has to be decoded.

    Raises:
        InputError: as `stream_frames`.
    """
    path, kind = kind_of(path)
    if kind == "video":
        return probe_video(path)[0]
    if kind == "folder":
        files = frame_files(path)
        width, height = _picture_size(files[0])
        return MediaInfo(width, height, NOMINAL_FPS, len(files), has_audio=False)
    with PictureFile(path, kind) as picture:
        if len(picture.frames) > 1:
            clock, _ = _animation_clock(picture)
            return MediaInfo(picture.width, picture.height, float(clock.fps), clock.frames, has_audio=False)
        count = stacked(picture.width, picture.height)
        picture.pixels(size=_LOOK, parts=count)
        return MediaInfo(picture.width // count, picture.height, NOMINAL_FPS, count, has_audio=False)


def stream_frames(
    path: PathLike,
    size: int | None = None,
    fit: bool = False,
    *,
    start: float | None = None,
    end: float | None = None,
) -> Frames:
    """Stream the frames of a clip, one at a time, in constant memory, at the constant rate that `probe` tells.

    A clip is a video (MP4, MOV, WebM, MKV, AVI, what FFmpeg reads), an animated GIF, WebP, PNG or AVIF, a TIFF of pages
    of one size, a folder of frames (in the order a person counts: frame2 before frame10), one picture of square frames
    side by side, or a still (one frame). Videos are turned upright, transparency is laid on white, HDR is brought to
    sRGB. Where pictures last unequally, some come more than once, or not at all, so that each is seen at its moment.
    Where sound begins before the picture, the first picture waits. Closing the generator early closes the file.

    Args:
        path: the clip; checked at the call, so that a bad path fails before any other work.
        size: as in `read_image`.
        fit: as in `read_image`; the colour is that of the first frame, so that it does not flicker.
        start: seconds of the clip to leave out at its beginning.
        end: the second to stop at.

    Returns:
        A generator of (3 h w) in [0, 1].

    Raises:
        InputError: at the call, where the clip is missing, empty, unreadable, cut short, or no clip, or has no such
            part; while streaming, where a later frame is broken, naming how many could be read.
    """
    _check_size(size)
    path, kind = kind_of(path)
    if kind == "video":
        _, clock = probe_video(path)
        return _squared_frames(video_frames(path, clock, size, fit, *output_range(clock, start, end)), size, fit)
    if kind == "folder":
        files = frame_files(path)
        return _squared_frames(_folder_frames(files[slice(*_part(len(files), start, end))]), size, fit)
    with PictureFile(path, kind) as picture:
        if len(picture.frames) > 1:
            clock, stamps = _animation_clock(picture)
            return _squared_frames(_animation(path, kind, clock, stamps, *output_range(clock, start, end)), size, fit)
        count = stacked(picture.width, picture.height)
        pixels = picture.pixels(size=size, parts=count)
    return _squared_frames(stacked_frames(pixels, range(count)[slice(*_part(count, start, end))]), size, fit)


def clip_part(info: MediaInfo, start: float | None = None, end: float | None = None) -> tuple[float, int]:
    """Where a part of a clip really begins, as frames are whole, and how many frames it has.

    Args:
        info: of the clip, from `probe`.
        start: as in `stream_frames`.
        end: as in `stream_frames`.

    Returns:
        Seconds, for sound to begin at, and the number of frames.

    Raises:
        InputError: no such part.
    """
    first, stop = output_range(Clock(Fraction(info.fps), info.frames or 1), start, end)
    return first / info.fps, stop - first


def audio_codec(path: PathLike) -> str | None:
    """Name the codec of a file's first sound track, such as "aac"; None for silent videos, pictures and folders.

    Raises:
        InputError: the path is missing, empty, unreadable, or holds neither sound nor picture.
    """
    path, kind = kind_of(path)
    return sound_codec(path) if kind == "video" else None


def natural_order(path: Path) -> list[str | int]:
    """Sort key that counts as a person does: frame2 before frame10."""
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"([0-9]+)", path.name.lower()))]


def _check_size(size: int | None) -> None:
    if size is not None and size < 1:
        raise InputError(f"got size {size}", "a whole number of pixels, 1 or more", "pass for example size=64")


def kind_of(path: PathLike) -> tuple[Path, str]:
    """What lies there: "folder", "video" (or sound), or a kind of picture.

    Raises:
        InputError: the path is missing, unreadable, empty, a pipe or device, or a picture of a kind that is not read.
    """
    path = named(path)
    try:
        if path.is_dir():
            os.listdir(path)
            return path, "folder"
        if path.exists() and not path.is_file():
            raise InputError(
                f"got {path}, a pipe or device, which can be read only once", "a file", "save it to a file first"
            )
        with path.open("rb") as file:
            start = file.read(_HEAD)
    except FileNotFoundError as error:
        raise InputError(f"got {path}, which does not exist", "an existing file or folder", "check the path") from error
    except OSError as error:
        raise InputError(f"got {path}: {error.strerror}", "something readable", "check its permissions") from error
    if not start:
        raise InputError(f"got {path}, an empty file", "a picture or a video", "download or export it again")
    if (kind := unread_kind(start)) is not None:
        raise unread(path, kind)
    return path, picture_kind(start) or "video"


def _squared_frames(frames: Frames, size: int | None, fit: bool) -> Frames:
    border = None
    with closing(frames):
        for frame in frames:
            if fit and border is None:
                border = border_colour(frame)
            yield squared(frame, size, border)


def _part(count: int, start: float | None, end: float | None) -> tuple[int, int]:
    return output_range(Clock(Fraction(NOMINAL_FPS), count), start, end)


def _animation_clock(picture: PictureFile) -> tuple[Clock, list[Fraction]]:
    """The clock of an animated picture, and when each of its pictures appears, in seconds."""
    lengths = [picture.seconds(index) for index in picture.frames]
    stamps = [Fraction(0), *accumulate(lengths[:-1])]
    return clock_of(stamps, lengths[-1]), stamps


def _animation(path: Path, kind: str, clock: Clock, stamps: list[Fraction], begin: int, stop: int) -> Frames:
    with PictureFile(path, kind) as picture:
        shown = ((seconds, picture.image(index)) for seconds, index in zip(stamps, picture.frames, strict=True))
        yield from in_time(shown, clock, begin, stop)


def _picture_size(path: Path) -> tuple[int, int]:
    path, kind = kind_of(path)
    if kind == "video":
        raise InputError(f"got {path}, which is no picture", "a PNG, JPEG, WebP, AVIF or TIFF", "remove or replace it")
    with PictureFile(path, kind) as picture:
        return picture.width, picture.height


def frame_files(folder: Path) -> list[Path]:
    files = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.name[0] != "."]
    if not files:
        raise InputError(f"got {folder}, a folder without frames", "pictures in it", "pass a video or another folder")
    files.sort(key=natural_order)
    width, height = _picture_size(files[0])
    for path in files[1:]:
        other_width, other_height = _picture_size(path)
        if (other_width, other_height) != (width, height):
            raise InputError(
                f"got {folder}: {files[0].name} is {width}x{height} but {path.name} is {other_width}x{other_height}",
                "frames of one size",
                "resize or remove the odd ones",
            )
    return files


def _folder_frames(files: list[Path]) -> Frames:
    for path in files:
        with PictureFile(*kind_of(path)) as picture:
            yield picture.image()
