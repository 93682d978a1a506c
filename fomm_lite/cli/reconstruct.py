"""``fomm-lite reconstruct``: clips redrawn from their own first frames, and how close they come."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import (
    DEFAULT_BATCH,
    AudioOption,
    BatchOption,
    ClipsArgument,
    DeviceOption,
    GridOption,
    SizeOption,
    WeightsOption,
    command,
)
from fomm_lite.errors import InputError


@command(
    "reconstruct",
    "fomm-lite reconstruct talk.mp4 --weights faces-64 --out out/talk",
    "fomm-lite reconstruct my_clips/ --weights runs/mine/model.safetensors --out out/mine --grid",
)
def reconstruct(
    clips: ClipsArgument,
    weights: WeightsOption,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the videos and scores.json.")],
    grid: GridOption = False,
    audio: AudioOption = True,
    device: DeviceOption = "auto",
    batch: BatchOption = DEFAULT_BATCH,
    size: SizeOption = None,
) -> None:
    """Redraw clips from their own first frames.

    Says how close they come, beside copying the first frame. Of a folder, clips that cannot be read are passed over.
    """
    from fomm_lite.cli.common import ClipFile, clips_at, free_name, load_at_size, tell, with_progress, write_text
    from fomm_lite.cli.grid import grid_frame
    from fomm_lite.cli.marking import said
    from fomm_lite.evaluation.accumulate import Piece, Running
    from fomm_lite.evaluation.evaluator import self_reconstruction
    from fomm_lite.evaluation.measures import CLIP_MEASURES, ClipScore
    from fomm_lite.evaluation.report import Evaluation
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.media.read import probe
    from fomm_lite.media.write import VideoWriter

    check_not_input(out, clips)
    model, size = load_at_size(weights, device, size)
    total = Running(CLIP_MEASURES)
    scores: dict[str, ClipScore] = {}
    found = clips_at(clips)
    for path in found:
        name = free_name(path.stem, scores, other=path.name.replace(".", "_"))
        score = Running(CLIP_MEASURES)
        try:
            info = probe(path)
            if info.frames == 1:
                raise InputError(f"got {path} with a single frame", "two or more", "pass a clip that moves")
            redrawn = self_reconstruction(model, ClipFile(path, size), batch=batch)
            check_not_input(out / f"{name}.mp4", *found)
            comment = said("reconstruct", weights, {"clip": path, "size": size})
            with VideoWriter(out / f"{name}.mp4", info.fps, path if audio else None, comment=comment) as writer:
                for index, frame in enumerate(with_progress(redrawn, total=info.frames, unit="frames")):
                    writer.append(grid_frame(frame) if grid else frame.prediction.cpu())
                    if index:
                        score.add(Piece.of([frame]))
        except InputError as error:
            if len(found) == 1:
                raise
            tell(f"left out {path.name}: {error}")
            continue
        scores[name] = score.result(ClipScore)
        total.merge(score)
    if not scores:
        raise InputError(
            f"got {clips} with {len(found)} clips, none usable", "clips of two frames or more", "see above"
        )
    evaluation = Evaluation(total.result(ClipScore), tuple(scores.values()))
    numbers = {"total": asdict(evaluation.total), "clips": {name: asdict(score) for name, score in scores.items()}}
    write_text(out / "scores.json", json.dumps(numbers, indent=2) + "\n")
    print(evaluation.table(list(scores)))
    print(f"wrote {len(scores)} videos and scores.json to {out}")
