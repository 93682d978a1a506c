"""The sound of a clip, for a film that is made from it: on the same clock, however late or broken it began.

Sound is copied where it starts with the picture and the film's container takes it. Elsewhere it is decoded, laid on
the film's clock sample by sample (silence where there is none, nothing from before the start), mixed down to two
channels at most and encoded anew.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from jaxtyping import Float32

from fomm_lite.errors import InputError
from fomm_lite.media.decode import moment, opened, origin

Samples = Float32[np.ndarray, "channels n"]

_RATE = 48000  # samples per second of sound that is encoded anew: the one that every encoder here takes
_BITS = 96000  # per second and channel
_LATE = Fraction(1, 50)  # seconds by which sound may start late and still be copied, with its container's own stamp
_JITTER = Fraction(1, 25)  # seconds by which a stamp may be off before silence is put in or sound left out


def sound_codec(path: Path) -> str | None:
    """Codec of the first sound track of a sound or video file, such as "aac"; None where it is silent.

    Raises:
        InputError: neither sound nor video.
    """
    with opened(path) as container:
        return _codec_name(container.streams.audio[0]) if container.streams.audio else None


class Sound:
    """The first sound track of a file, handed out as packets of an output, as far as its pictures have come.

    Args:
        path: a sound or video file that has sound.
        encoder: for sound that cannot be copied.
        copies: codecs that the output takes as they are.
        start: seconds of the file to leave out.

    Raises:
        InputError: at construction, where the sound cannot be decoded.
    """

    def __init__(self, path: Path, encoder: str, copies: tuple[str, ...], start: Fraction = Fraction(0)) -> None:
        """Look at the beginning of the sound, so that what is wrong shows before any work."""
        self._path, self._encoder = path, encoder
        with opened(path) as container:
            stream = container.streams.audio[0]
            self._start = origin(container) + start
            first = next(_decoded(container, stream), None)
            if first is None:
                raise InputError(
                    f"got {path}, whose sound ({_codec_name(stream)}) cannot be decoded", "usual sound", "leave it out"
                )
            late = (moment(first) or self._start) - self._start
            # without extradata a container cannot be told what is in its packets
            takes = _codec_name(stream) in copies and bool(stream.codec_context.extradata)
            self._copied = takes and start == 0 and abs(late) < _LATE
        self._rate = first.sample_rate
        self._layout = "mono" if first.layout.nb_channels == 1 else "stereo"
        self._in: InputContainer | None = None

    def open(self, output: OutputContainer) -> None:
        """Add a stream to a film that is about to be written."""
        self._context = opened(self._path)
        self._in = self._context.__enter__()
        stream = self._in.streams.audio[0]
        if self._copied:
            self._out = output.add_stream_from_template(stream)
            self._packets = self._in.demux(stream)
            self._packet = next(self._packets, None)
        else:
            bits = _BITS * (1 if self._layout == "mono" else 2)
            out = output.add_stream(self._encoder, rate=_RATE, layout=self._layout, bit_rate=bits)
            assert isinstance(out, AudioStream)
            self._out = out
            self._pieces = _on_clock(_decoded(self._in, stream), self._rate, self._layout, self._start)
            self._rest: Samples | None = next(self._pieces, None)
            self._written = 0

    def until(self, seconds: Fraction) -> Iterator[Packet]:
        """The packets of the sound up to a moment of the film."""
        if self._copied:
            while self._packet is not None and (moment(self._packet) or self._start) - self._start < seconds:
                if self._packet.pts is not None:
                    yield self._shifted(self._packet)
                self._packet = next(self._packets, None)
            return
        wanted = round(seconds * self._rate)
        while self._rest is not None and self._written < wanted:
            now, rest = np.split(self._rest, [wanted - self._written], axis=1)
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(now), format="fltp", layout=self._layout)
            frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
            yield from self._out.encode(frame)
            self._written += now.shape[1]
            self._rest = rest if rest.size else next(self._pieces, None)

    def finish(self) -> Iterator[Packet]:
        """What the encoder still holds."""
        if not self._copied:
            yield from self._out.encode(None)

    def close(self) -> None:
        """Let go of the file."""
        if self._in is not None:
            self._context.__exit__(None, None, None)
            self._in = None

    def _shifted(self, packet: Packet) -> Packet:
        """A packet with its stamps on the film's clock, for the output."""
        shift = round(self._start / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts - shift
        packet.dts = None if packet.dts is None else packet.dts - shift
        packet.stream = self._out
        return packet


def _codec_name(stream: AudioStream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else "of an unknown kind"


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decoded sound; damaged packets are passed over."""
    for packet in container.demux(stream) if stream.codec_context else ():
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue


def _on_clock(frames: Iterator[AudioFrame], rate: int, layout: str, start: Fraction) -> Iterator[Samples]:
    """Sound from a moment on, without a gap: silence where there is none, and what overlaps left out."""
    position = 0  # samples handed out
    converter, kind = None, None
    for frame in frames:
        if (frame.format.name, frame.layout.name, frame.sample_rate) != kind:
            kind = frame.format.name, frame.layout.name, frame.sample_rate
            converter = AudioResampler("fltp", layout, rate)
        place = position
        due = moment(frame)
        if due is not None:
            place = round((due - start) * rate)
            if position and abs(place - position) <= _JITTER * rate:
                place = position
        assert converter is not None
        for piece in converter.resample(frame):
            samples = piece.to_ndarray()
            if place > position:
                yield from _silence(place - position, len(samples), rate)
                position = place
            kept = samples[:, min(position - place, samples.shape[1]) :]
            place += samples.shape[1]
            if kept.size:
                yield kept
                position += kept.shape[1]


def _silence(count: int, channels: int, rate: int) -> Iterator[Samples]:
    """Nothing to hear, a second at a time."""
    for begin in range(0, count, rate):
        yield np.zeros((channels, min(rate, count - begin)), dtype=np.float32)
