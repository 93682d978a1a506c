"""Names of files as people write them."""

from contextlib import suppress
from pathlib import Path


def named(path: str | Path) -> Path:
    """A path with ``~`` as the home folder; a name that only begins so, ``~x.png``, is a name.

    Example:
        >>> named("~nobody-of-that-name.png").name
        '~nobody-of-that-name.png'
    """
    path = Path(path)
    with suppress(RuntimeError):  # no user of that name
        return path.expanduser()
    return path
