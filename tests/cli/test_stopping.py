"""Commands that are stopped or killed, as users do it: a process of its own, and real signals."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml

from fomm_lite.weights import read_header
from tests.cli.small import TINY

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "train --world faces --config tiny.yaml --size 16 --batch 2 --clips 3 --out run".split()
SIGNALS = [
    pytest.param(signal.SIGINT, id="SIGINT"),
    pytest.param(signal.SIGTERM, id="SIGTERM"),
    pytest.param(signal.SIGHUP, id="SIGHUP"),
]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def begin(folder: Path, *arguments: str, before: tuple[str, ...] = (), **variables: str) -> subprocess.Popen[str]:
    """A command in a process of its own."""
    variables = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"} | variables
    return subprocess.Popen(
        [*before, sys.executable, "-m", "fomm_lite", *arguments],
        cwd=folder, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it said on stderr."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def wait_for(there: Path, pattern: str, process: subprocess.Popen[str]) -> None:
    """Until a file appears."""
    for _ in range(2400):
        if any(there.glob(pattern)):
            return
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        time.sleep(0.025)
    raise AssertionError(f"no {pattern}")


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def desk(shelf: Path, tmp_path: Path) -> Path:
    """A working folder with a driver that takes a while."""
    for name in ("tiny.safetensors", "source.png"):
        shutil.copy(shelf / name, tmp_path / name)
    (tmp_path / "frames").mkdir()
    for index in range(3000):
        os.link(shelf / "frames" / f"{index % 5}.png", tmp_path / "frames" / f"{index}.png")
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY), encoding="utf-8")
    return tmp_path


ANIMATE = "animate --source source.png --driving frames --weights tiny.safetensors --out made/a.mp4 --batch 1".split()


@pytest.mark.parametrize("sent", SIGNALS)
def test_an_animation_that_is_stopped_leaves_nothing(desk: Path, sent: signal.Signals) -> None:
    process = begin(desk, *ANIMATE)
    wait_for(desk, "made/.*/whole.mp4", process)
    process.send_signal(sent)
    code, said = ended(process)
    assert code == 128 + sent
    assert said.splitlines()[-1] == "fomm-lite: stopped; nothing half-written is left"
    assert "Traceback" not in said
    assert listed(desk / "made") == []


@pytest.mark.parametrize("sent", SIGNALS)
def test_a_training_that_is_stopped_can_go_on(desk: Path, sent: signal.Signals) -> None:
    process = begin(desk, *TRAIN, "--steps", "100000", "--checkpoint-minutes", "0.001")
    wait_for(desk, "run/log.jsonl", process)
    process.send_signal(sent)
    code, said = ended(process)
    assert code == 128 + sent
    assert "stopped early; --out run --resume goes on" in said
    assert "Traceback" not in said
    steps = read_header(desk / "run" / "model.safetensors")[1]["steps"]
    assert steps == torch.load(desk / "run" / "checkpoint.pt", weights_only=True)["step"]
    if sent == signal.SIGTERM:
        assert ended(begin(desk, "train", "--out", "run", "--resume", "--steps", str(steps + 1)))[0] == 0


def test_nohup_outlives_its_terminal(desk: Path) -> None:
    process = begin(desk, *TRAIN, "--steps", "40", "--checkpoint-minutes", "0.001", before=("nohup",))
    wait_for(desk, "run/log.jsonl", process)
    process.send_signal(signal.SIGHUP)
    assert ended(process)[0] == 0
    assert read_header(desk / "run" / "model.safetensors")[1]["finished"]


def test_a_folder_in_use_is_refused_until_its_process_is_dead(desk: Path) -> None:
    first = begin(desk, *TRAIN, "--steps", "100000", "--checkpoint-minutes", "0.001", "--workers", "1")
    wait_for(desk, "run/checkpoint.pt", first)
    for second in (TRAIN, ["train", "--out", "run", "--resume", "--steps", "100001"]):
        code, said = ended(begin(desk, *second))
        assert code == 2
        assert said == (
            "fomm-lite: got run, which another training is using; expected a folder of its own; "
            "wait for it, or choose another --out\n"
        )
    first.kill()
    first.wait()
    step = torch.load(desk / "run" / "checkpoint.pt", weights_only=True)["step"]
    code, said = ended(begin(desk, "train", "--out", "run", "--resume", "--steps", str(step + 1)))
    assert (code, "using" in said) == (0, False)
    first.communicate()


def test_what_a_killed_animation_left_is_swept_by_the_next(desk: Path) -> None:
    first = begin(desk, *ANIMATE)
    wait_for(desk, "made/.*/whole.mp4", first)
    still_at_work = begin(desk, *[*ANIMATE[:-3], "made/b.mp4"])
    wait_for(desk, "made/.b-*/whole.mp4", still_at_work)
    first.kill()
    first.communicate()
    assert [re.sub("-.*", "", name) for name in listed(desk / "made")] == [".a", ".b"]
    short = [word if word != "frames" else "source.png" for word in ANIMATE]
    assert ended(begin(desk, *short))[0] == 0
    assert [re.sub("-.*", "", name) for name in listed(desk / "made")] == [".b", "a.mp4"]
    still_at_work.terminate()
    assert ended(still_at_work)[0] == 128 + signal.SIGTERM
    assert listed(desk / "made") == ["a.mp4"]


def test_the_course_takes_jupyterlab_with_it(tmp_path: Path) -> None:
    lab = tmp_path / "other" / "jupyterlab" / "__main__.py"
    lab.parent.mkdir(parents=True)
    (lab.parent / "__init__.py").touch()
    lab.write_text(
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "try:\n    pathlib.Path('up').touch()\n    time.sleep(60)\nfinally:\n    pathlib.Path('down').touch()\n",
        encoding="utf-8",
    )
    process = begin(tmp_path, "course", "class", PYTHONPATH=f"{lab.parent.parent}{os.pathsep}{ROOT}")
    wait_for(tmp_path, "up", process)
    process.terminate()
    code, said = ended(process)
    assert code == 128 + signal.SIGTERM
    assert "Traceback" not in said
    assert (tmp_path / "down").exists()


def full_disk(size: str) -> tuple[str, ...]:
    """What runs a command with a small disk at `small`; skips the test where no disk can be had."""
    mount = ("unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size={size} tmpfs small && exec "$@"', "sh")
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode:
        pytest.skip("no disk of its own can be mounted here")
    return mount


def test_a_full_disk_is_told_and_the_old_checkpoint_stays(desk: Path) -> None:
    (desk / "small").mkdir()
    command = '"$@"; code=$?; ls -A small/run small/run/samples; exit $code'
    before = (*full_disk("700k"), "sh", "-c", command, "sh")
    train = [word if word != "run" else "small/run" for word in TRAIN]
    process = begin(desk, *train, "--steps", "100000", "--checkpoint-minutes", "0.0001", before=before)
    out, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert re.search(r"^fomm-lite: cannot write small/run/\S+: no space left on /\S+/small; make room", said, re.M), (
        said
    )
    assert "Traceback" not in said
    assert "checkpoint.pt" in out and ".fomm-draft" not in out
