"""Hidden folders in which files grow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fomm_lite.files import drafts
from fomm_lite.files.drafts import draft_folder, sweep
from fomm_lite.files.space import device_of, told_when_full

KILLED = """
import os, signal, sys
from pathlib import Path
from fomm_lite.files.drafts import draft_folder
with draft_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A draft whose process was killed."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "a.mp4")], check=False)
    (found,) = tmp_path.iterdir()
    assert (found / "half").exists()
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_only_what_nobody_holds_is_swept(left: Path, tmp_path: Path) -> None:
    own = tmp_path / ".a-own"
    own.mkdir()
    unlocked = tmp_path / ".b-1.fomm-draft"
    unlocked.mkdir()  # killed before it had its lock
    (tmp_path / ".c.fomm-draft").touch()
    with draft_folder(tmp_path / "held.mp4") as held:
        assert not left.exists()
        sweep(tmp_path)
        assert sorted(tmp_path.iterdir()) == sorted([own, tmp_path / ".c.fomm-draft", held])
    assert not held.exists()


def test_a_sweep_between_making_and_locking_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, made = drafts.tempfile.mkdtemp, []

    def swept_at_once(**where: object) -> str:
        made.append(make(**where))
        if len(made) == 1:
            sweep(tmp_path)
            assert not Path(made[0]).exists()
        return made[-1]

    monkeypatch.setattr(drafts.tempfile, "mkdtemp", swept_at_once)
    with draft_folder(tmp_path / "a.mp4") as folder:
        assert str(folder) == made[-1]
        (folder / "half").touch()
    assert os.listdir(tmp_path) == []


def test_a_full_disk_is_told_with_file_and_device(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with (
        pytest.raises(OSError, match=f"cannot write {path}: no space left on {device_of(path)};"),
        told_when_full(path),
    ):
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            raise RuntimeError("unexpected pos 64 vs 0") from None  # as torch does
    with pytest.raises(ZeroDivisionError), told_when_full(path):
        raise ZeroDivisionError
    assert device_of(path).is_mount()
