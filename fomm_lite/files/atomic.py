"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from fomm_lite.errors import InputError
from fomm_lite.files.drafts import draft_folder
from fomm_lite.files.names import named
from fomm_lite.files.space import told_when_full


def check_not_input(target: str | Path, *inputs: str | Path | None) -> None:
    """Refuse to write what is read from, under whatever name.

    Args:
        target: a file or folder to be written; it need not exist.
        inputs: files or folders that are read; None is passed over.

    Raises:
        InputError: the target is one of them.

    Example:
        >>> check_not_input("made.mp4", "clip.mp4")
    """
    out = named(target)
    for given in inputs:
        if given is None:
            continue
        source = named(given)
        if out.resolve() == source.resolve() or (out.exists() and source.exists() and out.samefile(source)):
            raise InputError(f"got {target} as input and as output", "two different places", "choose another output")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A draft beside ``path`` that takes its place when the block ends well, and is gone when it does not.

    An older file at ``path`` stays until then. Missing folders are made. The draft lies in a folder of its own, so that
    it gets the permissions of any other new file. What a killed process left beside it is swept away.

    Args:
        path: the file to write.

    Yields:
        The path to write to, of the same name.

    Raises:
        InputError: a place that cannot be written.
        OSError: a full disk; the line names file and device.

    Example:
        >>> target = getfixture("tmp_path") / "new" / "poem.txt"
        >>> with written_whole(target) as draft:
        ...     _ = draft.write_text("whole", encoding="utf-8")
        >>> target.read_text(encoding="utf-8")
        'whole'
    """
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with told_when_full(path):
                folder = stack.enter_context(draft_folder(path))
        except OSError as error:
            if error.strerror is None:  # a full disk, which is told already
                raise
            raise InputError(
                f"got {path}: {error.strerror}", "a place that can be written", "choose another path"
            ) from None
        draft = folder / path.name
        with told_when_full(path):
            yield draft
            os.replace(draft, path)
