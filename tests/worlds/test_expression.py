"""Faces drawn with another expression: the landmarks must say what was asked for, and nothing else may change."""

import functools

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.worlds import Clip, faces, puppets
from fomm_lite.worlds.expression import (
    expresses,
    expression_region,
    lid_openings,
    mouth_openings,
    with_lids,
    with_mouth,
)


@functools.cache
def face(seed: int = 4, turn: float = 0.8) -> Clip:
    return faces(seed, frames=12, size=48, stride=2, turn=turn)


def gap(clip: Clip, frame: int, part: str, upper: str, lower: str) -> float:
    """From one landmark down to another, in the frame of a part that does not open itself."""
    marks = clip.landmarks[frame, [clip.landmark_names.index(name) for name in (upper, lower)]]
    top, bottom = clip.pull_part(part, frame, marks)[:, 1].tolist()
    return bottom - top


def test_openings_are_the_gaps_between_landmarks() -> None:
    clip = face()
    lips = [gap(clip, frame, "mouth", "upper lip", "lower lip") for frame in range(12)]
    eyes = [gap(clip, frame, "right eye", "right upper lid", "right lower lid") for frame in range(12)]
    assert torch.allclose(mouth_openings(clip), torch.tensor(lips), atol=1e-4)
    assert torch.allclose(lid_openings(clip), torch.tensor(eyes), atol=1e-4)
    assert mouth_openings(clip).amax() > 0.5 > 0.1 > mouth_openings(clip).amin()
    assert lid_openings(clip).amax() > 1 > 0.2 > lid_openings(clip).amin()


@pytest.mark.parametrize(("redraw", "openings"), [(with_mouth, mouth_openings), (with_lids, lid_openings)])
def test_a_frame_redrawn_as_it_was_is_the_frame(redraw, openings) -> None:
    clip = face()
    for frame in (0, 5, 11):
        again = redraw(clip, float(openings(clip)[frame]))
        assert torch.allclose(again[frame], clip.frames[frame], atol=1e-5)


@pytest.mark.parametrize(("redraw", "names"), [(with_mouth, ("mouth", "lip")), (with_lids, ("eye", "iris", "lid"))])
def test_only_what_opens_changes(redraw, names) -> None:
    clip = face()
    changed = (redraw(clip, 0.1) - redraw(clip, 1.0)).abs().amax(1) > 0.05
    centres = clip.map_part("mouth" if redraw is with_mouth else "left eye", 3, torch.zeros(1, 2))[0]
    rows, columns = torch.nonzero(changed[3]).unbind(1)
    assert len(rows) > 4
    reach = torch.stack([columns, rows], 1) / 47 * 2 - 1 - centres
    far = reach.abs().amax(0) if redraw is with_mouth else reach[:, 1].abs().amax()
    assert far.amax() < 0.45, names


def test_the_region_of_expression_holds_what_opens_and_little_more() -> None:
    """Whatever another opening of mouth or lids changes where the mouth or the eye is open now."""
    clip = face()
    region = expression_region(clip)[:, 0]
    assert region.shape == (12, 48, 48) and 0 <= region.amin() and region.amax() <= 1
    for redraw, openings, least in ((with_mouth, mouth_openings, 0.4), (with_lids, lid_openings, 0.8)):
        wide = openings(clip) > least
        assert wide.sum() > 2
        changed = (redraw(clip, 0.0) - clip.frames)[wide].abs().amax(1) > 0.1
        assert changed.sum() > 20 and region[wide][changed].mean() > 0.8
    assert region.mean() < 0.12
    brows = clip.landmarks[0, [clip.landmark_names.index(name) for name in ("chin", "forehead", "left shoulder")]]
    columns, rows = ((brows + 1) / 2 * 47).round().long().clamp(0, 47).unbind(1)
    assert not region[0, rows, columns].any()
    with pytest.raises(InputError, match="a drawn face"):
        expression_region(puppets(1, frames=2, size=32))


def test_puppets_have_no_expression() -> None:
    clip = puppets(1, frames=2, size=32)
    assert expresses(face()) and not expresses(clip)
    with pytest.raises(InputError, match="a drawn face"):
        mouth_openings(clip)
    with pytest.raises(InputError, match="a drawn face"):
        with_lids(clip, 0.5)
