"""The patch discriminator: scales, spectral norm, heatmaps. Its numbers are checked in tests/golden."""

import dataclasses

import pytest
import torch

from fomm_lite.config import DiscriminatorConfig
from fomm_lite.errors import InputError
from fomm_lite.networks.discriminator import Discriminator, load_official_discriminator, official_discriminator_state
from fomm_lite.networks.layers import antialias_downsample

SMALL = DiscriminatorConfig(block_expansion=4, max_features=8, num_blocks=3)


def test_each_scale_judges_the_shrunk_picture() -> None:
    both = Discriminator(dataclasses.replace(SMALL, scales=(1.0, 0.5)))
    alone = Discriminator(SMALL)
    alone.scales[0].load_state_dict(both.scales[1].state_dict())
    image = torch.rand(2, 3, 64, 64)
    full, half = both(image)
    [expected] = alone(antialias_downsample(image, 0.5))
    assert torch.equal(half.prediction_map, expected.prediction_map)
    assert [tuple(m.shape) for m in full.feature_maps] == [(2, 8, 30, 30), (2, 8, 13, 13), (2, 8, 10, 10)]
    assert full.prediction_map.shape == (2, 1, 10, 10)


def test_spectral_norm_brings_the_largest_singular_value_to_one() -> None:
    discriminator = Discriminator(dataclasses.replace(SMALL, spectral_norm=True))
    conv = discriminator.scales[0].down_blocks[1].conv
    for _ in range(50):  # each forward pass in training improves the estimate
        discriminator(torch.rand(1, 3, 40, 40))
    discriminator.eval()
    assert torch.linalg.svdvals(conv.weight.flatten(1))[0].item() == pytest.approx(1, abs=1e-3)


def test_keypoints_are_seen_as_heatmaps() -> None:
    config = dataclasses.replace(SMALL, use_keypoints=True, scales=(1.0, 0.5))
    discriminator = Discriminator(config, num_keypoints=2)
    image, positions = torch.rand(1, 3, 64, 64), torch.zeros(1, 2, 2)
    for here, there in zip(discriminator(image, positions), discriminator(image, positions + 0.5), strict=True):
        assert not torch.allclose(here.prediction_map, there.prediction_map)
    with pytest.raises(InputError, match="no keypoints"):
        discriminator(image)


@pytest.mark.parametrize(("blocks", "scale"), [(1, 1.0), (3, 1.0), (3, 0.5), (4, 1.0)])
def test_the_smallest_picture_works_and_a_smaller_one_is_refused(blocks: int, scale: float) -> None:
    discriminator = Discriminator(dataclasses.replace(SMALL, num_blocks=blocks, scales=(scale,)))
    side = discriminator.smallest_side(scale)
    assert discriminator(torch.rand(1, 3, side, side))[0].prediction_map.numel() > 0
    with pytest.raises(InputError, match=f"at least {side} pixels"):
        discriminator(torch.rand(1, 3, side - 1, side))


@pytest.mark.parametrize("spectral", [False, True])
def test_official_names(spectral: bool) -> None:
    config = dataclasses.replace(SMALL, scales=(1.0, 0.5), spectral_norm=spectral)
    trained = Discriminator(config)
    state = official_discriminator_state(trained)
    assert {name.split(".")[1] for name in state} == {"1", "0-5"}
    assert ("discs.0-5.conv.weight_u" in state) == spectral
    assert ("discs.1.down_blocks.0.conv.weight" in state) != spectral
    image = torch.rand(1, 3, 64, 64)
    expected = trained.eval()(image)[1].prediction_map
    for rename in (lambda n: n, lambda n: f"module.{n}", lambda n: n.replace("discs.1.", "discs.1-0.")):
        loaded = load_official_discriminator(Discriminator(config), {rename(n): t for n, t in state.items()})
        assert not loaded.training
        assert torch.equal(loaded(image)[1].prediction_map, expected)


def test_tensors_that_do_not_fit_are_named() -> None:
    discriminator = Discriminator(SMALL)
    state = official_discriminator_state(discriminator)
    with pytest.raises(InputError, match=r"discriminator\.discs\.1\.conv\.bias"):
        load_official_discriminator(discriminator, {n: t for n, t in state.items() if n != "discs.1.conv.bias"})
    with pytest.raises(InputError, match=r"discs\.0-5\.conv\.bias"):
        load_official_discriminator(discriminator, state | {"discs.0-5.conv.bias": torch.zeros(1)})
    with pytest.raises(InputError, match=r"shape \(2,\); expected \(1,\)"):
        load_official_discriminator(discriminator, state | {"discs.1.conv.bias": torch.zeros(2)})
