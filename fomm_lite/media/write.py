"""Write pictures and videos: whole or not at all.

A video grows in a hidden folder beside its target and takes the target's place when it is complete. Whatever goes wrong
before that, Ctrl-C included, leaves an older file as it was and nothing else behind; what a killed process leaves, the
next one there sweeps away. Frames are encoded one by one; only animated WebP keeps its (encoded) frames in memory until
the end, because its encoder does. A GIF is first written without loss, since its palette can be chosen only when every
frame is known.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from fractions import Fraction
from math import isfinite
from pathlib import Path
from types import TracebackType

import av
import imageio.v3 as iio
import numpy as np
from av.codec import codecs_available
from jaxtyping import Float, UInt8
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.files.atomic import check_not_input, written_whole
from fomm_lite.files.drafts import draft_folder
from fomm_lite.files.names import named
from fomm_lite.files.space import told_when_full
from fomm_lite.media.encode import KINDS, Film, gif_from
from fomm_lite.media.read import PathLike, audio_codec
from fomm_lite.media.sound import Sound
from fomm_lite.media.statement import put_statement

CRF = 16
"""Quality of H.264 unless told otherwise: its constant rate factor, 0 (without loss) to 51 (worst)."""

_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_WITH_ALPHA = (".png", ".webp")
_FINEST_RATE = 1_000_000  # of the denominators of frame rates


def write_image(path: PathLike, image: Float[Tensor, "c h w"], comment: str | None = None) -> Path:
    """Write a picture as PNG, JPEG or WebP, by the suffix of its name; missing folders are made.

    Args:
        path: the target; an older file there is replaced.
        image: (3 h w) in [0, 1], values outside are clipped; or (4 h w) with alpha, which JPEG lays on white.
        comment: text to put into a PNG or WebP, as :func:`~fomm_lite.media.statement.statement` writes it.

    Returns:
        The path.

    Raises:
        InputError: another suffix, a place that cannot be written, no image, or a comment for a JPEG.
    """
    path = _writable(path, _PICTURES if comment is None else _WITH_ALPHA)
    pixels = _pixels(image, alpha=path.suffix.lower() in _WITH_ALPHA)
    with written_whole(path) as draft:
        # a kind takes what it knows of these: JPEG both, WebP the first, PNG none
        iio.imwrite(draft, pixels, plugin="pillow", extension=path.suffix.lower(), quality=95, subsampling=0)
        if comment is not None:
            put_statement(draft, comment)
    return path


def keeps_alpha(path: PathLike) -> bool:
    """Whether a picture or film of that name shows what is transparent.

    Example:
        >>> keeps_alpha("a.webm"), keeps_alpha("a.mp4")
        (True, False)
    """
    suffix = Path(path).suffix.lower()
    return suffix in _WITH_ALPHA or (suffix in KINDS and KINDS[suffix].pixels_with_alpha is not None)


def write_video(
    path: PathLike,
    frames: Iterable[Float[Tensor, "c h w"]],
    fps: float | int,
    audio_from: PathLike | None = None,
    *,
    audio_start: float = 0.0,
    crf: int = CRF,
) -> Path:
    """Write all frames with a `VideoWriter` and return the path."""
    with VideoWriter(path, fps, audio_from, audio_start=audio_start, crf=crf) as writer:
        for frame in frames:
            writer.append(frame)
    return writer.path


class VideoWriter:
    """Write a video frame by frame, for `with`.

    The suffix of the name chooses the format: .mp4, .mov, .mkv (H.264) and .webm (VP9), where a side of odd length is
    made even by repeating the last row or column; .gif, .webp and .apng, which loop and are silent. A GIF's delays are
    in hundredths of a second: they alternate so that the mean rate is `fps`, and above 50 frames per second some frames
    are left out. WebP merges equal frames that follow each other into one that is shown for longer. Frames with alpha
    stay transparent in .webm, .webp and .apng, and are laid on white elsewhere.

    Args:
        path: the target; missing folders are made, an older file is replaced.
        fps: frames per second.
        audio_from: a video or sound file whose first sound track to add, cut to the length of the video. It is copied
            where the format takes its codec and it starts with the picture, and encoded anew otherwise, with two
            channels at most; no sound track there means no sound here.
        audio_start: seconds of that file to leave out: where the part begins that the frames are from.
        crf: quality of H.264, 0 (without loss) to 51 (worst); the other formats have one quality.
        comment: text to put into the file, as :func:`~fomm_lite.media.statement.statement` writes it.

    Raises:
        InputError: at construction, for an unknown suffix, a bad rate or quality, a place that cannot be written, a bad
            `audio_from`, or one that is the target; later for a frame of another size, or for no frames at all.

    Example:
        >>> import torch
        >>> with VideoWriter(getfixture("tmp_path") / "clip.mp4", fps=25) as writer:
        ...     writer.append(torch.rand(3, 64, 64))
    """

    def __init__(
        self,
        path: PathLike,
        fps: float | int,
        audio_from: PathLike | None = None,
        *,
        audio_start: float = 0.0,
        crf: int = CRF,
        comment: str | None = None,
    ) -> None:
        """Check all that can be checked before the first frame is made."""
        if not 0 <= crf <= 51:
            raise InputError(f"got crf {crf}", "a whole number from 0 (without loss) to 51", "pass for example crf=23")
        if not (isfinite(fps) and 0 < fps <= 1000):
            raise InputError(f"got {fps} frames per second", "more than 0 and at most 1000", "pass for example fps=25")
        self.path = _writable(path, tuple(KINDS))
        self._suffix = self.path.suffix.lower()
        self._kind = KINDS[self._suffix]
        self._fps = _exact(fps)
        if not self._fps:
            raise InputError(f"got {fps} frames per second", f"{1 / _FINEST_RATE:g} or more", "pass for example fps=25")
        self._crf, self._comment = crf, comment
        if self._kind.encoder not in codecs_available:
            raise InputError(f"got {path}, but this FFmpeg has no {self._kind.encoder}", "another format", "use .mp4")
        self._sound: Sound | None = None
        if audio_from is not None:
            check_not_input(self.path, audio_from)
            if audio_codec(audio_from) and self._kind.sound:
                source = named(audio_from)
                self._sound = Sound(source, self._kind.sound, self._kind.copies, Fraction(audio_start))
        self._shape: tuple[int, ...] | None = None  # of every frame
        self._count = 0
        self._folder: Path | None = None
        self._held: AbstractContextManager[Path] = draft_folder(self.path)
        self._film: Film | None = None

    def __enter__(self) -> "VideoWriter":
        """Make the hidden folder the video grows in."""
        with told_when_full(self.path):
            self._folder = self._held.__enter__()
        return self

    def append(self, frame: Float[Tensor, "c h w"]) -> None:
        """Add a frame, (3 h w) in [0, 1] or (4 h w) with alpha (values outside are clipped), all of one size."""
        if self._folder is None:
            raise InputError("got a frame outside `with`", "an open writer", "use `with VideoWriter(...) as writer:`")
        pixels = _pixels(frame, alpha=self._kind.pixels_with_alpha is not None)
        self._shape = self._shape or pixels.shape
        if pixels.shape != self._shape:
            raise InputError(
                f"got frame {self._count} of {_named(pixels.shape)}",
                f"{_named(self._shape)} as the first frame",
                "make all alike",
            )
        if self._kind.sound:  # the formats with 4:2:0 colour, which halves both sides
            height, width = pixels.shape[:2]
            pixels = np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        with self._told():
            if self._film is None:
                draft = self._draft("pictures.mkv" if self._suffix == ".gif" else f"whole{self._suffix}")
                self._film = Film(draft, self._kind, self._fps, pixels, self._crf, self._sound, self._comment)
            self._film.append(pixels)
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
            if self._film is not None:
                with suppress(av.FFmpegError):
                    self._film.close()
            self._held.__exit__(None, None, None)
            self._folder = None

    def _draft(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / name

    def _finished(self) -> Path:
        """End the pictures, choose the palette of a GIF, and name the complete file."""
        if self._film is None:
            raise InputError(f"got no frames for {self.path}", "one or more", "append frames before the block ends")
        whole = self._draft(f"whole{self._suffix}")
        with self._told():
            self._film.finish()
            if self._suffix == ".gif":
                gif_from(self._draft("pictures.mkv"), whole, self._fps)
            if self._comment is not None and not self._kind.sound:
                put_statement(whole, self._comment)
        return whole

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what the encoder or the disk refused."""
        try:
            with told_when_full(self.path):
                yield
        except av.FFmpegError as error:
            raise OSError(f"cannot write {self.path}: {error.strerror}") from error


def _writable(path: PathLike, suffixes: tuple[str, ...]) -> Path:
    """Check that a file can be put there, before any work is done for it."""
    path = named(path)
    if path.suffix.lower() not in suffixes:
        raise InputError(f"got {path}", f"a name ending in one of {' '.join(suffixes)}", "choose one of these formats")
    try:
        if path.is_dir():
            raise InputError(f"got {path}, which is a folder", "the name of a file", "add a file name")
        if path.exists() and not path.is_file():
            raise InputError(f"got {path}, a pipe or device", "the name of a file", "choose another name")
        if path.exists() and not os.access(path, os.W_OK):
            raise InputError(
                f"got {path}, which is write-protected", "a file that may be replaced", "choose another name"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with told_when_full(path), draft_folder(path):
            pass
    except OSError as error:
        if error.strerror is None:  # a full disk, which is told already
            raise
        raise InputError(
            f"got {path}: {error.strerror}", "a folder that can be written", "choose another place for the output"
        ) from error
    return path


def _named(shape: tuple[int, ...]) -> str:
    height, width, channels = shape
    return f"{width}x{height}" + (" with alpha" if channels == 4 else "")


def _exact(fps: float | int) -> Fraction:
    """A rate as the fraction that was meant: 29.97... is 30000/1001."""
    rate = Fraction(fps).limit_denominator(1001)
    return rate if rate and abs(rate / Fraction(fps) - 1) < 1e-6 else Fraction(fps).limit_denominator(_FINEST_RATE)


def _pixels(image: Float[Tensor, "c h w"], alpha: bool) -> UInt8[np.ndarray, "h w c2"]:
    """Check an image and round it to 8 bits; where alpha is not kept, it is laid on white."""
    if image.ndim != 3 or image.shape[0] not in (3, 4) or not image.is_floating_point() or 0 in image.shape:
        raise InputError(
            f"got an image of {image.dtype} and shape {tuple(image.shape)}",
            "floats in [0, 1] of shape (3, height, width)",
            "index the batch, or divide bytes by 255",
        )
    # NumPy's, which takes one core and leaves the others to the model that makes the next frame
    pixels = image.detach().float().cpu().numpy()
    if not np.isfinite(pixels).all():
        raise InputError("got an image with NaN or infinite values", "numbers in [0, 1]", "check where it was computed")
    pixels = pixels.clip(0, 1)
    if len(pixels) == 4 and not alpha:
        pixels = pixels[:3] * pixels[3:] + (1 - pixels[3:])
    return np.ascontiguousarray((pixels * 255).round().astype(np.uint8).transpose(1, 2, 0))
