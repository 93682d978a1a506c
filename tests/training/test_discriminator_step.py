"""Training with judges: a discriminator that learns beside the model, features that do not, rates of their own."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm_lite.config import LEAN, DiscriminatorConfig, GeneratorConfig, HourglassConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import State, TrainingConfig, train
from fomm_lite.training import loop as training
from fomm_lite.training.objective import LossWeights, Terms
from fomm_lite.training.pairs import WorldClips
from fomm_lite.weights import load_model

TINY_HOURGLASS = HourglassConfig(4, 16, 3, head_kernel=3, head_padding=1, light_blocks=True)
TINY = dataclasses.replace(
    LEAN,
    num_keypoints=4,
    motion_size=16,
    detector=TINY_HOURGLASS,
    dense_motion=TINY_HOURGLASS,
    generator=GeneratorConfig(4, 8, 1, 1, 3, light_blocks=True, warped_skips=True, blend_deformed=True),
)
JUDGE = DiscriminatorConfig(
    scales=(1.0,), block_expansion=4, max_features=8, num_blocks=2, spectral_norm=True, use_keypoints=True
)
CONFIG = TrainingConfig(
    size=16,
    steps=6,
    batch_size=4,
    weights=LossWeights(generator_gan=1.0, feature_matching=10.0, discriminator_gan=1.0),
    discriminator=JUDGE,
    discriminator_learning_rate=1e-3,
)


class Edges(nn.Module):
    """A stand-in for VGG19."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, image: Tensor) -> list[Tensor]:
        return [F.relu(self.conv(image))]


@pytest.fixture(scope="module")
def clips() -> WorldClips:
    return WorldClips("faces", "train", 6, frames=4, size=16, stride=4)


def checkpoint(out: Path) -> dict[str, Any]:
    return torch.load(out / "checkpoint.pt", weights_only=True)


def same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> bool:
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def stop_at(step: int) -> training.OnStep:
    def on_step(state: State, terms: Terms) -> None:
        state.stop = state.step == step

    return on_step


def test_resumed_adversarial_run_equals_an_uninterrupted_one(clips: WorldClips, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(clips, TINY, CONFIG, whole, progress_bar=False)
    train(clips, TINY, CONFIG, parts, on_step=stop_at(3), progress_bar=False)
    halfway = checkpoint(parts)
    train(clips, TINY, CONFIG, parts, resume=True, progress_bar=False)
    expected, found = checkpoint(whole), checkpoint(parts)
    for name in ("model", "discriminator"):
        assert same(expected[name], found[name])
        assert not same(halfway[name], found[name])
    for name in ("optimiser", "discriminator_optimiser"):
        states = zip(expected[name]["state"].values(), found[name]["state"].values(), strict=True)
        assert all(same(ours, theirs) for ours, theirs in states)


def test_both_sides_learn_each_at_its_own_rate(clips: WorldClips, tmp_path: Path) -> None:
    seen: list[Terms] = []
    train(clips, TINY, CONFIG, tmp_path, on_step=lambda _, terms: seen.append(terms), progress_bar=False)
    assert {"generator_gan", "feature_matching", "discriminator_gan"} <= set(seen[0].named)
    expected = sum(
        weight * float(seen[0].named[name].detach()) for name, weight in CONFIG.weights.terms.items() if weight
    )
    assert float(seen[0].total.detach()) == pytest.approx(expected, rel=1e-5)
    state = checkpoint(tmp_path)
    rates = [state[name]["param_groups"][0]["lr"] for name in ("optimiser", "discriminator_optimiser")]
    assert rates[0] == pytest.approx(2 * rates[1])
    assert state["discriminator_optimiser"]["param_groups"][0]["betas"] == (0.5, 0.999)


def test_discriminator_learns_to_tell_made_from_real(clips: WorldClips, tmp_path: Path) -> None:
    losses: list[float] = []
    config = dataclasses.replace(CONFIG, steps=60, learning_rate=1e-5, discriminator_learning_rate=4e-3)
    look = lambda _, terms: losses.append(terms.named["discriminator_gan"].item())  # noqa: E731
    train(clips, TINY, config, tmp_path, on_step=look, progress_bar=False)
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])


def test_weights_hold_the_model_alone(clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    features = Edges()
    before = {name: tensor.clone() for name, tensor in features.state_dict().items()}
    monkeypatch.setattr(training, "imagenet_vgg19", lambda _: features)
    weights = dataclasses.replace(CONFIG.weights, perceptual=10.0, perceptual_scales=(1.0, 0.5))
    trained = train(clips, TINY, dataclasses.replace(CONFIG, steps=2, weights=weights), tmp_path, progress_bar=False)
    assert same(before, features.state_dict())
    assert all(parameter.grad is None for parameter in features.parameters())
    assert set(checkpoint(tmp_path)["model"]) == set(FirstOrderModel(TINY).state_dict())
    assert not [name for name in checkpoint(tmp_path) if "feature" in name]
    loaded = load_model(tmp_path / "model.safetensors").state_dict()
    assert torch.equal(loaded["generator.final.weight"], trained.state_dict()["generator.final.weight"])


def test_judges_are_not_built_when_nothing_asks_them(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("built")

    monkeypatch.setattr(training, "imagenet_vgg19", refuse)
    monkeypatch.setattr(training, "Discriminator", refuse)
    train(clips, TINY, TrainingConfig(size=16, steps=1, batch_size=2), tmp_path, progress_bar=False)
    assert "discriminator" not in checkpoint(tmp_path)


def test_what_judges_cannot_see_or_is_missing_is_told_before_anything_is_written(
    clips: WorldClips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = dataclasses.replace(CONFIG, discriminator=DiscriminatorConfig())
    with pytest.raises(InputError, match="for the discriminator at scale 1; expected at least"):
        train(clips, TINY, official, tmp_path / "run", progress_bar=False)
    monkeypatch.setitem(sys.modules, "torchvision.models", None)
    perceptual = TrainingConfig(size=16, steps=1, weights=LossWeights(perceptual=10.0))
    with pytest.raises(InputError, match="torchvision"):
        train(clips, TINY, perceptual, tmp_path / "run", progress_bar=False)
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_without_the_other_side_is_refused(clips: WorldClips, tmp_path: Path) -> None:
    plain = dataclasses.replace(CONFIG, weights=LossWeights())
    train(clips, TINY, plain, tmp_path / "plain", on_step=stop_at(2), progress_bar=False)
    train(clips, TINY, CONFIG, tmp_path / "judged", on_step=stop_at(2), progress_bar=False)
    for folder, other, values in (("plain", CONFIG, ("1.0", "0.0")), ("judged", plain, ("0.0", "1.0"))):
        with pytest.raises(InputError, match="got weights.discriminator_gan = {}; expected {}".format(*values)):
            train(clips, TINY, other, tmp_path / folder, resume=True, progress_bar=False)
        state = checkpoint(tmp_path / folder)
        del state["training"]  # as in checkpoints of older versions
        torch.save(state, tmp_path / folder / "checkpoint.pt")
        with pytest.raises(InputError, match=r"another configuration \(discriminator"):
            train(clips, TINY, other, tmp_path / folder, resume=True, progress_bar=False)


def test_a_frozen_detector_stays_while_the_rest_learns(clips: WorldClips, tmp_path: Path) -> None:
    torch.manual_seed(5)
    start = FirstOrderModel(TINY)
    before = {name: parameter.detach().clone() for name, parameter in start.named_parameters()}
    config = TrainingConfig(size=16, steps=3, batch_size=4, detector_learning_rate=0.0)
    trained = train(clips, TINY, config, tmp_path, start=start, progress_bar=False)
    stayed = {name for name, parameter in trained.named_parameters() if torch.equal(parameter, before[name])}
    assert {name for name in before if name.startswith("detector.")} <= stayed
    assert "generator.final.weight" not in stayed
    assert "dense_motion.mask_head.weight" not in stayed


def test_a_detector_with_a_rate_of_its_own_moves_by_it(clips: WorldClips, tmp_path: Path) -> None:
    start = FirstOrderModel(TINY)
    before = {name: parameter.detach().clone() for name, parameter in start.named_parameters()}
    config = TrainingConfig(
        size=16, steps=1, batch_size=4, learning_rate=1e-3, detector_learning_rate=1e-5, warm_up=0.0, cool_down=0.0
    )
    trained = train(clips, TINY, config, tmp_path, start=start, progress_bar=False)
    moved = {name: float((p - before[name]).detach().abs().max()) for name, p in trained.named_parameters()}
    # the first step of Adam is the learning rate
    assert max(v for name, v in moved.items() if name.startswith("detector.")) == pytest.approx(1e-5, rel=0.05)
    assert max(v for name, v in moved.items() if name.startswith("generator.")) == pytest.approx(1e-3, rel=0.05)
