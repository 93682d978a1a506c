"""Ship the weights of a training run: halve their precision, write their model card, all numbers measured here.

    python scripts/ship_weights.py runs/faces-64 faces-64 "fomm-lite train --world faces --size 64 --minutes 45"

The last argument is the command that made the run; it is kept in the card.
"""

import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import torch

from fomm_lite import weights
from fomm_lite.evaluation import Evaluation, evaluate
from fomm_lite.worlds import WORLDS, seeds

WEIGHTS = Path(__file__).resolve().parent.parent / "assets" / "weights"
CLIPS = 50
FRAMES = 24
FILM_SIZE = 256  # what `fomm-lite animate` makes without --size; looked at, not measured
KEPT = ("size", "steps", "minutes", "data", "training")


def measure(name: str) -> Evaluation:
    """Self-reconstruction of test clips that no training saw."""
    world, size = name.split("-")
    clips = (WORLDS[world](seed, frames=FRAMES, size=int(size)) for seed in seeds("test", CLIPS))
    return evaluate(weights.load_model(WEIGHTS / f"{name}.safetensors"), clips)


def card(name: str, command: str, score: Evaluation, facts: dict[str, Any]) -> str:
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
million parameters, {size / 2**20:.2f} MiB in half precision. Made by

```
{command}
python scripts/ship_weights.py RUN {name} COMMAND
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

## Use

Drawn {world} of this package's own kind. It has not seen photographs, and animates them badly: train on your own clips
for that. Pictures of any multiple of {config.motion_size} pixels: it was trained at {facts["size"]}, and films are
made at {FILM_SIZE} unless `--size` says otherwise.

Not for: films of real people, least of all without their consent.
"""


def main() -> None:
    """Convert, measure, write the card."""
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    run, name, command = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    path = run / "model.safetensors"
    about = weights.read_header(path)[1]
    facts = {key: about[key] for key in KEPT} | {"film_size": FILM_SIZE}
    weights.save(weights.load_model(path), WEIGHTS / f"{name}.safetensors", about=facts, half=True)
    started = time.perf_counter()
    score = measure(name)
    (WEIGHTS / f"{name}.md").write_text(card(name, command, score, facts), encoding="utf-8")
    spent = time.perf_counter() - started
    print(score.table())
    print(f"measured in {spent:.0f} s with torch {torch.__version__}, {platform.machine()}, {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
