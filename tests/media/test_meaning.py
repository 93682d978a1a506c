"""Colour, transparency and kinds of files: what was meant is what is read, in clips as in pictures."""

import os
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image, ImageCms

from fomm_lite.errors import InputError
from fomm_lite.media import pictures
from fomm_lite.media.colour import BT2020, HLG, PQ, wide_to_srgb
from fomm_lite.media.read import probe, read_alpha, read_frame, read_image, stream_frames
from fomm_lite.media.write import keeps_alpha, write_image, write_video

COLOUR = (224, 128, 48)
MATRICES = {
    "bt470bg": "bt470",
    "bt2020nc": "bt2020",
}  # as the filter of every ffmpeg calls them; the stream has the long names


def run(*arguments: object) -> None:
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


def first(path: Path) -> torch.Tensor:
    return next(iter(stream_frames(path)))


def bytes_at(image: torch.Tensor, y: int, x: int) -> list[float]:
    return [round(value * 255, 1) for value in image[:, y, x].tolist()]


class TestColour:
    @pytest.mark.parametrize("colours", ["bt709", "smpte170m", "bt470bg", "bt2020nc"])
    @pytest.mark.parametrize("extent", ["tv", "pc"])
    def test_matrix_and_range_are_undone(self, tmp_path: Path, colours: str, extent: str) -> None:
        scaled = f"scale=out_color_matrix={MATRICES.get(colours, colours)}:out_range={extent},format=yuv444p"
        tags = ("-colorspace", colours, "-color_range", extent)
        card = f"color=0x{bytes(COLOUR).hex()}:s=32x32:d=0.2"
        run("-f", "lavfi", "-i", card, "-vf", scaled, *tags, "-c:v", "libx264", "-qp", 0, tmp_path / "a.mp4")
        assert bytes_at(first(tmp_path / "a.mp4"), 9, 9) == pytest.approx(COLOUR, abs=2.5)

    @pytest.mark.parametrize("transfer", ["arib-std-b67", "smpte2084"])
    def test_hdr_is_brought_to_srgb(self, tmp_path: Path, transfer: str) -> None:
        shades = np.array([[0.1, 0.1, 0.1], [0.5, 0.5, 0.5], [0.8, 0.2, 0.2], [0.2, 0.7, 0.3], [0.85, 0.6, 0.5]])
        linear = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
        to_bt2020 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
        light = linear @ np.array(to_bt2020).T
        if transfer == "smpte2084":  # paper white at 203 nits
            power = (203 * light / 10000) ** (2610 / 16384)
            signal = ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
        else:  # paper white at 75 % of the signal
            scene = 0.26496256 * light
            bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
            signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
        patches = np.repeat(np.round(signal * 65535).astype("<u2")[None], 32, axis=0).repeat(32, axis=1)
        (tmp_path / "raw").write_bytes(patches.tobytes() * 3)
        raw = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "160x32", "-r", 10, "-i", tmp_path / "raw")
        tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"
        scaled = f"scale=out_color_matrix={MATRICES['bt2020nc']}:out_range=tv,format=yuv444p10le,{tags}"
        run(*raw, "-vf", scaled, "-c:v", "libx264", "-qp", 0, tmp_path / "a.mov")
        image = first(tmp_path / "a.mov")
        read = image[:, 16, 16::32].T.numpy()
        np.testing.assert_allclose(read, shades, atol=0.015)
        small = next(iter(stream_frames(tmp_path / "a.mov", 16)))
        assert small.shape == (3, 16, 16) and torch.isfinite(small).all()

    @pytest.mark.parametrize("transfer", [HLG, PQ])
    def test_lights_beyond_white_are_compressed(self, transfer: int) -> None:
        ramp = np.arange(0, 65536, 64, dtype=np.uint16)
        shown = wide_to_srgb(np.repeat(ramp[None, :, None], 3, axis=2), BT2020, transfer)[0, :, 0]
        assert (np.diff(shown) >= 0).all() and shown[0] == 0 and 0.99 < shown[-1] <= 1
        assert np.diff(shown).max() < 0.01  # no step, least of all at white

    def test_profiles_are_brought_to_srgb(self, tmp_path: Path) -> None:
        wide = wide_profile()
        Image.new("RGB", (16, 16), (234, 51, 35)).save(tmp_path / "a.png", icc_profile=wide)
        Image.new("RGB", (16, 16), (128, 128, 128)).save(tmp_path / "grey.png", icc_profile=wide)
        red = bytes_at(read_image(tmp_path / "a.png"), 4, 4)
        assert red[0] > 245 and red[1] < 25
        assert bytes_at(read_image(tmp_path / "grey.png"), 4, 4) == pytest.approx([128] * 3, abs=1.5)

    def test_srgb_broken_and_foreign_profiles_change_nothing(self, tmp_path: Path) -> None:
        srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        for number, profile in enumerate((srgb, b"no profile at all", lab)):
            path = tmp_path / f"{number}.png"
            Image.new("RGB", (8, 8), COLOUR).save(path, icc_profile=profile)
            assert bytes_at(read_image(path), 4, 4) == pytest.approx(COLOUR, abs=0.1)

    def test_a_profile_leaves_transparency_alone(self, tmp_path: Path) -> None:
        picture = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
        picture.paste((128, 128, 128, 255), (4, 0, 8, 8))
        picture.save(tmp_path / "a.png", icc_profile=wide_profile())
        image = read_image(tmp_path / "a.png")
        assert bytes_at(image, 4, 1) == [255] * 3 and bytes_at(image, 4, 6) == pytest.approx([128] * 3, abs=1.5)

    def test_twelve_bits_in_sixteen(self, tmp_path: Path) -> None:
        Image.fromarray(np.array([[0, 1024], [2048, 4095]], dtype=np.uint16)).save(tmp_path / "a.png")
        expected = torch.tensor([[0, 1024], [2048, 4095]]) / 4095
        torch.testing.assert_close(read_image(tmp_path / "a.png")[0], expected)


def wide_profile() -> bytes:
    """A profile with the primaries of Display P3 and the curve of sRGB, made from sRGB's own by its bytes."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # colorants of Display P3, adapted to D50, in s15Fixed16 numbers
    colorants = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    count = int.from_bytes(data[128:132], "big")
    for index in range(count):
        entry = 132 + 12 * index
        name, place = bytes(data[entry : entry + 4]), int.from_bytes(data[entry + 4 : entry + 8], "big")
        if name in colorants:
            numbers = b"".join(round(x * 65536).to_bytes(4, "big", signed=True) for x in colorants[name])
            data[place + 8 : place + 20] = numbers
        if name == b"desc":  # another name, or it would be taken for sRGB itself
            size = int.from_bytes(data[entry + 8 : entry + 12], "big")
            text = data[place : place + size]
            data[place : place + size] = text.replace("sRGB".encode("utf-16-be"), "Wide".encode("utf-16-be")).replace(
                b"sRGB", b"Wide"
            )
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(bytes(data)))).startswith("Wide")
    return bytes(data)


class TestTransparency:
    @pytest.mark.parametrize(
        ("name", "codec"),
        [
            ("a.mov", ("-c:v", "qtrle", "-pix_fmt", "argb")),
            ("a.mov", ("-c:v", "png", "-pix_fmt", "rgba")),
            ("a.mov", ("-c:v", "prores_ks", "-pix_fmt", "yuva444p10le", "-profile:v", 4)),
            ("a.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", 10)),
            ("a.webm", ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-auto-alt-ref", 0, "-b:v", "1M")),
            ("a.mkv", ("-c:v", "ffv1", "-pix_fmt", "bgra")),
        ],
        ids=["qtrle", "png", "prores", "vp9", "vp8", "ffv1"],
    )
    @pytest.mark.parametrize("size", [None, 32])
    def test_clips_are_laid_on_white(
        self, tmp_path: Path, name: str, codec: tuple[object, ...], size: int | None
    ) -> None:
        card = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        card.paste((*COLOUR, 255), (32, 0, 64, 64))
        card.paste((*COLOUR, 128), (32, 32, 64, 64))
        card.save(tmp_path / "card.png")
        run("-loop", 1, "-i", tmp_path / "card.png", "-t", 0.4, "-r", 10, *codec, tmp_path / name)
        frames = list(stream_frames(tmp_path / name, size))
        assert len(frames) == 4
        half, step = [value / 2 + 127.5 for value in COLOUR], 1 if size is None else 2
        for frame in frames:
            assert bytes_at(frame, 8 // step, 8 // step) == pytest.approx([255] * 3, abs=4)
            assert bytes_at(frame, 8 // step, 56 // step) == pytest.approx(COLOUR, abs=6)
            assert bytes_at(frame, 56 // step, 56 // step) == pytest.approx(half, abs=6)

    @pytest.mark.parametrize("suffix", ["webm", "webp", "apng"])
    def test_transparent_films_come_back_on_white(self, tmp_path: Path, suffix: str) -> None:
        frames = torch.full((4, 4, 32, 32), 0.5)
        frames[:, 3] = 0
        frames[:, 3, :, 16:] = 1
        frames += torch.linspace(0, 0.01, 4).view(4, 1, 1, 1)  # equal ones would be merged
        path = write_video(tmp_path / f"a.{suffix}", frames, 10)
        assert keeps_alpha(path)
        read = torch.stack(list(stream_frames(path)))
        assert len(read) == 4 and read[..., :12].min() > 0.97
        torch.testing.assert_close(read[..., 20:], torch.full((4, 3, 32, 12), 0.5), atol=0.02, rtol=0)

    @pytest.mark.parametrize("suffix", ["mp4", "gif"])
    def test_other_films_lay_it_on_white(self, tmp_path: Path, suffix: str) -> None:
        assert not keeps_alpha(f"a.{suffix}")
        path = write_video(tmp_path / f"a.{suffix}", torch.zeros(3, 4, 16, 16), 10)
        assert first(path).min() > 0.97

    def test_pictures_keep_it_where_they_can(self, tmp_path: Path) -> None:
        image = torch.zeros(4, 8, 8)
        image[3, :, 4:] = 1
        alpha = read_alpha(write_image(tmp_path / "a.png", image))
        assert alpha is not None and torch.equal(alpha[0], image[3])
        assert read_alpha(write_image(tmp_path / "a.jpg", image)) is None
        assert float(read_image(tmp_path / "a.jpg")[:, 4, 1].min()) > 0.97
        assert read_alpha(tmp_path) is None
        padded = read_alpha(tmp_path / "a.png", 4)
        assert padded is not None and padded.shape == (1, 4, 4)


class TestKinds:
    def test_avif_stills_and_films(self, tmp_path: Path) -> None:
        shades = [Image.new("RGB", (32, 16), (60 * step, 0, 0)) for step in range(4)]
        shades[3].save(tmp_path / "a.avif", quality=95)
        assert bytes_at(read_image(tmp_path / "a.avif"), 4, 4) == pytest.approx([180, 0, 0], abs=5)
        shades[0].save(tmp_path / "film.avif", save_all=True, append_images=shades[1:], duration=50, quality=95)
        assert (probe(tmp_path / "film.avif").frames, probe(tmp_path / "film.avif").fps) == (4, 20.0)

    @pytest.mark.parametrize(("kind", "library"), [("heic", "pillow-heif"), ("avif", "pillow 11.3")])
    def test_what_needs_another_library_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, library: str
    ) -> None:
        path = tmp_path / "IMG_0001.HEIC"
        path.write_bytes(b"\0\0\0\x18ftyp" + kind.encode() + b"\0\0\0\0mif1" + bytes(99))
        monkeypatch.setattr(pictures, "find_spec", lambda _: None)
        monkeypatch.setattr(pictures.features, "check", lambda _: False)
        for read in (read_image, probe, stream_frames):
            with pytest.raises(InputError, match=f"{kind.upper()} picture.*export it as JPEG.*{library}"):
                read(path)

    def test_bigtiff_and_sideways_tiff(self, tmp_path: Path) -> None:
        pixels = np.zeros((8, 12, 3), np.uint8)
        pixels[:4, :6] = COLOUR
        Image.fromarray(pixels).save(tmp_path / "big.tif", big_tiff=True)
        assert (tmp_path / "big.tif").read_bytes()[2] == 43
        assert torch.equal(read_image(tmp_path / "big.tif") * 255, torch.from_numpy(pixels).permute(2, 0, 1).float())
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(np.ascontiguousarray(np.rot90(pixels))).save(tmp_path / "side.tif", exif=exif)
        assert torch.equal(read_image(tmp_path / "side.tif"), read_image(tmp_path / "big.tif"))
        assert (probe(tmp_path / "side.tif").width, probe(tmp_path / "side.tif").height) == (12, 8)

    def test_pages_of_one_size_are_frames(self, tmp_path: Path) -> None:
        pages = [Image.new("L", (16, 9), 50 * step) for step in range(4)]
        pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
        assert [round(float(frame.mean()) * 255) for frame in stream_frames(tmp_path / "stack.tif")] == [
            0,
            50,
            100,
            150,
        ]
        assert round(float(read_frame(tmp_path / "stack.tif", 2).mean()) * 255) == 100
        pages[0].save(tmp_path / "scans.tif", save_all=True, append_images=[pages[1].resize((9, 16))])
        assert probe(tmp_path / "scans.tif").frames == 1

    def test_a_pipe_is_refused_by_name(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for read in (read_image, probe, stream_frames):
            with pytest.raises(InputError, match="pipe or device"):
                read(tmp_path / "pipe")

    def test_too_large_a_picture_is_told_with_its_size(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Image.new("1", (20000, 10000)).save(tmp_path / "a.png")
        with pytest.raises(InputError, match="of 200 million pixels; expected at most 179 million; shrink it"):
            read_image(tmp_path / "a.png")
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
        Image.new("RGB", (20, 20)).save(tmp_path / "b.png")
        assert read_image(tmp_path / "b.png").shape == (3, 20, 20)  # between the warning and the limit: no word

    def test_one_frame_of_a_clip(self, tmp_path: Path) -> None:
        frames = torch.stack([torch.full((3, 16, 16), step / 4) for step in range(4)])
        path = write_video(tmp_path / "a.webp", frames, 10)
        assert float(read_frame(path, 2).mean()) == pytest.approx(0.5, abs=0.02)
        with pytest.raises(InputError, match="got frame 4 of .*, which has 4; expected 0 to 3"):
            read_frame(path, 4)

    def test_pictures_are_read_in_threads(self, tmp_path: Path) -> None:
        for step in range(8):
            Image.new("RGB", (64, 64), (step, 0, 0)).save(tmp_path / f"{step}.png")
        wrong: list[int] = []

        def look(step: int) -> None:
            for _ in range(5):
                if round(float(read_image(tmp_path / f"{step}.png")[0, 0, 0]) * 255) != step:
                    wrong.append(step)

        threads = [threading.Thread(target=look, args=(step,)) for step in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong

    def test_sound_that_cannot_be_decoded_is_told_before_any_frame(self, tmp_path: Path) -> None:
        run("-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", tmp_path / "a.mka")
        (tmp_path / "a.mka").write_bytes((tmp_path / "a.mka").read_bytes().replace(b"A_AAC", b"A_XYZ"))
        with pytest.raises(InputError, match="sound .* cannot be decoded"):
            write_video(tmp_path / "out.mp4", [], 10, audio_from=tmp_path / "a.mka")

    def test_video_of_an_unknown_codec_is_told(self, tmp_path: Path) -> None:
        run("-f", "lavfi", "-i", "testsrc2=s=32x32:d=0.4", "-c:v", "libvpx", tmp_path / "a.mkv")
        known = (tmp_path / "a.mkv").read_bytes()
        assert known.count(b"V_VP8") == 1
        (tmp_path / "a.mkv").write_bytes(known.replace(b"V_VP8", b"V_XYZ"))
        with pytest.raises(InputError, match="a.mkv, a video of an unknown kind"):
            probe(tmp_path / "a.mkv")


def test_importing_the_library_loads_neither_imageio_nor_av() -> None:
    code = "import sys, fomm_lite, fomm_lite.animation, fomm_lite.weights; print({'av', 'imageio'} & set(sys.modules))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True
    ).stdout
    assert said.strip() == "set()"
