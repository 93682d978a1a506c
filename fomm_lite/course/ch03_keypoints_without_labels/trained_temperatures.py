"""Small models trained at several temperatures, three seeds each: what the authors' 0.1 is worth at the beginning.

    python -m fomm_lite.course.ch03_keypoints_without_labels.trained_temperatures     trains (minutes of one core)

It writes ``trained_temperatures.json``, after every training; another start of the command goes on with the next.
"""

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from fomm_lite.config import TINY
from fomm_lite.course.kit.denormals import flushed_denormals
from fomm_lite.course.kit.records import write_records
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.geometry import coordinate_grid, soft_argmax
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import TrainingConfig, train
from fomm_lite.training.pairs import WorldClips

RECORDED = Path(__file__).with_name("trained_temperatures.json")
TEMPERATURES, SEEDS = (0.03, 0.1, 0.3, 1.0), (0, 1, 2)
SIZE, STEPS, CLIPS, HELD_OUT = 32, 100, 100, 24


@dataclass(frozen=True)
class Trained:
    """What came of one training.

    Attributes:
        temperature: of the softmax, throughout.
        seed: of the first weights, the pairs and the warps.
        share: L1 on held-out clips as a share of copying the source.
        width_before: of the confidence maps of the model as it was drawn, see :func:`width`.
        width: of those of the trained one.
        spread: standard deviation of its scores over the places of a map.
    """

    temperature: float
    seed: int
    share: float
    width_before: float
    width: float
    spread: float


def width(confidence: Float[Tensor, "b k h w"]) -> float:
    """Mean over maps of the root mean square distance to their own mean, normalised; an even map has 0.84.

    Example:
        >>> round(width(torch.full((1, 1, 32, 32), 1 / 1024)), 2)
        0.84
    """
    off = coordinate_grid(*confidence.shape[2:]) - soft_argmax(confidence)[:, :, None, None]
    return float((confidence * off.square().sum(-1)).sum((2, 3)).sqrt().mean())


@torch.no_grad()
def _looked_at(model: FirstOrderModel, pictures: Float[Tensor, "b 3 h w"]) -> tuple[float, float]:
    """Width of the confidence maps, and spread of the scores below them."""
    detector = model.eval().detector
    features = detector.features(pictures)
    return width(detector.confidence_maps(features)), float(detector.confidence_head(features).std((2, 3)).mean())


def trained(temperature: float, seed: int, steps: int = STEPS) -> Trained:
    """Train, and look."""
    held_out = WorldClips("faces", "validation", HELD_OUT, size=SIZE)
    pictures = torch.stack([clip[0] for clip in held_out]).float() / 255
    architecture = dataclasses.replace(TINY, temperature=temperature)
    torch.manual_seed(seed)
    before, _ = _looked_at(FirstOrderModel(architecture), pictures)
    config = TrainingConfig(size=SIZE, steps=steps, seed=seed)
    with tempfile.TemporaryDirectory() as folder, flushed_denormals():
        run = Path(folder) / "run"
        model = train(WorldClips("faces", "train", CLIPS, size=SIZE), architecture, config, run, progress_bar=False)
    after, spread = _looked_at(model, pictures)
    share = evaluate(model, held_out).total.ratio
    assert share is not None  # drawn faces move
    return Trained(temperature, seed, *(round(number, 3) for number in (share, before, after, spread)))


def recorded(path: Path = RECORDED) -> list[Trained]:
    """What :func:`record` wrote."""
    return [Trained(**each) for each in json.loads(path.read_text(encoding="utf-8"))]


def record(
    path: Path = RECORDED,
    temperatures: Sequence[float] = TEMPERATURES,
    seeds: Sequence[int] = SEEDS,
    steps: int = STEPS,
) -> None:
    """Train what is not recorded yet, one seed of every temperature after the other."""
    found = recorded(path) if path.exists() else []
    for seed in seeds:
        for temperature in temperatures:
            if not any((each.temperature, each.seed) == (temperature, seed) for each in found):
                found.append(trained(temperature, seed, steps))
                write_records(path, map(asdict, found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    record()
