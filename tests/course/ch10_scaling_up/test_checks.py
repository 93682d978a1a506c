"""Answers that students give to the exercises of notebook 10, and the right ones written differently."""

import math

import torch

from fomm_lite.course import checks


def fails_as(exercise, wrong, name):
    """Whether a wrong answer is recognised."""
    verdict = exercise(wrong)
    return not verdict.passed and verdict.mistake == name


def test_where_an_identity_warp_looks():
    def by_sampling(columns, width):
        """What a sampler shows of a picture that says its own columns, wide enough that nothing is cut off."""
        x = 2 * columns / (width - 1) - 1
        wide = torch.arange(-width, 2.0 * width)  # columns -W ... 2W - 1
        grid = torch.stack([x / 3, torch.zeros_like(x)], dim=-1)[None, None]  # the same places in the wide picture
        seen = torch.nn.functional.grid_sample(wide[None, None, None], grid, align_corners=False)
        return seen[0, 0, 0]

    check = checks.identity_warp_column
    assert check(by_sampling).passed
    assert fails_as(check, lambda i, w: (2 * i / (w - 1) - 1 + 1) / 2 * (w - 1), "aligned corners on both sides")
    assert fails_as(check, lambda i, w: i / (w - 1) * w, "the half pixel is missing")
    assert fails_as(check, lambda i, w: i - i / w - 0.5, "shrunk instead of magnified")


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
