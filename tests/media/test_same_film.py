"""The same frames make the same file, whatever the memory held before."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

SUFFIXES = [".mp4", ".mkv", ".webm", ".gif", ".webp", ".apng"]
WRITE = """
import hashlib
import json
import sys
from pathlib import Path
from fomm_lite.media.write import write_video
from fomm_lite.worlds import faces
sides, counts = (32, 64, 96, 144), (3, 24)
clips = {f"{count} frames of {side}": faces(count, count, side).frames for side in sides for count in counts}
hashes = {}
for suffix in sys.argv[2:]:
    path = Path(sys.argv[1]) / f"film{suffix}"
    hashes[suffix] = {
        name: hashlib.sha256(write_video(path, clip, 25).read_bytes()).hexdigest() for name, clip in clips.items()
    }
print(json.dumps(hashes))
"""

Hashes = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Hashes]:
    """Hashes of films of each kind, by processes whose fresh memory is filled with another byte each."""

    def films(byte: int) -> Hashes:
        folder: Path = tmp_path_factory.mktemp("films")
        command = [sys.executable, "-c", WRITE, str(folder), *SUFFIXES]
        environment = os.environ | {"MALLOC_PERTURB_": str(byte)}
        done = subprocess.run(command, env=environment, check=True, capture_output=True, encoding="utf-8")
        hashes: Hashes = json.loads(done.stdout)
        return hashes

    return [films(1), films(170)]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="fills fresh memory by a switch of glibc's")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_does_not_depend_on_what_memory_held(written: list[Hashes], suffix: str) -> None:
    one, other = (hashes[suffix] for hashes in written)
    assert len(set(one.values())) == 8
    assert one == other
