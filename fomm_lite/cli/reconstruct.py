"""``fomm-lite reconstruct``: clips redrawn from their own first frames, and how close they come."""

import json
from dataclasses import asdict
from pathlib import Path

from fomm_lite.cli.common import ClipFile, clips_at, free_name, load_at_size, tell, with_progress, write_text
from fomm_lite.cli.grid import grid_frame
from fomm_lite.errors import InputError
from fomm_lite.evaluation.evaluate import ClipScore, Evaluation, RunningScore, self_reconstruction
from fomm_lite.media.read import probe
from fomm_lite.media.write import VideoWriter
from fomm_lite.model import FirstOrderModel


def reconstruct_command(
    clips: Path, weights: str, out: Path, *, grid: bool, device: str, batch: int, size: int | None
) -> None:
    """Write ``NAME.mp4`` for every clip and ``scores.json`` into a folder, and print the scores.

    Clips that cannot be read, or hold a single frame, are named and passed over where there are others.

    Raises:
        InputError: bad weights, no usable clip, or a place that cannot be written.
    """
    model, size = load_at_size(weights, device, size)
    total = RunningScore()
    scores: list[ClipScore] = []
    names: list[str] = []
    found = clips_at(clips)
    for path in found:
        name = free_name(path.stem, names, other=path.name.replace(".", "_"))
        try:
            score = _reconstruct(model, ClipFile(path, size), out / f"{name}.mp4", grid, batch)
        except InputError as error:
            if len(found) == 1:
                raise
            tell(f"left out {path.name}: {error}")
            continue
        names.append(name)
        scores.append(score.score())
        total.merge(score)
    if not scores:
        raise InputError(
            f"got {clips} with {len(found)} clips, none usable", "clips of two frames or more", "see above"
        )
    evaluation = Evaluation(total.score(), tuple(scores), None)
    write_text(out / "scores.json", json.dumps(_named(names, evaluation.total, scores), indent=2) + "\n")
    print(evaluation.table(names))
    print(f"wrote {len(scores)} videos and scores.json to {out}")


def _reconstruct(model: FirstOrderModel, clip: ClipFile, target: Path, grid: bool, batch: int) -> RunningScore:
    """One clip: its video, and its score."""
    info, score = probe(clip.path), RunningScore()
    if info.frames == 1:
        raise InputError(f"got {clip.path} with a single frame", "two or more", "pass a clip that moves")
    frames = with_progress(self_reconstruction(model, clip, batch=batch), total=info.frames, unit="frames")
    with VideoWriter(target, info.fps) as writer:
        for index, frame in enumerate(frames):
            writer.append(grid_frame(frame) if grid else frame.prediction.cpu())
            if index:
                score.add(frame)
    return score


def _named(names: list[str], total: ClipScore, scores: list[ClipScore]) -> dict[str, object]:
    """The scores as JSON wants them."""
    return {
        "total": asdict(total),
        "clips": {name: asdict(score) for name, score in zip(names, scores, strict=True)},
    }
