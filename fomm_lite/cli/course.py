"""``fomm-lite course``: the notebooks, copied to where they can be worked in, and opened."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from fomm_lite.cli.options import command
from fomm_lite.cli.serving import end, no_display
from fomm_lite.cli.signals import Stopped
from fomm_lite.errors import InputError
from fomm_lite.files.shipped import notebooks_folder

DEFAULT_FOLDER = Path("fomm_lite_course")
_LEFT_OUT = (".ipynb_checkpoints", "__pycache__", "out", "runs")
_SOLUTIONS = "solutions"


@command(
    "course",
    "fomm-lite course",
    "fomm-lite course ~/fomm --no-open",
    "fomm-lite course class/ --student",
    "fomm-lite course mine/ --teacher",
)
def course(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to copy the notebooks.")] = DEFAULT_FOLDER,
    open_lab: Annotated[bool, typer.Option("--open/--no-open", help="Open JupyterLab there.")] = True,
    student: Annotated[
        bool, typer.Option("--student", help="Without solutions, and without what cells showed.")
    ] = False,
    teacher: Annotated[
        bool, typer.Option("--teacher", help="With a page of answers and marks for every question.")
    ] = False,
) -> None:
    """Copy the course's notebooks and open them.

    What is there already stays as it is.
    """
    if student and teacher:
        raise InputError("got --student and --teacher", "one of them", "make two folders, one for each")
    if open_lab and importlib.util.find_spec("jupyterlab") is None:
        raise InputError(
            "got a Python without jupyterlab",
            "JupyterLab beside fomm_lite",
            "pip install 'fomm-lite[course]', or --no-open",
        )
    origin = notebooks_folder()
    try:
        copied, kept = copy_course(origin, folder, student=student, more=_teachers(origin) if teacher else {})
    except OSError as error:
        raise InputError(f"got {folder}: {error.strerror}", "a folder that can be written", "choose another") from None
    print(f"the course is in {folder}: {copied} files copied")
    if teacher:
        print(f"answers and marks are in {folder / 'teacher' / 'answers.html'}")
    if kept:
        print(f"kept your own {', '.join(str(path) for path in kept)}; move them away to get the course's anew")
    if open_lab:
        raise typer.Exit(_open_lab(folder))


def copy_course(
    origin: Path, folder: Path, *, student: bool = False, more: Mapping[Path, bytes] = MappingProxyType({})
) -> tuple[int, list[Path]]:
    """Copy a tree of notebooks without overwriting anything.

    Args:
        origin: the tree.
        folder: where to.
        student: leave out the solutions, and what the cells of notebooks showed.
        more: contents of further files, by their place in the folder.

    Returns:
        How many files were copied, and those (relative) that were there with other contents and stay.

    Raises:
        OSError: a place that cannot be written.
    """
    copied, kept = 0, []
    folder.mkdir(parents=True, exist_ok=True)
    for place, contents in chain(_course_files(origin, student=student), more.items()):
        target = folder / place
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(contents)
            copied += 1
        elif target.read_bytes() != contents:
            kept.append(place)
    return copied, kept


def _course_files(origin: Path, *, student: bool) -> Iterator[tuple[Path, bytes]]:
    """Place and contents of what is copied."""
    for path in sorted(origin.rglob("*")):
        place = path.relative_to(origin)
        if path.is_dir() or any(part in _LEFT_OUT for part in place.parts) or (student and _SOLUTIONS in place.parts):
            continue
        contents = path.read_bytes()
        yield place, without_outputs(contents) if student and path.suffix == ".ipynb" else contents


def _teachers(origin: Path) -> dict[Path, bytes]:
    """What only a teacher gets."""
    if importlib.util.find_spec("nbconvert") is None:
        raise InputError("got a Python without nbconvert", "it, for --teacher", "pip install 'fomm-lite[course]'")
    from fomm_lite.course.teacher.pack import teachers_files  # draws, so it loads much

    return teachers_files(origin)


def without_outputs(notebook: bytes) -> bytes:
    """A notebook as it is before its first cell was run; everything else, cells' names too, stays.

    Args:
        notebook: the file's contents.
    """
    page = json.loads(notebook)
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return (json.dumps(page, indent=1, ensure_ascii=False) + "\n").encode()


def _open_lab(folder: Path) -> int:
    """Run JupyterLab in the foreground; Ctrl-C is its own business, it asks back. Other signals end it with us."""
    command = [sys.executable, "-m", "jupyterlab", str(folder)]
    if no_display():
        print("no display here: open the address below in a browser; Ctrl-C ends the server", file=sys.stderr)
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with subprocess.Popen(command) as server:
        while True:
            try:
                return server.wait()
            except Stopped:
                end(server)
                raise
            except KeyboardInterrupt:
                continue
