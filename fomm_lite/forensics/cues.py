"""Measures of a clip that may differ between recorded and generated films. Pure functions, no trained network.

A clip is (t 3 h w) in [0, 1]. Lengths are in pixels of the clip as it is, frequencies in cycles a pixel (0.5 is the
finest pattern that pixels can hold), motion in pixels a frame.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from fomm_lite.errors import InputError

CUE_NAMES = (
    "middle spectrum", "fine spectrum", "residual strength", "residual peakedness", "residual smoothness",
    "motion residual", "border energy", "flicker", "unrest",
)  # fmt: skip
"""What :func:`clip_cues` measures, in its order."""

_LUMA = (0.299, 0.587, 0.114)  # Rec. 601: how bright the eye finds the channels
_TINY = 1e-6


def grey(frames: Float[Tensor, "*t 3 h w"]) -> Float[Tensor, "*t h w"]:
    """Brightness of colour pictures, in their range."""
    return torch.einsum("...chw,c->...hw", frames, torch.tensor(_LUMA).to(frames))


def radial_spectrum(images: Float[Tensor, "*n h w"], rings: int = 16) -> Float[Tensor, " {rings}"]:
    """Mean power of the Fourier coefficients in rings of equal frequency, averaged over the images.

    Each image loses its mean and fades to its borders under a Hann window first: without that, the jump from the right
    border to the left would fill all frequencies.

    Args:
        images: single-channel pictures or residuals.
        rings: how many, from frequency 0 to 0.5; ring i holds [i, i + 1) / (2 rings), the corners beyond 0.5 none.

    Returns:
        The mean of |F|^2 over each ring.

    Raises:
        InputError: images smaller than two pixels a ring: some rings would be empty.

    Example:
        >>> x = torch.arange(64.0)
        >>> wave = torch.cos(6.2832 * 0.27 * x).expand(64, 64)
        >>> int(radial_spectrum(wave, rings=10).argmax())  # 0.27 lies in [0.25, 0.30)
        5
    """
    height, width = images.shape[-2:]
    if min(height, width) < 2 * rings:
        raise InputError(
            f"got {width}x{height} pixels for {rings} rings", f"{2 * rings} or more", "ask for fewer rings"
        )
    fade = torch.outer(*(torch.hann_window(n, periodic=False).to(images) for n in (height, width)))
    power = torch.fft.fft2((images - images.mean((-2, -1), keepdim=True)) * fade).abs().square()
    power = power.reshape(-1, height, width).mean(0)
    down, across = torch.fft.fftfreq(height), torch.fft.fftfreq(width)
    ring = ((down[:, None].square() + across.square()).sqrt() * 2 * rings).long()
    inside = ring < rings
    ring, power = ring[inside], power[inside]
    return torch.zeros(rings).to(power).index_add(0, ring, power) / ring.bincount(minlength=rings)


def noise_residual(images: Float[Tensor, "*n h w"]) -> Float[Tensor, "*n h w"]:
    """What a small blur takes away: the image minus its mean under the weights (1 2 1) x (1 2 1) / 16.

    Borders are repeated outwards. It is 0 wherever the image is flat or a ramp.
    """
    kernel = torch.tensor([1.0, 2.0, 1.0]).to(images) / 4
    flat = images.reshape(-1, 1, *images.shape[-2:])
    blurred = F.conv2d(F.pad(flat, (1, 1, 1, 1), mode="replicate"), torch.outer(kernel, kernel)[None, None])
    return (flat - blurred).view_as(images)


def residual_statistics(residual: Float[Tensor, "*n h w"]) -> Float[Tensor, " 3"]:
    """Strength, peakedness and smoothness of a residual.

    Returns:
        The logarithm of its standard deviation; the logarithm of its kurtosis (fourth moment over squared variance; 3
        before the logarithm for Gaussian noise, more where a few edges hold all the energy); the correlation of
        neighbours to the right.
    """
    centred = residual - residual.mean()
    variance = centred.square().mean() + _TINY**2
    neighbours = (centred[..., 1:] * centred[..., :-1]).mean() / variance
    return torch.stack([variance.sqrt().log(), (centred.pow(4).mean() / variance.square() + _TINY).log(), neighbours])


def match_blocks(
    first: Float[Tensor, "n h w"], second: Float[Tensor, "n h w"], *, window: int = 7, reach: int = 2
) -> tuple[Float[Tensor, "n h w 2"], Float[Tensor, "n h w"]]:
    """For each pixel of ``second`` the whole-pixel step to where ``first`` looks most alike.

    Alike is the smallest mean absolute difference over a window. The smaller step wins a tie, so that flat places and
    still ones do not move. This needs no training, and is how video codecs find motion.

    Args:
        first: earlier frames.
        second: later frames, the same number.
        window: side of the compared squares, odd.
        reach: longest step in x and in y, in pixels.

    Returns:
        Steps (x, y) in pixels, backwards in time; and the difference that remains after them.
    """
    height, width = first.shape[-2:]
    padded = F.pad(first[:, None], (reach,) * 4, mode="replicate")[:, 0]
    steps = [(x, y) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    steps.sort(key=lambda step: step[0] ** 2 + step[1] ** 2)
    best = chosen = None
    for number, (x, y) in enumerate(steps):
        shifted = padded[:, reach + y : reach + y + height, reach + x : reach + x + width]
        gap = _window_mean((second - shifted).abs(), window)
        if best is None or chosen is None:
            best, chosen = gap, torch.zeros_like(gap, dtype=torch.long)
            continue
        better = gap < best - _TINY
        best, chosen = torch.where(better, gap, best), chosen.masked_fill(better, number)
    assert best is not None and chosen is not None, "reach 0 is one step"
    return torch.tensor(steps).to(first)[chosen], best


def _window_mean(images: Float[Tensor, "n h w"], window: int) -> Float[Tensor, "n h w"]:
    """Mean over the square window around each pixel, or over what of it lies in the picture."""
    inside = torch.ones_like(images[:1])
    return _window_sum(images, window) / _window_sum(inside, window)


def _window_sum(images: Float[Tensor, "n h w"], window: int) -> Float[Tensor, "n h w"]:
    """Sum over the window, along rows and then along columns: a few times faster than pooling over the square."""
    padded = F.pad(images, (window // 2,) * 4)
    return padded.unfold(-1, window, 1).sum(-1).unfold(-2, window, 1).sum(-1)


def motion_residual(change: Float[Tensor, "n h w"], remaining: Float[Tensor, "n h w"]) -> Float[Tensor, ""]:
    """Logarithm of the share of change between frames that moving blocks leave unexplained.

    Args:
        change: mean difference in a window without any motion: how much happens at all.
        remaining: that after the best motion, from :func:`match_blocks`.
    """
    return ((remaining.mean() + _TINY) / (change.mean() + _TINY)).log()


def motion_borders(steps: Float[Tensor, "n h w 2"], least: float = 1.0) -> Float[Tensor, "n h w"]:
    """1 where neighbouring pixels move differently by at least that many pixels, grown by one pixel; else 0.

    There one thing slides over another, and what it uncovers had to be invented.
    """
    right = F.pad((steps[:, :, 1:] - steps[:, :, :-1]).norm(dim=-1), (0, 1))
    below = F.pad((steps[:, 1:] - steps[:, :-1]).norm(dim=-1), (0, 0, 0, 1))
    jump = (torch.maximum(right, below) >= least).to(steps)
    return F.max_pool2d(jump[:, None], 3, 1, 1)[:, 0]


def border_energy(residual: Float[Tensor, "n h w"], borders: Float[Tensor, "n h w"]) -> Float[Tensor, ""]:
    """Logarithm of the residual's mean size at motion borders over that elsewhere; 0 where there are no borders."""
    if borders.sum() == 0 or (1 - borders).sum() == 0:
        return residual.new_zeros(())
    size = residual.abs()
    at, away = (size * borders).sum() / borders.sum(), (size * (1 - borders)).sum() / (1 - borders).sum()
    return ((at + _TINY) / (away + _TINY)).log()


def temporal_jitter(tracks: Float[Tensor, "t n 2"]) -> Float[Tensor, ""]:
    """Mean length of the second difference of tracked points, p(t+1) - 2 p(t) + p(t-1): 0 for steady motion.

    Args:
        tracks: points over time, of whatever tracker: keypoints, landmarks; the unit is kept.

    Raises:
        InputError: fewer than three frames.
    """
    if len(tracks) < 3:
        raise InputError(f"got {len(tracks)} frames", "3 or more for a second difference", "use a longer clip")
    return (tracks[2:] - 2 * tracks[1:-1] + tracks[:-2]).norm(dim=-1).mean()


def flicker(images: Float[Tensor, "t h w"]) -> Float[Tensor, ""]:
    """Logarithm of the second difference over time of all pixels, as a share of the first.

    It needs no tracker: smooth motion changes pixels smoothly, and a film whose frames were made one by one does not.
    """
    first = (images[1:] - images[:-1]).abs().mean()
    second = (images[2:] - 2 * images[1:-1] + images[:-2]).abs().mean()
    return ((second + _TINY) / (first + _TINY)).log()


def unrest(images: Float[Tensor, "t h w"], share: float = 0.3) -> Float[Tensor, ""]:
    """Logarithm of how much the stillest pixels change: the given quantile of each pixel's deviation over time."""
    return (images.std(0).flatten().quantile(share) + 1e-4).log()


def clip_cues(frames: Float[Tensor, "t 3 h w"]) -> Float[Tensor, " 9"]:
    """All cues of a clip, in the order of :data:`CUE_NAMES`.

    Args:
        frames: in [0, 1], at least three, of 32 x 32 pixels or more.

    Raises:
        InputError: a clip that is shorter or smaller.
    """
    if len(frames) < 3 or min(frames.shape[-2:]) < 32:
        size = f"{frames.shape[-1]}x{frames.shape[-2]}"
        raise InputError(
            f"got {len(frames)} frames of {size}", "3 or more of 32x32 or more", "use a longer, larger clip"
        )
    images = grey(frames)
    residual = noise_residual(images)
    spectrum = (radial_spectrum(images) + _TINY).log()
    low, middle, fine = spectrum[1:4].mean(), spectrum[4:10].mean(), spectrum[10:].mean()
    steps, remaining = match_blocks(images[:-1], images[1:])
    change = _window_mean((images[1:] - images[:-1]).abs(), 7)
    return torch.stack([
        middle - low,
        fine - middle,
        *residual_statistics(residual),
        motion_residual(change, remaining),
        border_energy(residual[1:], motion_borders(steps)),
        flicker(images),
        unrest(images),
    ])  # fmt: skip


@torch.no_grad()
def all_cues(clips: Sequence[Float[Tensor, "_ 3 h w"]]) -> Float[Tensor, "n 9"]:
    """Cues of several clips, a row each.

    Raises:
        InputError: no clips, or one that :func:`clip_cues` does not take.
    """
    if not clips:
        raise InputError("got no clips", "one or more", "make or read some first")
    return torch.stack([clip_cues(clip) for clip in clips])
