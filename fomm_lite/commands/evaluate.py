"""``fomm-lite evaluate``: how good weights are, on a drawn world or on a folder of clips."""

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Literal

from torch import Tensor

from fomm_lite.commands.common import check_writable, load_at_size, tell, with_progress, write_text
from fomm_lite.data.folders import ClipFolder
from fomm_lite.data.worlds import WORLDS, Clip, seeds
from fomm_lite.errors import InputError
from fomm_lite.evaluation import evaluate

WORLD_CLIPS = 20
WORLD_FRAMES = 8
WORLD_STRIDE = 3  # few frames far apart show more motion than many close together
FOLDER_SPLITS: dict[str, Literal["train", "test"] | None] = {"train": "train", "test": "test", "all": None}


def evaluate_command(
    weights: str,
    *,
    world: str | None,
    data: Path | None,
    json_file: Path | None,
    clips: int | None,
    split: str,
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
    model, size = load_at_size(weights, device, size)
    names, chosen = _from_world(world, size, clips, split) if world else _from_folder(data, size, clips, split)
    result = evaluate(model, with_progress(chosen, total=len(names), unit="clips"), batch=batch)
    table = result.table(names)
    if json_file is not None:
        facts = {"weights": weights, "on": world or str(data), "split": split, "size": size, "names": names}
        write_text(json_file, json.dumps(facts | result.to_dict(), indent=2) + "\n")
    print(table)


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


def _from_folder(data: Path | None, size: int, clips: int | None, split: str) -> tuple[list[str], Iterable[Tensor]]:
    """Names and clips, read one at a time."""
    assert data is not None
    if split not in FOLDER_SPLITS:
        raise InputError(f"got --split {split}", "one of " + ", ".join(FOLDER_SPLITS), "choose one of these")
    folder = ClipFolder(data, size, FOLDER_SPLITS[split], cache_bytes=0)
    for path, reason in folder.skipped:
        tell(f"left out {path.name}: {reason}")
    return [path.stem for path in folder.paths[:clips]], islice(folder, clips)
