"""Answers that students give to the exercises of notebook 10, and the right ones written differently."""

import math

import torch

from fomm_lite.course import checks
from fomm_lite.course.ch10_scaling_up import suspects
from fomm_lite.geometry import coordinate_grid
from fomm_lite.geometry import warp as geometry_warp


def fails_as(exercise, wrong, name):
    """Whether a wrong answer is recognised."""
    verdict = exercise(wrong)
    return not verdict.passed and verdict.mistake == name


def test_undoing_the_stretch():
    def by_columns(reported, side, kernel):
        cut = (kernel - 1) // 2
        first, last = -1 + 2 * cut / (side - 1), 1 - 2 * cut / (side - 1)
        return first + (reported + 1) / 2 * (last - first)

    check = checks.unstretched_position
    assert check(by_columns).passed
    assert fails_as(check, lambda x, n, k: x / ((n - k) / (n - 1)), "stretched once more")
    assert fails_as(check, lambda x, n, k: x * (n - k + 1) / n, "pixels counted instead of steps")
    assert fails_as(check, lambda x, *_: x, "nothing undone")


def test_the_bill_of_an_animation():
    def by_list(costs, frames):
        encode, detect, motion, render = costs.tolist()
        return sum([encode, detect, *[detect, motion, render] * frames])

    check = checks.animation_bill
    assert check(by_list).passed
    assert fails_as(check, lambda c, n: c[1] + n * c.sum(), "the source encoded for every frame")
    assert fails_as(check, lambda c, n: c[0] + n * (c[1] + c[2] + c[3]), "the source's keypoints forgotten")
    both = "keypoints of the source found anew for every frame"
    assert fails_as(check, lambda c, n: c[0] + n * (2 * c[1] + c[2] + c[3]), both)


def test_how_far_bfloats_are_apart():
    def by_rounding(x, width):
        """The next number up that bfloat16 can tell from the one below x."""
        below = (x.abs().float().view(torch.int32) >> 16 << 16).view(torch.float32)
        above = (((x.abs().float().view(torch.int32) >> 16) + 1) << 16).view(torch.float32)
        return (above - below) * (width - 1) / 2

    def as_float16(x, width):
        return torch.tensor([2.0 ** (math.floor(math.log2(abs(v))) - 10) for v in x.tolist()]) * (width - 1) / 2

    check = checks.bfloat_step
    assert check(by_rounding).passed
    assert fails_as(check, as_float16, "the digits of float16")
    assert fails_as(check, lambda x, w: 2 * by_rounding(x, w), "twice as many pixels")
    assert fails_as(check, lambda x, w: x * 0 + 2**-7 * (w - 1) / 2, "the same step everywhere")


def places(height, width):
    """A picture in which each pixel says its own column and row."""
    rows, columns = torch.meshgrid(torch.arange(float(height)), torch.arange(float(width)), indexing="ij")
    return torch.stack([columns, rows])[None]


def test_a_test_that_tells_right_warps_from_wrong_ones():
    def by_points(warp):
        """One pixel looks at one place at a time: between four pixels, outside, unlike in x and y."""
        for x, y, column, row in ((0.5, -0.25, 6.0, 1.5), (1.4, -0.5, 8.0, 1.0), (-0.9, 2.0, 0.4, 4.0)):
            seen = warp(places(5, 9), torch.tensor([x, y]).view(1, 1, 1, 2))
            if (seen.flatten() - torch.tensor([column, row])).abs().max() > 1e-3:
                return False
        return True

    def by_identity(warp):
        picture = torch.rand(1, 2, 7, 7)
        return bool((warp(picture, coordinate_grid(7, 7)[None]) - picture).abs().max() < 1e-3)

    def by_inside(warp):
        grid = 2 * torch.rand(1, 8, 8, 2) - 1
        return torch.allclose(warp(places(5, 9), grid)[0, 0], 4 * (grid[0, :, :, 0] + 1), atol=1e-3)

    def to_the_last_bit(warp):
        picture, grid = torch.rand(1, 3, 8, 8), torch.rand(1, 8, 8, 2) * 4 - 2
        return torch.equal(warp(picture, grid), geometry_warp(picture, grid))

    check = checks.telling_warps
    assert check(by_points).passed
    assert fails_as(check, by_identity, "the identity only")
    assert fails_as(check, by_inside, "nothing outside")
    assert fails_as(check, to_the_last_bit, "right to the last bit")
    assert fails_as(check, lambda _: 1, "everybody is right")
    assert check(lambda _: ...).message.startswith("no answer yet")


def test_the_suspects_are_as_they_are_called():
    picture, grid = torch.rand(2, 3, 6, 9), 3 * torch.rand(2, 4, 7, 2) - 1.5
    right = geometry_warp(picture, grid)
    assert torch.equal(suspects.library(picture, grid), right)
    torch.testing.assert_close(suspects.by_neighbours(picture, grid), right)
    wrong = (suspects.corners_unaligned, suspects.exchanged, suspects.black_outside, suspects.nearest)
    for warp in (*wrong, suspects.opposite):
        assert warp(picture, grid).shape == right.shape
        assert (warp(picture, grid) - right).abs().mean() > 0.01
