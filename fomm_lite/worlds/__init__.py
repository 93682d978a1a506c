"""Drawn worlds: endless small clips of faces and puppets, from a seed, with the exact truth about their motion."""

from collections.abc import Callable

from fomm_lite.worlds.face import faces
from fomm_lite.worlds.motion import SPLITS, seeds
from fomm_lite.worlds.puppet import puppets
from fomm_lite.worlds.scene import Clip, Part

WORLDS: dict[str, Callable[..., Clip]] = {"faces": faces, "puppets": puppets}

__all__ = ["SPLITS", "WORLDS", "Clip", "Part", "faces", "puppets", "seeds"]
