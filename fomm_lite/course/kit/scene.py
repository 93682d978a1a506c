"""Drawn clips, and a scene: one of them and a model, with what does not change while a slider moves."""

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction
from fomm_lite.weights import load_model
from fomm_lite.worlds import WORLDS, Clip, seeds


def drawn_clips(
    world: str, split: str, count: int, *, frames: int = 16, size: int = 64, stride: int = 1, turn: float = 0.0
) -> list[Clip]:
    """The first clips of a split, each with its truth.

    Args:
        world: what is drawn: "faces" or "puppets".
        split: "train", "validation" or "test".
        count: how many clips.
        frames: of each.
        size: side of the pictures in pixels.
        stride: motion steps between frames.
        turn: how far the figures turn, in radians; 0 to pi.
    """
    draw = WORLDS[world]
    return [draw(seed, frames=frames, size=size, stride=stride, turn=turn) for seed in seeds(split, count)]


def drawn_sources(world: str, count: int, size: int) -> Float[Tensor, "{count} 3 {size} {size}"]:
    """First frames of a few test clips but the first, which drives: sources to choose from.

    Args:
        world: what is drawn.
        count: how many.
        size: side of the pictures in pixels.
    """
    picked = list(seeds("test", count + 1))[1:]
    return torch.cat([WORLDS[world](seed, frames=2, size=size).frames[:1] for seed in picked])


class Scene:
    """One clip driving its own first frame, or another picture.

    Args:
        model: a model, or the name of shipped weights.
        world: what is drawn: "faces" or "puppets".
        clip: which of the test clips.
        frames: of the clip.
        size: side of the pictures in pixels.

    Raises:
        InputError: no such world, or no such clip of it.
    """

    def __init__(
        self,
        model: FirstOrderModel | str = "faces-64",
        world: str = "faces",
        *,
        clip: int = 0,
        frames: int = 16,
        size: int = 64,
    ) -> None:
        if world not in WORLDS:
            raise InputError(f"got world {world!r}", f"one of {', '.join(WORLDS)}", "choose one of these")
        if clip < 0:
            raise InputError(f"got clip {clip}", "0 or more", "count from 0")
        self.model = (load_model(model) if isinstance(model, str) else model).eval()
        self.clip: Clip = WORLDS[world](list(seeds("test", clip + 1))[clip], frames=frames, size=size)
        self.source: Float[Tensor, "1 3 h w"] = self.clip.frames[:1]
        with torch.no_grad():
            self.keypoints: Keypoints = self.model.detect(self.clip.frames)
            self.features = self.model.encode(self.source)
        self._truth: dict[int, tuple[Tensor, Tensor]] = {}

    @property
    def kp_source(self) -> Keypoints:
        """Keypoints of the source, the clip's first frame."""
        return self.keypoints[:1]

    def motion(self, frame: int) -> DenseMotion:
        """The dense motion that leads to a frame."""
        with torch.no_grad():
            return self.model.motion(self.source, self.kp_source, self.keypoints[frame : frame + 1])

    def truth(self, frame: int) -> tuple[Float[Tensor, "h w 2"], Float[Tensor, "h w"]]:
        """True deformation and occlusion between the first frame and another; computed once for each frame."""
        if frame not in self._truth:
            self._truth[frame] = self.clip.deformation(0, frame), self.clip.occlusion(0, frame)
        return self._truth[frame]

    def paint(self, motion: DenseMotion) -> Reconstruction:
        """The source, redrawn by a dense motion."""
        with torch.no_grad():
            return self.model.render(self.source, self.features, motion)

    def film(self) -> Reconstruction:
        """The source redrawn for every frame of the clip, all at once."""
        count, still = len(self.clip.frames), self.kp_source
        source = self.source.expand(count, -1, -1, -1)
        kp_source = Keypoints(still.positions.expand(count, -1, -1), still.jacobians.expand(count, -1, -1, -1))
        with torch.no_grad():
            motion = self.model.motion(source, kp_source, self.keypoints)
            return self.model.render(source, [each.expand(count, -1, -1, -1) for each in self.features], motion)

    def driving(self, frame: int) -> Float[Tensor, "3 h w"]:
        """A frame of the clip."""
        return self.clip.frames[frame]
