"""Mistakes, failures and interruptions: one line each, and nothing half-written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fomm_lite.cli import main as cli
from fomm_lite.media.write import VideoWriter

ROOT = Path(__file__).resolve().parents[2]


def animate(*options: str, out: str = "out.mp4", source: str = "source.png", driving: str = "driver.mp4") -> int:
    return cli.main(["animate", "--source", source, "--driving", driving, "--weights", "tiny", "--out", out, *options])


def snapshot(folder: Path) -> set[tuple[Path, int]]:
    return {(path, path.stat().st_size) for path in folder.rglob("*")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("animate --source no.png {d} {w} {o}", "no.png"),
        ("animate {s} --driving no.mp4 {w} {o}", "no.mp4"),
        ("animate {s} --driving text.mp4 {w} {o}", "text.mp4"),
        ("animate --source text.mp4 {d} {w} {o}", "no picture"),
        ("animate {s} --driving empty {w} {o}", "without frames"),
        ("animate {s} {d} --weights faces-65 {o}", "a shipped name (tiny)"),
        ("animate {s} {d} --weights no.safetensors {o}", "no such file"),
        ("animate {s} {d} --weights broken.safetensors {o}", "broken.safetensors"),
        ("animate {s} {d} {w} --out out.txt", ".mp4"),
        ("animate {s} {d} {w} --out frames", "frames"),
        ("animate {s} {d} {w} --out source.png/out.mp4", "source.png"),
        ("animate {s} {d} {w} {o} --size 50", "use size 32 or 64"),
        ("animate {s} {d} {w} {o} --size 0", "--size"),
        ("animate {s} {d} {w} {o} --size big", "--size"),
        ("animate {s} {d} {w} {o} --batch 0", "--batch"),
        ("animate {s} {d} {w} {o} --device tpu", "tpu"),
        ("animate {s} {d} {w} {o} --device cuda:99", "cuda:99"),
        ("animate {s} {d} {w} {o} --best-frame soon", "auto or a frame number"),
        ("animate {s} {d} {w} {o} --best-frame 5", "expected 0 to 4"),
        ("animate {s} {d} {w} {o} --best-frame -1", "best frame -1"),
        ("animate {s} {d} {w} {o} --absolute --adapt-scale", "--adapt-scale"),
        ("animate {s} {d} {w} {o} --absolute --best-frame auto", "--best-frame"),
        ("animate {s} {d} {w} {o} --gird", "--grid"),
        ("animat", "'animat'"),
        ("reconstruct no.mp4 {w} --out new", "no.mp4"),
        ("reconstruct source.png {w} --out new", "single frame"),
        ("reconstruct empty {w} --out new", "no clips"),
        ("reconstruct driver.mp4 --out new", "--weights"),
        ("evaluate tiny", "neither --world nor --data"),
        ("evaluate tiny --world faces --data frames", "one of the two"),
        ("evaluate tiny --world trees", "faces, puppets"),
        ("evaluate tiny --world faces --clips 0", "--clips 0"),
        ("evaluate tiny --world faces --split all", "validation"),
        ("evaluate tiny --data empty", "no clips"),
        ("evaluate tiny --data frames --split validation", "train, test, all"),
        ("evaluate tiny --world faces --clips 1 --json source.png/x.json", "source.png"),
        ("evaluate tiny --world faces --clips 1 --judge me", "the judge 'me'"),
        ("evaluate tiny --world faces --clips 1 --judge tiny.safetensors", "no judge"),
        ("evaluate tiny --world faces --clips 1 --judge broken.safetensors", "broken.safetensors"),
        ("animate-pairs --data empty {w} --out new", "no clips"),
        ("animate-pairs --data frames --split some {w} --out new", "train, test, all"),
        ("animate-pairs --pairs pairs.csv {w} --out new", "--data"),
        ("animate-pairs {w} --png --out new", "--data"),
        ("animate {s} --data films {w} --out new", "--data"),
        ("animate {s} {d} --num-pairs 2 {w} {o}", "--num-pairs"),
        ("animate-pairs {s} --data films {w} --out new", "--source"),
        ("animate-pairs --data films --split all --best-frame soon {w} --out new", "auto or a frame number"),
        ("animate-pairs --data films --split all --pairs no.csv {w} --out new", "no.csv"),
        ("animate-pairs --data films --split all --pairs text.mp4 {w} --out new", "text.mp4 with the columns"),
        ("animate-pairs --data films --split all --pairs other.csv {w} --out new", "none of clips"),
        ("animate-pairs --data films --split all --num-pairs 0 {w} --out new", "--num-pairs"),
        ("animate-pairs --data films --split all {w} --out source.png", "source.png, a file"),
        ("animate-pairs --data films --split all --absolute --adapt-scale {w} --out new", "--adapt-scale"),
        ("crop-video no.mp4 --out new.mp4", "no.mp4"),
        ("crop-video text.mp4 --out new.mp4", "text.mp4"),
        ("crop-video driver.mp4", "no --out"),
        ("crop-video driver.mp4 --out new.mp4 --box 1,2,3", "'1,2,3'"),
        ("crop-video driver.mp4 --out new.mp4 --box 100,100,20,20", "outside a picture of 64x64"),
        ("crop-video still.mp4 --out new.mp4", "nothing moves"),
        ("crop-video source.png --out new.mp4", "1 frames"),
        ("crop-video empty --print", "no clips"),
        ("crop-video driver.mp4 --out new.txt", ".mp4"),
        ("crop-video driver.mp4 --print --increase -1", "--increase"),
        ("export no --out new", "a shipped name (tiny)"),
        ("export tiny --out new --size 40", "size 40"),
        ("export tiny --out source.png", "source.png, a file"),
        ("train --out new", "neither --world nor --data"),
        ("train --world trees --out new", "faces, puppets"),
        ("train --world faces --config no.yaml --out new", "lean"),
        ("import no.pth.tar --config no.yaml --out new.safetensors", "no.yaml"),
        ("import text.mp4 --config text.mp4 --out new.safetensors", "text.mp4"),
        ("import text.mp4 --config official.yaml --out new.safetensors", "text.mp4"),
        ("import cut.pth.tar --config official.yaml --out new.safetensors", "a checkpoint of tensors"),
        ("import broken.safetensors --config official.yaml --out new.safetensors", "broken.safetensors"),
    ],
)
def test_bad_input_is_one_line_and_code_2(desk, capfd, arguments, said):
    before = snapshot(desk)
    filled = arguments.format(
        s="--source source.png", d="--driving driver.mp4", w="--weights tiny", o="--out new/out.mp4"
    )
    assert cli.main(filled.split()) == 2
    told = capfd.readouterr()
    assert told.err.startswith("fomm-lite: got ")
    assert told.err.count("\n") == 1
    assert re.search(r"; expected .+; .+", told.err)
    assert said in told.err
    assert told.out == ""
    assert snapshot(desk) == before


def test_a_write_protected_place_is_told(desk, capfd, monkeypatch):
    def refuse(path: Path, parents: bool, exist_ok: bool) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert animate(out="new/out.mp4") == 2
    assert "Permission denied" in capfd.readouterr().err


def test_stopping_leaves_nothing_half_written(desk, capfd, monkeypatch):
    appended = []
    append = VideoWriter.append

    def tire(self, frame):
        appended.append(frame)
        append(self, frame)
        if len(appended) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(VideoWriter, "append", tire)
    before = snapshot(desk)
    assert animate() == 130
    told = capfd.readouterr().err
    assert told.startswith("fomm-lite: stopped")
    assert told.count("\n") == 1
    assert snapshot(desk) == before


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left on device"), 1, "No space left"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), 2, "lower --batch or --size"),
    ],
)
def test_failures_of_the_machine_are_one_line_too(desk, capfd, monkeypatch, error, code, said):
    def fail(self, frame):
        raise error

    monkeypatch.setattr(VideoWriter, "append", fail)
    assert animate() == code
    told = capfd.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_our_own_mistakes_are_not_hidden(desk, monkeypatch):
    def fail(self, frame):
        raise RuntimeError("a bug")

    monkeypatch.setattr(VideoWriter, "append", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        animate()


@pytest.mark.parametrize(
    "command",
    "animate animate-pairs reconstruct train evaluate check-data crop-video import export course explore".split(),
)
def test_help_shows_examples(command, capsys):
    assert cli.main([command, "--help"]) == 0
    assert f"Examples:\n    fomm-lite {command}" in capsys.readouterr().out


def test_nothing_at_all_shows_the_commands(capsys):
    assert cli.main([]) == 0
    assert "animate" in capsys.readouterr().out


def test_the_version_is_shown(capsys):
    assert cli.main(["--version"]) == 0
    assert re.fullmatch(r"fomm-lite \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_output_in_an_old_encoding_does_not_fail_what_is_done(tmp_path):
    command = [sys.executable, "-m", "fomm_lite", "course", str(tmp_path / "課程"), "--no-open"]
    windows = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=windows, capture_output=True, check=False)
    assert done.returncode == 0 and done.stderr == b""
    assert (tmp_path / "課程" / "00_start_here.ipynb").exists()
    assert b"??: " in done.stdout
