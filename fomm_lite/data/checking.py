"""What a data set holds, told before hours of training: clips, frames, sizes, what is left out and why."""

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fomm_lite.data.folders import CACHE_BYTES, Split, by_identity, clips, probe_clip
from fomm_lite.errors import InputError
from fomm_lite.files.names import named
from fomm_lite.media.read import MediaInfo, PathLike, natural_order, stream_frames

FEW_CLIPS = 20
FEW_FRAMES = 8
_UNSURE = 2  # frames by which a count without decoding may be off
_SPLITS: tuple[Split, ...] = ("train", "test")


@dataclass(frozen=True)
class FoundClip:
    """A clip that can be trained on.

    Attributes:
        path: of the clip.
        split: "train" or "test".
        info: its size, rate and number of frames.
        lost: frames that the file promises and that could not be decoded, where all of them were tried.
    """

    path: Path
    split: Split
    info: MediaInfo
    lost: int = 0


@dataclass(frozen=True)
class DataReport:
    """What is in a data set.

    Attributes:
        folder: the data set.
        size: side in pixels that pictures will be trained at.
        own_split: whether it has folders `train` and `test`; else clips are split by a fixed shuffle.
        clips: the usable ones.
        skipped: (path, reason) of clips that training would leave out.
        passed_over: what lies beside the clips and is none.
        notes: what is wrong with the folder itself, such as a missing split.
    """

    folder: Path
    size: int
    own_split: bool
    clips: tuple[FoundClip, ...]
    skipped: tuple[tuple[Path, str], ...]
    passed_over: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, split: Split) -> tuple[FoundClip, ...]:
        """The usable clips of one part."""
        return tuple(clip for clip in self.clips if clip.split == split)

    @property
    def frames(self) -> int:
        """Frames of all usable clips; those whose number is unknown count as none."""
        return sum(clip.info.frames or 0 for clip in self.clips)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What may spoil the training, or is not meant so; one line each."""
        found = list(self.notes)
        train, test = self.of("train"), self.of("test")
        if train and len(train) < FEW_CLIPS:
            found.append(f"few clips to train on ({len(train)}): the model will know little else")
        shared = _people(train) & _people(test)
        if shared:
            found.append(f"in both train and test, so the test will flatter: {_some(sorted(shared))}")
        found += self._about_sizes()
        short = [clip for clip in self.clips if clip.info.frames is not None and clip.info.frames < FEW_FRAMES]
        if short:
            found.append(f"fewer than {FEW_FRAMES} frames, which show little motion: {_named(short)}")
        torn = [clip for clip in self.clips if clip.lost > _UNSURE]
        if torn:
            found.append(f"damaged, {sum(clip.lost for clip in torn)} frames cannot be decoded: {_named(torn)}")
        need = sum((clip.info.frames or 0) * 3 * self.size**2 for clip in train)
        if need > CACHE_BYTES:
            found.append(
                f"the training clips take {need / 2**30:.1f} GiB at {self.size} px, more than the "
                f"{CACHE_BYTES / 2**30:.1f} GiB that stay in memory: the others are read again for every pair"
            )
        if self.passed_over:
            found.append(f"passed over as no clips: {_some([path.name for path in self.passed_over])}")
        return tuple(found)

    def _about_sizes(self) -> list[str]:
        """Pictures that will be cut or enlarged."""
        oblong = [clip for clip in self.clips if clip.info.width != clip.info.height]
        small = [clip for clip in self.clips if min(clip.info.width, clip.info.height) < self.size]
        found = []
        if oblong:
            found.append(f"not square, so that the middle will be cut out: {_named(oblong)}")
        if small:
            found.append(f"smaller than {self.size} px, so that they will be enlarged: {_named(small)}")
        return found

    def table(self) -> str:
        """The report as text: a line a split, the sizes, what is left out, warnings."""
        lines = [f"{self.folder}: {'folders train and test' if self.own_split else 'split by a fixed shuffle'}", ""]
        lines.append("split   clips  identities  frames  shortest  longest")
        for split in _SPLITS:
            part = self.of(split)
            counts = [clip.info.frames for clip in part if clip.info.frames is not None]
            shortest, longest = (min(counts), max(counts)) if counts else ("-", "-")
            people = len(by_identity([clip.path for clip in part]))
            lines.append(f"{split:<5}  {len(part):>6}  {people:>10}  {sum(counts):>6}  {shortest:>8}  {longest:>7}")
        sizes = Counter(f"{clip.info.width}x{clip.info.height}" for clip in self.clips)
        if sizes:
            shown = [f"{size} ({count})" for size, count in sizes.most_common()]
            lines += ["", f"sizes in pixels (clips): {_some(shown, 8)}"]
        if self.skipped:
            lines += ["", f"left out: {len(self.skipped)}"]
            lines += [f"  {path.name}: {reason}" for path, reason in self.skipped]
        if self.warnings:
            lines += ["", "warnings:", *(f"  {warning}" for warning in self.warnings)]
        return "\n".join(lines)


def check_data(
    folder: PathLike,
    size: int = 256,
    *,
    every_frame: bool = False,
    progress: Callable[[list[Path]], Iterable[Path]] | None = None,
) -> DataReport:
    """Look at every clip of a data set, as training would.

    Args:
        folder: as in :func:`fomm_lite.data.folders.clips`.
        size: side in pixels that pictures are to be trained at.
        every_frame: decode all frames, which takes as long as reading the data set once; without it, a video with
            damage in the middle passes.
        progress: wraps the list of clips, to show how far the check is.

    Raises:
        InputError: no such folder, or no clips in it, usable or not.
    """
    folder = named(folder)
    splits, notes = _splits(folder)
    everything = list(splits)
    found, skipped = [], []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        looks = pool.map(partial(_look, every_frame=every_frame), everything)
        for path, look in zip(progress(everything) if progress else everything, looks, strict=True):
            if isinstance(look, str):
                skipped.append((path, look))
            else:
                found.append(FoundClip(path, splits[path], *look))
    parts = _parts(folder)
    visible = {path for place in [folder, *parts] for path in place.iterdir() if path.name[0] != "."}
    others = sorted(visible - set(parts) - set(everything), key=natural_order)
    return DataReport(folder, size, bool(parts), tuple(found), tuple(skipped), tuple(others), tuple(notes))


def _parts(folder: Path) -> list[Path]:
    """The folders `train` and `test`, where there are any."""
    return [part for part in (folder / "train", folder / "test") if part.is_dir()]


def _splits(folder: Path) -> tuple[dict[Path, Split], list[str]]:
    """Every clip with its part, and what is wrong with the parts."""
    found: dict[Path, Split] = {}
    errors: list[InputError] = []
    for split in _SPLITS:
        try:
            found |= dict.fromkeys(clips(folder, split), split)
        except InputError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found, [str(error) for error in errors]


def _look(path: Path, every_frame: bool) -> tuple[MediaInfo, int] | str:
    """What a clip is and how many frames it lacks, or why it cannot be used."""
    try:
        info = probe_clip(path)
        if not every_frame:
            return info, 0
        count = sum(1 for _ in stream_frames(path))
    except InputError as error:
        return str(error)
    promised = info.frames or count
    return dataclasses.replace(info, frames=count), max(0, promised - count)


def _people(found: tuple[FoundClip, ...]) -> set[str]:
    """Identities that names tell; equal names without `#` may well be numbers that start anew in each part."""
    return {clip.path.name.split("#")[0] for clip in found if "#" in clip.path.name}


def _named(found: list[FoundClip]) -> str:
    return _some([clip.path.name for clip in found])


def _some(names: list[str], most: int = 3) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
