"""Kinds of films that can be written, and one film as it grows: frames in, sound beside them, a file out.

Callers outside this room use `media.write`.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import UInt8

from fomm_lite.media.sound import Sound

Pixels = UInt8[np.ndarray, "h w c"]

# RGB is converted with the matrix of HD video and tagged with it, so that every player converts back the same way.
_BT709, _TV_RANGE = 1, 1
_TO_BT709 = "out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"
_GIF_FASTEST = (
    50  # frames per second: delays are whole hundredths of a second, and browsers slow one of one down to ten
)


@dataclass(frozen=True)
class Kind:
    """How a kind of film is written.

    Attributes:
        encoder: of the pictures.
        options: of the encoder.
        pixels: what it takes.
        pixels_with_alpha: what it takes where something is transparent; None where the kind cannot show that.
        container: options of the container.
        sound: encoder of sound that cannot be copied; None where the kind is silent.
        copies: sound codecs that the container takes as they are.
    """

    encoder: str
    options: dict[str, str] = field(default_factory=dict)
    pixels: str = "yuv420p"
    pixels_with_alpha: str | None = None
    container: dict[str, str] = field(default_factory=dict)
    sound: str | None = None
    copies: tuple[str, ...] = ()


# Its quickest ways of weighing blocks read memory that nobody wrote where a picture is less than 128 pixels wide: the
# same film came out different by chance. The ways that are the same on every processor do not, and cost nothing here.
_H264 = {"preset": "medium", "x264-params": "cpu-independent=1"}
_VP9 = {"crf": "20", "b": "0", "cpu-used": "4", "row-mt": "1"}
_FASTSTART = {"movflags": "+faststart"}  # the index in front: browsers start playing before the end has arrived
_NO_CHANCE = {"fflags": "+bitexact"}  # Matroska numbers its films by chance otherwise
KINDS = {
    ".mp4": Kind("libx264", _H264, container=_FASTSTART, sound="aac", copies=("aac", "mp3")),
    ".mov": Kind("libx264", _H264, container=_FASTSTART, sound="aac", copies=("aac", "mp3")),
    ".mkv": Kind("libx264", _H264, container=_NO_CHANCE, sound="aac", copies=("aac", "mp3", "opus", "vorbis", "flac")),
    ".webm": Kind("libvpx-vp9", _VP9, "yuv420p", "yuva420p", _NO_CHANCE, sound="libopus", copies=("opus", "vorbis")),
    ".gif": Kind("ffv1", pixels="bgr0"),  # first without loss, as a palette needs all frames
    ".webp": Kind("libwebp_anim", {"quality": "85"}, "bgra", "bgra", {"loop": "0"}),
    ".apng": Kind("apng", {}, "rgb24", "rgba", {"plays": "0"}),
}


class Film:
    """A film that is being written.

    Args:
        path: of the file.
        kind: what it is.
        fps: frames per second.
        first: the first frame, which tells the size and whether there is alpha.
        crf: quality of H.264.
        sound: to add.
        comment: text for the file, where the kind has sound; the silent ones get theirs when they are finished.
    """

    def __init__(
        self,
        path: Path,
        kind: Kind,
        fps: Fraction,
        first: Pixels,
        crf: int,
        sound: Sound | None,
        comment: str | None = None,
    ) -> None:
        """Open the file."""
        self._fps, self._sound, self._count = fps, sound, 0
        height, width, channels = first.shape
        pixels = kind.pixels_with_alpha if channels == 4 and kind.pixels_with_alpha else kind.pixels
        options = kind.options | ({"crf": str(crf)} if kind.encoder == "libx264" else {})
        self._container = av.open(str(path), "w", container_options=kind.container)
        try:
            if comment is not None and kind.sound:
                self._container.metadata["comment"] = comment
            stream = self._container.add_stream(kind.encoder, rate=fps, options=options)
            assert isinstance(stream, VideoStream)
            self._stream = stream
            self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, pixels
            self._stream.time_base = 1 / fps
            if pixels.startswith("yuv"):
                context = self._stream.codec_context
                context.colorspace = context.color_primaries = context.color_trc = _BT709
                context.color_range = _TV_RANGE
            self._stored = "rgba" if channels == 4 else "rgb24"
            start = f"video_size={width}x{height}:pix_fmt={self._stored}:time_base={1 / fps}:pixel_aspect=1/1"
            steps = [("buffer", start), ("scale", _TO_BT709), ("format", pixels), ("buffersink", None)]
            self._graph = Graph()
            self._graph.link_nodes(*(self._graph.add(*step) for step in steps)).configure()
            if sound is not None:
                sound.open(self._container)
        except BaseException:
            self.close()
            raise

    def append(self, pixels: Pixels) -> None:
        """Add a frame, and the sound that goes with it."""
        frame = VideoFrame.from_ndarray(pixels, format=self._stored)
        frame.pts, frame.time_base = self._count, 1 / self._fps
        self._graph.vpush(frame)
        self._container.mux(self._stream.encode(self._graph.vpull()))
        self._count += 1
        self._add_sound()

    def finish(self) -> None:
        """Write what is left, and the index."""
        self._container.mux(self._stream.encode(None))
        if self._sound is not None:
            for packet in self._sound.finish():
                self._container.mux(packet)
        self.close()

    def close(self) -> None:
        """Let go of the file, complete or not."""
        self._container.close()
        if self._sound is not None:
            self._sound.close()

    def _add_sound(self) -> None:
        if self._sound is not None:
            for packet in self._sound.until(self._count / self._fps):
                self._container.mux(packet)


def gif_from(draft: Path, path: Path, fps: Fraction) -> None:
    """Write a film as a GIF: one palette for all of it, dots for the colours between.

    Args:
        draft: the film, without loss.
        path: of the GIF.
        fps: of the film; above 50 some frames are left out.
    """
    with av.open(str(draft)) as film:
        stream = film.streams.video[0]
        size = f"video_size={stream.width}x{stream.height}:pix_fmt=bgr0:pixel_aspect=1/1"
        graph = Graph()
        start = f"{size}:time_base={1 / fps}"
        steps = [("buffer", start), ("palettegen", "stats_mode=full:reserve_transparent=0"), ("buffersink", None)]
        graph.link_nodes(*(graph.add(*step) for step in steps)).configure()
        for picture in _numbered(film, fps):
            graph.vpush(picture)
        graph.vpush(None)
        palette: VideoFrame = graph.vpull()
    rate = min(fps, Fraction(_GIF_FASTEST))
    with av.open(str(draft)) as film, av.open(str(path), "w", container_options={"loop": "0"}) as gif:
        out = gif.add_stream("gif", rate=rate)
        assert isinstance(out, VideoStream)
        out.width, out.height, out.pix_fmt, out.time_base = stream.width, stream.height, "pal8", 1 / rate
        graph = Graph()
        pictures = graph.add("buffer", f"{size}:time_base={1 / rate}")
        colours = graph.add("buffer", f"video_size=16x16:pix_fmt={palette.format.name}:time_base=1/1:pixel_aspect=1/1")
        painted = graph.add("paletteuse", "dither=sierra2_4a:diff_mode=rectangle")
        pictures.link_to(painted, 0, 0)
        colours.link_to(painted, 0, 1)
        painted.link_to(graph.add("buffersink"))
        graph.configure()
        palette.pts = 0
        colours.push(palette)
        colours.push(None)
        for frame in chain[VideoFrame | None](_thinned(_numbered(film, fps), fps, rate), [None]):
            pictures.push(frame)
            with suppress(av.error.BlockingIOError, av.error.EOFError):
                while True:
                    gif.mux(out.encode(graph.vpull()))
        gif.mux(out.encode(None))


def _thinned(frames: Iterator[VideoFrame], fps: Fraction, rate: Fraction) -> Iterator[VideoFrame]:
    """Frames for a lower rate, numbered anew."""
    made = 0
    for index, frame in enumerate(frames):
        if index / fps >= made / rate:
            frame.pts, frame.time_base = made, 1 / rate
            made += 1
            yield frame


def _numbered(film: av.container.InputContainer, fps: Fraction) -> Iterator[VideoFrame]:
    """All frames with exact stamps: the draft's container rounds them."""
    for index, frame in enumerate(film.decode(video=0)):
        frame.pts, frame.time_base = index, 1 / fps
        yield frame
