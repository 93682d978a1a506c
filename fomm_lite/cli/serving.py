"""Servers that a command starts: they end with it."""

import os
import subprocess
import sys

_PATIENCE = 10.0  # seconds that a server is given to end its kernels


def end(server: "subprocess.Popen[bytes]") -> None:
    """Ask a server to end, and make it where it does not."""
    server.terminate()  # it ends its kernels
    try:
        server.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()


def no_display() -> bool:
    """Whether no browser can be shown here."""
    return sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
