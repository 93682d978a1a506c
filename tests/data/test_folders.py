"""Data sets on disk: the official layouts, splits that stay put, clips that fit in memory, broken ones told."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.data import folders
from fomm_lite.data.folders import ClipFolder, by_identity, clips, epoch_steps, load_clip
from fomm_lite.errors import InputError


def write_stack(path: Path, count: int, size: int = 8) -> Path:
    """Frames side by side; frame i is grey of value i."""
    path.parent.mkdir(parents=True, exist_ok=True)
    strip = np.repeat(np.arange(count, dtype=np.uint8), size)[None].repeat(size, axis=0)
    with path.open("wb") as file:
        Image.fromarray(strip).save(file, format="PNG")
    return path


def write_gif(path: Path, count: int) -> Path:
    frames = [Image.new("L", (8, 8), 20 * index) for index in range(count)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100)
    return path


def write_frames(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for index in range(count):
        Image.new("L", (8, 8), index).save(folder / f"{index}.png")
    return folder


def write_mp4(path: Path) -> Path:
    card = "testsrc2=s=32x24:r=10:d=0.5"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", card, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def mixed_folder(tmp_path: Path) -> Path:
    """One usable clip of each kind, and things that are none."""
    write_stack(tmp_path / "clip10.jpg", 4)
    write_gif(tmp_path / "clip9.gif", 3)
    write_frames(tmp_path / "clip2", 5)
    write_mp4(tmp_path / "clip1.mp4")
    (tmp_path / "labels.csv").write_text("not a clip", encoding="utf-8")
    (tmp_path / ".hidden.mp4").touch()
    return tmp_path


class TestClips:
    def test_all_kinds_in_the_order_a_person_counts(self, mixed_folder: Path) -> None:
        assert [path.name for path in clips(mixed_folder)] == ["clip1.mp4", "clip2", "clip9.gif", "clip10.jpg"]

    def test_train_and_test_folders(self, tmp_path: Path) -> None:
        train = [write_stack(tmp_path / "train" / f"{index}.png", 2) for index in (2, 10)]
        test = [write_stack(tmp_path / "test" / "1.png", 2)]
        assert clips(tmp_path, "train") == train
        assert clips(tmp_path, "test") == test
        assert clips(tmp_path) == train + test

    def test_flat_folder_is_split_once_and_for_all(self, tmp_path: Path) -> None:
        everything = [write_stack(tmp_path / f"{index}.png", 2) for index in range(20)]
        train, test = clips(tmp_path, "train"), clips(tmp_path, "test")
        assert len(test) == 4
        assert sorted(train + test) == sorted(everything)
        assert clips(tmp_path, "test") == test
        assert test != everything[:4] and test != everything[-4:]  # shuffled: neighbours often show the same person

    @pytest.mark.parametrize("count", [2, 3])
    def test_small_flat_folder_has_a_test_clip(self, tmp_path: Path, count: int) -> None:
        for index in range(count):
            write_stack(tmp_path / f"{index}.png", 2)
        assert (len(clips(tmp_path, "train")), len(clips(tmp_path, "test"))) == (count - 1, 1)

    def test_what_is_no_data_set(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="is no folder"):
            clips(tmp_path / "nowhere")
        with pytest.raises(InputError, match="holds no clips"):
            clips(tmp_path)
        write_stack(tmp_path / "only.png", 2)
        assert len(clips(tmp_path, "train")) == 1
        with pytest.raises(InputError, match="single clip"):
            clips(tmp_path, "test")
        write_stack(tmp_path / "train" / "1.png", 2)
        with pytest.raises(InputError, match="no folder test"):
            clips(tmp_path, "test")


class TestLoadClip:
    def test_bytes_come_back_exactly(self, tmp_path: Path) -> None:
        clip = load_clip(write_stack(tmp_path / "a.png", 200), size=8)
        assert clip.dtype == torch.uint8 and clip.shape == (200, 3, 8, 8)
        assert torch.equal(clip[:, 1, 4, 4], torch.arange(200, dtype=torch.uint8))

    def test_resized(self, mixed_folder: Path) -> None:
        for path in clips(mixed_folder):
            assert load_clip(path, size=6).shape[1:] == (3, 6, 6)

    @pytest.mark.parametrize(
        ("frames", "most", "step"), [(10, 10, 1), (11, 10, 2), (40, 10, 4), (41, 10, 8), (7, 1, 8)]
    )
    def test_long_clips_are_thinned_evenly(self, tmp_path: Path, frames: int, most: int, step: int) -> None:
        clip = load_clip(write_stack(tmp_path / "a.png", frames), 8, max_frames=most)
        assert clip[:, 0, 0, 0].tolist() == list(range(0, frames, step))

    def test_bad_max_frames(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="max_frames 0"):
            load_clip(write_stack(tmp_path / "a.png", 4), 8, max_frames=0)


class TestClipFolder:
    def test_holds_every_usable_clip(self, mixed_folder: Path) -> None:
        data = ClipFolder(mixed_folder, size=8)
        assert [len(clip) for clip in data] == [5, 5, 3, 4]
        assert torch.equal(data[-1], load_clip(mixed_folder / "clip10.jpg", 8))
        assert data.skipped == []
        with pytest.raises(IndexError):
            data[4]

    def test_broken_clips_are_left_out_with_a_reason(self, mixed_folder: Path) -> None:
        (mixed_folder / "clip3.mp4").write_text("no film", encoding="utf-8")
        (mixed_folder / "clip4").mkdir()
        (mixed_folder / "clip5.gif").touch()
        Image.new("RGB", (8, 8)).save(mixed_folder / "clip6.png")
        data = ClipFolder(mixed_folder, size=8, max_frames=2)
        assert len(data) == 4 and data[1].shape[0] == 2
        reasons = {path.name: reason for path, reason in data.skipped}
        assert list(reasons) == ["clip3.mp4", "clip4", "clip5.gif", "clip6.png"]
        assert "no picture and no video" in reasons["clip3.mp4"]
        assert "without frames" in reasons["clip4"]
        assert "empty file" in reasons["clip5.gif"]
        assert "no motion" in reasons["clip6.png"]

    def test_nothing_usable(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").touch()
        with pytest.raises(InputError, match=r"none of whose clips can be used \(a\.mp4: .*empty file") as caught:
            ClipFolder(tmp_path, size=8)
        assert "\n" not in str(caught.value)

    def test_small_clips_are_read_once_and_large_ones_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, count in (("1.png", 4), ("2.png", 9), ("3.png", 4)):
            write_stack(tmp_path / name, count)
        loaded: list[str] = []

        def record(path: Path, size: int, max_frames: int | None) -> torch.Tensor:
            loaded.append(path.name)
            return load_clip(path, size, max_frames)

        monkeypatch.setattr(folders, "load_clip", record)
        data = ClipFolder(tmp_path, size=8, cache_bytes=2 * 4 * 3 * 8 * 8)  # room for both short clips
        for _ in range(2):
            for clip in data:
                assert clip.shape[1:] == (3, 8, 8)
        assert loaded == ["1.png", "2.png", "3.png", "2.png"]


class TestIdentities:
    NAMES = ("ann#1.png", "ann#2.png", "anna#1.png", "bob.png", "cem#x#1.png", "cem#y.png")

    def test_what_stands_before_the_mark_is_the_identity(self) -> None:
        assert by_identity([Path("x") / name for name in self.NAMES]) == [[0, 1], [2], [3], [4, 5]]
        assert by_identity([Path("#1.png"), Path("#2.png")]) == [[0], [1]]

    def test_indices_are_those_of_the_usable_clips(self, tmp_path: Path) -> None:
        for name in self.NAMES:
            write_stack(tmp_path / name, 2)
        (tmp_path / "ann#1.png").write_bytes(b"")
        data = ClipFolder(tmp_path, size=8)
        named = [[data.paths[index].name for index in group] for group in data.identities]
        assert named == [["ann#2.png"], ["anna#1.png"], ["bob.png"], ["cem#x#1.png", "cem#y.png"]]

    def test_nobody_is_on_both_sides_of_a_split(self, tmp_path: Path) -> None:
        for person in range(10):
            for take in range(4):
                write_stack(tmp_path / f"{person}#{take}.png", 2)
        sides = [{path.name.split("#")[0] for path in clips(tmp_path, part)} for part in ("train", "test")]
        assert [len(side) for side in sides] == [8, 2]
        assert len(clips(tmp_path, "test")) == 8
        assert not sides[0] & sides[1]

    def test_clips_of_one_person_are_split_all_the_same(self, tmp_path: Path) -> None:
        for take in range(5):
            write_stack(tmp_path / f"ann#{take}.png", 2)
        assert (len(clips(tmp_path, "train")), len(clips(tmp_path, "test"))) == (4, 1)

    def test_an_epoch_counts_identities_times_repeats_in_full_batches(self) -> None:
        pairs = [name for _ in range(3) for name in range(7)]
        full = [pairs[start : start + 4] for start in range(0, len(pairs), 4) if start + 4 <= len(pairs)]
        assert epoch_steps(7, repeats=3, batch_size=4) == len(full) == 5


class TestSomeFrames:
    def test_those_of_the_whole_clip(self, mixed_folder: Path) -> None:
        for most in (None, 4, 2):
            whole, some = (ClipFolder(mixed_folder, size=8, max_frames=most) for _ in range(2))
            for index, clip in enumerate(whole):
                assert some.count(index) == len(clip)
                numbers = [len(clip) - 1, 0]
                assert torch.equal(some.frames(index, numbers), clip[numbers])
                assert torch.equal(some.frames(index, numbers), clip[numbers])  # now from memory

    def test_a_folder_opens_no_other_file(self, tmp_path: Path) -> None:
        write_frames(tmp_path / "clip", 20)
        data = ClipFolder(tmp_path, size=8)
        for index in range(20):
            if index not in (3, 17):
                (tmp_path / "clip" / f"{index}.png").write_bytes(b"gone")
        assert data.frames(0, [17, 3])[:, 0, 0, 0].tolist() == [17, 3]

    def test_what_is_kept_stays_within_its_room(self, tmp_path: Path) -> None:
        write_frames(tmp_path / "clip", 9)
        write_stack(tmp_path / "strip.png", 9)
        frame = 3 * 8 * 8
        data = ClipFolder(tmp_path, size=8, cache_bytes=5 * frame)
        for numbers in ([0, 8], [3, 4], [5, 6], [7, 1]):
            assert data.frames(0, numbers)[:, 0, 0, 0].tolist() == numbers
            assert data.frames(1, numbers)[:, 0, 0, 0].tolist() == numbers
        assert data._free_bytes == 0
        assert len(data._frames) == 5 and not data._cache

    def test_a_long_video_is_never_held(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_mp4(tmp_path / "a.mp4")
        monkeypatch.setattr(folders, "_SHORT", 4)  # it has five frames
        data = ClipFolder(tmp_path, size=8)
        monkeypatch.setattr(folders, "load_clip", None)
        assert data.frames(0, [4, 1]).shape == (2, 3, 8, 8)
