"""When each picture of a clip is shown, and which of them an output of constant rate takes.

Where a clip's stamps lie on an even grid, every picture is taken once. Elsewhere output picture k is the one on show in
the middle of its time, so that nothing is more than one picture off, whatever the container and however long the clip.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TypeVar

from fomm_lite.errors import InputError

Picture = TypeVar("Picture")

NOMINAL_FPS = 25.0
"""Frames per second of what carries no clock of its own: stills, stacked frames and folders of frames."""

_FASTEST_VARYING = 60  # frames per second where stamps vary: what comes faster is a recorder's jitter
_FASTEST_CAMERA = 1000  # frames per second: what is faster is the tick of a container's clock
_JITTER = 0.3  # of the time between two pictures: how far stamps may be off the even grid
_USUAL = [Fraction(rate * 1000, scale) for rate in (24, 25, 30, 48, 50, 60) for scale in (1000, 1001)]


@dataclass(frozen=True)
class Clock:
    """The time of a clip, counted from the moment that its first picture or sound begins.

    Attributes:
        fps: pictures per second of the output, a fraction.
        frames: pictures of the output.
        even: whether the clip's pictures lie on an even grid, so that each is taken once.
        lead: output pictures before an even clip's first one, whose place it takes: where sound begins earlier.
        longest: seconds for which a picture is shown at most.
        first: when the first picture appears, in seconds; None where stamps do not say which picture a frame is.
    """

    fps: Fraction
    frames: int
    even: bool = True
    lead: int = 0
    longest: Fraction = Fraction(0)
    first: Fraction | None = None

    def place(self, index: int, seconds: Fraction) -> int:
        """The first output picture that shows picture `index`, which appears after `seconds`."""
        if index == 0:
            return 0
        return self.lead + index if self.even else ceil(seconds * self.fps - Fraction(1, 2))

    def place_at(self, seconds: Fraction) -> int:
        """The same for a picture of which only its moment is known, and that ``first`` is."""
        assert self.first is not None
        if self.even:
            return self.lead + round((seconds - self.first) * self.fps)
        return 0 if seconds <= self.first else self.place(1, seconds)


def clock_of(
    stamps: Sequence[Fraction], last: Fraction, nominal: Fraction | None = None, sound_end: Fraction = Fraction(0)
) -> Clock:
    """Find the constant rate that shows pictures with these stamps at their moments.

    Args:
        stamps: when the pictures appear, in seconds, in rising order; one or more.
        last: how long the last one is shown, in seconds; 0 where the clip does not say.
        nominal: the rate that the container promises, believed where the stamps agree.
        sound_end: when the sound ends, in seconds; where pictures vary, the last one may wait for it.

    Example:
        >>> clock = clock_of([Fraction(0), Fraction(1, 20), Fraction(1, 10)], last=Fraction(1))
        >>> str(clock.fps), clock.frames
        ('20', 22)
    """
    steps = [after - before for before, after in pairwise(stamps)]
    mean = (stamps[-1] - stamps[0]) / len(steps) if steps else Fraction(0)
    if not mean:  # a single picture, or no usable stamps at all
        rate = nominal if nominal and nominal <= _FASTEST_CAMERA else Fraction(int(NOMINAL_FPS))
        return Clock(rate, len(stamps))
    for rate in _known_rates(1 / mean, nominal, within=0.01):
        if _lies_on_grid(stamps, rate) and last * rate < 1.5:
            lead = max(0, round(stamps[0] * rate))
            return Clock(rate, lead + len(stamps), lead=lead, longest=1 / rate, first=stamps[0])
    steps = sorted(step for step in steps if step > 0)
    usual = steps[len(steps) // 10]
    rate = min(next(_known_rates(1 / usual, nominal, within=0.03)), Fraction(_FASTEST_VARYING))
    longest = max(steps[-1], last)
    end = stamps[-1] + (last or usual)
    if stamps[-1] < sound_end <= stamps[-1] + longest:
        end = max(end, sound_end)
    frames = ceil(end * rate - Fraction(1, 2))  # as in Clock.place, so that halves are rounded alike
    return Clock(rate, max(1, frames), even=False, longest=longest, first=stamps[0])


def in_time(
    pictures: Iterable[tuple[Fraction, Picture]], clock: Clock, begin: int = 0, stop: int | None = None
) -> Iterator[Picture]:
    """The pictures of a constant-rate output: some come again, some are passed over, in an even clip each comes once.

    Args:
        pictures: when each appears, in seconds, and what it is; in rising order.
        clock: of the clip.
        begin: first output picture wanted.
        stop: the one after the last wanted; None for the end.
    """
    made, held, appeared, index = 0, None, Fraction(0), -1
    for index, (seconds, picture) in enumerate(pictures):
        until = clock.place(index, seconds)
        while held is not None and made < until:
            if made >= begin:
                yield held
            made += 1
            if stop is not None and made >= stop:
                return
        held, appeared = picture, seconds
    if held is None:
        return
    end = clock.lead + index + 1 if clock.even else min(clock.frames, clock.place(1, appeared + clock.longest))
    for output in range(made, end if stop is None else min(end, stop)):
        if output >= begin:
            yield held


def output_range(clock: Clock, start: float | None, end: float | None) -> tuple[int, int]:
    """The output pictures between two moments of a clip.

    Args:
        clock: of the clip.
        start: seconds; None for the beginning.
        end: seconds; None for the end.

    Returns:
        The first picture, and the one after the last.

    Raises:
        InputError: moments outside the clip or in the wrong order.
    """
    length = clock.frames / clock.fps
    first = 0 if start is None else round(Fraction(start) * clock.fps) if start == start else -1
    stop = clock.frames if end is None else min(clock.frames, round(Fraction(end) * clock.fps)) if end == end else -1
    if not 0 <= first < stop:
        raise InputError(
            f"got the part from {0 if start is None else start:g} to {float(length) if end is None else end:g} s",
            f"some of the {float(length):.2f} s of the clip",
            "give a start before the end, both in seconds",
        )
    return first, stop


def _known_rates(rate: Fraction, nominal: Fraction | None, within: float) -> Iterator[Fraction]:
    """Rates close to one that was measured: the promised one, the usual ones, and itself."""
    for known in ([nominal] if nominal else []) + _USUAL:
        if abs(known / rate - 1) < within and known <= _FASTEST_CAMERA:
            yield known
    yield rate


def _lies_on_grid(stamps: Sequence[Fraction], rate: Fraction) -> bool:
    if rate > _FASTEST_CAMERA:
        return False
    step, start = float(1 / rate), float(stamps[0])
    return all(abs(float(stamp) - start - index * step) < _JITTER * step for index, stamp in enumerate(stamps))
