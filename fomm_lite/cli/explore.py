"""``fomm-lite explore``: an explorer or the live puppet as a page of its own, for a class."""

import importlib.util
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from fomm_lite.cli.options import command
from fomm_lite.cli.serving import end, no_display
from fomm_lite.errors import InputError

# as in course/explorers.py, which loads torch
NAMES = (
    "puppet", "taylor", "temperature", "equivariance", "motion", "occlusion", "ablation", "transfer", "forgery",
)  # fmt: skip
_HERE = "127.0.0.1"
_START = 60.0  # seconds that the server is given to answer
_TEMPLATE = "fomm_lite"
# Voila's own page, but for its icons, which it would fetch from elsewhere: they are in its scripts as well
_PAGE = """{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}{{ super() | replace("https://cdn.jsdelivr.net/", "data:text/css,") }}{%- endblock -%}
"""


@command("explore", "fomm-lite explore", "fomm-lite explore taylor", "fomm-lite explore motion --no-open")
def explore(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help=f"One of {', '.join(NAMES)}.")] = NAMES[0],
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser there.")] = True,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Of the server; by default a free one.")
    ] = 0,
) -> None:
    """Show an explorer of the course, or the live puppet, as a page of its own.

    This machine alone can open it, by the address that is printed. Ctrl-C ends it.
    """
    if name not in NAMES:
        raise InputError(f"got explorer {name!r}", f"one of {', '.join(NAMES)}", "choose one of these")
    if importlib.util.find_spec("voila") is None:
        raise InputError("got a Python without voila", "it, for explore", "pip install 'fomm-lite[course,explore]'")
    port = _free(port)
    token = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="fomm_lite-") as folder:
        page = _write(Path(folder), name, port, token)
        arguments = [sys.executable, "-m", "voila", str(page), f"--Voila.config_file_paths={folder}"]
        places = os.pathsep.join([folder, *filter(None, [os.environ.get("JUPYTER_PATH")])])
        with subprocess.Popen(
            arguments, env=os.environ | {"JUPYTER_CONFIG_DIR": folder, "JUPYTER_PATH": places}
        ) as server:
            try:
                if _answers(server, port):
                    address = f"http://{_HERE}:{port}/?token={token}"
                    print(f"{name} is at {address}\nCtrl-C ends it", flush=True)
                    if open_browser and not no_display():
                        webbrowser.open(address)
                code = server.wait()
            except KeyboardInterrupt:  # other requests to stop are of its kind
                end(server)
                raise
    raise typer.Exit(code)


def _write(folder: Path, name: str, port: int, token: str) -> Path:
    """A notebook with the explorer, and what the server is to be like; the token stands in no list of processes."""
    settings = {
        "ip": _HERE,
        "port": port,
        "port_retries": 0,
        "token": token,
        "open_browser": False,
        "log_level": "ERROR",
    }
    (folder / "voila.json").write_text(
        json.dumps({"Voila": settings, "VoilaConfiguration": {"template": _TEMPLATE}}), encoding="utf-8"
    )
    template = folder / "voila" / "templates" / _TEMPLATE
    template.mkdir(parents=True)
    (template / "conf.json").write_text(json.dumps({"base_template": "lab"}), encoding="utf-8")
    (template / "index.html.j2").write_text(_PAGE, encoding="utf-8")
    source = f"from fomm_lite.course.explorers import explorer\n\nexplorer({name!r}).widget"
    cell: dict[str, object] = {
        "cell_type": "code",
        "id": "it",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = {"cells": [cell], "metadata": {"kernelspec": kernel, "title": name}, "nbformat": 4, "nbformat_minor": 5}
    page = folder / f"{name}.ipynb"
    page.write_text(json.dumps(notebook), encoding="utf-8")
    return page


def _free(port: int) -> int:
    """A port that nobody listens at; 0 leaves the choice to the system.

    Raises:
        InputError: somebody does.
    """
    with socket.socket() as tried:
        if os.name != "nt":  # where a port that was just left can be taken again at once
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((_HERE, port))
        except OSError as error:
            raise InputError(f"got port {port}: {error.strerror}", "a free one", "leave --port out") from None
        return int(tried.getsockname()[1])


def _answers(server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Wait until the server answers; False where it has ended instead, or says nothing for long."""
    deadline = time.monotonic() + _START
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection((_HERE, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.1)
    return False
