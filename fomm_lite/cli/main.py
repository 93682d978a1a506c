"""The command ``fomm-lite``: its commands put together, and how each ends.

Bad input of any kind ends in exit code 2 and one line on stderr.
"""

import io
import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.main import get_command

from fomm_lite import __version__
from fomm_lite.cli.options import app
from fomm_lite.cli.signals import SIGNALLED, stopping_on_signals
from fomm_lite.errors import InputError

# isort: off
from fomm_lite.cli import animate, animate_pairs, reconstruct, train, evaluate  # noqa: F401 - in the order of the help
from fomm_lite.cli import inspect, check_data, crop_video, import_official, export, course, explore  # noqa: F401
# isort: on

STOPPED = SIGNALLED + signal.SIGINT
BAD_INPUT = 2
FAILED = 1

# Typer has its own copy of click in some versions and uses the installed one in others.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def _show_version(asked: bool) -> bool:
    """Print the version and leave."""
    if asked:
        print(f"fomm-lite {__version__}")
        raise typer.Exit
    return asked


@app.callback()
def _program(
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Image animation with the First Order Motion Model: a picture moves as a video does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process by default. None at all shows the help.

    Returns:
        The exit code: 0, 2 for bad input, 1 for what is nobody's mistake (a full disk), 130 after Ctrl-C, 143 after
        SIGTERM, 129 after SIGHUP.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file on Windows may not have the letters of a name that it is told
            stream.reconfigure(errors="replace")
    with stopping_on_signals() as arrived:
        code = _run(given)
    code = SIGNALLED + arrived[0] if arrived else code
    return _end("stopped; nothing half-written is left", code) if code > SIGNALLED else code


def _run(given: Sequence[str]) -> int:
    """Do what a command line says; its exit code."""
    try:
        code = get_command(app).main(args=list(given), prog_name="fomm-lite", standalone_mode=False)
    except InputError as error:
        return _end(str(error), BAD_INPUT)
    except _UsageError as error:
        return _end(str(_told(error)), BAD_INPUT)
    except (KeyboardInterrupt, typer.Abort):
        return STOPPED
    except OSError as error:
        return _end(str(error), FAILED)
    except RuntimeError as error:
        if not any(sign in str(error) for sign in ("out of memory", "can't allocate memory")):
            raise
        return _end(
            str(InputError("got more than fits into memory", "less at once", "lower --batch or --size")), BAD_INPUT
        )
    return code if isinstance(code, int) else 0


def _end(line: str, code: int) -> int:
    """The one line."""
    print(f"fomm-lite: {' '.join(line.split())}", file=sys.stderr)
    return code


def _told(error: Exception) -> InputError:
    """A mistake in the command line itself, in the form of all others."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "fomm-lite"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return InputError(
        f"got a mistake in the command line ({message.rstrip('.')})", "what its help shows", f"see `{command} --help`"
    )


if __name__ == "__main__":
    sys.exit(main())
