"""What is no number: left out of a training, never written, refused when read."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, checkpoints, train
from fomm_lite.training.objective import LossWeights, Objective, Terms
from fomm_lite.training.pairs import WorldClips
from fomm_lite.training.random_warp import RandomWarp
from fomm_lite.weights import load_model
from tests.training.test_loop import TINY

CONFIG = TrainingConfig(size=16, steps=6, batch_size=4)


@pytest.fixture(scope="module")
def clips() -> WorldClips:
    return WorldClips("faces", "train", 6, frames=4, size=16, stride=4)


class _Breaks(torch.autograd.Function):
    """The same number, whose gradient is none."""

    @staticmethod
    def forward(_: Any, loss: Tensor) -> Tensor:
        return loss.clone()

    @staticmethod
    def backward(_: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * torch.nan


def spoil(monkeypatch: pytest.MonkeyPatch, how: str, *steps: int) -> None:
    """Break loss, gradient or pictures at these steps."""
    look, calls = Objective.forward, []

    def spoilt(self: Objective, source: Tensor, driving: Tensor, warp: RandomWarp, *more: Tensor | None) -> Terms:
        now = len(calls) in steps
        calls.append(1)
        terms = look(self, source * torch.nan if now and how == "pictures" else source, driving, warp, *more)
        if now and how == "loss":
            return dataclasses.replace(terms, total=terms.total * torch.inf)
        if now and how == "gradient":
            return dataclasses.replace(terms, total=_Breaks.apply(terms.total))
        return terms

    monkeypatch.setattr(Objective, "forward", spoilt)


def tensors(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("how", ["loss", "gradient", "pictures"])
def test_a_broken_step_is_left_out_and_said(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    spoil(monkeypatch, how, 2)
    stages: list[dict[str, Tensor]] = []
    models: list[FirstOrderModel] = []
    build = FirstOrderModel.__init__

    def remember(self: FirstOrderModel, config: Any) -> None:
        build(self, config)
        models.append(self)

    monkeypatch.setattr(FirstOrderModel, "__init__", remember)

    def look(state: State, terms: Terms) -> None:
        stages.append(tensors(next(m for m in reversed(models) if next(m.parameters()).device.type == "cpu")))

    train(clips, TINY, CONFIG, tmp_path, on_step=look, progress_bar=False)
    assert len(stages) == 6
    assert all(torch.equal(stages[1][name], stages[2][name]) for name in stages[1])  # running statistics too
    assert any(not torch.equal(stages[2][name], stages[3][name]) for name in stages[1])
    assert "left out step 2" in capsys.readouterr().err
    line = json.loads((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert line["left_out"] == 1
    assert line["total"] > 0
    load_model(tmp_path / "model.safetensors")


def test_a_second_in_a_row_ends_the_run_and_leaves_the_last_checkpoint(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, "gradient", 1, 3, 4)
    with pytest.raises(InputError, match="at step 4, the second in a row"):
        train(clips, TINY, dataclasses.replace(CONFIG, checkpoint_steps=2), tmp_path, progress_bar=False)
    monkeypatch.undo()
    assert checkpoints.read_checkpoint(tmp_path)["step"] == 4
    train(clips, TINY, CONFIG, tmp_path, resume=True, progress_bar=False)
    load_model(tmp_path / "model.safetensors")


def test_a_discriminator_is_not_broken_either(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, "pictures", 1)
    judged = LossWeights(generator_gan=1, discriminator_gan=1)
    small = dataclasses.replace(CONFIG.discriminator, num_blocks=1, block_expansion=4)
    config = dataclasses.replace(CONFIG, weights=judged, discriminator=small, steps=3)
    train(clips, TINY, config, tmp_path, progress_bar=False)
    state = checkpoints.read_checkpoint(tmp_path)
    assert all(tensor.isfinite().all() for tensor in state["discriminator"].values())


@pytest.mark.parametrize("part", ["model", "optimiser"])
def test_a_checkpoint_of_nan_is_not_written(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    step = torch.optim.Adam.step
    calls: list[int] = []

    def overflow(self: torch.optim.Adam, closure: Any = None) -> Any:
        done = step(self, closure)
        calls.append(1)
        if len(calls) == 4:
            weight = self.param_groups[0]["params"][0]
            with torch.no_grad():
                (weight if part == "model" else self.state[weight]["exp_avg_sq"])[0] = torch.inf
        return done

    monkeypatch.setattr(torch.optim.Adam, "step", overflow)
    with pytest.raises(InputError, match=rf"got {part}\..*NaN or infinite"):
        train(clips, TINY, dataclasses.replace(CONFIG, checkpoint_steps=2), tmp_path, progress_bar=False)
    assert checkpoints.read_checkpoint(tmp_path)["step"] == 2
    load_model(tmp_path / "model.safetensors")


def test_a_checkpoint_of_another_make_is_refused(clips: WorldClips, tmp_path: Path) -> None:
    train(clips, TINY, dataclasses.replace(CONFIG, steps=2), tmp_path, progress_bar=False)
    path = tmp_path / checkpoints.NAME
    name = next(name for name, tensor in torch.load(path)["model"].items() if tensor.ndim == 4)

    def refused(change: Any) -> str:
        state = torch.load(path)
        change(state)
        other = tmp_path / "other"
        (other / "samples").mkdir(parents=True, exist_ok=True)
        torch.save(state, other / checkpoints.NAME)
        with pytest.raises(InputError) as caught:
            train(clips, TINY, CONFIG, other, resume=True, progress_bar=False)
        return str(caught.value)

    def put(section: str, key: Any, found: Any) -> Any:
        return lambda state: state[section].update({key: found})

    weight = torch.load(path)["model"][name]
    for bad in (weight * torch.nan, weight.to_sparse(), weight.to("meta"), weight[:, :1], weight.tolist(), None):
        assert "checkpoint" in refused(put("model", name, bad))
    assert f"model.{name}" in refused(put("model", name, weight / 0))
    refused(put("model", 7, weight))
    refused(lambda state: state.update({7: weight}))
    refused(lambda state: state["optimiser"]["state"][0].update(exp_avg=torch.zeros(1, 2, 3)))
    refused(lambda state: state["optimiser"]["state"][0].update(exp_avg=None))
    refused(lambda state: state.update(step=float("inf")))
    refused(lambda state: state["about"].update(a=state["about"]))


def test_a_finished_run_by_the_clock_takes_no_further_step(clips: WorldClips, tmp_path: Path) -> None:
    by_clock = dataclasses.replace(CONFIG, steps=None, minutes=0.01)
    before = tensors(train(clips, TINY, by_clock, tmp_path, progress_bar=False))
    steps: list[int] = []

    def count(state: State, _: Terms) -> None:
        steps.append(state.step)

    again = train(clips, TINY, by_clock, tmp_path, resume=True, progress_bar=False, on_step=count)
    assert not steps
    assert all(torch.equal(before[name], tensor) for name, tensor in again.state_dict().items())
