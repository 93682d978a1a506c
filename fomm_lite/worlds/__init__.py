"""Drawn worlds: endless small clips of faces and puppets, from a seed, with the exact truth about their motion."""

from collections.abc import Callable

from fomm_lite.worlds.clip import Clip, Part
from fomm_lite.worlds.faces_world import faces
from fomm_lite.worlds.motion import SPLITS, seeds
from fomm_lite.worlds.puppets_world import puppets

WORLDS: dict[str, Callable[..., Clip]] = {"faces": faces, "puppets": puppets}

__all__ = ["SPLITS", "WORLDS", "Clip", "Part", "faces", "puppets", "seeds"]
