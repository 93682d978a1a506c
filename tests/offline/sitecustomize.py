"""Refuses every way out of this machine: Python reads this file at its start where tests/offline is on its path.

So are the tests, the commands that they start and the kernels of all notebooks run (tests/conftest.py). That is how the
promise is kept that nothing is fetched, and nothing told, once the set-up is done. Refused is what Python's own sockets
do; the loopback of kernels, JupyterLab and browsers stays.
"""

import ipaddress
import sys

EVENTS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"}


def here(host: object) -> bool:
    """Whether a host is this machine; a path of the file system is, as is the empty name that one listens on."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return False  # a name, and whoever answers for it is elsewhere
    return address.is_loopback or address.is_unspecified


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook.

    Raises:
        OSError: something leaves this machine.
    """
    if event not in EVENTS:
        return
    target = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
    if isinstance(target, tuple):  # an address of the internet's families; those of Unix sockets are names
        target = target[0]
    elif event in ("socket.connect", "socket.sendto"):
        return
    if not here(target):
        raise OSError(f"tests run without a network, and {event} was asked for {target!r}")


sys.addaudithook(refuse)
