"""``fomm-lite crop-video``: a square cut out of clips, where they move or where the user says."""

from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import AudioOption, ClipsArgument, command
from fomm_lite.errors import InputError


@command(
    "crop-video",
    "fomm-lite crop-video talk.mp4 --out talk-256.mp4",
    "fomm-lite crop-video talk.mp4 --box 420,80,500,500 --out talk-256.mp4 --size 256",
    "fomm-lite crop-video talk.mp4 --print --preview out/box.png",
    "fomm-lite crop-video raw_clips/ --print",
)
def crop_video(
    clips: ClipsArgument,
    out: Annotated[
        Path | None, typer.Option(metavar="O", help="Video to write; of a folder of clips the folder for them.")
    ] = None,
    box: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Cut this out, in pixels; by default where the clip moves.")
    ] = None,
    increase: Annotated[
        float, typer.Option(metavar="SHARE", min=0, help="Margin around what moves, as a share of its size.")
    ] = 0.1,
    size: Annotated[int, typer.Option(metavar="N", min=1, help="Side of the new clip in pixels.")] = 256,
    audio: AudioOption = True,
    only_print: Annotated[bool, typer.Option("--print", help="Only say where, as --box takes it.")] = False,
    preview: Annotated[
        Path | None, typer.Option(metavar="P", help="Also write the first frame with the box drawn on it: .png, .jpg.")
    ] = None,
) -> None:
    """Cut a square out of clips: where something moves, or where you say.

    One box for the whole clip, so the camera should stand still. Where the square leaves the picture, the border is
    drawn out. Of a folder, clips that cannot be cut are passed over.
    """
    if out is None and not only_print:
        raise InputError("got no --out", "a video to write, or --print", "add for example --out cropped.mp4")
    from fomm_lite.cli.common import clips_at, free_name, tell, with_progress
    from fomm_lite.files.atomic import check_not_input
    from fomm_lite.files.names import named
    from fomm_lite.media.crop import CropBox, cut, moving_box, outlined, square
    from fomm_lite.media.read import probe, read_frame, stream_frames
    from fomm_lite.media.write import VideoWriter, write_image

    given = square(CropBox.parse(box)) if box is not None else None
    found = clips_at(clips)
    one = found == [named(clips)]
    for target in (out, preview):
        if target is not None:
            check_not_input(target, clips, *found)
    if preview is not None and not one:
        raise InputError(f"got --preview {preview} for a folder", "a single clip", "leave it out, or pass one clip")
    names: list[str] = []
    for path in found:
        name = free_name(path.stem, names, other=path.name.replace(".", "_"))
        try:
            info = probe(path)
            chosen = given or moving_box(
                with_progress(stream_frames(path), total=info.frames, unit="frames, looking for motion"), increase
            )
            if preview is not None:
                write_image(preview, outlined(read_frame(path), chosen))
            if out is not None and not only_print:
                target, sound = out if one else out / f"{name}.mp4", path if audio and info.has_audio else None
                check_not_input(target, *found)
                with VideoWriter(target, info.fps, sound) as writer:
                    for frame in with_progress(stream_frames(path), total=info.frames, unit="frames, cutting"):
                        writer.append(cut(frame, chosen, size))
        except InputError as error:
            if one:
                raise InputError(f"got {path}: {error.got.removeprefix('got ')}", error.expected, error.fix) from None
            tell(f"left out {path.name}: {error}")
            continue
        names.append(name)
        print(chosen if one and only_print else f"{path.name}: {chosen}")
    if not names:
        raise InputError(
            f"got {clips} with {len(found)} clips, none of which could be cut", "clips that move", "see above"
        )
    if out is not None and not only_print:
        print(f"wrote {out}" if one else f"wrote {len(names)} clips to {out}")
