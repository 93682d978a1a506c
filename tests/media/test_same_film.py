"""The same frames make the same file, whatever the memory held before."""

import os
import platform
import subprocess
import sys

import pytest

WRITE = """
import hashlib
import sys
import tempfile
from pathlib import Path
from fomm_lite.media.write import write_video
from fomm_lite.worlds import faces
for side in (32, 64, 96, 144):
    for seed, count in enumerate((3, 12, 24)):
        path = Path(tempfile.gettempdir()) / f"same-{sys.argv[2]}-{side}-{count}{sys.argv[1]}"
        print(path.name[6:], hashlib.sha256(write_video(path, faces(seed, count, side).frames, 25).read_bytes()).hexdigest())
        path.unlink()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="fills fresh memory by a switch of glibc's")
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".gif", ".webp", ".apng"])
def test_a_file_does_not_depend_on_what_memory_held(suffix: str) -> None:
    def written(filled: int) -> list[str]:
        """Each film's hash, by a process whose fresh memory is filled with a byte."""
        environment = os.environ | {"MALLOC_PERTURB_": str(filled)}
        command = [sys.executable, "-c", WRITE, suffix, str(filled)]
        done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
        return [line.split()[-1] for line in done.stdout.splitlines()]

    first = written(1)
    assert len(set(first)) == 12
    assert written(170) == first
    assert written(255) == first
