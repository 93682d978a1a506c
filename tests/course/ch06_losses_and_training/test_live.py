"""Watching a training."""

import dataclasses
from pathlib import Path

import pytest
import torch

from fomm_lite import FirstOrderModel
from fomm_lite.config import TINY
from fomm_lite.course.ch06_losses_and_training import live
from fomm_lite.errors import InputError
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training.losses import pyramid_l1
from fomm_lite.training.objective import Terms
from fomm_lite.training.pairs import WorldClips
from fomm_lite.training.random_warp import RandomWarp


@pytest.fixture(scope="module")
def clips() -> WorldClips:
    return WorldClips("faces", "train", 4, frames=4, size=32, stride=4)


def test_losses_are_kept_and_one_picture_is_shown(
    clips: WorldClips, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", float("inf"))  # a busy machine may take longer than ten seconds
    watcher = live.LivePicture()
    train(clips, TINY, TrainingConfig(size=32, steps=3, batch_size=4), tmp_path, on_step=watcher, progress_bar=False)
    assert [step for step, _ in watcher.losses["reconstruction"]] == [1, 2, 3]
    assert len(watcher.keypoints) == 3
    shown = capsys.readouterr().out  # once, when it is finished
    assert shown.startswith("Step 3, ") and shown.count("\n") == 1


def test_the_pairs_shown_are_those_of_the_step(clips: WorldClips, tmp_path: Path) -> None:
    config = TrainingConfig(size=32, steps=2, batch_size=4)

    def compare(_: State, terms: Terms) -> None:
        shown = live.pictures_of(terms, 3)
        assert list(shown) == ["source", "driving", "deformed", "prediction"]
        assert all(images.shape == (3, 3, 32, 32) and not images.requires_grad for images in shown.values())
        assert torch.allclose(pyramid_l1(terms.reconstruction.deformed, terms.driving), terms.named["warp"])
        assert not torch.equal(terms.source, terms.driving)

    train(clips, TINY, config, tmp_path, on_step=compare, progress_bar=False)


def test_lines_are_thinned_out_evenly() -> None:
    lines = live.Lines(points=10)
    for step in range(1, 101):
        lines.add(step, {"loss": float(step)})
    steps = [step for step, _ in lines.lines["loss"]]
    assert 5 <= len(steps) <= 10 and steps[-1] > 85
    assert max(later - earlier for earlier, later in zip(steps, steps[1:], strict=False)) <= 32
    assert all(step == value for step, value in lines.lines["loss"])


def test_keypoints_that_never_move_are_as_wrong_as_doing_nothing() -> None:
    model = FirstOrderModel(TINY).eval()
    warp = RandomWarp.sample(2, generator=torch.Generator().manual_seed(0))
    found, carried, share = live.carry_back(model, torch.full((2, 3, 32, 32), 0.5), warp)  # one grey: nothing to see
    assert share == pytest.approx(1, abs=0.05)
    assert torch.allclose(warp.points(found), carried, atol=1e-3)


def test_crowding_is_the_distance_to_the_nearest() -> None:
    assert live.nearest(torch.tensor([[[0.0, 0.0], [0.3, 0.4], [0.3, 0.5]]])) == pytest.approx((0.5 + 0.1 + 0.1) / 3)


def test_a_sick_run_keeps_its_model() -> None:
    model = FirstOrderModel(TINY)
    assert live.sick_run(lambda _: model).model is model


def test_a_run_that_breaks_off_leaves_its_curve() -> None:
    def breaks(seen: live.LivePicture) -> FirstOrderModel:
        seen.keypoints.append((1, 0.1))
        raise InputError("got a loss of nan", "a number", "lower the rate")

    assert live.sick_run(breaks).losses["reconstruction"] == [(2, float("inf"))]


def test_zero_order_copies_answer_with_identities() -> None:
    model = FirstOrderModel(dataclasses.replace(TINY)).eval()
    torch.nn.init.normal_(model.detector.jacobian_head.weight)  # type: ignore[union-attr]
    image = torch.rand(1, 3, 32, 32)
    other = live.zero_order(model)
    assert torch.equal(other.detect(image).jacobians, torch.eye(2).expand(1, 10, 2, 2))
    assert not torch.equal(model.detect(image).jacobians, other.detect(image).jacobians)
    assert torch.equal(model.detect(image).positions, other.detect(image).positions)


def test_an_untrained_model_is_no_better_than_copying() -> None:
    held_out = WorldClips("faces", "validation", 2, frames=6, size=32, stride=1)
    torch.manual_seed(0)
    assert live.held_out_ratio(FirstOrderModel(TINY).eval(), held_out) > 0.9


def test_of_the_unnamed_recipes_one_is_healthy_and_each_other_ails_in_one_way() -> None:
    plain = TrainingConfig(size=32, steps=3)
    healthy, crowded, hot = live.unnamed_recipes(plain).values()
    assert healthy == plain
    assert crowded.weights.separation == 0 and dataclasses.replace(crowded, weights=plain.weights) == plain
    assert hot.learning_rate == pytest.approx(50 * plain.learning_rate)
    assert dataclasses.replace(hot, learning_rate=plain.learning_rate) == plain


def test_predictions_are_those_of_each_model_with_their_error() -> None:
    torch.manual_seed(0)
    models = {name: FirstOrderModel(TINY).eval() for name in ("one", "other")}
    source, driving = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)
    found = live.predictions(models, source, driving)
    for (name, made), model in zip(found.items(), models.values(), strict=True):
        with torch.no_grad():
            expected = model(source, model.detect(source), model.detect(driving)).prediction
        assert torch.equal(made, expected[0])
        assert float(name.split(": ")[1]) == pytest.approx(float((expected - driving).abs().mean()), abs=6e-4)
