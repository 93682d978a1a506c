"""Cues against signals whose answer is known."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fomm_lite.errors import InputError
from fomm_lite.forensics import CUE_NAMES, all_cues, clip_cues, cues, rescale
from fomm_lite.worlds import faces


@given(st.floats(0.03, 0.48), st.booleans())
def test_a_wave_shows_in_the_ring_of_its_frequency(frequency: float, upright: bool) -> None:
    wave = torch.sin(math.tau * frequency * torch.arange(64.0)).expand(64, 64)
    spectrum = cues.radial_spectrum(wave.T if upright else wave, rings=8)
    expected = int(frequency * 16)
    borderline = abs(frequency * 16 - round(frequency * 16)) < 0.5
    assert int(spectrum.argmax()) == expected or (borderline and abs(int(spectrum.argmax()) - expected) == 1)


def test_rings_hold_the_mean_power_as_a_loop_finds_it() -> None:
    image = torch.rand(16, 18, generator=torch.Generator().manual_seed(0))
    fade = torch.hann_window(16, periodic=False)[:, None] * torch.hann_window(18, periodic=False)
    power = torch.fft.fft2((image - image.mean()) * fade).abs() ** 2
    found: list[list[float]] = [[] for _ in range(5)]
    for v in range(16):
        for u in range(18):
            radius = math.hypot(min(v, 16 - v) / 16, min(u, 18 - u) / 18)
            if radius < 0.5:
                found[int(radius * 10 + 1e-6)].append(float(power[v, u]))
    expected = torch.tensor([sum(ring) / len(ring) for ring in found])
    torch.testing.assert_close(cues.radial_spectrum(image, rings=5), expected, rtol=1e-4, atol=1e-6)


def test_white_noise_has_a_flat_spectrum() -> None:
    noise = torch.randn(200, 64, 64, generator=torch.Generator().manual_seed(0))
    spectrum = cues.radial_spectrum(noise)[1:]
    assert spectrum.max() / spectrum.min() < 1.1


def test_too_many_rings_are_refused() -> None:
    with pytest.raises(InputError, match="fewer rings"):
        cues.radial_spectrum(torch.zeros(16, 16), rings=16)


def test_a_ramp_leaves_no_residual_and_a_chequerboard_all_of_it() -> None:
    y, x = torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij")
    assert cues.noise_residual(x + 2 * y)[1:-1, 1:-1].abs().max() < 1e-5
    board = (x + y) % 2
    torch.testing.assert_close(cues.noise_residual(board)[1:-1, 1:-1], (board - 0.5)[1:-1, 1:-1])


def test_statistics_of_gaussian_noise() -> None:
    noise = 0.1 * torch.randn(40, 64, 64, generator=torch.Generator().manual_seed(0))
    strength, peaked, smooth = cues.residual_statistics(noise).tolist()
    assert strength == pytest.approx(math.log(0.1), abs=0.01)
    assert peaked == pytest.approx(math.log(3), abs=0.02)
    assert smooth == pytest.approx(0, abs=0.01)
    blurred = (noise[..., 1:] + noise[..., :-1]) / 2  # neighbours share half of what they are made of
    assert cues.residual_statistics(blurred)[2] == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("step", [(0, 0), (2, 0), (-1, 2), (0, -2)])
def test_matching_finds_a_known_step(step: tuple[int, int]) -> None:
    first = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(0))
    second = first.roll((-step[1], -step[0]), (-2, -1))  # what was at p + step is at p
    moved, left = cues.match_blocks(first, second)
    inside = (slice(None), slice(6, -6), slice(6, -6))
    assert (moved[inside] == torch.tensor(step)).all()
    assert left[inside].max() < 1e-6


def test_flat_pictures_do_not_move() -> None:
    flat = torch.full((2, 16, 16), 0.5)
    moved, left = cues.match_blocks(flat, flat)
    assert not moved.any() and not left.any()


def test_motion_residual_is_the_log_of_the_share_left() -> None:
    change = torch.full((1, 4, 4), 0.4)
    assert cues.motion_residual(change, change / 4) == pytest.approx(math.log(0.25), abs=1e-3)


def test_borders_lie_where_motion_jumps() -> None:
    steps = torch.zeros(1, 12, 12, 2)
    steps[:, :, 6:, 0] = 2
    borders = cues.motion_borders(steps)[0]
    assert borders[:, 4:7].all() and not borders[:, :4].any() and not borders[:, 7:].any()
    residual = 0.1 + 0.2 * borders[None]
    assert cues.border_energy(residual, borders[None]) == pytest.approx(math.log(3), abs=1e-3)
    assert cues.border_energy(residual, torch.zeros(1, 12, 12)) == 0


def test_steady_motion_has_no_jitter_and_a_zigzag_has_a_known_one() -> None:
    time = torch.arange(10.0)
    steady = torch.stack([0.1 * time, -0.2 * time], dim=-1)[:, None].expand(-1, 3, 2)
    assert cues.temporal_jitter(steady) < 1e-6
    shaken = steady.clone()
    shaken[1::2, :, 0] += 0.05  # second differences of 0, 1, 0, 1 ... have size 2
    assert cues.temporal_jitter(shaken) == pytest.approx(0.1, rel=1e-4)
    with pytest.raises(InputError, match="3 or more"):
        cues.temporal_jitter(steady[:2])


def test_flicker_tells_a_fade_from_a_blink() -> None:
    fade = torch.linspace(0, 1, 8)[:, None, None].expand(8, 4, 4)
    blink = (torch.arange(8.0) % 2)[:, None, None].expand(8, 4, 4)
    assert cues.flicker(fade) < -5
    assert cues.flicker(blink) == pytest.approx(math.log(2), abs=1e-3)


def test_unrest_looks_at_the_stillest_pixels() -> None:
    clip = torch.zeros(6, 10, 10)
    clip[::2, :6] = 1  # 60 pixels of 100 blink, 40 are still
    assert cues.unrest(clip) == pytest.approx(math.log(1e-4))
    assert cues.unrest(clip, share=0.5) > -1


def test_all_cues_of_a_clip_are_finite_even_when_nothing_happens() -> None:
    assert torch.isfinite(clip_cues(torch.zeros(3, 3, 32, 32))).all()
    assert clip_cues(faces(2, 4, 48).frames).shape == (len(CUE_NAMES),)
    for clip in (torch.zeros(2, 3, 32, 32), torch.zeros(3, 3, 32, 16)):
        with pytest.raises(InputError, match="longer, larger"):
            clip_cues(clip)


def test_a_blurred_clip_loses_its_fine_spectrum() -> None:
    clip = faces(2, 4, 64).frames
    fine = CUE_NAMES.index("fine spectrum")
    assert clip_cues(rescale(clip, 0.5))[fine] < clip_cues(clip)[fine] - 0.3


def test_cues_of_several_clips_are_rows() -> None:
    clips = [faces(seed, 3, 32).frames for seed in (2, 5)]
    torch.testing.assert_close(all_cues(clips)[1], clip_cues(clips[1]))
    with pytest.raises(InputError, match="no clips"):
        all_cues([])


def test_without_reach_what_remains_is_the_mean_difference_in_each_window() -> None:
    first, second = torch.rand(2, 3, 9, 12, generator=torch.Generator().manual_seed(1))
    moved, left = cues.match_blocks(first, second, window=5, reach=0)
    pooled = torch.nn.functional.avg_pool2d((second - first).abs()[:, None], 5, 1, 2, count_include_pad=False)[:, 0]
    torch.testing.assert_close(left, pooled)
    assert not moved.any()
