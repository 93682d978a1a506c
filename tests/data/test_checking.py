"""The check of a data set: it finds what was planted, and says so."""

import shutil
import subprocess
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from fomm_lite.data import checking
from fomm_lite.data.checking import check_data
from fomm_lite.data.folders import ClipFolder
from fomm_lite.errors import InputError


def write_stack(path: Path, count: int, side: int = 16) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (count * side, side), "teal").save(path)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Twenty clips to train on and two to test with, nothing wrong."""
    for number in range(20):
        write_stack(tmp_path / "data" / "train" / f"id{number}#1.png", 10)
    for number in (20, 21):
        write_stack(tmp_path / "data" / "test" / f"id{number}#1.png", 12)
    return tmp_path / "data"


def test_a_sound_data_set_is_counted_and_not_warned_of(data):
    report = check_data(data, 16)
    assert report.own_split
    assert (len(report.of("train")), len(report.of("test")), report.frames) == (20, 2, 224)
    assert report.skipped == () and report.warnings == ()
    lines = report.table().splitlines()
    assert lines[3].split() == ["train", "20", "20", "200", "10", "10"]
    assert lines[4].split() == ["test", "2", "2", "24", "12", "12"]
    assert "16x16 (22)" in lines[-1]


def test_what_training_leaves_out_is_left_out_with_the_same_reasons(data):
    (data / "train" / "broken.mp4").write_text("no film", encoding="utf-8")
    write_stack(data / "train" / "still.png", 1)
    (data / "test" / "empty").mkdir()
    report = check_data(data, 16)
    trained = [ClipFolder(data, 16, split).skipped for split in ("train", "test")]
    assert list(report.skipped) == [*trained[0], *trained[1]]
    table = report.table()
    assert "left out: 3" in table
    for words in ("broken.mp4: got", "no motion", "without frames"):
        assert words in table


def test_everything_that_may_spoil_a_training_is_said(data, monkeypatch):
    for number in range(5):
        (data / "train" / f"id{number}#1.png").unlink()
    write_stack(data / "train" / "id20#2.png", 3)
    folder = data / "train" / "wide"
    folder.mkdir()
    for number in range(10):
        Image.new("L", (40, 20)).save(folder / f"{number}.png")
    (data / "labels.csv").touch()
    (data / "train" / "notes.txt").touch()
    (data / "train" / ".hidden").touch()
    monkeypatch.setattr(checking, "CACHE_BYTES", 2**17)
    said = check_data(data, 20).warnings
    assert [warning.split(":")[0] for warning in said] == [
        "few clips to train on (17)",
        "in both train and test, so the test will flatter",
        "not square, so that the middle will be cut out",
        "smaller than 20 px, so that they will be enlarged",
        "fewer than 8 frames, which show little motion",
        "the training clips take 0.0 GiB at 20 px, more than the 0.0 GiB that stay in memory",
        "passed over as no clips",
    ]
    assert "id20" in said[1] and "wide" in said[2] and "id20#2.png" in said[4]
    assert "and 15 more" in said[3]
    assert said[6].endswith("labels.csv, notes.txt")
    assert all(warning in check_data(data, 20).table() for warning in said)


def test_a_flat_folder_is_split_as_training_splits_it(data):
    flat = data / "train"
    report = check_data(flat, 16)
    assert not report.own_split
    for split in ("train", "test"):
        assert [clip.path for clip in report.of(split)] == ClipFolder(flat, 16, split).paths


def test_a_missing_part_is_told_and_the_rest_still_checked(data):
    shutil.rmtree(data / "test")
    report = check_data(data, 16)
    assert len(report.clips) == 20
    assert "no folder test" in report.warnings[0]
    (data / "test").mkdir()
    assert "holds no clips" in check_data(data, 16).warnings[0]


def test_damage_in_the_middle_is_found_by_decoding_every_frame(data):
    path = data / "train" / "torn.mp4"
    card = "testsrc2=s=64x64:r=10:d=4"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", card, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    assert check_data(data, 16, every_frame=True).warnings == ()
    film = bytearray(path.read_bytes())
    start, stop = len(film) * 4 // 10, len(film) * 8 // 10
    film[start:stop] = bytes(stop - start)
    path.write_bytes(film)
    assert check_data(data, 16).warnings == ()
    report = check_data(data, 16, every_frame=True)
    (warning,) = report.warnings
    (torn,) = (clip for clip in report.clips if clip.path == path)
    assert torn.lost > 5 and torn.info.frames == 40 - torn.lost
    assert warning == f"damaged, {torn.lost} frames cannot be decoded: torn.mp4"


def test_a_clip_that_breaks_while_it_is_decoded_is_left_out(data, monkeypatch):
    def breaking(path):
        yield 0
        raise InputError(f"got {path}, broken after 1 frame", "a whole clip", "export it again")

    monkeypatch.setattr(checking, "stream_frames", breaking)
    report = check_data(data, 16, every_frame=True)
    assert report.clips == () and len(report.skipped) == 22
    assert "broken after 1 frame" in report.table()


def test_numbers_that_start_anew_in_each_part_are_no_identities(data):
    for part in ("train", "test"):
        write_stack(data / part / "0001.png", 10)
    assert check_data(data, 16).warnings == ()


def test_progress_sees_every_clip(data):
    seen = []

    def watch(paths):
        for path in paths:
            seen.append(path)
            yield path

    report = check_data(data, 16, progress=watch)
    assert seen == [clip.path for clip in report.clips]


def test_no_data_set_at_all(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        check_data(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no clips"):
        check_data(tmp_path)
