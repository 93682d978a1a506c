"""Augmentations against oracles: the standard library's colours, torch's quarter turns, counts of the flip rule."""

import colorsys
import math

import numpy as np
import pytest
import torch

from fomm_lite.config import preset
from fomm_lite.errors import InputError
from fomm_lite.training.augment import (
    AUGMENT_PRESETS,
    AugmentConfig,
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    augment,
    augment_preset,
    hsv_to_rgb,
    rgb_to_hsv,
    rotate,
)

EVERYTHING = AugmentConfig(True, True, 20, (0.8, 1.2), 24, 0.3, 0.3, 0.3, 0.3)
OFFICIAL = (
    "vox-256", "vox-adv-256", "taichi-256", "taichi-adv-256", "fashion-256", "mgif-256", "bair-256", "nemo-256"
)  # fmt: skip


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def pair() -> torch.Tensor:
    return torch.rand(2, 3, 20, 30, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def colours() -> torch.Tensor:
    """A cube of colours with all its corners, edges and greys, as one picture."""
    line = torch.linspace(0, 1, 5)
    return torch.stack(torch.meshgrid(line, line, line, indexing="ij")).view(1, 3, 5, 25)


def through(function, pictures: torch.Tensor) -> torch.Tensor:
    """A function of the standard library on every pixel."""
    pixels = [function(*pixel) for pixel in pictures[0].flatten(1).T.tolist()]
    return torch.tensor(pixels).T.view_as(pictures)


def test_colour_spaces_agree_with_the_standard_library_there_and_back(colours):
    hsv = rgb_to_hsv(colours)
    torch.testing.assert_close(hsv, through(colorsys.rgb_to_hsv, colours), atol=1e-6, rtol=0)
    torch.testing.assert_close(hsv_to_rgb(colours), through(colorsys.hsv_to_rgb, colours), atol=1e-6, rtol=0)
    torch.testing.assert_close(hsv_to_rgb(hsv), colours, atol=1e-6, rtol=0)


def test_a_third_of_the_colour_circle_makes_red_green(colours):
    torch.testing.assert_close(adjust_hue(colours, 1 / 3), colours.roll(1, dims=1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("change", [adjust_brightness, adjust_contrast, adjust_saturation])
def test_a_factor_of_one_changes_nothing_and_larger_ones_stay_in_range(change, colours):
    torch.testing.assert_close(change(colours, 1.0), colours, atol=1e-6, rtol=0)
    assert 0 <= change(colours, 3.0).min() and change(colours, 3.0).max() <= 1


def test_a_factor_of_zero_is_black_or_grey(pair):
    grey = 0.299 * pair[:, 0] + 0.587 * pair[:, 1] + 0.114 * pair[:, 2]
    assert adjust_brightness(pair, 0.0).max() == 0
    torch.testing.assert_close(adjust_saturation(pair, 0.0), grey[:, None].expand(-1, 3, -1, -1))
    torch.testing.assert_close(adjust_contrast(pair, 0.0), grey.mean((1, 2)).view(2, 1, 1, 1).expand_as(pair))


@pytest.mark.parametrize("turns", [-1, 1, 2])
def test_quarter_turns_are_those_of_torch(turns):
    square = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(rotate(square, 90.0 * turns), square.rot90(turns, (2, 3)), atol=1e-5, rtol=0)


def test_an_oblong_picture_is_turned_without_shear():
    picture = torch.zeros(1, 3, 41, 81)
    picture[:, :, 20, 50] = 1  # ten pixels right of the centre
    turned = rotate(picture, 90)[0, 0]
    assert (turned > 0.9).nonzero().tolist() == [[10, 40]]  # ten pixels above it
    assert rotate(torch.ones(1, 3, 41, 81), 90)[0, 0, 20, 0] == 0


def test_flips_keep_the_official_odds(pair):
    source, config = random(), AugmentConfig(time_flip=True, horizontal_flip=True)
    outcomes = {"swapped": 0, "mirrored": 0, "as it was": 0}
    for _ in range(2000):
        result = augment(pair, config, source)
        known = {"swapped": pair.flip(0), "mirrored": pair.flip(3), "as it was": pair}
        outcomes[next(name for name, wanted in known.items() if torch.equal(result, wanted))] += 1
    shares = {name: count / 2000 for name, count in outcomes.items()}
    assert shares == pytest.approx({"swapped": 0.5, "mirrored": 0.25, "as it was": 0.25}, abs=0.05)


@pytest.mark.parametrize("name", ["time_flip", "horizontal_flip"])
def test_one_kind_of_flip_alone_takes_half(pair, name):
    source, config = random(), AugmentConfig(**{name: True})
    changed = sum(not torch.equal(augment(pair, config, source), pair) for _ in range(1000))
    assert changed / 1000 == pytest.approx(0.5, abs=0.06)


def test_both_frames_get_the_same_draw(pair):
    same = pair[:1].expand(2, -1, -1, -1)
    for seed in range(20):
        source, driving = augment(same, EVERYTHING, random(seed))
        assert torch.equal(source, driving)
        assert source.shape == (3, 24, 24)


def test_a_seed_gives_one_pair_and_another_seed_another(pair):
    first, again, other = (augment(pair, EVERYTHING, random(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_nothing_asked_nothing_done(pair):
    assert torch.equal(augment(pair, AugmentConfig(), random()), pair)


def test_bytes_stay_bytes_and_agree_with_floats(pair):
    as_bytes = (pair * 255).round().to(torch.uint8)
    from_bytes = augment(as_bytes, EVERYTHING, random(1))
    from_floats = augment(as_bytes.float() / 255, EVERYTHING, random(1))
    assert from_bytes.dtype == torch.uint8 and from_floats.dtype == torch.float32
    torch.testing.assert_close(from_bytes.float() / 255, from_floats, atol=0.51 / 255, rtol=0)


def test_crops_are_windows_of_the_picture_and_reach_every_place():
    picture = torch.arange(6 * 8).view(1, 1, 6, 8).expand(2, 3, -1, -1).to(torch.uint8)
    source, corners = random(), set()
    for _ in range(300):
        crop = augment(picture, AugmentConfig(crop_size=5), source)[0, 0]
        row, column = divmod(int(crop[0, 0]), 8)
        assert torch.equal(crop, picture[0, 0, row : row + 5, column : column + 5])
        corners.add((row, column))
    assert corners == {(row, column) for row in range(2) for column in range(4)}


def test_a_crop_larger_than_the_picture_repeats_its_edge():
    pair = torch.rand(2, 3, 4, 5)
    result = augment(pair, AugmentConfig(crop_size=9), random())
    expected = torch.nn.functional.pad(pair, (2, 2, 2, 3), mode="replicate")
    assert torch.equal(result, expected)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_resizing_without_a_crop_size_keeps_the_size_and_magnifies(factor):
    line = torch.linspace(0.2, 0.8, 40)
    result = augment(line.expand(2, 3, 40, 40), AugmentConfig(resize=(factor, factor)), random())
    assert result.shape == (2, 3, 40, 40)
    slope = (result[0, 0, 20, 25] - result[0, 0, 20, 15]) / (line[25] - line[15])
    assert float(slope) == pytest.approx(1 / factor, rel=0.01)


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_official_file_has_its_augmentations(name):
    assert preset(name)
    config = augment_preset(name)
    assert config.time_flip and config.horizontal_flip and not config.rotation
    result = augment(torch.zeros(2, 3, 256, 256, dtype=torch.uint8), config, random())
    assert result.shape == (2, 3, 256, 256)


def test_presets_differ_as_the_official_files_do():
    jitters = {name: (c.brightness, c.contrast, c.saturation, c.hue) for name, c in AUGMENT_PRESETS.items()}
    assert jitters["vox-adv-256"] == jitters["bair-256"] == (0.1, 0.1, 0.1, 0.1)
    assert jitters["fashion-256"] == (0, 0, 0, 0.1)
    assert jitters["mgif-256"] == (0, 0, 0, 0.5)
    assert jitters["nemo-256"] == (0, 0, 0, 0)
    assert augment_preset("mgif-256").crop_size == 256 and augment_preset("mgif-256").resize == (0.9, 1.1)
    assert augment_preset("mgif-256", size=64).crop_size == 64


def test_few_clips_change_at_least_as_much_as_any_official_file():
    """It is for whom the official augmentations leave too little: no number may be weaker than theirs."""
    strongest = augment_preset("few-clips")
    for name in OFFICIAL:
        other = augment_preset(name)
        for field in ("time_flip", "horizontal_flip", "rotation", "brightness", "contrast", "saturation", "hue"):
            assert getattr(strongest, field) >= getattr(other, field), (name, field)
        assert strongest.resize[0] <= other.resize[0] and strongest.resize[1] >= other.resize[1], name
    assert strongest.rotation > 0


def test_few_clips_keep_the_size_and_move_both_frames_and_the_region_alike():
    pair = torch.from_numpy(random().integers(0, 256, (1, 3, 24, 24), dtype="uint8"))
    pair = torch.cat([pair, pair[:, :1]], dim=1).expand(2, -1, -1, -1)
    results = [augment(pair, augment_preset("few-clips", size=24), random(seed)) for seed in range(4)]
    for result in results:
        assert result.shape == (2, 4, 24, 24) and result[0].equal(result[1])
    assert not results[0].equal(results[1])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hue": 0.6}, "hue = 0.6"),
        ({"contrast": -0.1}, "contrast = -0.1"),
        ({"rotation": math.nan}, "rotation"),
        ({"resize": (1.1, 0.9)}, "resize"),
        ({"crop_size": 0}, "crop_size"),
    ],
)
def test_numbers_out_of_range_are_refused(fields, said):
    with pytest.raises(InputError, match=said):
        AugmentConfig(**fields)


def test_an_unknown_preset_is_refused():
    with pytest.raises(InputError, match="mgif-256"):
        augment_preset("cats-256")


def test_an_official_section_is_read():
    flip = {"time_flip": True, "horizontal_flip": True}
    params = {"flip_param": flip, "resize_param": {"ratio": [0.9, 1.1]}, "crop_param": {"size": [256, 256]}}
    assert AugmentConfig.from_official(params | {"jitter_param": {"hue": 0.5}}) == augment_preset("mgif-256")
    assert AugmentConfig.from_official({"flip_param": flip}) == augment_preset("nemo-256")
    assert AugmentConfig.from_official({}) == AugmentConfig()
    nearest = {"rotation_param": {"degrees": 10}, "resize_param": {"ratio": [1, 2], "interpolation": "nearest"}}
    assert AugmentConfig.from_official(nearest) == AugmentConfig(rotation=10.0, resize=(1.0, 2.0))
    assert AugmentConfig.from_official({"crop_param": {"size": 64}}).crop_size == 64


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"flip": {}}, "'flip' in 'augmentation_params'"),
        ({"flip_param": {"vertical_flip": True}}, "'vertical_flip' in 'flip_param'"),
        ({"jitter_param": {"hue": "0.1"}}, "hue = '0.1'"),
        ({"rotation_param": {}}, "without 'degrees'"),
        ({"crop_param": {"size": [256, 128]}}, "a square"),
        ({"resize_param": {"ratio": [0.9]}}, "ratio"),
        ({"resize_param": 2}, "resize_param"),
        ({"resize_param": {"ratio": [0.9, 1.1], "interpolation": "cubic"}}, "cubic"),
    ],
)
def test_a_misspelt_official_section_is_refused_by_name(params, said):
    with pytest.raises(InputError, match=said):
        AugmentConfig.from_official(params)
