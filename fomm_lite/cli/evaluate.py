"""``fomm-lite evaluate``: how good weights are, on a drawn world or on a folder of clips."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import (
    BatchOption,
    DataOption,
    DeviceOption,
    SizeOption,
    WeightsArgument,
    WorldOption,
    check_one_of,
    command,
)
from fomm_lite.errors import InputError

WORLD_CLIPS = 20
WORLD_FRAMES = 8
WORLD_STRIDE = 3  # few frames far apart show more motion than many close together


@command(
    "evaluate",
    "fomm-lite evaluate faces-64 --world faces",
    "fomm-lite evaluate runs/mine/model.safetensors --data my_clips/ --json out/mine.json",
)
def evaluate(
    weights: WeightsArgument,
    world: WorldOption = None,
    data: DataOption = None,
    json_file: Annotated[Path | None, typer.Option("--json", metavar="F", help="Also write the numbers there.")] = None,
    clips: Annotated[
        int | None, typer.Option(metavar="N", help="How many clips; by default 20 of a world, all of a folder.")
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="S", help="train or test; of a world also validation, of a folder also all.")
    ] = "test",
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="Who measures AKD, MKR and AED; on a world its own judge, or `none`."),
    ] = None,
    cross: Annotated[
        bool, typer.Option("--cross", help="Of a world: each figure does the motion of the next; measures animation.")
    ] = False,
    page: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Also draw the best, the median and the worst clip there.")
    ] = None,
    device: DeviceOption = "auto",
    batch: BatchOption = 8,
    size: SizeOption = None,
) -> None:
    """Measure how good weights are.

    Clips are redrawn from their first frames: L1, its ratio to the L1 of copying the first frame, PSNR and SSIM; with a
    judge also AKD, MKR and AED, by name and as released; on a drawn world the motion against the truth, and of faces
    how far mouth and lids follow. Clips that turn out to be broken are left out and named.
    """
    check_one_of(world, data)
    if clips is not None and clips < 1:
        raise InputError(f"got --clips {clips}", "1 or more", "leave it out for the usual number")
    from fomm_lite import evaluation
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
    from fomm_lite.evaluation.evaluator import AnyClip
    from fomm_lite.evaluation.judges import load_judge, shipped_judges
    from fomm_lite.evaluation.page import write_page
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.weights import JUDGES
    from fomm_lite.worlds import WORLDS, seeds

    if world is not None and world not in WORLDS:
        raise InputError(f"got the world {world!r}", "one of " + ", ".join(WORLDS), "choose one of these")
    if cross and world is None:
        raise InputError("got --cross with --data", "a drawn world, which knows what should come out", "use --world")
    if cross and page is not None:
        raise InputError("got --cross with --page", "one of the two", "the page shows clips that drive themselves")
    for file in filter(None, (json_file, page)):
        check_writable(file)
        check_not_input(file, weights, data, judge)
    if judge is None and f"{JUDGES}{world}" in shipped_judges():
        judge = f"{JUDGES}{world}"
    judge = None if judge == "none" else judge
    model, size = load_at_size(weights, device, size)
    knows = load_judge(judge, device=choose_device(device)) if judge else None
    drivers = None
    if world is not None:
        numbers = seeds(split, clips or WORLD_CLIPS)
        names = [f"{world} {number}" for number in numbers]
        draw = partial(WORLDS[world], frames=WORLD_FRAMES, size=size, stride=WORLD_STRIDE)
        others = [*numbers[1:], *numbers[:1]]  # whose motion each does
        if cross:
            names = [f"{name} as {other}" for name, other in zip(names, others, strict=True)]
            drivers = (draw(other).frames for other in others)

        def clip_at(index: int) -> AnyClip:
            return draw(numbers[index], motion=others[index] if cross else None)
    else:
        assert data is not None  # one of the two
        folder = ClipFolder(data, size, folder_split(split), cache_bytes=0)
        for path, reason in folder.skipped:
            tell(f"left out {path.name}: {reason}")
        for file in filter(None, (json_file, page)):
            check_not_input(file, *folder.paths)
        paths = folder.paths[:clips]
        names = [path.stem for path in paths]

        def clip_at(index: int) -> AnyClip:
            return ClipFile(paths[index], size)

    bar = with_progress(map(clip_at, range(len(names))), total=len(names), unit="clips")
    left_out: dict[int, str] = {}

    def leave_out(number: int, error: InputError) -> None:
        left_out[number] = str(error)
        tell(f"left out {names[number]}: {error}")

    result = evaluation.evaluate(
        model, bar, batch=batch, detector=knows, embedder=knows, drivers=drivers, on_broken=leave_out
    )
    kept = [number for number in range(len(names)) if number not in left_out]
    reasons = {names[number]: reason for number, reason in left_out.items()}
    names = [names[number] for number in kept]
    table = result.table(names)
    if json_file is not None:
        facts = {"weights": weights, "on": world or str(data), "split": split, "size": size, "judge": judge}
        facts |= {"cross": cross, "left_out": reasons}
        write_text(json_file, json.dumps(facts | {"names": names} | result.to_dict(), indent=2) + "\n")
    if page is not None:
        write_page(model, lambda index: clip_at(kept[index]), result.clips, page)
    print(table)
    if knows is None:
        print("AKD and MKR need a landmark detector, AED an embedder: choose one with --judge NAME|FILE")
