"""Training pairs: two frames of one clip, drawn so that pair number n is the same in every run.

A pair depends on the seed and its number only, not on what was drawn before. Resuming is then a matter of going on
counting, and several processes share the numbers out without talking to each other.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from fomm_lite.errors import InputError
from fomm_lite.training.augment import AUGMENT_PRESETS, AugmentConfig, augment
from fomm_lite.worlds import WORLDS, seeds


class WorldClips(Sequence[Tensor]):
    """Clips of a drawn world, rendered when they are first asked for and kept as bytes.

    Args:
        world: "faces" or "puppets".
        split: "train", "validation" or "test"; their seeds never meet.
        count: how many clips.
        frames: of each clip.
        size: side in pixels.
        stride: motion steps between frames: few frames far apart show more motion than many close together.
        turn: how far the figures turn, in radians; 0 to pi.

    Raises:
        InputError: an unknown world or split.
    """

    def __init__(
        self,
        world: str,
        split: str,
        count: int,
        *,
        frames: int = 8,
        size: int = 64,
        stride: int = 3,
        turn: float = 0.0,
    ) -> None:
        if world not in WORLDS:
            raise InputError(f"got the world {world!r}", "one of " + ", ".join(WORLDS), "choose one of these")
        self.world, self.frames, self.size, self.stride, self.turn = world, frames, size, stride, turn
        self.seeds = list(seeds(split, count))
        self._rendered: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, index: int) -> UInt8[Tensor, "t 3 h w"]:  # type: ignore[override]
        """One clip."""
        if index not in self._rendered:
            clip = WORLDS[self.world](
                self.seeds[index], frames=self.frames, size=self.size, stride=self.stride, turn=self.turn
            )
            self._rendered[index] = (clip.frames * 255).round().to(torch.uint8)
        return self._rendered[index]


class Pairs(Dataset[Tensor]):
    """Endless numbered pairs (source, driving) from clips.

    Args:
        clips: each (t 3 h w) bytes, t >= 2.
        seed: of the whole sequence.
        augmentation: what is changed in a pair, in both frames alike; by default half of the pairs are mirrored.
        groups: indices of the clips of each identity. A pair then takes an identity first and one of its clips next, so
            that who was filmed often does not count more (the official `id_sampling`); None counts clips.
    """

    def __init__(
        self,
        clips: Sequence[Tensor],
        *,
        seed: int = 0,
        augmentation: AugmentConfig = AUGMENT_PRESETS["lean"],
        groups: Sequence[Sequence[int]] | None = None,
    ) -> None:
        self.clips, self.seed, self.augmentation = clips, seed, augmentation
        self.groups = [[index] for index in range(len(clips))] if groups is None else groups

    def __getitem__(self, number: int) -> UInt8[Tensor, "2 3 h w"]:
        """Pair ``number``: source, then driving."""
        random = np.random.default_rng((self.seed, number))
        group = self.groups[int(random.integers(len(self.groups)))]
        clip = self.clips[group[int(random.integers(len(group)))]]
        source, driving = random.choice(len(clip), size=2, replace=False).tolist()
        return augment(torch.stack([clip[source], clip[driving]]), self.augmentation, random)


class Numbers(Sampler[int]):
    """The numbers from ``start`` to ``stop``: what is left of a training after a resume."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))
