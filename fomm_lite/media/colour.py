"""Colour as it was meant: profiles of pictures, and what films and pictures state by number, brought to sRGB."""

import re
from io import BytesIO

import numpy as np
from jaxtyping import Float, UInt8, UInt16
from PIL import Image, ImageCms

PQ, HLG = 16, 18
"""Transfer characteristics of HDR, by their numbers in ITU-T H.273."""
BT2020, DISPLAY_P3 = 9, 12
"""Primaries beyond those of sRGB, likewise."""

_TO_BT709 = {  # linear light to that of BT.709 and sRGB (ITU-R BT.2087, and the same for Display P3)
    BT2020: [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    DISPLAY_P3: [[1.2249, -0.2249, 0.0], [-0.0421, 1.0421, 0.0], [-0.0196, -0.0786, 1.0983]],
}
_WHITE_NITS = 203.0  # of paper in an HDR picture; 75 % of the signal in HLG (ITU-R BT.2408)
_KNEE = 0.9  # of linear light: what is brighter is compressed, up to the brightest light that the file can hold
_MODES_WITH_PROFILE = {"RGB": 3, "RGBA": 3, "RGBX": 3, "P": 3, "PA": 3, "L": 1, "LA": 1, "CMYK": 4}


def to_srgb(pixels: UInt8[np.ndarray, "h w c"], mode: str, icc_profile: bytes | None) -> UInt8[np.ndarray, "h w 3"]:
    """Colours of a picture as sRGB, by the profile that lies in its file.

    Args:
        pixels: 0 to 255; red, green and blue, or the four inks.
        mode: "RGB" or "CMYK".
        icc_profile: as it stands in the file. None, one that is broken, or one of another kind of colour: the pixels
            are taken as sRGB.
    """
    height, width = pixels.shape[:2]
    image = Image.frombytes(mode, (width, height), np.ascontiguousarray(pixels).tobytes())
    if icc_profile:
        try:
            profile = ImageCms.ImageCmsProfile(BytesIO(icc_profile))
            if not ImageCms.getProfileDescription(profile).startswith("sRGB"):
                srgb = ImageCms.createProfile("sRGB")
                intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
                image = ImageCms.profileToProfile(image, profile, srgb, intent, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # as a viewer without colour management shows it
    return np.asarray(image.convert("RGB"))


def stated(start: bytes) -> tuple[int, int] | None:
    """Primaries and transfer that an AVIF or PNG states by number; None where it does not.

    Args:
        start: the first bytes of the file.

    Example:
        >>> stated(b"...colrnclx" + bytes([0, 12, 0, 13, 0, 1, 128]))
        (12, 13)
    """
    header = re.split(b"mdat|IDAT", start, maxsplit=1)[0]
    found = re.search(rb"colrnclx\0(.)\0(.)|cICP(.)(.)", header, re.DOTALL)
    if found is None:
        return None
    primaries, transfer = (each[0] for each in found.groups() if each)
    return primaries, transfer


def is_wide(primaries: int, transfer: int) -> bool:
    """Whether colours with these numbers have to be brought to sRGB; BT.601 and 709 are taken as they are."""
    return primaries in _TO_BT709 or transfer in _CURVES


def wide_to_srgb(pixels: UInt16[np.ndarray, "h w 3"], primaries: int, transfer: int) -> Float[np.ndarray, "h w 3"]:
    """A picture in HDR or of wide primaries as sRGB.

    In HDR paper white becomes 1, and lights beyond it are compressed. Elsewhere the signal is taken as sRGB's, as it is
    with narrow primaries.

    Args:
        pixels: the signal, 0 to 65535.
        primaries: `BT2020` or `DISPLAY_P3`; of HDR, any others are taken for BT.2020's.
        transfer: `PQ`, `HLG`, or any other.

    Returns:
        In [0, 1].
    """
    matrix = np.array(_TO_BT709.get(primaries, _TO_BT709[BT2020]), dtype=np.float32)
    light = _CURVES.get(transfer, _FROM_SRGB)[pixels] @ matrix.T
    if transfer in _CURVES:
        brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
        # One factor for the three channels keeps the hue; the curve meets the straight line with its slope.
        room = 1 - _KNEE
        shown = np.where(brightest > _KNEE, 1 - room * room / (brightest - _KNEE + room), brightest)
        light = light * (shown / brightest)
    light = np.clip(light, 0, 1)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return encoded.astype(np.float32)


def _linear_from_srgb() -> Float[np.ndarray, " n"]:
    """Linear light of each 16-bit sRGB signal (IEC 61966-2-1)."""
    signal = np.linspace(0, 1, 65536)
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _linear_from_hlg() -> Float[np.ndarray, " n"]:
    """Linear light of each 16-bit HLG signal, paper white being 1 (ITU-R BT.2100, without its system gamma)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    signal = np.linspace(0, 1, 65536)
    light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return (light / ((np.exp((0.75 - c) / a) + b) / 12)).astype(np.float32)


def _linear_from_pq() -> Float[np.ndarray, " n"]:
    """Linear light of each 16-bit PQ signal, paper white being 1 (SMPTE ST 2084)."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = np.linspace(0, 1, 65536) ** (1 / m2)
    nits = 10000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)
    return (nits / _WHITE_NITS).astype(np.float32)


_CURVES = {HLG: _linear_from_hlg(), PQ: _linear_from_pq()}
_FROM_SRGB = _linear_from_srgb()
