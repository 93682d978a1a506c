"""Videos through PyAV: look at one, stream its frames at their moments, the right way up and in the right colours.

PyAV carries its own FFmpeg, so that what is read depends on no program of the machine. Callers outside this room use
`media.read`.
"""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.frame import Frame
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.clock import NOMINAL_FPS, Clock, clock_of, in_time
from fomm_lite.media.shown import Screen

# Containers only: no playlists, subtitles or text art, which could open other files or turn a letter into a film.
_CONTAINERS = (
    "mov,matroska,webm,avi,asf,flv,ogg,mpeg,mpegts,mpegvideo,m4v,h264,hevc,av1,obu,ivf,yuv4mpegpipe,mjpeg,dv,rm,mxf,nut"
    ",wav,mp3,flac,aac,ac3,aiff,amr"
)
_ATTACHED_PICTURE = 0x400  # the disposition of a cover, which is no film
_LOST_SECONDS = 0.5  # by which a Matroska file may end before the length that it states
_REORDERED = Fraction(1, 4)  # seconds by which a frame may be decoded before it is shown
# Tags that are no UTF-8 are left out: from version 19 on PyAV keeps their bytes without being asked.
_TAGS: dict[str, Any] = {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "ignore"}
_WITH_ALPHA = {"vp9": "libvpx-vp9", "vp8": "libvpx"}  # the decoders that read it


@dataclass(frozen=True)
class MediaInfo:
    """What a clip is, without its pixels.

    Attributes:
        width: of one frame as it is shown, in pixels: turned upright, pixels made square, a stack already cut.
        height: of one frame, likewise.
        fps: frames per second; where they vary, the constant rate that `stream_frames` gives.
        frames: how many `stream_frames` gives (counted without decoding, so it may be a frame or two off), None if
            unknown.
        has_audio: whether there is a sound track.
    """

    width: int
    height: int
    fps: float
    frames: int | None
    has_audio: bool


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """A file of sound or moving pictures, for reading.

    Raises:
        InputError: it is none.
    """
    try:
        # "file:" keeps a colon in a name from being read as a protocol
        container = av.open(f"file:{path}", options={"format_whitelist": _CONTAINERS}, **_TAGS)
    except (av.FFmpegError, ValueError) as error:
        raise InputError(
            f"got {path}, which is no picture and no video that can be read",
            "a picture, a video or a folder of frames",
            "check that the file is what its name says and arrived whole",
        ) from error
    with container:
        yield container


def probe_video(path: Path) -> tuple[MediaInfo, Clock]:
    """Decode the first frame and walk through the rest undecoded.

    Raises:
        InputError: not a video, a video without pictures, or one that is cut short.
    """
    with opened(path) as container:
        stream = _film(container, path)
        aspect, has_audio = ratio(stream.sample_aspect_ratio), bool(container.streams.audio)
        first = next(_decoded(container, stream), None)
        if first is None:
            raise InputError(f"got {path}, of which no frame can be decoded", "a video", "export it again as MP4")
        height, width = Screen(aspect)(first[1]).shape[1:]
    with opened(path) as container:
        clock = _clock(container, _film(container, path), path)
    return MediaInfo(width, height, float(clock.fps), clock.frames, has_audio), clock


def video_frames(
    path: Path, clock: Clock, size: int | None = None, fit: bool = False, begin: int = 0, stop: int | None = None
) -> Generator[Float[Tensor, "3 h w"], None, None]:
    """Stream decoded frames; the file is closed when the iterator is exhausted or closed.

    Args:
        path: a video that `probe_video` accepts.
        clock: from there.
        size: cut to a centred square and resize to this side; None keeps the frames as they are.
        fit: instead of cutting, shrink or enlarge until the longer side is `size`.
        begin: first output frame wanted.
        stop: the one after the last; None for the end.

    Raises:
        InputError: while streaming, where no frame can be decoded.
    """
    shown: VideoFrame | None = None
    with opened(path) as container:
        stream = _film(container, path)
        screen = Screen(ratio(stream.sample_aspect_ratio), size, fit)
        for frame in in_time(_decoded(container, stream), clock, begin, stop):
            if frame is not shown:
                shown, image = frame, screen(frame)
            yield image
    if shown is None:
        raise InputError(f"got {path}, broken after 0 good frames", "a whole video", "export it again as MP4")


def video_frame(path: Path, clock: Clock, number: int, size: int | None = None) -> Float[Tensor, "3 h w"]:
    """One frame of the stream that `video_frames` gives, decoded from the key frame before it.

    Args:
        path: a video that `probe_video` accepts.
        clock: from there.
        number: of the frame, from 0.
        size: as in `video_frames`.

    Raises:
        InputError: no such frame can be decoded.
    """
    if clock.first is not None:
        with opened(path) as container:
            stream, shown = _film(container, path), None
            for seconds, frame in _decoded(container, stream, since=number / clock.fps - _REORDERED):
                if clock.place_at(seconds) > number:
                    break
                shown = frame
            if shown is not None:
                return Screen(ratio(stream.sample_aspect_ratio), size)(shown)
    # no stamps to go by, or a file whose index leads too far: from its beginning
    with closing(video_frames(path, clock, size, begin=number, stop=number + 1)) as frames:
        for found in frames:
            return found
    raise InputError(f"got {path}, which has no good frame {number}", "a whole video", "export it again as MP4")


def origin(container: InputContainer) -> Fraction:
    """The moment, on a file's own clock, when its first picture or sound begins, in seconds."""
    starts = [
        stream.start_time * stream.time_base
        for stream in [*_films(container)[:1], *container.streams.audio[:1]]
        if stream.start_time is not None and stream.time_base
    ]
    return min(starts, default=Fraction(0))


def moment(item: Packet | Frame) -> Fraction | None:
    """When a packet or frame is due on its file's own clock, in seconds; None where it has no stamp."""
    return item.pts * item.time_base if item.pts is not None and item.time_base else None


def ratio(value: Any) -> Fraction | None:
    """A fraction of PyAV, which from version 19 on has a kind of its own, false where nothing is set."""
    return Fraction(value.numerator, value.denominator) if value else None


def _films(container: InputContainer) -> list[VideoStream]:
    """Video streams that are no cover of an album."""
    return [stream for stream in container.streams.video if not stream.disposition & _ATTACHED_PICTURE]


def _film(container: InputContainer, path: Path) -> VideoStream:
    """The first real video stream."""
    films = _films(container)
    if not films:
        raise InputError(f"got {path}, which has no video stream", "a video", "pass a file with moving pictures")
    if films[0].codec_context is None:
        raise InputError(f"got {path}, a video of an unknown kind", "a usual one", "export it as MP4 (H.264)")
    return films[0]


def _decoded(
    container: InputContainer, stream: VideoStream, since: Fraction = Fraction(0)
) -> Iterator[tuple[Fraction, VideoFrame]]:
    """When each frame appears, in seconds from the beginning, and what it is; damaged ones are passed over.

    With ``since``, from the last key frame before that moment, or from the beginning where the file knows none.
    """
    context = stream.codec_context
    if stream.metadata.get("alpha_mode") == "1" and context.name in _WITH_ALPHA:
        with_alpha = VideoCodecContext.create(_WITH_ALPHA[context.name], "r")
        assert isinstance(with_alpha, VideoCodecContext)
        context = with_alpha
    context.thread_type = "AUTO"
    start, seconds = origin(container), Fraction(0)
    if since > 0 and stream.time_base:
        with suppress(av.FFmpegError):
            container.seek(int((since + start) / stream.time_base), stream=stream)
    for packet in container.demux(stream):
        try:
            frames = context.decode(packet)
        except av.FFmpegError:
            continue
        for frame in frames:
            stamp = moment(frame)
            seconds = seconds if stamp is None else stamp - start
            yield seconds, frame


def _clock(container: InputContainer, stream: VideoStream, path: Path) -> Clock:
    """The clock of a film, from its packets.

    Raises:
        InputError: a file that is cut short.
    """
    ticks: list[tuple[int, int]] = []
    start, end, broken_end, walked, unstamped = origin(container), Fraction(0), False, 0, 0
    for packet in container.demux():
        if not packet.size:
            continue
        stamp = packet.dts if packet.pts is None else packet.pts
        if stamp is not None and packet.time_base:
            end = max(end, (stamp + (packet.duration or 0)) * packet.time_base - start)
        if packet.stream.index != stream.index:
            continue
        walked, broken_end = walked + 1, packet.is_corrupt
        if not packet.is_discard:  # those before an editor's cut help to decode and are not shown
            if stamp is None:
                unstamped += 1
            else:
                ticks.append((stamp, packet.duration or 0))
    count, promised = len(ticks) + unstamped, stream.frames
    family = container.format.name.split(",")[0]
    # what is stated is the moment of the end: recorders and cutters may leave the beginning where it was
    stated = Fraction(container.duration or 0, 1_000_000) - max(start, Fraction(0))
    short = family == "matroska" and stated - end > max(_LOST_SECONDS, 0.03 * stated)
    if broken_end or short or (family == "mov" and walked < len(stream.index_entries)):
        ends = f"{count} of {promised} frames" if promised > count else f"{count} frames"
        raise InputError(f"got {path}, cut short: it ends after {ends}", "a whole video", "download it again")
    if unstamped or not stream.time_base:  # a raw stream: its pictures follow each other at the rate it names
        return Clock(ratio(stream.codec_context.framerate) or Fraction(int(NOMINAL_FPS)), count)
    ticks.sort()
    stamps = [tick * stream.time_base - start for tick, _ in ticks]
    if family == "avi":
        stamps = _without_delay(stamps)
    nominal = ratio(stream.average_rate) or ratio(stream.guessed_rate)
    clock = clock_of(stamps, ticks[-1][1] * stream.time_base, nominal, end)
    return replace(clock, first=None) if family == "avi" else clock


def _without_delay(stamps: list[Fraction]) -> list[Fraction]:
    """Stamps of an AVI, which knows no moments, only places: encoders that look ahead leave one or two empty."""
    if len(stamps) < 3:
        return stamps
    step = stamps[2] - stamps[1]
    hole = stamps[1] - stamps[0] - step
    return [stamps[0], *(stamp - hole for stamp in stamps[1:])] if 0 < hole <= 2 * step else stamps
