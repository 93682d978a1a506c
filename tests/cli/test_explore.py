"""``fomm-lite explore``: an explorer as a page of its own, behind a token, for this machine alone."""

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fomm_lite.cli import explore as explore_module
from fomm_lite.cli import main as cli
from fomm_lite.cli.explore import NAMES as OFFERED
from fomm_lite.course.explorers import NAMES, explorer
from fomm_lite.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
REAL = pytest.mark.skipif(
    importlib.util.find_spec("voila") is None or sys.platform == "win32", reason="needs Voila, and signals of POSIX"
)


def test_an_unknown_name_is_told_the_known_ones(capsys):
    assert cli.main(["explore", "telescope"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "telescope" in said and all(name in said for name in NAMES)
    with pytest.raises(InputError, match="telescope"):
        explorer("telescope")


def test_what_is_offered_is_what_there_is():
    assert OFFERED == NAMES


def test_without_voila_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(explore_module.importlib.util, "find_spec", lambda _: None)
    assert cli.main(["explore"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "pip install 'fomm-lite[course,explore]'" in said


@pytest.mark.parametrize("name", ["puppet", "taylor", "forgery"])
def test_a_name_makes_its_explorer(name):
    assert name in type(explorer(name)).__name__.lower()


def test_a_port_in_use_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(explore_module.importlib.util, "find_spec", lambda _: object())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert cli.main(["explore", "taylor", "--port", str(other.getsockname()[1])]) == 2
    assert "leave --port out" in capsys.readouterr().err


class Server(subprocess.Popen):
    """Stands for Voila: it listens, and then does what a test wants."""

    heard: list[object] = []

    def __init__(self, command, env):
        folder = Path(env["JUPYTER_CONFIG_DIR"])
        settings = json.loads((folder / "voila.json").read_text(encoding="utf-8"))["Voila"]
        page = json.loads(Path(command[3]).read_text(encoding="utf-8"))
        type(self).heard = [command, settings, page, folder]
        self.socket = socket.create_server((settings["ip"], settings["port"]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def poll(self):
        return None

    def wait(self, timeout=None):  # noqa: ARG002 - as it is called
        return 0

    def terminate(self):
        self.heard.append("terminated")


def test_the_page_is_for_this_machine_and_behind_a_token(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(explore_module.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(explore_module.subprocess, "Popen", Server)
    monkeypatch.setattr(explore_module, "no_display", lambda: False)
    monkeypatch.setattr(explore_module.webbrowser, "open", opened.append)
    assert cli.main(["explore", "motion"]) == 0
    command, settings, page, folder = Server.heard
    assert settings["ip"] == "127.0.0.1" and settings["port_retries"] == 0 and len(settings["token"]) == 32
    assert settings["token"] not in " ".join(command)  # every process here may read that
    assert "explorer('motion')" in page["cells"][0]["source"]
    assert not folder.exists()
    assert opened == [f"http://127.0.0.1:{settings['port']}/?token={settings['token']}"]
    assert f"motion is at {opened[0]}" in capsys.readouterr().out
    assert cli.main(["explore", "motion", "--no-open"]) == 0 and len(opened) == 1


def test_ctrl_c_takes_the_server_along(monkeypatch, capsys):
    def interrupted(self, timeout=None):
        if timeout is None:
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr(explore_module.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(explore_module.subprocess, "Popen", Server)
    monkeypatch.setattr(Server, "wait", interrupted)
    assert cli.main(["explore", "taylor", "--no-open"]) == 130
    assert Server.heard[-1] == "terminated" and not Server.heard[3].exists()
    assert capsys.readouterr().err == "fomm-lite: stopped; nothing half-written is left\n"


@REAL
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_real_server_asks_for_the_token_and_ends_with_the_command(tmp_path, sent):
    process = subprocess.Popen(
        [sys.executable, "-m", "fomm_lite", "explore", "taylor", "--no-open"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    line = process.stdout.readline()
    there, token = re.fullmatch(r"taylor is at (http://127\.0\.0\.1:\d+/)\?token=(\w+)\n", line).groups()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(there, timeout=60) as refused:
        assert "/login" in refused.geturl()
    with direct.open(f"{there}?token={token}", timeout=120) as page:
        assert "/login" not in page.geturl() and page.status == 200
        fetched = re.findall(r"<(?:link|script|img)\b[^>]*?(?:href|src)=\"([^\"]*)", page.read().decode("utf-8"))
    assert fetched and not [address for address in fetched if re.match(r"(https?:)?//", address)]
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + sent
    assert said.splitlines()[-1] == "fomm-lite: stopped; nothing half-written is left"
    time.sleep(0.1)
    with pytest.raises(urllib.error.URLError):
        direct.open(there, timeout=5)
    assert not list(tmp_path.glob("fomm_lite-*"))
