"""The loop: it learns, repeats itself, resumes as if it had never stopped, and stops in good order."""

import dataclasses
import json
import os
import re
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fomm_lite.config import LEAN, GeneratorConfig, HourglassConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, checkpoints, interrupts, train
from fomm_lite.training.augment import augment_preset
from fomm_lite.training.objective import LossWeights, Terms
from fomm_lite.training.pairs import Pairs, WorldClips
from fomm_lite.weights import load_model, read_header

TINY_HOURGLASS = HourglassConfig(4, 16, 3, head_kernel=3, head_padding=1, light_blocks=True)
TINY = dataclasses.replace(
    LEAN,
    num_keypoints=4,
    motion_size=16,
    detector=TINY_HOURGLASS,
    dense_motion=TINY_HOURGLASS,
    generator=GeneratorConfig(4, 8, 1, 1, 3, light_blocks=True, warped_skips=True, blend_deformed=True),
)


@pytest.fixture(scope="module")
def clips() -> WorldClips:
    return WorldClips("faces", "train", 6, frames=4, size=16, stride=4)


def same(a: FirstOrderModel, b: FirstOrderModel) -> bool:
    ours, theirs = a.state_dict(), b.state_dict()
    return all(torch.equal(ours[name], theirs[name]) for name in ours if not name.endswith("num_batches_tracked"))


def run(clips: WorldClips, out: Path, **changes: object) -> FirstOrderModel:
    resume = bool(changes.pop("resume", False))
    config = dataclasses.replace(TrainingConfig(size=16, steps=6, batch_size=4), **changes)  # type: ignore[arg-type]
    return train(clips, TINY, config, out, resume=resume, progress_bar=False)


def test_two_runs_agree_and_another_seed_does_not(clips: WorldClips, tmp_path: Path) -> None:
    first, second = run(clips, tmp_path / "a"), run(clips, tmp_path / "b")
    assert same(first, second)
    assert not same(first, run(clips, tmp_path / "c", seed=1))


def test_resumed_run_equals_an_uninterrupted_one(clips: WorldClips, tmp_path: Path) -> None:
    whole = run(clips, tmp_path / "whole")

    def stop_after_three(state: State, terms: Terms) -> None:
        state.stop = state.step == 3

    config = TrainingConfig(size=16, steps=6, batch_size=4)
    train(clips, TINY, config, tmp_path / "parts", on_step=stop_after_three, progress_bar=False)
    resumed = run(clips, tmp_path / "parts", resume=True)
    assert same(whole, resumed)


def test_the_next_pairs_are_read_while_a_step_computes(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, pair = threading.Event(), Pairs.__getitem__

    def watched(pairs: Pairs, number: int) -> Tensor:
        if number == 4:  # the first of the second step
            read.set()
        return pair(pairs, number)

    def look(state: State, terms: Terms) -> None:
        assert read.wait(60)

    monkeypatch.setattr(Pairs, "__getitem__", watched)
    train(clips, TINY, TrainingConfig(size=16, steps=2, batch_size=4), tmp_path, on_step=look, progress_bar=False)


@pytest.mark.usefixtures("three_threads")
def test_reading_takes_one_core_and_steps_all(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, stepping, pair = set(), set(), Pairs.__getitem__

    def watched(pairs: Pairs, number: int) -> Tensor:
        made = pair(pairs, number)
        reading.add(torch.get_num_threads())
        return made

    def look(state: State, terms: Terms) -> None:
        stepping.add(torch.get_num_threads())

    monkeypatch.setattr(Pairs, "__getitem__", watched)
    train(clips, TINY, TrainingConfig(size=16, steps=3, batch_size=4), tmp_path, on_step=look, progress_bar=False)
    assert (reading, stepping, torch.get_num_threads()) == ({1}, {3}, 3)


def test_averaged_run_resumes_and_returns_the_mean_of_its_weights(clips: WorldClips, tmp_path: Path) -> None:
    last, mean = run(clips, tmp_path / "last"), run(clips, tmp_path / "whole", average=0.9)
    assert not same(mean, last)
    run(clips, tmp_path / "parts", average=0.9, steps=3, cool_down=0.0, warm_up=0.0)
    run(clips, tmp_path / "flat", average=0.9, cool_down=0.0, warm_up=0.0)
    assert same(
        run(clips, tmp_path / "parts", average=0.9, cool_down=0.0, warm_up=0.0, resume=True),
        load_model(tmp_path / "flat" / "model.safetensors"),
    )


def test_loss_falls(clips: WorldClips, tmp_path: Path) -> None:
    totals: list[float] = []
    config = TrainingConfig(size=16, steps=60, batch_size=8, learning_rate=4e-3)
    train(clips, TINY, config, tmp_path, on_step=lambda _, terms: totals.append(terms.total.item()), progress_bar=False)
    assert sum(totals[-10:]) < 0.7 * sum(totals[:10])


def test_a_run_leaves_weights_log_and_samples(clips: WorldClips, tmp_path: Path) -> None:
    config = TrainingConfig(size=16, steps=2, batch_size=4)
    trained = train(clips, TINY, config, tmp_path, samples=[clips[0]], about={"data": "test"}, progress_bar=False)
    assert same(load_model(tmp_path / "model.safetensors"), trained)
    about = read_header(tmp_path / "model.safetensors")[1]
    assert (about["data"], about["steps"], about["size"]) == ("test", 2, 16)
    line = json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert line["step"] == 2
    assert line["reconstruction"] > 0
    assert [p.name for p in (tmp_path / "samples").iterdir()] == ["000002.png"]


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_step_and_leaves_a_usable_checkpoint(
    clips: WorldClips, tmp_path: Path, sent: signal.Signals
) -> None:
    before = signal.getsignal(sent)

    def interrupt(state: State, terms: Terms) -> None:
        if state.step == 2:
            os.kill(os.getpid(), sent)
            os.kill(os.getpid(), sent)  # as a launcher does that passes on what the terminal has sent already

    config = TrainingConfig(size=16, steps=500, batch_size=4)
    train(clips, TINY, config, tmp_path, on_step=interrupt, progress_bar=False)
    steps = json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])["step"]
    assert 2 <= steps <= 3
    assert signal.getsignal(sent) is before
    run(clips, tmp_path, resume=True)
    assert read_header(tmp_path / "model.safetensors")[1]["steps"] == 6


def test_a_second_ctrl_c_interrupts_at_once(clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "SECOND_THOUGHT", 0.0)

    def interrupt(state: State, terms: Terms) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(
            clips, TINY, TrainingConfig(size=16, steps=9, batch_size=4), tmp_path, on_step=interrupt, progress_bar=False
        )


def test_workers_and_thrice_written_checkpoints_change_nothing(clips: WorldClips, tmp_path: Path) -> None:
    plain = run(clips, tmp_path / "plain")
    assert same(plain, run(clips, tmp_path / "often", checkpoint_steps=2, workers=1))
    steps = [
        json.loads(line)["step"] for line in (tmp_path / "often" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert steps == [2, 4, 6, 6]


def test_mixed_precision_keeps_coordinates_exact(clips: WorldClips, tmp_path: Path) -> None:
    kinds: set[torch.dtype] = set()

    def look(_: State, terms: Terms) -> None:
        motion = terms.reconstruction.motion
        kinds.update({terms.kp_driving.positions.dtype, motion.deformation.dtype, terms.total.dtype})
        assert terms.total.isfinite()

    config = TrainingConfig(size=16, steps=2, batch_size=4, precision="bf16")
    train(clips, TINY, config, tmp_path, on_step=look, progress_bar=False)
    assert kinds == {torch.float32}


def test_minutes_end_a_run(clips: WorldClips, tmp_path: Path) -> None:
    run(clips, tmp_path, steps=None, minutes=0.01)
    assert read_header(tmp_path / "model.safetensors")[1]["steps"] >= 1


def test_growing_ends_at_full_size(clips: WorldClips, tmp_path: Path) -> None:
    sizes: list[int] = []
    big = WorldClips("faces", "train", 2, frames=3, size=32, stride=4)
    train(
        big,
        TINY,
        TrainingConfig(size=32, steps=4, batch_size=2, grow=(0.5,)),
        tmp_path,
        on_step=lambda _, terms: sizes.append(terms.reconstruction.prediction.shape[-1]),
        progress_bar=False,
    )
    assert sizes == [16, 16, 32, 32]


def test_folders_are_not_overwritten_nor_resumed_from_nothing(clips: WorldClips, tmp_path: Path) -> None:
    run(clips, tmp_path)
    with pytest.raises(InputError, match="--resume"):
        run(clips, tmp_path)
    with pytest.raises(InputError, match=r"checkpoint\.pt"):
        run(clips, tmp_path / "new", resume=True)


def test_damaged_or_foreign_checkpoint_is_refused(clips: WorldClips, tmp_path: Path) -> None:
    run(clips, tmp_path)
    other = dataclasses.replace(TINY, num_keypoints=5)
    config = TrainingConfig(size=16, steps=9, batch_size=4)
    with pytest.raises(InputError, match="num_keypoints"):
        train(clips, other, config, tmp_path, resume=True, progress_bar=False)
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="checkpoint"):
        run(clips, tmp_path, resume=True, steps=9)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda _: [1, 2], "of another kind"),
        (lambda _: {"config": 3}, "of another kind"),
        (lambda state: {key: value for key, value in state.items() if key != "step"}, "(step)"),
        (lambda state: state | {"model": {}}, "does not fit"),
        (lambda state: state | {"optimiser": 3}, "does not fit"),
        (lambda state: state | {"random": torch.zeros(3)}, "does not fit"),
    ],
)
def test_files_that_are_no_checkpoint_of_this_run_are_one_line(
    clips: WorldClips, tmp_path: Path, spoil: Callable[[dict[str, Any]], object], message: str
) -> None:
    run(clips, tmp_path, steps=1)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    torch.save(spoil(state), tmp_path / "checkpoint.pt")
    with pytest.raises(InputError, match=re.escape(message)):
        run(clips, tmp_path, resume=True, steps=9)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "got seed = 1; expected 0, as the run in"),
        ({"batch_size": 2}, "got batch_size = 2; expected 4,"),
        ({"learning_rate": 0.1}, "got learning_rate = 0.1; expected 0.002,"),
        ({"size": 32}, "got size = 32; expected 16,"),
        ({"grow": (0.5,), "size": 32}, "got grow = (0.5,); expected (),"),
        ({"weights": LossWeights(warp=0.0)}, "got weights.warp = 0.0; expected 1.0,"),
        ({"augmentation": augment_preset("nemo-256")}, "got augmentation.time_flip = True; expected False,"),
    ],
)
def test_a_run_goes_on_as_itself_only(clips: WorldClips, tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    run(clips, tmp_path, steps=1)
    before = (tmp_path / "checkpoint.pt").read_bytes()
    with pytest.raises(InputError, match=re.escape(message)) as refused:
        run(clips, tmp_path, resume=True, steps=2, **changes)
    assert refused.value.fix == "keep it, or choose another --out"
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_a_run_goes_on_with_its_own_clips_however_long_and_wherever(clips: WorldClips, tmp_path: Path) -> None:
    config = TrainingConfig(size=16, steps=1, batch_size=4)
    train(clips, TINY, config, tmp_path, about={"data": "six faces"}, progress_bar=False)
    on = dataclasses.replace(config, steps=None, minutes=0.001, workers=1, checkpoint_minutes=9.0, precision="bf16")
    with pytest.raises(InputError, match="got clips = 5; expected 6"):
        train([clips[i] for i in range(5)], TINY, on, tmp_path, resume=True, progress_bar=False)
    with pytest.raises(InputError, match="got data = puppets; expected six faces"):
        train(clips, TINY, on, tmp_path, resume=True, about={"data": "puppets"}, progress_bar=False)
    train(clips, TINY, on, tmp_path, resume=True, about={"data": "six faces", "more": 1}, progress_bar=False)
    assert TrainingConfig.from_dict(checkpoints.read_checkpoint(tmp_path)["training"]) == on


def test_checkpoints_of_older_versions_are_gone_on_with(clips: WorldClips, tmp_path: Path) -> None:
    run(clips, tmp_path, steps=1)
    state = checkpoints.read_checkpoint(tmp_path)
    torch.save({k: v for k, v in state.items() if k not in ("training", "clips", "about")}, tmp_path / "checkpoint.pt")
    run(clips, tmp_path, steps=2, resume=True)
    assert checkpoints.read_checkpoint(tmp_path)["clips"] == 6


@pytest.mark.parametrize("steps", [1, 2])
def test_every_step_of_a_short_run_counts(clips: WorldClips, tmp_path: Path, steps: int) -> None:
    seen: list[Tensor] = []

    def look(_: State, terms: Terms) -> None:
        seen.append(terms.total)

    torch.manual_seed(3)
    start = FirstOrderModel(TINY)
    config = TrainingConfig(size=16, steps=steps, batch_size=4)
    after = train(clips, TINY, config, tmp_path, start=start, on_step=look, progress_bar=False)
    change = moved(after.generator.final.weight - start.generator.final.weight)
    assert len(seen) == steps
    assert change > 0.5 * steps * config.learning_rate  # each step of Adam at first is about as long as its rate


@pytest.mark.parametrize(("size", "grow", "fits"), [(24, (), 16), (16, (0.5,), 32), (48, (0.2, 0.5), 64)])
def test_an_advised_size_is_one_that_the_networks_take_from_the_start(
    size: int, grow: tuple[float, ...], fits: int
) -> None:
    with pytest.raises(InputError, match=f"use size (= )?{fits}"):
        TrainingConfig(steps=1, size=size, grow=grow).check_size(TINY)
    TrainingConfig(steps=1, size=fits, grow=grow).check_size(TINY)


def test_sizes_are_checked_before_hours_are_spent(clips: WorldClips, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="multiple of 16"):
        run(clips, tmp_path, size=24)
    with pytest.raises(InputError, match="neither steps nor minutes"):
        TrainingConfig()
    assert not list(tmp_path.iterdir())


def test_rate_rises_stays_and_falls() -> None:
    config = TrainingConfig(steps=1, learning_rate=1.0, warm_up=0.1, cool_down=0.5)
    assert config.rate_at(0.0) == 0
    assert config.rate_at(0.05) == pytest.approx(0.5)
    assert config.rate_at(0.3) == 1
    assert config.rate_at(0.75) == pytest.approx(0.5)
    assert config.rate_at(1.0) == pytest.approx(0, abs=1e-9)
    assert config.rate_at(0.3, peak=0.25) == 0.25


def test_rate_falls_to_a_tenth_at_milestones() -> None:
    config = TrainingConfig(steps=1, learning_rate=1.0, warm_up=0.0, cool_down=0.0, milestones=(0.6, 0.9))
    assert [config.rate_at(x) for x in (0.0, 0.59, 0.6, 0.89, 0.9, 1.0)] == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])


def moved(value: Tensor) -> float:
    return float(value.detach().abs().max())


def test_one_step_moves_keypoints_masks_and_generator(clips: WorldClips, tmp_path: Path) -> None:
    before = FirstOrderModel(TINY).state_dict()
    torch.manual_seed(0)
    after = run(clips, tmp_path, steps=3).state_dict()
    for name in ("detector.confidence_head.weight", "dense_motion.mask_head.weight", "generator.final.weight"):
        assert moved(after[name] - before[name]) > 0
