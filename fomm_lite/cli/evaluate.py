"""``fomm-lite evaluate``: how good weights are, on a drawn world or on a folder of clips."""

import json
from collections.abc import Iterable
from pathlib import Path

from fomm_lite.cli.common import (
    ClipFile,
    check_writable,
    choose_device,
    folder_split,
    load_at_size,
    tell,
    with_progress,
    write_text,
)
from fomm_lite.data.folders import ClipFolder
from fomm_lite.errors import InputError
from fomm_lite.evaluation.judges import load_judge, shipped_judges
from fomm_lite.evaluation.scoring import AnyClip, evaluate
from fomm_lite.weights import JUDGES
from fomm_lite.worlds import WORLDS, Clip, seeds

WORLD_CLIPS = 20
WORLD_FRAMES = 8
WORLD_STRIDE = 3  # few frames far apart show more motion than many close together


def evaluate_command(
    weights: str,
    *,
    world: str | None,
    data: Path | None,
    json_file: Path | None,
    clips: int | None,
    split: str,
    judge: str | None,
    device: str,
    batch: int,
    size: int | None,
) -> None:
    """Print a table, and write the same numbers as JSON where asked to.

    Raises:
        InputError: bad weights or options, or no usable clip.
    """
    check_one_of(world, data)
    if clips is not None and clips < 1:
        raise InputError(f"got --clips {clips}", "1 or more", "leave it out for the usual number")
    if json_file is not None:
        check_writable(json_file)
    judge_name = _judge_for(judge, world)
    model, size = load_at_size(weights, device, size)
    knows = load_judge(judge_name, device=choose_device(device)) if judge_name else None
    chosen: Iterable[Clip | ClipFile]
    if world is not None:
        names, chosen = _from_world(world, size, clips, split)
    else:
        names, chosen = _from_folder(data, size, clips, split)
    bar: Iterable[AnyClip] = with_progress(chosen, total=len(names), unit="clips")
    result = evaluate(model, bar, batch=batch, detector=knows, embedder=knows)
    table = result.table(names)
    if json_file is not None:
        facts = {"weights": weights, "on": world or str(data), "split": split, "size": size, "judge": judge_name}
        write_text(json_file, json.dumps(facts | {"names": names} | result.to_dict(), indent=2) + "\n")
    print(table)
    if knows is None:
        print("AKD and MKR need a landmark detector, AED an embedder: choose one with --judge NAME|FILE")


def _judge_for(judge: str | None, world: str | None) -> str | None:
    """Who measures: whoever was asked for, else the shipped judge of a world; None for nobody."""
    if judge == "none":
        return None
    if judge is None and world is not None and f"{JUDGES}{world}" in shipped_judges():
        return f"{JUDGES}{world}"
    return judge


def check_one_of(world: str | None, data: Path | None) -> None:
    """Refuse both or neither of --world and --data, and unknown worlds.

    Raises:
        InputError: as said.
    """
    if (world is None) == (data is None):
        got = "neither --world nor --data" if world is None else "--world and --data"
        raise InputError(f"got {got}", "one of the two", "use for example --world faces")
    if world is not None and world not in WORLDS:
        raise InputError(f"got the world {world!r}", "one of " + ", ".join(WORLDS), "choose one of these")


def _from_world(world: str, size: int, clips: int | None, split: str) -> tuple[list[str], Iterable[Clip]]:
    """Names and clips, drawn one at a time."""
    chosen = seeds(split, clips or WORLD_CLIPS)
    drawn = (WORLDS[world](seed, frames=WORLD_FRAMES, size=size, stride=WORLD_STRIDE) for seed in chosen)
    return [f"{world} {seed}" for seed in chosen], drawn


def _from_folder(data: Path | None, size: int, clips: int | None, split: str) -> tuple[list[str], Iterable[ClipFile]]:
    """Names and clips, of which no more than a few frames are in memory at a time."""
    assert data is not None
    folder = ClipFolder(data, size, folder_split(split), cache_bytes=0)
    for path, reason in folder.skipped:
        tell(f"left out {path.name}: {reason}")
    chosen = folder.paths[:clips]
    return [path.stem for path in chosen], [ClipFile(path, size) for path in chosen]
