"""When do jacobians pay? Order x number of keypoints x turn x seed, all trained alike, and measured against the truth.

    python -m benchmarks.dose_response [--out runs/dose_response] [--seeds 0 1 2] [--rows]
    python -m benchmarks.dose_table    [--runs runs/dose_response]

Drawn faces at 32 pixels turn about the middle of the picture by up to 0, 0.6 or 1.2 radians. A run takes three to four
minutes on one thread, and `make bench` does not do them; several processes, each with seeds of its own, may share
a folder. What is done is kept: a run that was stopped goes on where it
was, and a finished one is not trained again. The most telling runs come first, so that a part of the grid is of use.
With ``--rows`` the five rows of the paper's ablation are trained instead, on the faces that turn most.
"""

import argparse
import dataclasses
import functools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fomm_lite import weights
from fomm_lite.config import TINY, ModelConfig
from fomm_lite.course.ch07_what_matters.ablations import FEW, SHORT, SIZE, TURN, TURNED_ROWS
from fomm_lite.course.ch07_what_matters.comparison import HeldOut, measure, true_motion
from fomm_lite.files.atomic import written_whole
from fomm_lite.geometry import relative_jacobians
from fomm_lite.model import FirstOrderModel
from fomm_lite.training import TrainingConfig, train
from fomm_lite.training.objective import LossWeights
from fomm_lite.training.pairs import WorldClips

ORDERS = {"zero": "zero order", "free": "first order without Eq. 12", "first": "first order"}
KEYPOINTS = (3, 1, 10)
TURNS = (1.2, 0.0, 0.6)
SEEDS = (0, 1, 2)
ROWS = {row.name: row for row in TURNED_ROWS}
FREED = ("turned-occlusion", "turned-jacobians")
STEPS = SHORT
CLIPS = 600
HELD_OUT = 60


@dataclass(frozen=True)
class Run:
    """One model of the grid.

    Attributes:
        order: a key of ``ORDERS``, or of ``ROWS``.
        keypoints: K.
        turn: of the figures, in training and in the test, in radians.
        seed: of the training.
        steps: of the training.
        warp: whether the deformed source is compared too, a term that the authors' models lack; False in rows only.
    """

    order: str
    keypoints: int
    turn: float
    seed: int
    steps: int = STEPS
    warp: bool = True

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.order}-k{self.keypoints}-turn{self.turn}-seed{self.seed}{'' if self.warp else '-nowarp'}"

    @property
    def model(self) -> ModelConfig:
        """The architecture."""
        if self.order in ROWS:
            return ROWS[self.order].model
        return dataclasses.replace(TINY, num_keypoints=self.keypoints, estimate_jacobian=self.order != "zero")

    @property
    def training(self) -> TrainingConfig:
        """The training; alike but for the one term."""
        if self.order in ROWS:
            row = ROWS[self.order].training(self.seed)
            terms = row.weights if self.warp else dataclasses.replace(row.weights, warp=0.0)
            return dataclasses.replace(row, steps=self.steps, weights=terms)
        standard = LossWeights()
        weight = 0.0 if self.order == "free" else standard.equivariance_jacobians
        terms = dataclasses.replace(standard, equivariance_jacobians=weight)
        return TrainingConfig(size=SIZE, steps=self.steps, seed=self.seed, weights=terms)


def grid(seeds: Iterable[int] = SEEDS) -> Iterator[Run]:
    """All runs of the grid: zero beside first order, seed by seed, and then those without Eq. 12."""
    for orders in (("zero", "first"), ("free",)):
        for seed in seeds:
            for turn in TURNS:
                for keypoints in KEYPOINTS:
                    yield from (Run(order, keypoints, turn, seed) for order in orders)


def paper_rows(seeds: Iterable[int] = SEEDS) -> Iterator[Run]:
    """The five rows of the paper, seed by seed; then the step to jacobians without Eq. 12 without the warp term too."""
    for seed in seeds:
        yield from (Run(row, FEW, TURN, seed) for row in ROWS)
    for seed in seeds:
        yield from (Run(row, FEW, TURN, seed, warp=False) for row in FREED)


@functools.cache
def lessons(turn: float) -> WorldClips:
    """The training clips, drawn once for all runs."""
    return WorldClips("faces", "train", CLIPS, size=SIZE, turn=turn)


@functools.cache
def held_out(turn: float, count: int = HELD_OUT) -> HeldOut:
    """The test clips with their truth, drawn once for all runs."""
    return HeldOut.draw("faces", count, size=SIZE, turn=turn)


def trained(run: Run, folder: Path) -> FirstOrderModel | None:
    """The run's model, trained unless that is done; None when the training was stopped."""
    made = folder / "model.safetensors"
    if not _finished(made):
        resume = (folder / "checkpoint.pt").exists()
        train(lessons(run.turn), run.model, run.training, folder, resume=resume, progress_bar=False)
        if not _finished(made):
            return None
    (folder / "checkpoint.pt").unlink(missing_ok=True)  # three times the size of the weights
    return weights.load_model(made)


def _finished(made: Path) -> bool:
    return made.exists() and bool(weights.read_header(made)[1].get("finished"))


@torch.no_grad()
def jacobian_errors(model: FirstOrderModel, clips: HeldOut) -> dict[str, list[float | None]]:
    """How far jacobians are from the truth: of the map driving to source, at the model's keypoints on the figure.

    The error is the Frobenius norm of the difference. Means can be ruled by few wild values, so medians are given too.

    Returns:
        For each clip, None where no keypoint lies on the figure: mean and median of the model's jacobians
        (``learnt``), of identities (``identity``, which is what zero order has), and of the best constant for this
        model (``constant``: the mean of the true ones), at the same keypoints.
    """
    pairs = []
    for clip in clips.clips:
        keypoints, driven = model.detect(clip.frames), len(clip.frames) - 1
        local = relative_jacobians(keypoints.jacobians[:1].expand(driven, -1, -1, -1), keypoints.jacobians[1:])
        found = [true_motion(clip, index, keypoints.positions[index])[1:] for index in range(1, driven + 1)]
        on_figure = torch.stack([on_part for _, on_part in found])
        pairs.append((local[on_figure], torch.stack([true for true, _ in found])[on_figure]))
    constant = torch.cat([true for _, true in pairs]).mean(0)
    errors: dict[str, list[float | None]] = {}
    for local, true in pairs:
        for name, guess in (("learnt", local), ("identity", torch.eye(2)), ("constant", constant)):
            miss = (guess - true).norm(dim=(-1, -2))
            errors.setdefault(name, []).append(float(miss.mean()) if len(miss) else None)
            errors.setdefault(f"{name}_median", []).append(float(miss.median()) if len(miss) else None)
    return errors


def result(run: Run, model: FirstOrderModel, clips: HeldOut) -> dict[str, Any]:
    """Everything measured of one model, clip by clip: see :func:`.comparison.measure`."""
    found: dict[str, Any] = dataclasses.asdict(run) | {"torch": torch.__version__}
    found["copying"] = clips.copying().tolist()
    found |= {name: values.tolist() for name, values in measure(model, clips).items()}
    if model.config.estimate_jacobian:
        found["jacobian_errors"] = jacobian_errors(model, clips)
    return found


def main() -> None:
    """Do what is missing of the grid."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/dose_response"), help="a folder for each run")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="one training of each kind for each")
    parser.add_argument("--rows", action="store_true", help="the rows of the paper's ablation instead of the grid")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    for run in (paper_rows if arguments.rows else grid)(arguments.seeds):
        folder = arguments.out / run.name
        written = folder / "result.json"
        if not written.exists():
            model = trained(run, folder)
            if model is None:
                sys.exit(f"stopped in {folder}; the same command goes on from there")
            found = result(run, model, held_out(run.turn))
            with written_whole(written) as draft:
                draft.write_text(json.dumps(found), encoding="utf-8")
            print(f"{run.name:24} L1 {sum(found['l1']) / sum(found['copying']):.3f} of copying", flush=True)


if __name__ == "__main__":
    main()
