"""``fomm-lite crop-video``: a square cut out of clips, where they move or where the user says."""

from collections.abc import Iterator
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from fomm_lite.cli.common import clips_at, free_name, tell, with_progress
from fomm_lite.errors import InputError
from fomm_lite.media.crop import CropBox, cut, moving_box, square
from fomm_lite.media.read import probe, stream_frames
from fomm_lite.media.write import VideoWriter


def crop_video_command(
    clips: Path, out: Path | None, *, box: str | None, increase: float, size: int, audio: bool, only_print: bool
) -> None:
    """Say the box of each clip, and write the clips cut to it; of a folder, those that cannot be cut are passed over.

    Raises:
        InputError: a bad box, a clip that cannot be read or in which nothing moves, or a place that cannot be written.
    """
    given = square(CropBox.parse(box)) if box is not None else None
    if out is None and not only_print:
        raise InputError("got no --out", "a video to write, or --print", "add for example --out cropped.mp4")
    found = clips_at(clips)
    one = found == [clips.expanduser()]
    names: list[str] = []
    for path in found:
        name = free_name(path.stem, names, other=path.name.replace(".", "_"))
        try:
            chosen = given or moving_box(_shown(path, "looking for motion"), increase)
            if out is not None and not only_print:
                _write(path, out if one else out / f"{name}.mp4", chosen, size, audio)
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


def _write(path: Path, target: Path, box: CropBox, size: int, audio: bool) -> None:
    """Cut one clip."""
    info = probe(path)
    with VideoWriter(target, info.fps, path if audio and info.has_audio else None) as writer:
        for frame in _shown(path, "cutting"):
            writer.append(cut(frame, box, size))


def _shown(path: Path, doing: str) -> Iterator[Float[Tensor, "3 h w"]]:
    """The frames of a clip, with a bar."""
    return with_progress(stream_frames(path), total=probe(path).frames, unit=f"frames, {doing}")
