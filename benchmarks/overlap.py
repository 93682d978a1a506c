"""From file to film: does a whole ``animate`` cost what its slowest part costs? ``python -m benchmarks.overlap``.

Reading, model and writing are timed each for itself and then together as the command has them. A machine whose cores
one part already fills has nothing to gain, and two parts that meet there show it.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from torch import Tensor

from benchmarks.figures import Figure, taking_turns, tell
from fomm_lite.cli.animate import DEFAULT_DRIVING, DEFAULT_SOURCE
from fomm_lite.cli.common import ClipFile, moved_frames
from fomm_lite.cli.options import DEFAULT_BATCH, DEFAULT_WEIGHTS
from fomm_lite.files.shipped import asset
from fomm_lite.media.read import probe, read_image, stream_frames
from fomm_lite.media.write import write_video
from fomm_lite.weights import load_model

SIZES, REPEATS = (64, 256), 9
MORE = 15.0  # per cent above the slowest part


def works(size: int, out: Path) -> list[Callable[[], object]]:
    """The three parts, and the whole."""
    driving, model = asset(DEFAULT_DRIVING), load_model(DEFAULT_WEIGHTS)
    picture, rate = read_image(asset(DEFAULT_SOURCE), size=size), probe(driving).fps
    driver = list(stream_frames(driving, size))

    def moved(frames: Iterable[Tensor]) -> Iterator[Tensor]:
        return moved_frames(
            model, picture, frames,
            absolute=False, adapt_scale=False, best_frame=None, batch=DEFAULT_BATCH, grid=False,
        )  # fmt: skip

    film = list(moved(driver))
    return [
        lambda: list(stream_frames(driving, size)),
        lambda: list(moved(driver)),
        lambda: write_video(out, film, rate),
        lambda: write_video(out, moved(ClipFile(driving, size)), rate),
    ]


def figures() -> Iterator[Figure]:
    """What the whole takes above its slowest part."""
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            spent = taking_turns(works(size, Path(folder) / "film.mp4"), REPEATS)
            *parts, whole = (statistics.median(times[1:]) for times in spent)
            named = zip(("reading", "model", "writing"), parts, strict=True)
            note = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in named) + f"; together {whole:.2f} s"
            yield Figure(
                f"file to film, {size} px, above its slowest part", 100 * (whole / max(parts) - 1), "%", MORE, note=note
            )


if __name__ == "__main__":
    tell(figures())
