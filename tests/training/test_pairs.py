"""Pairs: two frames of one clip, the same for the same number, drawn as asked."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from fomm_lite.data.folders import ClipFolder
from fomm_lite.errors import InputError
from fomm_lite.training.augment import AugmentConfig, augment_preset
from fomm_lite.training.pairs import FIRST_CLIPS, PAIRS_A_CLIP, Numbers, Pairs, WorldClips


def test_pairs_come_from_one_clip_and_depend_on_their_number_only() -> None:
    clips = [torch.full((5, 3, 4, 4), value, dtype=torch.uint8) for value in range(3)]
    for t in range(5):
        for clip in clips:
            clip[t, 0] = t
    pairs = Pairs(clips, seed=1)
    drawn = [pairs[number] for number in range(60)]
    for pair in drawn:
        assert pair[0, 1, 0, 0] == pair[1, 1, 0, 0]  # same clip
        assert pair[0, 0, 0, 0] != pair[1, 0, 0, 0]  # two moments
    assert {int(pair[0, 1, 0, 0]) for pair in drawn} == {0, 1, 2}
    assert torch.equal(pairs[17], Pairs(clips, seed=1)[17])
    assert list(Numbers(3, 6)) == [3, 4, 5]


def test_lively_pairs_differ_more_in_expression() -> None:
    clips = WorldClips("faces", "train", 8, frames=6, size=16, stride=3)
    differ = []
    for lively in (0.0, 1.0):
        pairs, changes = Pairs(clips, lively=lively, augmentation=AugmentConfig()), []
        for number in range(40):
            pair = pairs[number]
            (index, s, d), = {
                (i, s, d) for i in range(8) for s in range(6) for d in range(6)
                if s != d and torch.equal(pair, clips[i][[s, d]])
            }  # fmt: skip
            changes.append(float(clips.changes(index)[s, d]))
        differ.append(sum(changes) / 40)
    assert differ[1] > 1.5 * differ[0]
    assert torch.equal(clips.changes(3).diagonal(), torch.zeros(6))


def test_drawn_clips_join_one_by_one_so_that_the_first_steps_do_not_wait_for_them() -> None:
    class Numbered(WorldClips):
        def _render(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.full((2, 3, 8, 8), index, dtype=torch.uint8), torch.zeros(2, 1)

    clips = Numbered("faces", "train", 40, frames=2, size=8)
    pairs = Pairs(clips, seed=1)
    drawn = [int(pairs[number][0, 0, 0, 0]) for number in range(40 * PAIRS_A_CLIP)]
    late = [(number, index) for number, index in enumerate(drawn) if index >= FIRST_CLIPS + number // PAIRS_A_CLIP]
    assert not late
    assert len(set(drawn[: 4 * FIRST_CLIPS])) > FIRST_CLIPS // 2
    assert set(drawn) == set(range(40))


def test_all_clips_of_a_folder_are_drawn_from_at_once() -> None:
    clips = [torch.full((2, 3, 4, 4), value, dtype=torch.uint8) for value in range(100)]
    pairs = Pairs(clips)
    assert len({int(pairs[number][0, 0, 0, 0]) for number in range(400)}) > 90


def test_films_cannot_say_what_is_lively() -> None:
    with pytest.raises(InputError, match="drawn world"):
        Pairs([torch.zeros(2, 3, 16, 16, dtype=torch.uint8)], lively=0.5)


def test_regions_move_with_their_frames_and_keep_their_values() -> None:
    """Mirrored with the picture, and untouched by what happens to colours."""
    clips = WorldClips("faces", "train", 3, frames=4, size=32)
    colours = AugmentConfig(horizontal_flip=True, brightness=0.3, hue=0.3)
    plain, changed = (
        Pairs(clips, regions=True, augmentation=AugmentConfig()),
        Pairs(clips, regions=True, augmentation=colours),
    )
    mirrored = 0
    for number in range(12):
        pair, other = plain[number], changed[number]
        assert pair.shape == other.shape == (2, 4, 32, 32) and pair.dtype == torch.uint8
        ((index, s, d),) = {
            (i, s, d) for i in range(3) for s in range(4) for d in range(4)
            if s != d and torch.equal(pair[:, :3], clips[i][[s, d]])
        }  # fmt: skip
        assert torch.equal(pair[:, 3:], clips.region(index)[[s, d]]) and pair[:, 3].amax() == 255
        assert not torch.equal(pair[:, :3], other[:, :3]) and not torch.equal(pair[:, :3].flip(3), other[:, :3])
        assert torch.equal(pair[:, 3], other[:, 3]) or torch.equal(pair[:, 3].flip(2), other[:, 3])
        mirrored += torch.equal(pair[:, 3].flip(2), other[:, 3])
    assert 0 < mirrored < 12


def test_only_drawn_faces_know_their_regions() -> None:
    for clips in ([torch.zeros(2, 3, 16, 16, dtype=torch.uint8)], WorldClips("puppets", "train", 2, size=16)):
        with pytest.raises(InputError, match="use expression = 0"):
            Pairs(clips, regions=True)


def test_flip_mirrors_both_frames() -> None:
    clip = torch.arange(4, dtype=torch.uint8).expand(2, 3, 4, 4).contiguous()
    pairs = Pairs([clip], seed=0)
    mirrored = [bool(pairs[number][0, 0, 0, 0] == 3) for number in range(40)]
    assert 5 < sum(mirrored) < 35
    for number in range(40):
        assert torch.equal(pairs[number][0], pairs[number][1])


def test_groups_count_alike_however_many_clips_they_hold() -> None:
    clips = [torch.full((3, 3, 4, 4), value, dtype=torch.uint8) for value in range(5)]
    pairs = Pairs(clips, groups=[[0, 1, 2, 3], [4]])
    drawn = [int(pairs[number][0, 0, 0, 0]) for number in range(400)]
    assert 150 < drawn.count(4) < 250
    assert set(drawn) == set(range(5))


def test_pairs_are_augmented_as_asked() -> None:
    clip = torch.randint(256, (4, 3, 16, 16), dtype=torch.uint8)
    pairs = Pairs([clip], augmentation=augment_preset("mgif-256", size=12))
    assert pairs[0].shape == (2, 3, 12, 12)
    assert torch.equal(pairs[3], pairs[3]) and not torch.equal(pairs[3], pairs[4])


def test_pairs_of_a_folder_read_their_two_frames_only(tmp_path: Path) -> None:
    for clip in range(2):
        (tmp_path / f"clip{clip}").mkdir()
        for t in range(6):
            Image.new("RGB", (8, 8), (100 * clip, t, 0)).save(tmp_path / f"clip{clip}" / f"{t}.png")
    folder = ClipFolder(tmp_path, size=8, cache_bytes=0)
    whole = [folder[index] for index in range(2)]
    pairs = Pairs(folder, seed=3)
    for clip in range(2):  # from here on a clip cannot be read whole
        (tmp_path / f"clip{clip}" / "0.png").write_bytes(b"gone")
    read = 0
    for number in range(30):
        expected = Pairs(whole, seed=3)[number]
        if (expected[:, 1] == 0).all((1, 2)).any():  # one of the two is gone
            continue
        assert torch.equal(pairs[number], expected)
        read += 1
    assert read > 10
