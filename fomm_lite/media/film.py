"""The frames of a clip in any order, each read when it is asked for."""

from collections.abc import Sequence
from contextlib import closing
from itertools import islice

from jaxtyping import Float
from torch import Tensor

from fomm_lite.media.decode import probe_video, video_frame
from fomm_lite.media.pictures import squared
from fomm_lite.media.read import PathLike, frame_files, kind_of, probe, read_image, stream_frames


class Film(Sequence[Float[Tensor, "3 h w"]]):
    """A clip that is looked at once and never held: of a training pair two frames are read, of an hour as of a second.

    Args:
        path: anything that :func:`~fomm_lite.media.read.stream_frames` takes; it is looked through once, as ``probe``
            does.
        size: side of the square frames, in pixels, as there.

    Attributes:
        path: of the clip.
        size: of its frames.
        is_folder: whether each frame is a file of its own, so that it costs nothing but itself.

    Raises:
        InputError: as ``probe``.
    """

    def __init__(self, path: PathLike, size: int) -> None:
        self.path, kind = kind_of(path)
        self.size, self.is_folder, self._clock = size, kind == "folder", None
        self._names: list[str] = []  # not paths: a data set has many frames
        if self.is_folder:
            self._names = [file.name for file in frame_files(self.path)]
            self._count = len(self._names)
        elif kind == "video":
            _, self._clock = probe_video(self.path)
            self._count = self._clock.frames
        else:
            self._count = probe(self.path).frames or 1

    def __len__(self) -> int:
        """How many frames it has, as ``probe`` counts them."""
        return self._count

    def __getitem__(self, number: int) -> Float[Tensor, "3 h w"]:  # type: ignore[override]
        """One frame, in [0, 1].

        Raises:
            IndexError: beyond the end.
            InputError: a frame that is broken, or no longer there.
        """
        number = range(self._count)[number]
        if self.is_folder:
            return read_image(self.path / self._names[number], self.size)
        if self._clock is not None:
            return squared(video_frame(self.path, self._clock, number, self.size), self.size, None)
        with closing(stream_frames(self.path, self.size)) as frames:
            return next(islice(frames, number, None))
