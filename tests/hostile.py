"""Files that nobody means well by, and what is promised of them: one line, two seconds, a gigabyte."""

import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError

SECONDS = 2.0
MEGABYTES = 1000
# a model that is written, damaged and read in no time, and that the official format can hold
CONFIG = ModelConfig(
    num_keypoints=3,
    align_corners=False,
    padding_mode="zeros",
    detector=HourglassConfig(4, 8, 2, 0.5, head_padding=0),
    dense_motion=HourglassConfig(4, 8, 2, 0.5),
    generator=GeneratorConfig(4, 8, 2, 2),
)


def refusal(read: Callable[[], object]) -> str:
    """The line by which something is refused; it took no longer than promised, by the clock of this process."""
    began = time.process_time()
    try:
        read()
    except InputError as error:
        assert time.process_time() - began < SECONDS
        line = str(error)
        assert line.isprintable()
        assert len(line) < 3000
        return line
    raise AssertionError("not refused")


def outcome(read: Callable[[], object]) -> str:
    """As :func:`refusal`, for what may also be fine, which is then empty."""
    began = time.process_time()
    try:
        return refusal(read)
    except AssertionError as error:
        if str(error) != "not refused":
            raise
        assert time.process_time() - began < SECONDS
        return ""


def megabytes() -> float:
    """The most memory that this process ever had.

    On Linux ``ru_maxrss`` begins with that of the process that started this one, so the kernel's own page is read.
    """
    if sys.platform == "linux":
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("VmHWM:")[2].split()[0]) / 2**10
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def command_line(*arguments: str | Path, cwd: Path) -> tuple[int, str, float]:
    """Run ``fomm-lite`` in a process of its own.

    Returns:
        Exit code, what it said on stderr, and the most memory that it had, in megabytes.
    """
    script = "import sys; from fomm_lite.cli.main import main; from tests.hostile import megabytes; "
    script += "code = main(); print(megabytes()); sys.exit(code)"
    root = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {script}", *map(str, arguments)],
        cwd=cwd, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr, float(done.stdout.split()[-1])
