"""Very large pictures: little memory, the same result, one line where it is too much."""

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from fomm_lite.errors import InputError
from fomm_lite.media import pictures
from fomm_lite.media.pictures import PictureFile
from fomm_lite.media.read import probe, read_alpha, read_image, stream_frames

PEAK = """
import sys
from pathlib import Path
from fomm_lite.media.read import probe, read_image
def kilobytes(what):
    return int(Path("/proc/self/status").read_text(encoding="utf-8").partition(what)[2].split()[0])
idle = kilobytes("VmRSS:")
print(probe(sys.argv[1]).width, tuple(read_image(sys.argv[1], 64).shape))
print((kilobytes("VmHWM:") - idle) / 1e6)
"""


def write_black_png(path: Path, side: int) -> Path:
    """A small file of a large picture, made without it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    squeeze, row = zlib.compressobj(1), bytes(1 + 3 * side)
    data = b"".join(squeeze.compress(row) for _ in range(side)) + squeeze.flush()
    size = side.to_bytes(4, "big") * 2
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0") + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in kilobytes")
def test_a_picture_near_the_limit_takes_less_than_a_gigabyte(tmp_path: Path) -> None:
    path = write_black_png(tmp_path / "a.png", 13000)
    assert path.stat().st_size < 3e6
    command = [sys.executable, "-W", "ignore", "-c", PEAK, str(path)]
    shown, peak = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.splitlines()
    assert shown == "13000 (3, 64, 64)"
    assert (
        float(peak) < 0.75
    )  # beside a quarter of one that the library's CPU build takes; torch's build for GPUs has more
    with pytest.raises(InputError) as caught:
        read_image(path)
    assert str(caught.value) == (
        f"got {path}, a picture of 13000x13000, 169 million pixels; expected at most 30 million to be read whole; "
        "shrink it first"
    )


def photograph(mode: str, width: int = 1031, height: int = 770) -> Image.Image:
    """Something smooth with an edge; 16 bits and alpha where the mode has them."""
    y, x = np.mgrid[0:height, 0:width] / height
    waves = np.stack([np.sin(6 * x + 4 * y * channel) for channel in range(4)], axis=-1) / 2 + 0.5
    waves[:, : width // 3] *= 0.5
    if mode == "I;16":
        return Image.fromarray((waves[..., 1] * 65535).astype(np.uint16))
    whole = (waves * 255).round().astype(np.uint8)
    if mode == "RGBA":
        return Image.fromarray(whole)
    return Image.fromarray(whole[..., :3]).convert(mode)


@pytest.mark.parametrize("fit", [False, True])
@pytest.mark.parametrize(
    ("mode", "name"),
    [("RGB", "a.png"), ("RGBA", "a.png"), ("P", "a.png"), ("I;16", "a.png"), ("L", "a.jpg"), ("RGB", "a.jpg"),
     ("CMYK", "a.jpg"), ("RGB", "a.webp"), ("RGB", "a.tif")],
)  # fmt: skip
def test_the_result_is_as_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, name: str, fit: bool
) -> None:
    path, turned = tmp_path / name, Image.Exif()
    turned[0x0112] = 6  # to be turned by a quarter
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if mode == "RGB" else None
    photograph(mode).save(path, exif=turned, icc_profile=profile)
    usual, opaque = read_image(path, 32, fit), read_alpha(path, 32, fit)
    monkeypatch.setattr(pictures, "_USUAL_PIXELS", 1000)
    with PictureFile(path, {".png": "PNG", ".jpg": "JPEG", ".webp": "WebP", ".tif": "TIFF"}[path.suffix]) as picture:
        assert 128 <= min(picture.image(size=32).shape[1:]) < 400
    assert (read_image(path, 32, fit) - usual).abs().max() < 0.04
    roughly = 0.012 if mode == "P" else 0.006  # its border is dithered, and the median of the border fills up
    assert (read_image(path, 32, fit) - usual).abs().mean() < roughly
    if opaque is not None:
        seen = read_alpha(path, 32, fit)
        assert seen is not None and (seen - opaque).abs().mean() < 0.006
    assert probe(path).frames == 1


def test_squares_side_by_side_stay_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    greys = torch.linspace(0, 1, 7)
    strip = greys.mul(255).round().to(torch.uint8).repeat_interleave(330).repeat(330, 1)
    Image.fromarray(strip.numpy()).save(tmp_path / "a.png")
    monkeypatch.setattr(pictures, "_USUAL_PIXELS", 1000)
    frames = torch.stack(list(stream_frames(tmp_path / "a.png", 8)))
    assert frames.shape == (7, 3, 8, 8)
    assert torch.allclose(frames, greys[:, None, None, None].expand_as(frames), atol=0.01)


def test_what_takes_too_much_is_told_with_size_and_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photograph("RGB").save(tmp_path / "a.webp")
    monkeypatch.setattr(pictures, "_USUAL_PIXELS", 1000)
    monkeypatch.setattr(pictures, "_MOST_BYTES", 8_000_000)
    with pytest.raises(InputError, match="of 1031x770, 1 million pixels; expected at most 0 million in a WebP; shrink"):
        read_image(tmp_path / "a.webp", 32)
