"""Ship the weights of a training run: coarser numbers, half precision, a model card, and all in it measured here.

    python scripts/ship_weights.py runs/faces-64 faces-64 "fomm-lite train --world faces --size 64 --minutes 45"

The last argument is the command that made the run; it is kept in the card. Of several runs, one the continuation of the
other and separated by commas, the mean of their weights is shipped.
"""

import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from fomm_lite import weights
from fomm_lite.evaluation import Evaluation, evaluate
from fomm_lite.evaluation.judges import load_judge
from fomm_lite.model import FirstOrderModel
from fomm_lite.worlds import WORLDS, seeds

WEIGHTS = Path(__file__).resolve().parent.parent / "assets" / "weights"
CLIPS = 50
FRAMES = 24
FILM_SIZE = 256  # what `fomm-lite animate` makes without --size; looked at, not measured
KEPT = ("size", "steps", "minutes", "data", "training")
BITS = 7  # of each weight's digits, the leading one among them: no error in the card changes by its last digit


@torch.no_grad()
def coarsened(model: FirstOrderModel) -> FirstOrderModel:
    """The model with its weights rounded to a few bits: what a repository keeps of them shrinks by a fifth."""
    for weight in model.parameters():
        if weight.ndim > 1:
            digits, exponent = torch.frexp(weight)
            weight.copy_(torch.ldexp((digits * 2**BITS).round() / 2**BITS, exponent))
    return model


@torch.no_grad()
def averaged(models: list[FirstOrderModel]) -> FirstOrderModel:
    """The last of the models, with the mean of all their weights."""
    states = [model.state_dict() for model in models]
    for name, weight in states[-1].items():
        if weight.is_floating_point():
            weight.copy_(torch.stack([state[name] for state in states]).mean(0))
    return models[-1]


def measure(name: str, *, cross: bool = False) -> Evaluation:
    """Test clips that no training saw, each from its own first frame: driven by itself, or by the next one's motion."""
    world, size = name.split("-")
    draw = partial(WORLDS[world], frames=FRAMES, size=int(size))
    numbers = seeds("test", CLIPS)
    others = [*numbers[1:], numbers[0]]
    clips = (draw(own, motion=other if cross else None) for own, other in zip(numbers, others, strict=True))
    drivers = (draw(other).frames for other in others) if cross else None
    judge = load_judge(f"{weights.JUDGES}{world}")
    model = weights.load_model(WEIGHTS / f"{name}.safetensors")
    return evaluate(model, clips, drivers=drivers, detector=judge, embedder=judge)


def card(name: str, runs: str, command: str, score: Evaluation, animated: Evaluation, facts: dict[str, Any]) -> str:
    """The model card, in Markdown."""
    config, _ = weights.read_header(WEIGHTS / f"{name}.safetensors")
    model = weights.load_model(WEIGHTS / f"{name}.safetensors")
    parameters = sum(tensor.numel() for tensor in model.parameters())
    size = (WEIGHTS / f"{name}.safetensors").stat().st_size
    world = name.split("-")[0]
    truth, total = score.truth, score.total
    assert truth is not None
    precision = "-" if truth.occlusion_precision is None else f"{truth.occlusion_precision:.3f}"
    return f"""# {name}

A First Order Motion Model of the drawn world `{world}`: {config.num_keypoints} keypoints, {parameters / 1e6:.2f}
million parameters, {size / 2**20:.2f} MiB in half precision, rounded to {BITS} bits. Made by

```
{command}
python scripts/ship_weights.py {runs} {name} COMMAND
```

in {facts["minutes"]:.0f} minutes and {facts["steps"]} steps of {facts["training"]["batch_size"]} pairs, on a CPU.
Data: {facts["data"]}, seeds 0, 3, 6, ... (`seeds("train", ...)`). No real picture was used.

## Numbers

{CLIPS} test clips of {FRAMES} frames (`seeds("test", {CLIPS})`: identities that no training saw), each redrawn from its
own frame 0 with absolute keypoints. Measured by the last command above; `fomm-lite evaluate {name} --world {world}`
measures the same on fewer clips and fewer, more distant frames.

| | |
|---|---|
| L1, pictures in [0, 1] | {total.l1:.4f} |
| L1 of copying the source | {total.copy_l1:.4f} |
| **their ratio** | **{total.ratio:.3f}** |
| PSNR | {total.psnr:.2f} dB |
| visible deformation against the truth | {truth.deformation_error:.2f} px (identity: {truth.identity_error:.2f}) |
| occlusion map against the truth, average precision | {precision} (knowing nothing: {truth.hidden:.3f}) |

What a judge and the truth say of the same pictures, and of *animation*: each figure moved by the film of the next one
(`--cross` of the same command), against itself drawn in that movement.

| | redrawn | animated |
|---|---|---|
{_rows(score, animated)}

## Use

Drawn {world} of this package's own kind. It has not seen photographs, and animates them badly: train on your own clips
for that. Pictures of any multiple of {config.size_multiple} pixels: it was trained at {facts["size"]}, and films are
made at {FILM_SIZE} unless `--size` says otherwise. It paints at {facts["size"]} and no larger; what it keeps of the
source is as sharp as that is.

Not for: films of real people, least of all without their consent.
"""


def _rows(redrawn: Evaluation, animated: Evaluation) -> str:
    """The numbers that both have."""

    def row(name: str, say: Callable[[Evaluation], str]) -> str:
        return f"| {name} | {say(redrawn)} | {say(animated)} |"

    def of(part: str, field: str, digits: int = 3) -> Callable[[Evaluation], str]:
        def say(score: Evaluation) -> str:
            value = getattr(getattr(score, part), field)
            return "-" if value is None else f"{value:.{digits}f}"

        return say

    rows = [
        row("L1 over copying the source", of("total", "ratio")),
        row("visible deformation against the truth, px", of("truth", "deformation_error", 2)),
        row("AKD, px", of("measures", "akd", 2)),
        row("AKD of the true pictures, px", of("measures", "akd_floor", 2)),
        row("AED", of("measures", "aed")),
        row("flicker where nothing changes", of("measures", "flicker", 5)),
    ]
    if redrawn.expression is not None and animated.expression is not None:
        rows += [
            row("mouth follows, slope", of("expression", "mouth_slope", 2)),
            row("mouth follows, correlation", of("expression", "mouth_correlation", 2)),
            row("L1 inside the mouth", of("expression", "mouth_l1")),
            row("lids follow, slope", of("expression", "lid_slope", 2)),
            row("lids follow, correlation", of("expression", "lid_correlation", 2)),
            row("L1 inside the eyes", of("expression", "eyes_l1")),
        ]
    return "\n".join(rows)


def main() -> None:
    """Convert, measure, write the card."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    runs, name, command = sys.argv[1].split(","), sys.argv[2], sys.argv[3]
    paths = [Path(run) / "model.safetensors" for run in runs]
    about = weights.read_header(paths[-1])[1]
    facts = {key: about[key] for key in KEPT} | {"film_size": FILM_SIZE}
    model = coarsened(averaged([weights.load_model(path) for path in paths]))
    weights.save(model, WEIGHTS / f"{name}.safetensors", about=facts, half=True)
    started = time.perf_counter()
    score = measure(name)
    (WEIGHTS / f"{name}.md").write_text(
        card(name, ",".join("RUN" for _ in runs), command, score, measure(name, cross=True), facts), encoding="utf-8"
    )
    spent = time.perf_counter() - started
    print(score.table())
    print(f"measured in {spent:.0f} s with torch {torch.__version__}, {platform.machine()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
