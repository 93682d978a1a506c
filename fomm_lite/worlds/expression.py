"""A drawn face with another expression: the same frames with the mouth or the lids opened as far as is asked.

What a face would look like with its mouth a little further open is known here, because it can be drawn. That makes an
exact judge of expression: whichever of these pictures comes nearest to a prediction says how far the mouth is open in
it (:mod:`fomm_lite.evaluation.expression`).
"""

import dataclasses

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.worlds.clip import Clip, Part, render
from fomm_lite.worlds.faces_world import DROPS, LOWER_LID
from fomm_lite.worlds.maps import Affine, Curve, Map

_LIPS = ("upper lip", "lower lip")
_LIDS = ("left lid", "right lid")
_INSIDE = ("mouth", "tongue", "teeth", "left eye", "left iris", "right eye", "right iris")


def expresses(clip: Clip) -> bool:
    """Whether a clip shows a mouth and eyes that open and shut: a drawn face does."""
    return {*_LIPS, *_LIDS} <= set(clip.part_names)


def mouth_openings(clip: Clip) -> Float[Tensor, " t"]:
    """How far the mouth is open in each frame: from lip to lip in half widths of the mouth; 0 is closed.

    Raises:
        InputError: a clip without a mouth.
    """
    upper, lower = (_part(clip, name).map for name in _LIPS)
    return _level(lower, len(clip.frames)) - _level(upper, len(clip.frames))


def lid_openings(clip: Clip) -> Float[Tensor, " t"]:
    """How far the eyes are open in each frame: from lid to lid, in units of the eye's height; both move alike.

    Raises:
        InputError: a clip without eyes.
    """
    return LOWER_LID - _level(_part(clip, _LIDS[0]).map, len(clip.frames))


def with_mouth(clip: Clip, opening: float) -> Float[Tensor, "t 3 h w"]:
    """The frames, but for the mouth, which is open by ``opening`` in all of them.

    Raises:
        InputError: a clip without a mouth.
    """
    change = (opening - mouth_openings(clip)) / (DROPS["lower lip"] - DROPS["upper lip"])
    return _moved(clip, {name: drop * change for name, drop in DROPS.items()})


def with_lids(clip: Clip, opening: float) -> Float[Tensor, "t 3 h w"]:
    """The frames, but for the eyes, which are open by ``opening`` in all of them.

    Raises:
        InputError: a clip without eyes.
    """
    change = lid_openings(clip) - opening
    return _moved(clip, dict.fromkeys(_LIDS, change))


def expression_region(clip: Clip) -> Float[Tensor, "t 1 h w"]:
    """Where a face speaks: what is seen of mouth and eyes in each frame, in [0, 1], and the pixels beside it.

    Raises:
        InputError: a clip without a mouth or eyes.
    """
    chosen = [_index(clip, name) for name in (*_LIPS, *_LIDS, *_INSIDE)]
    seen = clip.part_masks[:, chosen].sum(1, keepdim=True).clamp(0, 1)
    return F.max_pool2d(seen, 3, stride=1, padding=1)


def _index(clip: Clip, name: str) -> int:
    """Where a part stands among all, by its name."""
    if name not in clip.part_names:
        raise InputError(f"got a clip without {name}", "a drawn face", "draw one with fomm_lite.worlds.faces")
    return clip.part_names.index(name)


def _part(clip: Clip, name: str) -> Part:
    """A part by its name."""
    return clip.parts[_index(clip, name)]


def _level(carrier: Map, frames: int) -> Float[Tensor, " t"]:
    """How far below the middle of its mouth or eye an edge lies; its innermost steps are a drop and a bend."""
    drop = carrier.outer.step if carrier.outer is not None else None
    assert isinstance(drop, Affine)
    return drop.y0.reshape(-1).expand(frames)


def _moved(clip: Clip, drops: dict[str, Tensor]) -> Float[Tensor, "t 3 h w"]:
    """Draw the clip again with some parts further down; lips and lids are bent so that their corners stay."""
    changed: dict[Map, Map] = {}
    for name, drop in drops.items():
        old = _part(clip, name).map
        changed[old] = _dropped(old, drop.float().view(-1, 1, 1), bent=name in (*_LIPS, *_LIDS))
    parts = tuple(
        dataclasses.replace(
            part,
            map=changed.get(part.map, part.map),
            windows=tuple((changed.get(carrier, carrier), shape) for carrier, shape in part.windows),
        )
        for part in clip.parts
    )
    return render(parts, len(clip.frames), clip.frames.shape[-1])


def _dropped(old: Map, drop: Tensor, *, bent: bool) -> Map:
    """The same map, its place ``drop`` lower in the frame of its mouth or eye."""
    step, outer = old.step, old.outer
    if isinstance(step, Affine):
        return Map(dataclasses.replace(step, y0=step.y0 + drop), outer)
    assert isinstance(step, Curve) and outer is not None and isinstance(outer.step, Affine)
    if bent:
        step = Curve(step.amount - drop, step.upright)
    return Map(step, Map(dataclasses.replace(outer.step, y0=outer.step.y0 + drop), outer.outer))
