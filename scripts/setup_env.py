"""Sets up .venv for a make target, with nothing but the standard library.

    python3 scripts/setup_env.py demo|course|test|browser|dev    bring .venv to what that target needs
    python3 scripts/setup_env.py lock [--torch VERSION]          write constraints.txt anew

A stamp for each target, holding a hash of what it was installed from, is written last: a second run has nothing to do,
and a run that was cut short is noticed and done again. pip's own configuration (mirrors, proxies, PIP_* variables) is
added to, never replaced. `make clean` removes .venv.
"""

import argparse
import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
UNFINISHED = VENV / "fomm-lite-unfinished"
CONSTRAINTS = ROOT / "constraints.txt"
# each holds all before it
EXTRAS = {"demo": "", "course": "[course]", "test": "[test]", "browser": "[test,browser]", "dev": "[dev]"}
# what hosted notebooks still run; the explorers are tested on it too, so it lies beside what .venv itself has
OLD_WIDGETS = {"ipywidgets": "7.7.1", "ipython_genutils": "0.2.0"}
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LOCK_HEADER = """\
# The exact versions the course is tested with: the set-up passes this file to pip with -c, so that it installs the same
# way years from now. A constraint installs nothing by itself; what is needed is said in pyproject.toml.
# Made by `make lock` on Python {python}, the oldest supported, so that newer ones find wheels too. Do not edit by hand.
# torch moves only when asked (`make lock TORCH=2.14.0`), and without a +cpu or +cu tag: every build of it will do.
"""


def say(line: str) -> None:
    """Prints one line of progress at once, in step with what pip prints."""
    print(f"[set-up] {line}", flush=True)


def answer_of(venv: Path, code: str) -> str | None:
    """What `code` prints when run by the Python in `venv`; None where it fails."""
    try:
        done = subprocess.run([venv / "bin" / "python", "-c", code], capture_output=True, text=True, check=False)
    except OSError:  # no such file, or a link to a Python that is gone
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def pip_install(venv: Path, *arguments: str) -> int:
    """Runs `pip install` in `venv`, its output shown; the exit status."""
    command = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def create(venv: Path) -> None:
    """Makes an environment with pip in it: by venv, else uv, else virtualenv.

    Debian and Ubuntu ship Python without ensurepip, and then venv alone cannot put pip in.
    """
    folder = str(venv)
    ways = [[sys.executable, "-m", "venv", folder]]
    if uv := shutil.which("uv"):
        ways.append([uv, "venv", "--quiet", "--seed", "--allow-existing", "--python", sys.executable, folder])
    if importlib.util.find_spec("virtualenv"):
        ways.append([sys.executable, "-m", "virtualenv", "--quiet", folder])
    elif virtualenv := shutil.which("virtualenv"):
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


def install_torch(venv: Path, version: str) -> None:
    """Installs PyTorch's CPU build where that is the better one; where it cannot be had, pip chooses a build later.

    Only torch itself is taken from PyTorch's index; what torch needs comes from pip's usual places.
    """
    if wants_cpu_build():
        say("no NVIDIA driver here, so PyTorch's CPU build is tried first (a warning about its address does no harm)")
        patience = ["--retries", "1", "--timeout", "15"]
        pip_install(venv, "--no-deps", *patience, "--extra-index-url", PYTORCH_CPU_INDEX, f"torch=={version}")


def pinned_torch() -> str:
    """The version of torch in constraints.txt."""
    pin = re.search(r"^torch==(\S+)$", CONSTRAINTS.read_text(), re.MULTILINE)
    if pin is None:
        sys.exit("constraints.txt has no line torch==VERSION; restore the file with git")
    return pin[1]


def fingerprint() -> str:
    """Changes whenever the environment has to be looked at again."""
    python = answer_of(VENV, "import sys, pip; print(sys.version)")
    parts = [str(ROOT).encode(), str(python).encode(), (ROOT / "pyproject.toml").read_bytes(), CONSTRAINTS.read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready(target: str) -> bool:
    """Whether .venv already holds what `target` needs, or what a target that needs more asked for."""
    targets = list(EXTRAS)
    stamps = [VENV / f"fomm-lite-{name}" for name in targets[targets.index(target) :]]
    written = [stamp.read_text() for stamp in stamps if stamp.exists()]
    return bool(written) and fingerprint() in written


def discard_broken() -> None:
    """Removes a .venv that an earlier run left half done, or whose Python is gone."""
    if UNFINISHED.exists():
        say("the last set-up was cut short: starting .venv afresh")
        shutil.rmtree(VENV)
    elif VENV.exists() and answer_of(VENV, "import pip") is None:
        say(".venv has no working Python with pip in it: starting it afresh")
        shutil.rmtree(VENV)


def set_up(target: str) -> None:
    """Brings .venv to what `target` needs. A torch that already works in it is kept, whatever its version or build."""
    discard_broken()
    if is_ready(target):
        return
    is_new = not VENV.exists()
    VENV.mkdir(exist_ok=True)
    UNFINISHED.touch()
    if is_new:
        say(f"creating .venv with Python {sys.version.split()[0]}")
        create(VENV)
    torch = answer_of(VENV, "import torch; print(torch.__version__)")
    if torch is None:
        torch = pinned_torch()
        install_torch(VENV, torch)
    pins = VENV / "fomm-lite-constraints.txt"
    pins.write_text(re.sub(r"^torch==.*$", f"torch=={torch}", CONSTRAINTS.read_text(), flags=re.MULTILINE))
    say(f"installing fomm_lite{EXTRAS[target]}; the first time this takes minutes")
    status = pip_install(VENV, "--constraint", str(pins), "--editable", f".{EXTRAS[target]}")
    if status == 0:
        if target not in ("demo", "course"):
            install_old_widgets()
        (VENV / f"fomm-lite-{target}").write_text(fingerprint())
    if status >= 0:  # pip ended by itself and was not killed: what is installed is whole, though something may lack
        UNFINISHED.unlink()
    if status:
        sys.exit(f"[set-up] pip could not install fomm_lite{EXTRAS[target]} (see above); the same command tries again")


def install_old_widgets() -> None:
    """Puts the old ipywidgets into a folder of its own in .venv; where that fails, the test on it is skipped."""
    folder = VENV / f"ipywidgets-{OLD_WIDGETS['ipywidgets']}"
    shutil.rmtree(folder, ignore_errors=True)
    wanted = [f"{name}=={version}" for name, version in OLD_WIDGETS.items()]
    if pip_install(VENV, "--quiet", "--no-deps", "--target", str(folder), *wanted):
        shutil.rmtree(folder, ignore_errors=True)
        say(f"{wanted[0]} cannot be had here: the explorers are tested on the newest version alone")


def lock(torch: str) -> None:
    """Writes constraints.txt from a fresh install of every extra, in an environment of its own.

    Args:
        torch: the version of torch to lock, without a local tag.
    """
    venv = ROOT / ".venv-lock"
    shutil.rmtree(venv, ignore_errors=True)
    create(venv)
    install_torch(venv, torch)
    status = pip_install(venv, f"torch=={torch}", "--editable", ".[dev,vgg]")
    if status:
        sys.exit("[set-up] pip could not install every extra; constraints.txt is as it was")
    freeze = [str(venv / "bin" / "python"), "-m", "pip", "freeze", "--all", "--exclude", "pip", "--exclude-editable"]
    pins = subprocess.run(freeze, capture_output=True, text=True, check=True).stdout
    pins = re.sub(r"^(\S+==[^+\s]+)\+\S+$", r"\1", pins, flags=re.MULTILINE)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    CONSTRAINTS.write_text(LOCK_HEADER.format(python=version) + pins)
    shutil.rmtree(venv)
    say(f"constraints.txt holds {len(pins.splitlines())} exact versions")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Sets up .venv for a make target.")
    parser.add_argument("target", choices=[*EXTRAS, "lock"])
    parser.add_argument("--torch", help="with lock: the version of torch, by default the one locked now")
    arguments = parser.parse_args()
    try:
        if arguments.target == "lock":
            lock(arguments.torch or pinned_torch())
        else:
            set_up(arguments.target)
    except KeyboardInterrupt:
        sys.exit("\n[set-up] interrupted; the same command starts it again")


if __name__ == "__main__":
    main()
