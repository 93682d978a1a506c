"""The mark: unseen, found with its key only, and honest about being gone."""

import math

import pytest
import torch

from fomm_lite.errors import InputError
from fomm_lite.evaluation.metrics import psnr
from fomm_lite.forensics import detect_watermark, embed_watermark, recompress, rescale
from fomm_lite.forensics.watermark import MIDDLE, block_coefficients, cosine_basis, key_pattern
from fomm_lite.worlds import faces

KEY = "a key for tests"


@pytest.fixture(scope="module")
def clip() -> torch.Tensor:
    return faces(2, 8, 64).frames


def test_coefficients_are_the_cosine_sums_of_the_definition() -> None:
    block = torch.rand(8, 8, generator=torch.Generator().manual_seed(0))
    found = block_coefficients(block[None])[0, 0]
    for v, u in ((0, 0), (1, 0), (3, 5), (7, 7)):
        total = sum(
            float(block[y, x]) * math.cos(math.pi * v * (y + 0.5) / 8) * math.cos(math.pi * u * (x + 0.5) / 8)
            for y in range(8)
            for x in range(8)
        )
        scale = (math.sqrt(0.5) if v == 0 else 1) * (math.sqrt(0.5) if u == 0 else 1) / 4
        assert float(found[v, u]) == pytest.approx(scale * total, abs=1e-5)


def test_blocks_come_row_by_row() -> None:
    image = torch.arange(6.0).view(2, 3).repeat_interleave(8, 0).repeat_interleave(8, 1)
    padded = torch.nn.functional.pad(image, (0, 5, 0, 3))  # what is left over is skipped
    assert torch.allclose(block_coefficients(padded[None])[0, :, 0, 0] / 8, torch.arange(6.0), atol=1e-5)
    assert torch.allclose(cosine_basis() @ cosine_basis().T, torch.eye(8), atol=1e-6)


def test_patterns_of_keys_are_fixed_balanced_and_unrelated() -> None:
    one, other = key_pattern("one", 64), key_pattern("other", 64)
    assert torch.equal(one, key_pattern("one", 64))
    assert set(one.unique().tolist()) == {-1.0, 1.0}
    assert one.shape == (64, len(MIDDLE))
    spread = 4 / math.sqrt(one.numel())
    assert one.mean().abs() < spread and (one * other).mean().abs() < spread


def test_the_mark_is_faint_as_promised(clip: torch.Tensor) -> None:
    grey = torch.full((1, 3, 64, 64), 0.5)
    expected = -20 * math.log10(0.016 * math.sqrt(len(MIDDLE) / 64))
    assert float(psnr(embed_watermark(grey, KEY), grey)) == pytest.approx(expected, abs=0.01)
    assert psnr(embed_watermark(clip, KEY), clip).min() > 38


def test_it_is_found_with_its_key_only(clip: torch.Tensor) -> None:
    marked = embed_watermark(clip, KEY)
    assert detect_watermark(marked, KEY).score > 10
    assert not detect_watermark(clip, KEY).found
    assert not detect_watermark(marked, "another key").found


def test_scores_of_wrong_keys_are_standard_normal(clip: torch.Tensor) -> None:
    marked = embed_watermark(clip, KEY)
    scores = torch.tensor([detect_watermark(marked, f"guess {number}").score for number in range(300)])
    assert scores.mean().abs() < 0.25
    assert 0.85 < scores.std() < 1.15


def test_it_survives_a_mild_file_and_says_when_it_does_not(clip: torch.Tensor) -> None:
    marked = embed_watermark(clip, KEY)
    scores = [detect_watermark(recompress(marked, crf), KEY) for crf in (16, 23, 48)]
    assert scores[0].found and scores[1].found and not scores[2].found
    assert scores[0].score > scores[1].score > scores[2].score


def test_a_shift_by_half_a_block_or_strong_shrinking_hides_it(clip: torch.Tensor) -> None:
    marked = embed_watermark(clip, KEY)
    assert not detect_watermark(marked.roll(4, -1), KEY).found
    assert detect_watermark(rescale(marked, 0.25), KEY).score < 0.3 * detect_watermark(marked, KEY).score


def test_borders_that_fill_no_block_stay_as_they_are() -> None:
    frames = torch.full((1, 3, 20, 30), 0.5)
    changed = (embed_watermark(frames, KEY) - frames).abs().amax((0, 1))
    assert changed[16:].max() == 0 and changed[:, 24:].max() == 0
    assert changed[:16, :24].max() > 0


def test_what_cannot_be_marked_is_refused() -> None:
    with pytest.raises(InputError, match="8x8"):
        embed_watermark(torch.zeros(1, 3, 7, 64), KEY)
    with pytest.raises(InputError, match="empty key"):
        detect_watermark(torch.zeros(1, 3, 8, 8), "")
