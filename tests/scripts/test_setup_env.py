"""Set-ups refuse what cannot work, know Windows from the rest, wait for each other, and notice those cut short."""

import ast
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import setup_env

SCRIPT = Path(setup_env.__file__)

# setup_env with a pip that only notes that it began and ended, in an environment that is only a folder
FAKE = """
import sys, time
from pathlib import Path
import setup_env
log, seconds, folder = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
def note(word):
    with log.open("a", encoding="utf-8") as file:
        file.write(word + "\\n")
def pip_install(venv, *arguments):
    note("begin")
    time.sleep(seconds)
    note("end")
    Path(arguments[arguments.index("--report") + 1]).write_text('{"install": []}')
    return 0
setup_env.create = lambda venv: note("create")
setup_env.pip_install = pip_install
setup_env.answer_of = lambda venv, code: "1.0"
setup_env.set_up("demo", folder)
"""


def begin(tmp_path: Path, seconds: float) -> "subprocess.Popen[str]":
    """A set-up in a process of its own."""
    command = [sys.executable, "-c", FAKE, str(tmp_path / "log"), str(seconds), str(tmp_path / "venv")]
    return subprocess.Popen(command, cwd=SCRIPT.parent, stdout=subprocess.PIPE, encoding="utf-8")


def noted(tmp_path: Path) -> list[str]:
    """What the fake pips noted, in order."""
    log = tmp_path / "log"
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def until(tmp_path: Path, word: str, count: int = 1) -> None:
    """Waits for a note."""
    limit = time.monotonic() + 300
    while noted(tmp_path).count(word) < count:
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (((3, 10, 13), "linux", "x86_64", ""), "needs Python 3.11 or newer; this is 3.10.13"),
        (((3, 12, 1), "darwin", "x86_64", "14.2"), "Intel"),
        (((3, 12, 1), "darwin", "arm64", "13.7.1"), "macOS 14 or newer; this is 13.7.1"),
        (((3, 11, 0), "linux", "x86_64", ""), None),
        (((3, 13, 0), "linux", "aarch64", ""), None),
        (((3, 12, 1), "darwin", "arm64", "14.0"), None),
        (((3, 11, 9), "win32", "AMD64", ""), None),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_fetched(
    place: tuple[tuple[int, ...], str, str, str], reason: str | None
) -> None:
    told = setup_env.unfit(*place)
    assert told is None if reason is None else reason in (told or "")


def test_a_python_that_is_too_old_gets_as_far_as_being_told() -> None:
    for script in (SCRIPT, *map(SCRIPT.with_name, ("locked_hashes.py", "one_at_a_time.py"))):
        ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 7))
    code = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], {}, '__main__')"
    command = [sys.executable, "-c", code, SCRIPT.name, "course"]
    done = subprocess.run(command, cwd=SCRIPT.parent, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == "[set-up] fomm_lite needs Python 3.11 or newer; this is 3.9.2. Run it with a newer one\n"


@pytest.mark.parametrize(
    ("system", "place"), [("linux", "bin/python"), ("darwin", "bin/python"), ("win32", "Scripts/python.exe")]
)
def test_the_python_of_an_environment_lies_elsewhere_on_windows(system: str, place: str) -> None:
    assert setup_env.python_of(Path("venv"), system) == Path("venv", place)


def test_of_two_set_ups_at_once_the_second_waits_and_finds_all_done(tmp_path: Path) -> None:
    first = begin(tmp_path, 1.0)
    until(tmp_path, "begin")
    second = begin(tmp_path, 0)
    said, _ = second.communicate(timeout=300)
    assert (first.wait(300), second.returncode) == (0, 0)
    first.communicate()
    assert "another set-up is at work on venv" in said and "cut short" not in said
    assert noted(tmp_path) == ["create", "begin", "end"]


def test_a_set_up_that_was_cut_short_is_begun_afresh(tmp_path: Path) -> None:
    first = begin(tmp_path, 60)
    until(tmp_path, "begin")
    first.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    first.communicate()
    (tmp_path / "venv" / "half").touch()
    second = begin(tmp_path, 0)
    said, _ = second.communicate(timeout=300)
    assert second.returncode == 0
    assert "the last set-up was cut short: starting venv afresh" in said and "at work" not in said
    assert not (tmp_path / "venv" / "half").exists()
    third, _ = begin(tmp_path, 0).communicate(timeout=300)
    assert third == "" and noted(tmp_path).count("begin") == 2  # and never again


def test_the_folder_above_an_environment_need_not_be_there(tmp_path: Path) -> None:
    command = [sys.executable, "-c", FAKE, str(tmp_path / "log"), "0", str(tmp_path / "deep" / "venv")]
    subprocess.run(command, cwd=SCRIPT.parent, check=True)
    assert (tmp_path / "deep" / "venv" / "fomm-lite-demo").exists()


def test_pip_installs_nothing_outside_of_an_environment(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    (venv / "pyvenv.cfg").unlink()  # as by the other of two set-ups: its Python is now the system's
    code = "import pathlib, sys; import setup_env as s; s.pip_install(pathlib.Path(sys.argv[1]), 'nothing')"
    command = [sys.executable, "-c", code, str(venv)]
    done = subprocess.run(command, cwd=SCRIPT.parent, capture_output=True, encoding="utf-8", check=False)
    assert "Could not find an activated virtualenv" in done.stderr


def test_the_last_file_that_names_a_package_counts(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("# made\nimageio-ffmpeg==0.8\nnumpy==2.4\ntorch==2.13\n", encoding="utf-8")
    (tmp_path / "colab").write_text("# made\nNumPy==2.1\nimageio_ffmpeg==0.6\n", encoding="utf-8")
    merged = setup_env.pins(tmp_path / "lock", tmp_path / "colab", torch="2.13+cpu")
    assert merged.splitlines() == ["imageio_ffmpeg==0.6", "NumPy==2.1", "torch==2.13+cpu"]


def test_a_stamp_of_more_is_enough_for_less_and_never_the_other_way(tmp_path: Path) -> None:
    (tmp_path / "fomm-lite-test").write_text(setup_env.fingerprint(tmp_path), encoding="utf-8")
    assert setup_env.is_ready(tmp_path, "course") and setup_env.is_ready(tmp_path, "test")
    assert not setup_env.is_ready(tmp_path, "dev") and not setup_env.is_ready(tmp_path, "colab")
    setup_env.unfinished(tmp_path).touch()
    assert not setup_env.is_ready(tmp_path, "course")


def test_what_pip_would_install_becomes_a_lock_without_ourselves_builds_and_cuda(tmp_path: Path) -> None:
    names = {"torch": "2.13.0+cpu", "Pillow": "12.1", "fomm-lite": "0.1.0", "nvidia-cublas": "13.1", "triton": "3.7"}
    found = [{"metadata": {"name": name, "version": version}} for name, version in names.items()]
    (tmp_path / "report.json").write_text(json.dumps({"install": found}), encoding="utf-8")
    assert setup_env.resolved(tmp_path / "report.json") == ["Pillow==12.1\n", "torch==2.13.0\n"]
