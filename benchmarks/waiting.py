"""How much of a training step is spent waiting for its pairs: ``python -m benchmarks.waiting``.

A world draws a clip when it is first asked for, a folder reads frames when they are; both keep them. So the first steps
wait longest, and are measured apart from those after which everything is known.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from torch.utils.data import DataLoader

from benchmarks.figures import Figure, tell
from benchmarks.steps import PAIRS, stepper
from fomm_lite.data.folders import ClipFolder
from fomm_lite.files.ahead import ahead
from fomm_lite.media.write import write_image
from fomm_lite.training.pairs import FIRST_CLIPS, Numbers, Pairs, WorldClips
from fomm_lite.worlds import faces, seeds

CLIPS, FRAMES, LONG, FILMED = 1000, 24, 200, 256  # clips of a world, as `train` has them; frames of films; their pixels
SHARE, ONE_PAIR = 10.0, 0.02  # per cent of a step; seconds


def folder_of_frames(folder: Path, clips: int, frames: int) -> Path:
    """Clips as folders of PNG, as data sets of faces come."""
    for seed in seeds("train", clips):
        clip = folder / str(seed)
        clip.mkdir(parents=True)
        for number, frame in enumerate(faces(seed, frames=frames, size=FILMED).frames):
            write_image(clip / f"{number:04d}.png", frame)
    return folder


def waited(pairs: Pairs, steps: int, workers: int) -> Iterator[tuple[float, float]]:
    """Seconds that each step waits, and that it works."""
    train, numbers = stepper("lean"), Numbers(0, (steps + 1) * PAIRS)
    loader = DataLoader(pairs, batch_size=PAIRS, sampler=numbers, num_workers=workers)
    batches = iter(loader if workers else ahead(loader))  # as the training loop does it
    train(*(next(batches).float() / 255).unbind(1))  # warms up
    for _ in range(steps):
        start = time.perf_counter()
        batch = next(batches).float() / 255
        ready = time.perf_counter()
        train(*batch.unbind(1))
        yield ready - start, time.perf_counter() - ready


def share(what: str, pairs: Pairs, steps: int, workers: int = 0) -> Figure:
    """How much of some steps is waiting."""
    waits, works = map(sum, zip(*waited(pairs, steps, workers), strict=True))
    note = f"of a step of {(waits + works) / steps * 1e3:.0f} ms" + f", {workers} process ahead" * bool(workers)
    return Figure(f"waiting for pairs: {what}", 100 * waits / (waits + works), "%", SHARE, note=note)


def figures(steps: int = 10, size: int = 32) -> Iterator[Figure]:
    """The share of each case, and the cost of one pair of a long clip."""
    world = Pairs(WorldClips("faces", "train", CLIPS, size=size))
    for index in range(FIRST_CLIPS):  # which cost the first step its time, whatever follows
        world.clips[index]
    yield share(f"faces at {size} px, nothing else drawn yet", world, steps)
    few = Pairs(WorldClips("faces", "train", FIRST_CLIPS, size=size))
    for index in range(len(few.clips)):
        few.clips[index]
    yield share(f"faces at {size} px, all drawn", few, steps)
    with tempfile.TemporaryDirectory() as folder:
        path = folder_of_frames(Path(folder) / "few", 2 * PAIRS, FRAMES)
        for workers in (0, 1):
            yield share(f"frames of {FILMED} px, nothing read yet", Pairs(ClipFolder(path, size)), steps, workers)
        known = Pairs(ClipFolder(path, size))
        for index in range(len(known.clips)):
            known.clips[index]
        yield share(f"frames of {FILMED} px, all read", known, steps)
        path, spent = folder_of_frames(Path(folder) / "long", 1, LONG), []
        for number in range(5):
            pairs = Pairs(ClipFolder(path, FILMED))
            start = time.perf_counter()
            pairs[number]
            spent.append(time.perf_counter() - start)
        yield Figure(f"a pair of a folder of {LONG} frames, {FILMED} px", statistics.median(spent), "s", ONE_PAIR)


if __name__ == "__main__":
    tell(figures())
