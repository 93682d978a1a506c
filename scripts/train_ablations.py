"""Train the models of the course's ablation table, alike, and ship them in half precision.

    python scripts/train_ablations.py [NAME ...] [--runs runs/ablations]

Without names all are trained, one after the other, on one thread: four to ten minutes each. A run that was stopped goes
on where it was; one that is finished is only shipped again.
"""

import argparse
from pathlib import Path

import torch

from fomm_lite import weights
from fomm_lite.course.ch07_what_matters.ablations import ROWS, SIZE, TURNING, ZERO_ORDER, Ablation
from fomm_lite.training import train
from fomm_lite.training.pairs import WorldClips

WEIGHTS = Path(__file__).resolve().parent.parent / "assets" / "weights"
CLIPS = 600


def make(ablation: Ablation, runs: Path) -> None:
    """Train one model unless that is done, and ship it."""
    run = runs / ablation.name
    made = run / "model.safetensors"
    if not made.exists() or not weights.read_header(made)[1].get("finished"):
        clips = WorldClips(ablation.world, "train", CLIPS, size=SIZE, turn=ablation.turn)
        train(clips, ablation.model, ablation.training(), run, resume=(run / "checkpoint.pt").exists())
    facts = weights.read_header(made)[1]
    model = weights.load_model(made)
    data = f"drawn {ablation.world}" + (f", turned by up to {ablation.turn} radians" if ablation.turn else "")
    kept = {key: facts[key] for key in ("size", "steps", "minutes", "training")} | {"data": data}
    weights.save(model, WEIGHTS / f"{ablation.name}.safetensors", about=kept, half=True)


def main() -> None:
    """Train and ship what was asked for."""
    known = {each.name: each for each in (*ROWS, ZERO_ORDER, *TURNING)}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(known))
    parser.add_argument("--runs", type=Path, default=Path("runs/ablations"))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        parser.error(f"got {', '.join(unknown)}; expected some of {', '.join(known)}")
    torch.set_num_threads(1)
    for name in arguments.names or known:
        make(known[name], arguments.runs)


if __name__ == "__main__":
    main()
