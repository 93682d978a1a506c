"""What files state by number or by their first bytes, as others beside the usual ones do: colours, turns, kinds."""

import subprocess
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.errors import InputError
from fomm_lite.media.colour import BT2020, DISPLAY_P3
from fomm_lite.media.read import probe, read_image, stream_frames

SHADES = np.array([[0.1, 0.1, 0.1], [0.5, 0.5, 0.5], [0.8, 0.2, 0.2], [0.2, 0.7, 0.3], [0.85, 0.6, 0.5]])
LIGHT = np.where(SHADES <= 0.04045, SHADES / 12.92, ((SHADES + 0.055) / 1.055) ** 2.4)
FROM_SRGB = {  # linear light of sRGB in other primaries, from their chromaticities
    DISPLAY_P3: [[0.8225, 0.1774, 0.0], [0.0332, 0.9669, 0.0], [0.0171, 0.0724, 0.9108]],
    BT2020: [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]],
}
NAMES = {DISPLAY_P3: "smpte432", BT2020: "bt2020"}
NARROW, LIKE_SRGB, PQ = 1, 13, 16


def run(*arguments: object) -> None:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def signal(primaries: int, transfer: int = LIKE_SRGB) -> np.ndarray:
    """The shades as a file with these numbers holds them, (5 3) in [0, 1]."""
    light = LIGHT @ np.array(FROM_SRGB[primaries]).T
    if transfer == PQ:  # paper white at 203 nits
        power = (203 * light / 10000) ** (2610 / 16384)
        return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def film(path: Path, primaries: int, transfer: str, opaque: float | None = None) -> Path:
    """A film of five patches, lossless, with what it states."""
    colours = signal(primaries, PQ if transfer == "smpte2084" else LIKE_SRGB)
    alpha = [] if opaque is None else [np.full((5, 1), opaque)]
    patches = np.round(np.concatenate([colours, *alpha], axis=1) * 65535).astype("<u2")
    raw = path.with_suffix(".raw")
    raw.write_bytes(np.tile(patches.repeat(32, axis=0), (96, 1, 1)).tobytes())
    pixels = "rgb48le" if opaque is None else "rgba64le"
    stated = f"setparams=color_primaries={NAMES[primaries]}:color_trc={transfer}"
    codec = ("-c:v", "ffv1", "-pix_fmt", "gbrp16le" if opaque is None else "gbrap16le")
    run("-f", "rawvideo", "-pix_fmt", pixels, "-s", "160x32", "-r", 10, "-i", raw, "-vf", stated, *codec, path)
    return path


def patches_of(image: torch.Tensor) -> np.ndarray:
    return image[:, 16, 16::32].T.numpy()


class TestColour:
    @pytest.mark.parametrize("primaries", [DISPLAY_P3, BT2020])
    @pytest.mark.parametrize("transfer", ["bt709", "iec61966-2-1", "smpte2084"])
    def test_wide_primaries_of_films(self, tmp_path: Path, primaries: int, transfer: str) -> None:
        frame = next(iter(stream_frames(film(tmp_path / "a.mkv", primaries, transfer))))
        np.testing.assert_allclose(patches_of(frame), SHADES, atol=0.012)

    @pytest.mark.parametrize("transfer", ["bt709", "smpte2084"])
    def test_transparent_ones_lie_on_white(self, tmp_path: Path, transfer: str) -> None:
        for opaque in (0.0, 0.5):
            path = film(tmp_path / "a.mkv", BT2020, transfer, opaque)
            np.testing.assert_allclose(
                patches_of(next(iter(stream_frames(path)))), opaque * SHADES + 1 - opaque, atol=0.012
            )

    @pytest.mark.parametrize("primaries", [DISPLAY_P3, BT2020])
    @pytest.mark.parametrize("transfer", [LIKE_SRGB, PQ])
    def test_pictures_without_a_profile(self, tmp_path: Path, primaries: int, transfer: int) -> None:
        pixels = np.round(signal(primaries, transfer) * 255).astype(np.uint8)
        picture = Image.fromarray(pixels.repeat(32, axis=0)[None].repeat(64, axis=0))
        picture.save(tmp_path / "a.png")
        data = (tmp_path / "a.png").read_bytes()
        chunk = png_chunk(b"cICP", bytes([primaries, transfer, 0, 1]))
        (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
        picture.save(tmp_path / "a.avif", quality=100, subsampling="4:4:4")
        data = (tmp_path / "a.avif").read_bytes()
        place = data.index(b"colrnclx") + 8
        (tmp_path / "a.avif").write_bytes(data[:place] + bytes([0, primaries, 0, transfer]) + data[place + 4 :])
        for name in ("a.png", "a.avif"):
            # eight bits are few for a signal that has room for ten thousand nits
            np.testing.assert_allclose(patches_of(read_image(tmp_path / name)), SHADES, atol=0.03)

    def test_narrow_ones_and_words_in_the_pixels_change_nothing(self, tmp_path: Path) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "a.png")
        data = (tmp_path / "a.png").read_bytes()
        narrow, wide = (png_chunk(b"cICP", bytes([number, LIKE_SRGB, 0, 1])) for number in (NARROW, BT2020))
        (tmp_path / "a.png").write_bytes(data[:33] + narrow + data[33:] + wide)
        expected = torch.from_numpy(pixels).permute(2, 0, 1) / 255
        torch.testing.assert_close(read_image(tmp_path / "a.png"), expected)


def png_chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + crc32(name + content).to_bytes(4, "big")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("suffix", ["mov", "avi"])
def test_what_a_camera_notes_of_each_picture_is_borne(tmp_path: Path, orientation: int, suffix: str) -> None:
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24] = 255
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "a camera", orientation
    for number in range(3):
        Image.fromarray(pixels).save(tmp_path / f"{number}.jpg", exif=exif, quality=95)
    run("-framerate", 10, "-i", tmp_path / "%d.jpg", "-c", "copy", tmp_path / f"a.{suffix}")
    frames = list(stream_frames(tmp_path / f"a.{suffix}"))
    assert len(frames) == 3
    torch.testing.assert_close(frames[0], read_image(tmp_path / "0.jpg"), atol=0.03, rtol=0)


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_a_clock_that_does_not_begin_at_nought_is_no_cut(tmp_path: Path, suffix: str) -> None:
    card = ("-f", "lavfi", "-i", "testsrc2=s=32x32:r=10:d=3", "-c:v", "libvpx", "-cpu-used", 8)
    run(*card, "-output_ts_offset", 3600, tmp_path / f"a.{suffix}")
    assert probe(tmp_path / f"a.{suffix}").frames == 30
    whole = (tmp_path / f"a.{suffix}").read_bytes()
    (tmp_path / f"half.{suffix}").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut short"):
        probe(tmp_path / f"half.{suffix}")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\xff\x0a\x10", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "a camera's raw picture"),
        (b"II*\0\x10\0\0\0CR\2\0", "a camera's raw picture"),
        (b"FUJIFILMCCD-RAW 0201", "a camera's raw picture"),
        (b'<?xml version="1.0"?>\n<!-- by hand --><svg xmlns="a">', "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"v/1\x01", "OpenEXR"),
        (b"P6\n4 4\n255\n", "Netpbm"),
    ],
)
def test_kinds_that_are_not_read_are_refused_by_name(tmp_path: Path, start: bytes, kind: str) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(start + bytes(200))
    for read in (read_image, probe, stream_frames):
        with pytest.raises(InputError, match=f"which is {kind}; .*export it as JPEG"):
            read(path)


def test_the_preview_in_a_raw_picture_is_not_taken_for_it(tmp_path: Path) -> None:
    small = Image.new("RGB", (16, 12))
    small.save(tmp_path / "a.dng", format="TIFF", tiffinfo={254: 1})
    with pytest.raises(InputError, match="a camera's raw picture"):
        read_image(tmp_path / "a.dng")
    small.save(tmp_path / "a.tif", tiffinfo={254: 0})
    assert read_image(tmp_path / "a.tif").shape == (3, 12, 16)
