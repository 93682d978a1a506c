"""Pictures in every colour mode, right way up, cut or filled up to a square."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from torch import Tensor

from fomm_lite.errors import InputError
from fomm_lite.media.read import probe, read_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def ramp(height: int, width: int) -> np.ndarray:
    """A smooth RGB picture in which every corner differs: red grows to the right, green downwards."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 // max(width - 1, 1), y * 255 // max(height - 1, 1), 0 * x + 90], axis=-1).astype(np.uint8)


def as_tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "webp"])
def test_lossless_formats_come_back_exactly(tmp_path: Path, suffix: str) -> None:
    pixels = ramp(10, 13)
    Image.fromarray(pixels).save(tmp_path / f"a.{suffix}", lossless=True)
    assert torch.equal(read_image(tmp_path / f"a.{suffix}"), as_tensor(pixels))


def test_jpeg_and_cmyk_jpeg(tmp_path: Path) -> None:
    pixels = ramp(32, 32)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=98, subsampling=0)
    Image.fromarray(pixels).convert("CMYK").save(tmp_path / "cmyk.jpg", quality=98)
    for name in ("a.jpg", "cmyk.jpg"):
        assert (read_image(tmp_path / name) - as_tensor(pixels)).abs().mean() < 0.02


def test_sixteen_bit_grey_is_scaled(tmp_path: Path) -> None:
    grey = np.array([[0, 1000], [32768, 65535]], dtype=np.uint16)
    for name in ("grey.png", "grey.tiff"):
        Image.fromarray(grey).save(tmp_path / name)
        expected = torch.from_numpy(grey.astype(np.float32) / 65535).expand(3, 2, 2)
        torch.testing.assert_close(read_image(tmp_path / name), expected)


def test_sixteen_bit_colour_is_scaled(tmp_path: Path) -> None:
    options = ("-f", "lavfi", "-i", "color=0x4080c0:s=4x4", "-frames:v", "1", "-pix_fmt", "rgb48be")
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *options, str(tmp_path / "deep.png")], check=True)
    expected = torch.tensor([0x40, 0x80, 0xC0]).view(3, 1, 1).expand(3, 4, 4) / 255
    torch.testing.assert_close(read_image(tmp_path / "deep.png"), expected, atol=0.02, rtol=0)


def test_grey_out_of_range_is_refused_not_clipped(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 200.0, dtype=np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(InputError, match="outside 0 to 1"):
        read_image(tmp_path / "float.tiff")


def test_palette_grey_and_bilevel(tmp_path: Path) -> None:
    picture = Image.new("RGB", (6, 4), RED)
    picture.quantize(4).save(tmp_path / "palette.png")
    assert torch.equal(read_image(tmp_path / "palette.png")[:, 0, 0], torch.tensor([1.0, 0, 0]))
    Image.new("L", (6, 4), 51).save(tmp_path / "grey.png")
    torch.testing.assert_close(read_image(tmp_path / "grey.png"), torch.full((3, 4, 6), 0.2))
    Image.new("1", (6, 4), 1).save(tmp_path / "bilevel.png")
    assert torch.equal(read_image(tmp_path / "bilevel.png"), torch.ones(3, 4, 6))


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    rgba = np.zeros((2, 2, 4), dtype=np.uint8)
    rgba[..., 0] = 255
    rgba[0, :, 3] = 255
    rgba[1, :, 3] = 51
    Image.fromarray(rgba).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    torch.testing.assert_close(image[:, 0, 0], torch.tensor([1.0, 0, 0]))
    torch.testing.assert_close(image[:, 1, 0], torch.tensor([1.0, 0.8, 0.8]), atol=0.005, rtol=0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(tmp_path: Path, orientation: int) -> None:
    upright = Image.fromarray(ramp(8, 12))
    # What a camera held that way would have stored, by the definition of each EXIF value.
    stored = {
        1: lambda p: p,
        2: lambda p: p[:, ::-1],
        3: lambda p: p[::-1, ::-1],
        4: lambda p: p[::-1],
        5: lambda p: p.swapaxes(0, 1),
        6: lambda p: np.rot90(p, 1),
        7: lambda p: p.swapaxes(0, 1)[::-1, ::-1],
        8: lambda p: np.rot90(p, -1),
    }[orientation](np.asarray(upright))
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)
    assert torch.equal(read_image(tmp_path / "a.png"), as_tensor(np.asarray(upright)))
    assert (probe(tmp_path / "a.png").width, probe(tmp_path / "a.png").height) == (12, 8)


def test_size_cuts_the_centred_square(tmp_path: Path) -> None:
    pixels = np.zeros((20, 60, 3), dtype=np.uint8)
    pixels[:, 20:40] = GREEN
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png", size=10)
    torch.testing.assert_close(image, torch.tensor([0.0, 1, 0]).view(3, 1, 1).expand(3, 10, 10))


def test_fit_keeps_everything_on_the_border_colour(tmp_path: Path) -> None:
    pixels = np.full((20, 40, 3), 255, dtype=np.uint8)
    pixels[5:15, 10:30] = BLUE
    Image.fromarray(pixels).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png", size=20, fit=True)
    assert image.shape == (3, 20, 20)
    torch.testing.assert_close(image[:, :5], torch.ones(3, 5, 20))
    torch.testing.assert_close(image[:, 10, 10], torch.tensor([0.0, 0, 1]))


def test_shrinking_is_antialiased(tmp_path: Path) -> None:
    checkers = np.indices((64, 64)).sum(0) % 2 * 255
    Image.fromarray(checkers.astype(np.uint8)).save(tmp_path / "a.png")
    inner = read_image(tmp_path / "a.png", size=8)[:, 2:-2, 2:-2]
    torch.testing.assert_close(inner, torch.full((3, 4, 4), 0.5), atol=0.02, rtol=0)


def test_gif_gives_its_first_frame(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert torch.equal(read_image(tmp_path / "a.gif")[:, 0, 0], torch.tensor([1.0, 0, 0]))


def test_a_picture_is_wanted(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    (tmp_path / "a.mp4").write_bytes(b"whatever, but no picture")
    for path, reason in ((tmp_path, "is a folder"), (tmp_path / "a.mp4", "no picture"), (tmp_path / "b", "not exist")):
        with pytest.raises(InputError, match=reason):
            read_image(path)
    with pytest.raises(InputError, match="size 0"):
        read_image(tmp_path / "a.png", size=0)
