"""Nothing leaves this machine: in the tests' own process, in commands, and in kernels of notebooks."""

import socket
import subprocess
import sys

import nbformat
import pytest
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor

# addresses and a name that lead nowhere, by the standards that keep them for documents
OUTSIDE = ["192.0.2.1", "2001:db8::1", "example.invalid"]
CALL = "import socket; socket.create_connection(({host!r}, 80), timeout=1)"


@pytest.mark.parametrize("host", OUTSIDE)
def test_tests_have_no_network(host: str) -> None:
    with pytest.raises(OSError, match="without a network"):
        socket.create_connection((host, 80), timeout=1)


@pytest.mark.parametrize("host", OUTSIDE[:2])
def test_nor_do_datagrams_leave(host: str) -> None:
    datagram = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    with datagram, pytest.raises(OSError, match="without a network"):
        datagram.sendto(b"anything", (host, 53))


def test_commands_that_tests_begin_have_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CALL.format(host=OUTSIDE[0])], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 1
    assert "without a network" in done.stderr


def test_kernels_of_notebooks_have_none() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CALL.format(host=OUTSIDE[0]))])
    with pytest.raises(CellExecutionError, match="without a network"):
        ExecutePreprocessor(kernel_name="python3", timeout=60).preprocess(notebook)


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        with server.accept()[0] as answer:
            answer.sendall(b"here")
        assert client.recv(4) == b"here"
    assert socket.getaddrinfo("localhost", 80)
