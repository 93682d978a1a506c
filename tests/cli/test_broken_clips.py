"""Clips that look well at first and break when they are read to their end: left out, named, and no more."""

import json
import pickle
from pathlib import Path

import pytest
import torch
import yaml

from fomm_lite.errors import InputError
from fomm_lite.evaluation import evaluate
from fomm_lite.media.write import write_image
from fomm_lite.training.pairs import Pairs
from fomm_lite.weights import load_model, read_header
from fomm_lite.worlds import faces
from tests.cli.small import TINY
from tests.cli.test_stopping import begin


def write_frames(folder: Path, seed: int, *, broken: bool = False) -> None:
    """A clip as a folder of frames; broken, the last is cut short, which its header does not show."""
    for index, frame in enumerate(faces(seed, frames=4, size=32).frames):
        write_image(folder / f"{index}.jpg", frame)
    if broken:
        (folder / "3.jpg").write_bytes((folder / "3.jpg").read_bytes()[:-200])


@pytest.fixture
def clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    for split in ("train", "test"):
        write_frames(Path("clips") / split / "good", 1)
        write_frames(Path("clips") / split / "bad", 2, broken=True)
    return Path("clips")


def run(command: str, *options: str) -> tuple[int, str, str]:
    """A command in a process of its own, where no types are checked: the checks look into clips here and there."""
    process = begin(Path(), *command.split(), *options)
    out, told = process.communicate(timeout=120)
    return process.returncode, out, told


def train(*options: str) -> tuple[int, str, str]:
    return run("train --data clips --config tiny.yaml --size 16 --batch 2 --steps 6", *options)


def test_training_leaves_a_broken_clip_out_and_lists_it_with_workers_too(clips: Path) -> None:
    weights = []
    for workers in ("0", "2"):
        code, out, told = train("--workers", workers, "--out", f"run{workers}")
        assert code == 0, told
        named = [line for line in told.splitlines() if line.startswith("left out")]
        assert [line.partition(": got ")[0] for line in named] == [
            "left out where it cannot be read",
            "left out of the score",
        ]
        assert "train/bad/3.jpg" in named[0]
        assert "on 1 clips" in out
        assert len(read_header(f"run{workers}/model.safetensors")[1]["broken_clips"]) == 1
        weights.append(load_model(f"run{workers}/model.safetensors").state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.parametrize("workers", ["0", "1"])
def test_without_any_clip_left_training_ends_in_a_line(clips: Path, workers: str) -> None:
    (clips / "train" / "good" / "2.jpg").write_bytes((clips / "train" / "bad" / "3.jpg").read_bytes())
    code, _, told = train("--workers", workers, "--out", "run")
    assert code == 2
    assert "got 2 clips, none of which can be read any more; expected one or more; look at the files\n" in told
    assert told.count("left out where it cannot be read") == 2
    assert "Traceback" not in told


def test_evaluation_leaves_a_broken_clip_out_and_lists_it(clips: Path, shelf: Path) -> None:
    weights = str(shelf / "tiny.safetensors")
    code, _, told = run("evaluate --data clips --judge none --json scores.json --page page.png", weights)
    assert code == 0, told
    assert told.count("left out bad: got ") == 1
    numbers = json.loads(Path("scores.json").read_text(encoding="utf-8"))
    assert numbers["names"] == ["good"] and list(numbers["left_out"]) == ["bad"]
    assert len(numbers["clips"]) == 1
    model = load_model(weights)
    with pytest.raises(InputError, match="got 1 clips, none of which can be used"):
        evaluate(model, [torch.rand(1, 3, 32, 32)], on_broken=lambda *_: None)
    with pytest.raises(InputError, match="single frame"):
        evaluate(model, [torch.rand(1, 3, 32, 32)])


class Shelf(list[torch.Tensor]):
    """Clips of which some cannot be read."""

    bad: frozenset[int] = frozenset()

    def __getitem__(self, index: int) -> torch.Tensor:  # type: ignore[override]
        if index in self.bad:
            raise InputError(f"got clip {index}", "another", "leave it out")
        return super().__getitem__(index)


def pairs_of(*bad: int) -> Pairs:
    shelf = Shelf(torch.full((3, 3, 4, 4), value, dtype=torch.uint8) for value in range(6))
    pairs = Pairs(shelf, seed=3)
    shelf.bad = frozenset(bad)
    return pairs


def test_which_pair_takes_a_broken_ones_place_depends_on_its_number_only() -> None:
    forwards, backwards, untouched = pairs_of(1, 4), pairs_of(1, 4), pairs_of()
    drawn = [forwards[number] for number in range(40)]
    again = [backwards[number] for number in reversed(range(40))][::-1]
    assert all(torch.equal(one, other) for one, other in zip(drawn, again, strict=True))
    assert forwards.broken() == [1, 4]
    whole = [untouched[number] for number in range(40)]
    good = [index for index, pair in enumerate(whole) if int(pair[0, 0, 0, 0]) not in (1, 4)]
    assert 15 < len(good) < 40
    assert all(torch.equal(drawn[index], whole[index]) for index in good)  # the others are what they were


def test_a_mistake_survives_the_way_out_of_another_process() -> None:
    error = pickle.loads(pickle.dumps(InputError("got a", "b", "do c")))
    assert (type(error), str(error), error.fix) == (InputError, "got a; expected b; do c", "do c")
