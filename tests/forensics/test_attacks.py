"""Clips after a trip through the world."""

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.evaluation.metrics import psnr
from fomm_lite.forensics import recompress, recompress_all, rescale, sharpen
from fomm_lite.worlds import faces


def test_a_coarser_file_is_further_from_the_clip() -> None:
    clip = faces(2, 4, 64).frames
    fine, coarse = (float(psnr(recompress(clip, crf), clip).mean()) for crf in (16, 40))
    assert fine > coarse + 3
    assert fine > 25


def test_many_clips_are_encoded_as_one_is() -> None:
    clips = [faces(seed, 3, 32).frames for seed in (2, 5, 8)]
    for together, alone in zip(recompress_all(clips, 30), [recompress(clip, 30) for clip in clips], strict=True):
        torch.testing.assert_close(together, alone, rtol=0, atol=0)


def test_odd_sides_and_impossible_quality_are_refused() -> None:
    with pytest.raises(InputError, match="even length"):
        recompress(torch.zeros(2, 3, 33, 32), 20)
    with pytest.raises(InputError, match="crf 52"):
        recompress(torch.zeros(2, 3, 32, 32), 52)


def test_rescaling_keeps_flat_pictures_and_removes_fine_patterns() -> None:
    flat = torch.full((1, 3, 20, 30), 0.4)
    torch.testing.assert_close(rescale(flat, 0.5), flat)
    board = ((torch.arange(20)[:, None] + torch.arange(30)) % 2).float().expand(1, 3, 20, 30)
    assert rescale(board, 0.5).std() < 0.1 * board.std()
    torch.testing.assert_close(rescale(board, 1.0), board)
    with pytest.raises(InputError, match="share"):
        rescale(flat, 0.0)


def test_sharpening_gives_back_what_a_blur_took() -> None:
    clip = 0.3 + 0.4 * faces(2, 3, 64).frames
    blurred = clip - sharpen(clip, 1.0) + clip  # the clip minus its residual: the blur itself
    assert psnr(sharpen(blurred, 1.0), clip).mean() > psnr(blurred, clip).mean() + 2
    torch.testing.assert_close(sharpen(clip, 0.0), clip)
