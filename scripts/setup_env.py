"""Sets up an environment for a make target, with nothing but the standard library.

    python3 scripts/setup_env.py demo|course|test|browser|site|dev    bring .venv to what that target needs
    python3 scripts/setup_env.py colab|lowest|newest             likewise .venv-colab, .venv-lowest, .venv-newest
    python3 scripts/setup_env.py lock [--torch VERSION]          write constraints.txt and constraints.sha256 anew

A stamp for each target, holding a hash of what it was installed from, is written last: a second run has nothing to do,
a run that was cut short is noticed and done again, and two at once wait for each other. pip's own configuration
(mirrors, proxies, PIP_* variables) is added to, never replaced. `make clean` removes the environments.
"""

from __future__ import annotations  # so that a Python that is too old gets as far as being told

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from locked_hashes import altered, write_hashes
from one_at_a_time import alone

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
HASHES = ROOT / "constraints.sha256"
COLAB = ROOT / "tests" / "colab" / "constraints.txt"
OLDEST = (3, 11, 0)  # Debian 12 has 3.11.2
OLDEST_MACOS = 14  # of the locked torch
# targets of .venv; each holds all before it
EXTRAS = {"demo": "", "course": "[course]", "test": "[test]", "browser": "[test,browser]"}
EXTRAS |= {"site": "[test,browser,docs,site]", "dev": "[dev]"}
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# what the CUDA build of torch wants beside it: named nowhere in the lock, so that every build of torch will do
OF_CUDA = re.compile(r"nvidia-|cuda-|triton$")
LOCK_HEADER = """\
# The exact versions the course is tested with: the set-up passes this file to pip with -c, so that it installs the same
# way years from now. A constraint installs nothing by itself; what is needed is said in pyproject.toml.
# Made by `make lock` for Python {python}, the oldest supported; newer ones find wheels too. Do not edit by hand.
# torch moves only when asked (`make lock TORCH=2.14.0`), and without a +cpu or +cu tag: every build of it will do.
"""


def unfit(python: tuple[int, ...], system: str, machine: str, macos: str) -> str | None:
    """Why nothing can be set up here, in a line; None where it can.

    Args:
        python: its version.
        system: as ``sys.platform`` says it.
        machine: as ``platform.machine`` says it.
        macos: its version, empty elsewhere.
    """
    if python < OLDEST:
        return f"fomm_lite needs Python 3.11 or newer; this is {'.'.join(map(str, python))}. Run it with a newer one"
    if system == "darwin" and machine == "x86_64":
        return "PyTorch no longer comes for Intel Macs (or for a Python made for them): use another machine, or Colab"
    if system == "darwin" and macos and int(macos.split(".")[0]) < OLDEST_MACOS:
        return f"the locked PyTorch needs macOS {OLDEST_MACOS} or newer; this is {macos}"
    return None


def say(line: str) -> None:
    """Prints one line of progress at once, in step with what pip prints."""
    print(f"[set-up] {line}", flush=True)


def python_of(venv: Path, system: str = sys.platform) -> Path:
    """The Python of an environment."""
    return venv / "Scripts" / "python.exe" if system == "win32" else venv / "bin" / "python"


def answer_of(venv: Path, code: str) -> str | None:
    """What `code` prints when run by the Python in `venv`; None where it fails."""
    command = [str(python_of(venv)), "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError:  # no such file, or a link to a Python that is gone
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def pip_install(venv: Path, *arguments: str) -> int:
    """Runs `pip install` in `venv`, its output shown; the exit status.

    Should the environment be gone, pip refuses: it would install into the system's Python instead. It holds the lock of
    :func:`alone` too, so that it is not overtaken by the next set-up when this one is killed.
    """
    command = [str(python_of(venv)), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    guarded = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "1"}
    return subprocess.run(
        command, cwd=str(ROOT), env=guarded, check=False, close_fds=sys.platform == "win32"
    ).returncode


def create(venv: Path) -> None:
    """Makes an environment with pip in it: by venv, else (Debian's may have no ensurepip) by uv, else by virtualenv."""
    folder = str(venv)
    ways = [[sys.executable, "-m", "venv", folder]]
    uv, virtualenv = shutil.which("uv"), shutil.which("virtualenv")
    if uv:
        ways.append([uv, "venv", "--quiet", "--seed", "--allow-existing", "--python", sys.executable, folder])
    if importlib.util.find_spec("virtualenv"):
        ways.append([sys.executable, "-m", "virtualenv", "--quiet", folder])
    elif virtualenv:
        ways.append([virtualenv, "--quiet", "--python", sys.executable, folder])
    for way in ways:
        done = subprocess.run(way, capture_output=True, check=False)
        if done.returncode == 0 and answer_of(venv, "import pip") is not None:
            return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    remedy = f"sudo apt install {package}" if shutil.which("apt") else f"{sys.executable} -m pip install virtualenv"
    shutil.rmtree(venv, ignore_errors=True)
    sys.exit(f"{sys.executable} cannot create a virtual environment with pip. Run this, then the same command again:\n"
             f"    {remedy}")  # fmt: skip


def wants_cpu_build() -> bool:
    """Whether this is Linux without an NVIDIA driver, where PyTorch's default build brings gigabytes of idle CUDA."""
    has_driver = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi")
    return sys.platform == "linux" and not has_driver


def install_torch(venv: Path, requirement: str) -> None:
    """Installs PyTorch's CPU build where that is the better one; where it cannot be had, pip chooses a build later.

    Only torch itself is taken from PyTorch's index; what torch needs comes from pip's usual places.
    """
    if wants_cpu_build():
        say("no NVIDIA driver here, so PyTorch's CPU build is tried first (a warning about its address does no harm)")
        patience = ["--retries", "1", "--timeout", "15"]
        pip_install(venv, "--no-deps", *patience, "--extra-index-url", PYTORCH_CPU_INDEX, requirement)


def pinned_torch() -> str:
    """The version of torch in constraints.txt."""
    pin = re.search(r"^torch==(\S+)$", CONSTRAINTS.read_text(encoding="utf-8"), re.MULTILINE)
    if pin is None:
        sys.exit("constraints.txt has no line torch==VERSION; restore the file with git")
    return pin[1]


def pins(*files: Path, torch: str) -> str:
    """Exact versions for pip: those of the files, the last file that names a package counts, and that of torch."""
    lines = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                lines[re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower()] = line
    return "\n".join([*{**lines, "torch": f"torch=={torch}"}.values(), ""])


def install(venv: Path, extras: str) -> int:
    """The locked versions. A torch that already works is kept, whatever its version or build; pip's exit status.

    Raises:
        SystemExit: a file is not the one that was locked. Nothing of it has run, and the next set-up begins afresh.
    """
    torch = answer_of(venv, "import torch; print(torch.__version__)")
    if torch is None:
        torch = pinned_torch()
        install_torch(venv, f"torch=={torch}")
    exact, report = venv / "fomm-lite-constraints.txt", venv / "fomm-lite-installed.json"
    exact.write_text(pins(CONSTRAINTS, torch=torch), encoding="utf-8")
    say(f"installing fomm_lite{extras}; the first time this takes minutes")
    status = pip_install(venv, "--constraint", str(exact), "--report", str(report), "--editable", f".{extras}")
    wrong = altered(report, HASHES) if status == 0 else []
    if wrong:
        sys.exit("[set-up] got files that are not the locked ones (constraints.sha256); expected those of pypi.org. "
                 "Look at where pip fetches from (pip config list), then try again:\n" + "\n".join(wrong))  # fmt: skip
    return status


def install_colab(venv: Path) -> int:
    """What a Colab notebook has, then fomm_lite as a reader installs it there, then what the tests need; the status.

    What the reader's step would install is written down before it is done, for tests/colab to judge, and then held.
    """
    torch = pinned_torch()
    install_torch(venv, f"torch=={torch}")
    exact, report, user = (venv / f"fomm-lite-{name}" for name in ("constraints.txt", "report.json", "user.txt"))
    exact.write_text(pins(CONSTRAINTS, COLAB, torch=torch), encoding="utf-8")
    status = (
        pip_install(venv, "--no-deps", "--requirement", str(COLAB))
        or pip_install(venv, "--constraint", str(exact), "torch")
        or pip_install(venv, "--quiet", "--dry-run", "--report", str(report), ".")
    )
    if status:
        return status
    user.write_text("".join(resolved(report)), encoding="utf-8")
    exact.write_text(pins(CONSTRAINTS, COLAB, user, torch=torch), encoding="utf-8")
    return pip_install(venv, "--constraint", str(exact), "--editable", ".[test]")


def resolved(report: Path) -> list[str]:
    """Lines of exact versions of what pip says that it would install, but for fomm_lite itself and what is CUDA's."""
    found = [each["metadata"] for each in json.loads(report.read_text(encoding="utf-8"))["install"]]
    others = [each for each in found if each["name"] != "fomm-lite" and not OF_CUDA.match(each["name"])]
    return sorted((f"{each['name']}=={each['version'].partition('+')[0]}\n" for each in others), key=str.lower)


def install_lowest(venv: Path) -> int:
    """The lowest version that pyproject.toml allows of everything named there; the exit status."""
    lowest = venv / "fomm-lite-constraints.txt"
    resolve = [str(python_of(venv)), "-m", "uv", "pip", "compile", "--quiet", "--resolution", "lowest-direct"]
    resolve += ["--extra", "test", "--no-annotate", "--no-header", "--output-file", str(lowest), "pyproject.toml"]
    status = pip_install(venv, "--quiet", "uv") or subprocess.run(resolve, cwd=str(ROOT), check=False).returncode
    if status:
        return status
    lines = lowest.read_text(encoding="utf-8").splitlines()
    lowest.write_text("\n".join(line for line in lines if not OF_CUDA.match(line)) + "\n", encoding="utf-8")
    install_torch(venv, next(line for line in lines if line.startswith("torch==")))
    return pip_install(venv, "--constraint", str(lowest), "--editable", ".[test]")


def install_newest(venv: Path) -> int:
    """The newest version of everything; the exit status."""
    install_torch(venv, "torch")
    return pip_install(venv, "--upgrade", "--upgrade-strategy", "eager", "--editable", ".[test]")


APART = {"colab": install_colab, "lowest": install_lowest, "newest": install_newest}


def fingerprint(venv: Path) -> str:
    """Changes whenever the environment has to be looked at again."""
    python = answer_of(venv, "import sys, pip; print(sys.version)")
    sources = [(ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes(), COLAB.read_bytes()]
    return hashlib.sha256(b"\0".join([str(ROOT).encode(), str(python).encode(), *sources])).hexdigest()


def unfinished(venv: Path) -> Path:
    """Lies there while the environment is worked on, and after a set-up that was cut short."""
    return venv / "fomm-lite-unfinished"


def is_ready(venv: Path, target: str) -> bool:
    """Whether the environment already holds what `target` needs, or what a target that needs more asked for."""
    if unfinished(venv).exists():
        return False
    targets = list(EXTRAS)
    enough = targets[targets.index(target) :] if target in EXTRAS else [target]
    stamps = [venv / f"fomm-lite-{name}" for name in enough]
    written = [stamp.read_text(encoding="utf-8") for stamp in stamps if stamp.exists()]
    return bool(written) and fingerprint(venv) in written


def discard_broken(venv: Path) -> None:
    """Removes an environment that an earlier run left half done, or whose Python is gone."""
    if unfinished(venv).exists():
        say(f"the last set-up was cut short: starting {venv.name} afresh")
        shutil.rmtree(venv)
    elif venv.exists() and answer_of(venv, "import pip") is None:
        say(f"{venv.name} has no working Python with pip in it: starting it afresh")
        shutil.rmtree(venv)


def set_up(target: str, venv: Path) -> None:
    """Brings the environment to what `target` needs, unless it is there."""
    if is_ready(venv, target):
        return
    venv.parent.mkdir(parents=True, exist_ok=True)
    with alone(venv):
        if is_ready(venv, target):  # by the one that was waited for
            return
        discard_broken(venv)
        is_new = not venv.exists()
        venv.mkdir(exist_ok=True)
        unfinished(venv).touch()
        if is_new:
            say(f"creating {venv.name} with Python {sys.version.split()[0]}")
            create(venv)
        status = APART[target](venv) if target in APART else install(venv, EXTRAS[target])
        if status == 0:
            (venv / f"fomm-lite-{target}").write_text(fingerprint(venv), encoding="utf-8")
        if status >= 0:  # pip ended by itself and was not killed: what is installed is whole, though something may lack
            unfinished(venv).unlink()
    if status:
        sys.exit(f"[set-up] could not install what {target} needs (see above); the same command tries again")


def lock(torch: str) -> None:
    """Writes constraints.txt, the newest of every extra that the oldest Python can have, and what its files hash to.

    Nothing is installed.

    Args:
        torch: the version of torch to lock, without a local tag.
    """
    venv = ROOT / ".venv-lock"
    with alone(venv):
        shutil.rmtree(venv, ignore_errors=True)
        create(venv)
        report, oldest = venv / "report.json", ".".join(map(str, OLDEST))
        say(f"resolving every extra for Python {oldest}; this takes minutes")
        alien = ["--python-version", oldest, "--only-binary=:all:", "--target", str(venv / "nothing")]
        options = ["--quiet", "--dry-run", "--ignore-installed", "--report", str(report), *alien]
        if pip_install(venv, *options, f"torch=={torch}", ".[dev,heic,vgg]"):
            sys.exit("[set-up] pip could not resolve every extra; constraints.txt is as it was")
        lines = resolved(report)
        CONSTRAINTS.write_text(LOCK_HEADER.format(python=oldest) + "".join(lines), encoding="utf-8")
        shutil.rmtree(venv)
    say(f"constraints.txt holds {len(lines)} exact versions")
    say(f"constraints.sha256 holds the hashes of {write_hashes(CONSTRAINTS, HASHES)} files")


def main() -> None:
    """Reads the command line."""
    reason = unfit(tuple(sys.version_info[:3]), sys.platform, platform.machine(), platform.mac_ver()[0])
    if reason:
        sys.exit(f"[set-up] {reason}")
    parser = argparse.ArgumentParser(description="Sets up an environment for a make target.")
    parser.add_argument("target", choices=[*EXTRAS, *APART, "lock"])
    parser.add_argument("--torch", help="with lock: the version of torch, by default the one locked now")
    parser.add_argument("--venv", help="the folder of the environment, by default .venv, or .venv-TARGET of one apart")
    arguments = parser.parse_args()
    folder = ROOT / (arguments.venv or (f".venv-{arguments.target}" if arguments.target in APART else ".venv"))
    try:
        if arguments.target == "lock":
            lock(arguments.torch or pinned_torch())
        else:
            set_up(arguments.target, folder)
    except KeyboardInterrupt:
        sys.exit("\n[set-up] interrupted; the same command starts it again")


if __name__ == "__main__":
    main()
