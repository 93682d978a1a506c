"""Hosted notebooks still run ipywidgets 7.7.1: every test of the explorers once more on it, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
EXPLORERS = ["test_explorers.py", "puppet/test_explorer.py", "ch06_losses_and_training/test_monitor.py"]
OLD = Path(sys.prefix) / "ipywidgets-7.7.1"  # scripts/setup_env.py puts it there, beside the environment's own

# what the old version itself does beside a newer ipykernel and traitlets; everything else is still an error
FORGIVEN = (
    "ignore:The `ipykernel.comm.Comm` class has been deprecated:DeprecationWarning",
    "ignore:Deprecated in traitlets 4.1, use the instance .metadata dictionary:DeprecationWarning",
)


@pytest.mark.skipif(not OLD.exists(), reason=f"no {OLD.name} beside the environment: `make test` puts it there")
def test_explorers_work_on_ipywidgets_7() -> None:
    environment = os.environ | {"PYTHONPATH": str(OLD)}
    version = [sys.executable, "-c", "import ipywidgets; print(ipywidgets.__version__)"]
    told = subprocess.run(version, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert told == "7.7.1"
    options = [word for warning in FORGIVEN for word in ("-W", warning)]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *options,
        *(str(HERE / path) for path in EXPLORERS),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:]
