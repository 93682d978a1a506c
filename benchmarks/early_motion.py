"""What makes motion appear early: the same short training with one ingredient changed at a time.

    python -m benchmarks.early_motion [--steps 1500] [ROW ...]

Each row trains the lean model on drawn faces at 32 pixels, from the same seed, and prints the held-out L1 of the
prediction as a share of copying the source: 0 is perfect, 1 is not moving at all. A row takes a few minutes, and
`make bench` does not run them.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path

import torch

from fomm_lite.config import LEAN, GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.evaluation.evaluator import evaluate
from fomm_lite.training import TrainingConfig, train
from fomm_lite.training.objective import LossWeights
from fomm_lite.training.pairs import WorldClips

SIZE = 32
CLIPS = 600
HELD_OUT = 24


def generator(**changes: object) -> ModelConfig:
    """The lean model with another generator."""
    return dataclasses.replace(LEAN, generator=dataclasses.replace(LEAN.generator, **changes))  # type: ignore[arg-type]


def hourglasses(**changes: object) -> ModelConfig:
    """The lean model with other hourglasses."""
    part: HourglassConfig = dataclasses.replace(LEAN.detector, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(LEAN, detector=part, dense_motion=part)


def without(*terms: str) -> LossWeights:
    """The loss without some of its terms."""
    return dataclasses.replace(LossWeights(), **dict.fromkeys(terms, 0.0))  # type: ignore[arg-type]


ORIGINAL_GENERATOR: GeneratorConfig = dataclasses.replace(
    LEAN.generator, blend_deformed=False, warped_skips=False, batch_norm=True
)
ROWS: dict[str, tuple[ModelConfig, LossWeights]] = {
    "as shipped": (LEAN, LossWeights()),
    "no separation": (LEAN, without("separation")),
    "no warp term": (LEAN, without("warp")),
    "no gradients": (LEAN, without("gradients")),
    "no squared": (LEAN, without("squared")),
    "no painting": (LEAN, without("painting")),
    "no equivariance": (LEAN, without("equivariance_positions", "equivariance_jacobians")),
    "zero order": (dataclasses.replace(LEAN, estimate_jacobian=False), LossWeights()),
    "batch norm in the generator": (generator(batch_norm=True), LossWeights()),
    "no blend": (generator(blend_deformed=False), LossWeights()),
    "the original's generator": (dataclasses.replace(LEAN, generator=ORIGINAL_GENERATOR), LossWeights()),
    "full blocks": (hourglasses(light_blocks=False), LossWeights()),
}


def main() -> None:
    """Train the rows asked for, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help="one of: " + ", ".join(ROWS))
    parser.add_argument("--steps", type=int, default=1500)
    arguments = parser.parse_args()
    unknown = [row for row in arguments.rows if row not in ROWS]
    if unknown:
        parser.error(f"got {', '.join(unknown)}; expected some of {', '.join(ROWS)}")
    clips = WorldClips("faces", "train", CLIPS, size=SIZE)
    held_out = WorldClips("faces", "validation", HELD_OUT, frames=24, size=SIZE, stride=1)
    config = TrainingConfig(size=SIZE, steps=arguments.steps)
    print(f"{arguments.steps} steps of {config.batch_size} pairs, torch {torch.__version__}", flush=True)
    for row in arguments.rows or ROWS:
        model_config, loss_weights = ROWS[row]
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            settings = dataclasses.replace(config, weights=loss_weights)
            model = train(clips, model_config, settings, Path(folder), progress_bar=False)
        spent = time.perf_counter() - started
        score = evaluate(model, held_out).total
        print(f"{row:28} {score.ratio:.3f} of copying, PSNR {score.psnr:.2f} dB, {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
