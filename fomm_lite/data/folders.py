"""Data sets on disk, in the layouts the official code uses.

A data set is a folder of clips, or a folder with `train` and `test` inside. A clip is a video or GIF, a folder of
frames, or one picture of square frames side by side. A name `id#rest.ext` says who is in it: clips of one identity
are kept on one side of a split, and training may count identities instead of clips.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import Literal

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.files.names import named
from fomm_lite.media.film import Film
from fomm_lite.media.read import (
    PICTURE_SUFFIXES,
    VIDEO_SUFFIXES,
    MediaInfo,
    PathLike,
    natural_order,
    probe,
    stream_frames,
)

Split = Literal["train", "test"]
ByteFrames = UInt8[Tensor, "t 3 h w"]

_TEST_SHARE = 0.2
_SPLIT_SEED = 0
_LONGEST_REASON = 200
_SHORT = 1000  # frames of a video up to which it is read in one go: seeking each frame decodes more of it
CACHE_BYTES = 512 * 2**20


def clips(folder: PathLike, split: Split | None = None) -> list[Path]:
    """List the clips of a data set, unopened, in the order a person counts.

    A flat folder is split by a fixed shuffle of its names, a fifth (at least one of two or more) for the test; where
    names tell several identities (`id#rest.ext`), these are split, so that nobody is on both sides.

    Args:
        folder: holds clips, or `train` and/or `test` folders of clips; other files and hidden ones are passed over.
        split: which part; None for everything.

    Raises:
        InputError: no such folder, no such part in it, or no clips.
    """
    folder = named(folder)
    parts = [part for part in _entries(folder) if part.name in ("train", "test") and part.is_dir()]
    parts.sort(key=lambda part: part.name, reverse=True)  # train, then test
    if not parts:
        found = _clips_in(folder)
        if split is None:
            return found
        held_out = _held_out(found)
        chosen = [clip for clip in found if (clip in held_out) == (split == "test")]
        if not chosen:
            raise InputError(f"got a single clip in {folder}", "two or more for a test split", "add clips")
        return chosen
    wanted = [part for part in parts if split in (None, part.name)]
    if not wanted:
        raise InputError(f"got {folder}, which has no folder {split}", "both train and test in it", f"add {split}")
    return [clip for part in wanted for clip in _clips_in(part)]


def by_identity(paths: Sequence[Path]) -> list[list[int]]:
    """Group clips by who is in them: what stands before the first `#` in the name, or the whole name.

    Returns:
        Indices into `paths`, one list an identity, in the order of their first clips.

    Example:
        >>> by_identity([Path("ann#1.mp4"), Path("bob.mp4"), Path("ann#2.mp4")])
        [[0, 2], [1]]
    """
    groups: dict[str, list[int]] = {}
    for index, path in enumerate(paths):
        groups.setdefault(path.name.split("#")[0] or path.name, []).append(index)
    return list(groups.values())


def epoch_steps(identities: int, repeats: int, batch_size: int) -> int:
    """Optimiser steps of one official epoch: `repeats` pairs of each identity (or clip), an unfilled batch dropped.

    Example:
        >>> epoch_steps(420, repeats=75, batch_size=40)  # a part of VoxCeleb, as in the official file
        787
    """
    return identities * repeats // batch_size


def probe_clip(path: PathLike) -> MediaInfo:
    """Look at a clip as training does, without decoding all of it.

    Raises:
        InputError: as `probe`, or for a still, which holds no motion.
    """
    info = probe(path)
    _check_motion(path, info.frames)
    return info


def load_clip(path: PathLike, size: int, max_frames: int | None = None) -> ByteFrames:
    """Load a clip as bytes, cut to a centred square and resized to `size`.

    A longer clip than `max_frames` is thinned evenly: every second, fourth, eighth ... frame is kept, as few as needed
    steps, so between half of `max_frames` and all of it remain. It never takes more memory than `max_frames` do.

    Args:
        path: anything `stream_frames` takes.
        size: side of the frames, in pixels.
        max_frames: the most frames to keep; None keeps all.

    Returns:
        (t 3 size size), 0 to 255.

    Raises:
        InputError: as `stream_frames`, or for `max_frames` below 1.
    """
    if max_frames is not None and max_frames < 1:
        raise InputError(f"got max_frames {max_frames}", "1 or more", "leave it out to keep every frame")
    kept: list[Tensor] = []
    step = 1
    for index, frame in enumerate(stream_frames(path, size)):
        if index % step:
            continue
        if len(kept) == max_frames:
            # Full: every second of the kept frames goes, and from now on every second of those to come.
            kept, step = kept[::2], 2 * step
            if index % step:
                continue
        kept.append(_as_bytes(frame))
    return torch.stack(kept)


class ClipFolder(Sequence[ByteFrames]):
    """The clips of a data set as byte tensors, loaded when asked for: whole, or some of their frames.

    Every clip is probed at the start; broken ones, and stills, which hold no motion, are left out and listed in
    `skipped`. What was loaded stays in memory while it fits into `cache_bytes`, so a small data set is read once.

    Args:
        folder: as in `clips`.
        size: side of the square frames, in pixels.
        split: as in `clips`.
        max_frames: as in `load_clip`.
        cache_bytes: how much memory what was loaded may keep.

    Attributes:
        paths: the usable clips, in the order of the indices.
        skipped: (path, reason) of each clip that was left out.

    Raises:
        InputError: no usable clip.
    """

    def __init__(
        self,
        folder: PathLike,
        size: int,
        split: Split | None = None,
        max_frames: int | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        """Probe every clip, several at a time."""
        candidates = clips(folder, split)
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            looked_at = list(zip(candidates, pool.map(partial(_film_or_reason, size=size), candidates), strict=True))
        self._films = [film for _, film in looked_at if isinstance(film, Film)]
        self.paths = [film.path for film in self._films]
        self.skipped = [(path, reason) for path, reason in looked_at if isinstance(reason, str)]
        if not self.paths:
            path, reason = self.skipped[0]
            raise InputError(
                f"got {folder}, none of whose clips can be used ({path.name}: {reason[:_LONGEST_REASON]})",
                "videos, folders of frames or stacked frames",
                "look at the reason",
            )
        self.size = size
        self.max_frames = max_frames
        self._free_bytes = cache_bytes
        self._cache: dict[int, ByteFrames] = {}
        self._frames: dict[tuple[int, int], UInt8[Tensor, "3 h w"]] = {}

    @property
    def identities(self) -> list[list[int]]:
        """Indices of the usable clips of each identity, as `by_identity`: the official `id_sampling`."""
        return by_identity(self.paths)

    def __len__(self) -> int:
        """Count the usable clips."""
        return len(self.paths)

    def __getitem__(self, index: int) -> ByteFrames:  # type: ignore[override]  # a slice would load many clips unasked
        """Load one clip, (t 3 size size), 0 to 255; do not write into it, it may be the cached one."""
        index = range(len(self))[index]
        if index in self._cache:
            return self._cache[index]
        clip = load_clip(self.paths[index], self.size, self.max_frames)
        if clip.nbytes <= self._free_bytes:
            self._free_bytes -= clip.nbytes
            self._cache[index] = clip
        return clip

    def count(self, index: int) -> int:
        """How many frames a clip has for :meth:`frames`; nothing is read for it."""
        return len(range(0, len(self._films[index]), self._step(index)))

    def frames(self, index: int, numbers: Sequence[int]) -> UInt8[Tensor, "n 3 h w"]:
        """Some frames of a clip, those of ``self[index]``, without reading all of it.

        Of a folder only their files are opened; a long video is decoded from the key frame before each. What is read
        whole anyway, a short video or one picture file, is kept whole while it fits into `cache_bytes`.

        Args:
            index: of the clip.
            numbers: of its frames, below ``count(index)``.

        Raises:
            InputError: a frame that can no longer be read.
        """
        film = self._films[index]
        room = self.count(index) * 3 * self.size**2 <= self._free_bytes
        if index in self._cache or (room and not film.is_folder and len(film) <= _SHORT):
            clip = self[index]
            return clip[[min(number, len(clip) - 1) for number in numbers]]  # damaged frames are not in it
        return torch.stack([self._frame(index, number) for number in numbers])

    def _frame(self, index: int, number: int) -> UInt8[Tensor, "3 h w"]:
        """One frame, kept while there is room."""
        if (index, number) not in self._frames:
            frame = _as_bytes(self._films[index][number * self._step(index)])
            if frame.nbytes > self._free_bytes:
                return frame
            self._free_bytes -= frame.nbytes
            self._frames[index, number] = frame
        return self._frames[index, number]

    def _step(self, index: int) -> int:
        """How many frames further the next one is that `load_clip` keeps."""
        step = 1
        while self.max_frames is not None and len(self._films[index]) > self.max_frames * step:
            step *= 2
        return step


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir(), key=natural_order)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"got {folder}, which is no folder", "a folder of clips", "check the path") from error
    except OSError as error:
        raise InputError(f"got {folder}: {error.strerror}", "something readable", "check its permissions") from error


def _clips_in(folder: Path) -> list[Path]:
    known = PICTURE_SUFFIXES + VIDEO_SUFFIXES
    visible = [path for path in _entries(folder) if path.name[0] != "."]
    found = [path for path in visible if path.is_dir() or path.suffix.lower() in known]
    if not found:
        raise InputError(f"got {folder}, which holds no clips", "videos, GIFs, folders of frames", "pass another one")
    return found


def _held_out(found: list[Path]) -> set[Path]:
    """The test clips of a flat folder: a fifth of the identities, or of the clips where there is only one of them."""
    groups = by_identity(found)
    units = [[found[index] for index in group] for group in groups] if len(groups) > 1 else [[clip] for clip in found]
    Random(_SPLIT_SEED).shuffle(units)
    count = max(1, round(len(units) * _TEST_SHARE)) if len(units) > 1 else 0
    return {clip for unit in units[:count] for clip in unit}


def _check_motion(path: PathLike, frames: int | None) -> None:
    """Refuse a still."""
    if frames is not None and frames < 2:
        raise InputError(f"got {path}, a single frame, which shows no motion", "two or more", "leave it out")


def _film_or_reason(path: Path, size: int) -> Film | str:
    """The clip, or why it cannot be used."""
    try:
        film = Film(path, size)
        _check_motion(path, len(film))
        return film
    except InputError as error:
        return str(error)


def _as_bytes(frame: Float[Tensor, "3 h w"]) -> UInt8[Tensor, "3 h w"]:
    return frame.mul(255).round().to(torch.uint8)
