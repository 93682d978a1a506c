"""Judges: what their answers mean, their files, and how good the shipped ones are."""

import pytest
import safetensors.torch
import torch

from fomm_lite.errors import InputError
from fomm_lite.evaluation.judges import Judge, load_judge, save_judge, shipped_judges
from fomm_lite.evaluation.metrics import Embedder, LandmarkDetector, akd, mkr, true_landmarks
from fomm_lite.worlds import WORLDS, seeds


@pytest.fixture
def judge() -> Judge:
    torch.manual_seed(0)
    return Judge(("nose", "chin"))


def test_a_judge_is_a_detector_and_an_embedder(judge):
    assert isinstance(judge, LandmarkDetector) and isinstance(judge, Embedder)
    pictures = torch.rand(3, 3, 64, 64)
    assert judge.landmarks(pictures).positions.shape == (3, 2, 2)
    torch.testing.assert_close(judge.embed(pictures).norm(dim=1), torch.ones(3))


def test_answers_are_in_pixels_of_the_picture_that_was_given(judge):
    small = torch.rand(2, 3, 64, 64)
    large = small.repeat_interleave(4, 2).repeat_interleave(4, 3)  # shrinks back to nearly the same picture
    found, enlarged = judge.landmarks(small).positions, judge.landmarks(large).positions
    torch.testing.assert_close((enlarged + 0.5) / 4 - 0.5, found, atol=0.3, rtol=0)


def test_how_many_pictures_are_shown_at_once_changes_nothing(judge):
    judge.train()
    pictures = torch.rand(70, 3, 64, 64)
    whole, alone = judge.embed(pictures), judge.embed(pictures[66:67])
    torch.testing.assert_close(whole[66:67], alone, atol=1e-5, rtol=0)
    assert judge.training
    assert not whole.requires_grad


def test_a_judge_survives_its_file(judge, tmp_path):
    path = save_judge(judge, tmp_path / "new" / "judge.safetensors")
    read = load_judge(path)
    assert read.landmark_names == ("nose", "chin") and not read.training
    pictures = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(read.embed(pictures), judge.embed(pictures), atol=1e-2, rtol=0)


def test_files_that_hold_no_judge_are_told(judge, tmp_path):
    (tmp_path / "broken.safetensors").write_bytes(b"\0" * 40)
    safetensors.torch.save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    for name, said in (("broken", "whole"), ("other", "no judge"), ("none", "no such file")):
        with pytest.raises(InputError, match=said):
            load_judge(tmp_path / f"{name}.safetensors")
    with pytest.raises(InputError, match="judge-faces"):
        load_judge("judge-trees")


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_the_shipped_judge_knows_its_world(world):
    assert f"judge-{world}" in shipped_judges()
    judge = load_judge(f"judge-{world}")
    clips = [WORLDS[world](seed, frames=3, size=64, stride=5) for seed in seeds("test", 8, start=500)]
    assert set(judge.landmark_names) <= set(clips[0].landmark_names)
    distances, missed = [], []
    for clip in clips:
        found, truth = judge.landmarks(clip.frames), true_landmarks(clip).named(judge.landmark_names)
        distances.append(akd(found, truth).mean())
        missed.append(mkr(found, truth).mean())
    assert float(torch.stack(distances).mean()) < 1
    assert float(torch.stack(missed).mean()) < 0.02
    vectors = torch.stack([judge.embed(clip.frames) for clip in clips])
    apart = torch.cdist(vectors[:, 0], vectors[:, 2])
    own = torch.eye(len(clips), dtype=torch.bool)
    assert float(apart[own].max()) < float(apart[~own].min())


def test_what_is_painted_over_is_missing():
    judge, clip = load_judge("judge-faces"), WORLDS["faces"](seeds("test", 1)[0], frames=1)
    picture, nose = clip.frames.clone(), true_landmarks(clip).positions[0, clip.landmark_names.index("nose")]
    x, y = nose.round().int().tolist()
    picture[:, :, y - 8 : y + 9, x - 8 : x + 9] = 0.5
    before, after = judge.landmarks(clip.frames).present[0], judge.landmarks(picture).present[0]
    index = clip.landmark_names.index("nose")
    assert before[index] and not after[index]
    assert after[clip.landmark_names.index("left shoulder")]
