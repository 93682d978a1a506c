"""``fomm-lite animate-pairs``: many pairs of a folder's clips, listed or drawn, each a video."""

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import (
    DEFAULT_BATCH,
    DEFAULT_WEIGHTS,
    AbsoluteOption,
    AdaptScaleOption,
    AudioOption,
    BatchOption,
    BestFrameOption,
    DeviceOption,
    FitOption,
    GridOption,
    LabelOption,
    SizeOption,
    SmoothOption,
    WatermarkOption,
    WeightsOption,
    check_transfer,
    command,
)
from fomm_lite.errors import InputError
from fomm_lite.files.drafts import draft_folder
from fomm_lite.files.space import told_when_full

LIST = "pairs.csv"
DEFAULT_FOLDER = Path("out/pairs")


@command(
    "animate-pairs",
    "fomm-lite animate-pairs --data my_clips/ --num-pairs 10",
    "fomm-lite animate-pairs --data my_clips/ --pairs pairs.csv --out out/pairs --grid",
)
def animate_pairs(
    data: Annotated[Path, typer.Option(metavar="FOLDER", help="The folder of clips.")],
    pairs: Annotated[
        Path | None,
        typer.Option(metavar="LIST", help="CSV with the columns source, driving; by default pairs are drawn."),
    ] = None,
    num_pairs: Annotated[int, typer.Option(metavar="N", min=1, help="The most pairs, listed or drawn.")] = 50,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the draw of pairs.")] = 0,
    split: Annotated[str, typer.Option(metavar="S", help="Part of the folder: train, test or all.")] = "test",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the videos and their list.")] = DEFAULT_FOLDER,
    png: Annotated[bool, typer.Option("--png", help="Write a folder of PNG frames for each pair instead.")] = False,
    weights: WeightsOption = DEFAULT_WEIGHTS,
    absolute: AbsoluteOption = False,
    adapt_scale: AdaptScaleOption = False,
    best_frame: BestFrameOption = None,
    smooth: SmoothOption = 0.0,
    audio: AudioOption = True,
    grid: GridOption = False,
    label: LabelOption = False,
    watermark: WatermarkOption = None,
    fit: FitOption = False,
    device: DeviceOption = "auto",
    batch: BatchOption = DEFAULT_BATCH,
    size: SizeOption = None,
) -> None:
    """Animate pairs of a folder's clips, each a video.

    The first frame of one clip moves as the other does. Pairs with a clip that cannot be read are passed over.
    """
    check_transfer(absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame)
    if out.is_file():
        raise InputError(f"got {out}, a file", "a folder for the videos", "choose another --out")
    from fomm_lite.cli.common import (
        ClipFile,
        folder_split,
        free_name,
        load_at_size,
        moved_frames,
        tell,
        with_progress,
        write_text,
    )
    from fomm_lite.cli.marking import marked, said
    from fomm_lite.data import folders
    from fomm_lite.data.pairs_list import draw_pairs, read_pairs_list
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.media.read import probe, read_alpha, read_frame
    from fomm_lite.media.write import VideoWriter, write_image

    check_not_input(out, data)
    check_not_input(out / LIST, pairs)
    part = folder_split(split)
    if pairs is not None:
        found = read_pairs_list(pairs, data, part)
    else:
        found = draw_pairs(folders.clips(data, part), num_pairs, seed)
    for name in found.missing:
        tell(f"left out the pairs with {name}: no such clip in {data}")
    model, size = load_at_size(weights, device, size, showing=True)
    made: dict[str, tuple[Path, Path]] = {}
    broken: set[Path] = set()
    wanted = found.pairs[:num_pairs]
    for source, driving in with_progress(wanted, total=len(wanted), unit="pairs"):
        if broken & {source, driving}:
            continue
        name = free_name(f"{driving.stem}-{source.stem}", made)
        blamed = source
        try:
            picture = read_frame(source, 0, size, fit)
            alpha = read_alpha(source, size, fit) if png else None
            blamed = driving
            frames = moved_frames(
                model, picture, ClipFile(driving, size, fit),
                absolute=absolute, adapt_scale=adapt_scale, best_frame=best_frame, batch=batch, grid=grid,
                smooth=smooth, alpha=alpha,
            )  # fmt: skip
            how = {
                "source": source, "driving": driving, "absolute": absolute, "adapt_scale": adapt_scale,
                "size": size, "label": label, "watermark": watermark is not None,
            }  # fmt: skip
            comment = said("animate-pairs", weights, how)
            if png:
                with _whole_folder(out / name) as draft:
                    for index, frame in enumerate(frames):
                        write_image(draft / f"{index:07d}.png", marked(frame, label, watermark), comment)
            else:
                fps, sound = probe(driving).fps, driving if audio else None
                with VideoWriter(out / f"{name}.mp4", fps, sound, comment=comment) as writer:
                    for frame in frames:
                        writer.append(marked(frame, label, watermark))
        except InputError as error:
            broken.add(blamed)
            tell(f"left out {blamed.name}: {error}")
        else:
            made[name] = source, driving
    if not made:
        raise InputError(
            f"got {len(wanted)} pairs, none of which could be animated", "clips that can be read", "see above"
        )
    listed = io.StringIO()  # as --pairs takes it again
    rows = csv.writer(listed, lineterminator="\n")
    rows.writerow(("source", "driving", "made"))
    rows.writerows((source.name, driving.name, name + (not png) * ".mp4") for name, (source, driving) in made.items())
    write_text(out / LIST, listed.getvalue())
    left = f", {len(wanted) - len(made)} left out" if len(made) < len(wanted) else ""
    print(f"wrote {len(made)} {'folders of frames' if png else 'videos'} and {LIST} to {out}{left}")


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A hidden draft that becomes the folder when all frames are in it."""
    if folder.exists():
        raise InputError(f"got {folder}, which is there already", "a new folder", "choose another --out")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with told_when_full(folder), draft_folder(folder) as draft:
        inside = draft / folder.name
        inside.mkdir()
        yield inside
        os.replace(inside, folder)
