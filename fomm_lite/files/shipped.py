"""Where the shipped files lie: inside the package when it came from a wheel, at the top of the tree in a checkout."""

from pathlib import Path

from fomm_lite.errors import InputError

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parent


def asset(name: str) -> Path:
    """The path of one shipped file.

    Args:
        name: path inside the assets folder with forward slashes, on every system.

    Raises:
        InputError: no file of that name is shipped; the line lists those that are.
        FileNotFoundError: this installation has no assets at all.
    """
    folder = assets_folder()
    shipped = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_shipped(path, folder))
    if name not in shipped:
        raise InputError(f"asset {name!r}", f"one of {', '.join(shipped)}", "choose a name from this list")
    return folder / name


def assets_folder() -> Path:
    """The folder of source images, driving clips and weights.

    Raises:
        FileNotFoundError: this installation has none.
    """
    return _folder("assets")


def notebooks_folder() -> Path:
    """The folder of the course's notebooks, to be copied from, not worked in.

    Raises:
        FileNotFoundError: this installation has none.
    """
    return _folder("notebooks")


def _folder(name: str) -> Path:
    candidates = [_PACKAGE / name, _CHECKOUT / name]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    places = " nor ".join(str(candidate) for candidate in candidates)
    raise FileNotFoundError(f"no {name} folder in {places}; install fomm_lite again, from a wheel or a whole checkout")


def _is_shipped(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden
