"""``fomm-lite export``: two graphs, each compared with PyTorch."""

from pathlib import Path

import pytest

from fomm_lite.cli import main as cli


def test_export_says_what_it_wrote_and_how_close_it_is(desk, capsys):
    pytest.importorskip("onnxruntime")
    assert cli.main("export tiny --out new".split()) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said] == ["wrote new/detector.onnx", "wrote new/generator.onnx"]
    assert all("32 px, at most " in line for line in said)


def test_export_without_the_extra_is_one_line(desk, capsys, monkeypatch):
    monkeypatch.setattr("fomm_lite.weights.onnx_export.importlib.util.find_spec", lambda _: None)
    assert cli.main("export tiny --out new".split()) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1 and "pip install 'fomm-lite[onnx]'" in told.err
    assert not Path("new").exists()
