"""What is measured of mouths and lids, on pictures that are known to be open or shut."""

import functools

import pytest
import torch
from torch import Tensor

from fomm_lite.evaluation.accumulate import Piece, Running
from fomm_lite.evaluation.expression import MEASURES, ExpressionScore, openings
from fomm_lite.worlds import Clip, faces, puppets
from fomm_lite.worlds.expression import lid_openings, mouth_openings, with_lids, with_mouth

FRAMES = 12


@functools.cache
def face(seed: int = 4) -> Clip:
    return faces(seed, frames=FRAMES, size=64, stride=2)


def score(prediction: Tensor, clip: Clip, *, pieces: int = 1) -> ExpressionScore:
    running = Running(MEASURES)
    for numbers in torch.arange(1, FRAMES).chunk(pieces):
        running.add(Piece(clip.frames[0], prediction[numbers], clip.frames[numbers], clip=clip, first=int(numbers[0])))
    return running.result(ExpressionScore)


def test_true_frames_are_read_exactly() -> None:
    clip = face()
    assert torch.allclose(openings("mouth", clip.frames, clip), mouth_openings(clip), atol=0.04)
    assert torch.allclose(openings("lids", clip.frames, clip), lid_openings(clip), atol=0.02)
    perfect = score(clip.frames, clip)
    assert perfect.mouth_slope == pytest.approx(1, abs=0.01) and perfect.lid_slope == pytest.approx(1, abs=0.01)
    assert perfect.mouth_correlation > 0.999 and perfect.lid_correlation > 0.999
    assert perfect.mouth_l1 == perfect.eyes_l1 == 0
    assert perfect.mouth_copy_l1 > 0.05 and perfect.eyes_copy_l1 > 0.05


def test_a_face_that_opens_half_the_way_has_slope_one_half() -> None:
    clip = face()
    start = float(mouth_openings(clip)[0])
    timid = torch.stack([
        with_mouth(clip, start + (now - start) / 2)[frame] for frame, now in enumerate(mouth_openings(clip).tolist())
    ])  # fmt: skip
    found = score(timid, clip)
    assert found.mouth_slope == pytest.approx(0.5, abs=0.03) and found.mouth_correlation > 0.99
    assert found.lid_slope == pytest.approx(1, abs=0.02)  # the eyes are told apart from the mouth


def test_a_face_that_keeps_its_expression_has_slope_zero() -> None:
    clip = face()
    still = with_lids(clip, float(lid_openings(clip)[0]))
    found = score(still, clip)
    assert found.lid_slope == pytest.approx(0, abs=0.02)
    assert found.lid_correlation is None or abs(found.lid_correlation) < 0.5
    assert found.mouth_slope == pytest.approx(1, abs=0.02)


def test_pieces_add_up() -> None:
    clip = face()
    noisy = (clip.frames + 0.1 * torch.randn(clip.frames.shape, generator=torch.Generator().manual_seed(0))).clamp(0, 1)
    whole, parts = score(noisy, clip), score(noisy, clip, pieces=3)
    assert parts.mouth_slope == pytest.approx(whole.mouth_slope) and parts.eyes_l1 == pytest.approx(whole.eyes_l1)


def test_puppets_have_nothing_to_say() -> None:
    clip = puppets(2, frames=3, size=32)
    running = Running(MEASURES)
    running.add(Piece(clip.frames[0], clip.frames[1:], clip.frames[1:], clip=clip, first=1))
    assert running.number("mouth_slope") is None and running.number("eyes_l1") is None
