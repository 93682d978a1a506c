"""An hourglass with and without skips: what differs is what they carry, and the outline shows it."""

import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.course.ch03_keypoints_without_labels import skips
from fomm_lite.networks.layers import Hourglass
from fomm_lite.worlds import Clip, faces


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    return [faces(seed, frames=4, size=64) for seed in (1, 2, 3)]


def test_without_skips_nothing_is_known_but_what_the_narrowest_map_holds():
    torch.manual_seed(0)
    blind = skips.WithoutSkips(3, TINY.detector).eval()
    sees = Hourglass(3, TINY.detector).eval()
    sees.load_state_dict(blind.state_dict())  # the same layers
    image = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        for block in blind.up_blocks:  # the way up silenced: only a skip can still tell where something is
            block.conv.weight.zero_()
        sees.load_state_dict(blind.state_dict())
        made, carried = blind(image), sees(image)
    assert made.shape == carried.shape == (1, blind.outputs, 32, 32)
    inner = made[..., 4:-4, 4:-4]
    assert torch.allclose(inner, inner[..., :1, :1].expand_as(inner)) and made[:, -3:].abs().max() == 0
    assert torch.equal(carried[:, -3:], image)


def test_outlines_lie_on_both_sides_of_the_border_and_nowhere_else(clips: list[Clip]):
    pictures, edge = skips.outlines(clips[:1])
    assert pictures.shape == (2, 3, 32, 32) and edge.shape == (2, 32, 32)
    figure = clips[0].part_masks[0, :, ::2, ::2].argmax(0) > 0
    for row in range(1, 31):
        for column in range(1, 31):
            beside = [figure[row + dy, column + dx] for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))]
            assert bool(edge[0, row, column]) == any(each != figure[row, column] for each in beside)


def test_both_are_trained_alike_and_a_seed_repeats_it(clips: list[Clip]):
    before = torch.random.get_rng_state()
    once, again = (skips.compare(clips[:2], clips[2:], steps=2, seed=5) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert list(once.drawn) == list(once.hits) == ["with skips", "without skips"]
    for name, each in once.drawn.items():
        assert torch.equal(each, again.drawn[name]) and each.shape == once.truth.shape
    assert not torch.equal(*once.drawn.values())


def test_hits_are_counted_among_as_many_pixels_as_there_are_true_ones():
    truth = torch.tensor([[[True, True], [False, False]]])
    assert skips.hits(truth.float(), truth) == 1
    assert skips.hits(1 - truth.float(), truth) == 0
    assert skips.hits(torch.tensor([[[0.9, 0.1], [0.5, 0.3]]]), truth) == 0.5
