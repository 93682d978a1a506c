"""Training pairs: two frames of one clip, drawn so that pair number n is the same in every run.

A pair depends on the seed and its number only, not on what was drawn before. Resuming is then a matter of going on
counting, and several processes share the numbers out without talking to each other.
"""

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from fomm_lite.data.folders import ClipFolder
from fomm_lite.errors import InputError
from fomm_lite.training.augment import AUGMENT_PRESETS, AugmentConfig, augment
from fomm_lite.worlds import WORLDS, Clip, seeds
from fomm_lite.worlds.expression import expresses, expression_region, lid_openings, mouth_openings

# To draw a clip costs as much as to learn from two pairs: were each pair of the first steps of another clip, a training
# would spend most of its first minute on drawing.
FIRST_CLIPS, PAIRS_A_CLIP = 16, 24


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
        self._rendered: dict[int, tuple[Tensor, Tensor]] = {}
        self._regions: dict[int, Tensor] = {}

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, index: int) -> UInt8[Tensor, "t 3 h w"]:  # type: ignore[override]
        """One clip."""
        return self._render(index)[0]

    def changes(self, index: int) -> Float[Tensor, "t t"]:
        """How much any two frames of a clip differ in what moves besides the whole.

        Squared differences of the openings of mouth and lids in a face, of all landmarks in a puppet; 0 for a frame and
        itself. That the world knows them makes rare movements frequent in training; no loss sees them.
        """
        pose = self._render(index)[1]
        return (pose[:, None] - pose).square().sum(-1)

    def region(self, index: int) -> UInt8[Tensor, "t 1 h w"]:
        """Where mouth and eyes of a drawn face are in each frame, as bytes.

        Raises:
            InputError: clips of another world.
        """
        if index not in self._regions:
            clip = self._draw(index)
            self._regions[index] = (expression_region(clip) * 255).round().to(torch.uint8)
            self._keep(index, clip)
        return self._regions[index]

    def _render(self, index: int) -> tuple[UInt8[Tensor, "t 3 h w"], Float[Tensor, "t n"]]:
        """A clip and the pose in each of its frames."""
        if index not in self._rendered:
            self._keep(index, self._draw(index))
        return self._rendered[index]

    def _draw(self, index: int) -> Clip:
        return WORLDS[self.world](
            self.seeds[index], frames=self.frames, size=self.size, stride=self.stride, turn=self.turn
        )

    def _keep(self, index: int, clip: Clip) -> None:
        pose = clip.landmarks.flatten(1)
        if expresses(clip):
            pose = torch.stack([mouth_openings(clip), lid_openings(clip)], dim=1)
        self._rendered[index] = (clip.frames * 255).round().to(torch.uint8), pose


class Pairs(Dataset[Tensor]):
    """Endless numbered pairs (source, driving) from clips.

    Args:
        clips: each (t 3 h w) bytes, t >= 2.
        seed: of the whole sequence.
        augmentation: what is changed in a pair, in both frames alike; by default half of the pairs are mirrored.
        groups: indices of the clips of each identity. A pair then takes an identity first and one of its clips next, so
            that who was filmed often does not count more (the official `id_sampling`); None counts clips.
        lively: share of the pairs that are drawn in proportion to the ``changes`` between their frames.
        regions: give each frame a fourth channel, where mouth and eyes are (:meth:`WorldClips.region`).

    Of a drawn world the first pairs come from few clips, which others join one by one. A pair that cannot be read is
    drawn anew. Which pair a number gives depends on the number alone, so that neither a run that goes on nor processes
    that read ahead change what is learnt.

    Raises:
        InputError: lively pairs of clips that do not know what changes in them, or regions of other clips than drawn
            faces; at a pair, no clip that can be read.
    """

    def __init__(
        self,
        clips: Sequence[Tensor],
        *,
        seed: int = 0,
        augmentation: AugmentConfig = AUGMENT_PRESETS["lean"],
        groups: Sequence[Sequence[int]] | None = None,
        lively: float = 0.0,
        regions: bool = False,
    ) -> None:
        if lively and not isinstance(clips, WorldClips):
            raise InputError(f"got lively = {lively} for filmed clips", "clips of a drawn world", "use lively = 0")
        self.clips, self.seed, self.augmentation = clips, seed, augmentation
        if regions and not (isinstance(clips, WorldClips) and clips.world == "faces"):
            raise InputError(
                "got a loss of expression for other clips than drawn faces", "drawn faces", "use expression = 0"
            )
        self.lively, self.regions = lively, regions
        self.groups = [[index] for index in range(len(clips))] if groups is None else groups
        self._broken = torch.zeros(len(clips), dtype=torch.bool).share_memory_()

    def __getitem__(self, number: int) -> UInt8[Tensor, "2 c h w"]:
        """Pair ``number``: source, then driving; of three channels, or of four with ``regions``."""
        for attempt in count():
            random = np.random.default_rng((self.seed, number, attempt) if attempt else (self.seed, number))
            group = self.groups[int(random.integers(self._known(number)))]
            index = group[int(random.integers(len(group)))]
            try:
                return augment(self._frames(index, random), self.augmentation, random)
            except InputError:
                self._broken[index] = True
            self.check_any_left()
        raise AssertionError  # counting has no end

    def broken(self) -> list[int]:
        """Indices of the clips of which something could not be read so far, by whichever process."""
        return self._broken.nonzero().flatten().tolist()

    def check_any_left(self) -> None:
        """Refuse to go on without clips.

        Raises:
            InputError: none that is drawn from can be read.
        """
        if all(self._broken[index] for group in self.groups for index in group):
            raise InputError(
                f"got {len(self.clips)} clips, none of which can be read any more", "one or more", "look at the files"
            )

    def _known(self, number: int) -> int:
        """How many of the identities pair ``number`` may be of."""
        if not isinstance(self.clips, WorldClips):
            return len(self.groups)
        return min(len(self.groups), FIRST_CLIPS + number // PAIRS_A_CLIP)

    def _frames(self, index: int, random: np.random.Generator) -> UInt8[Tensor, "2 c h w"]:
        """Two frames of a clip."""
        if isinstance(self.clips, ClipFolder):
            chosen = random.choice(self.clips.count(index), size=2, replace=False).tolist()
            return self.clips.frames(index, chosen)
        region = self.clips.region(index) if self.regions and isinstance(self.clips, WorldClips) else None
        clip = self.clips[index]
        source, driving = random.choice(len(clip), size=2, replace=False).tolist()
        if self.lively and random.random() < self.lively:
            assert isinstance(self.clips, WorldClips)
            chances = self.clips.changes(index).flatten().double().numpy()
            if chances.sum() > 0:
                source, driving = divmod(int(random.choice(len(chances), p=chances / chances.sum())), len(clip))
        pair = [source, driving]
        return clip[pair] if region is None else torch.cat([clip[pair], region[pair]], dim=1)


class Numbers(Sampler[int]):
    """The numbers from ``start`` to ``stop``: what is left of a training after a resume."""

    def __init__(self, start: int, stop: int) -> None:
        self.start, self.stop = start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.stop))
