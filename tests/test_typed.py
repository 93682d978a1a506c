"""What a type checker sees of the package from outside: real types, though names load when they are first used."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy", reason="needs the extra `dev`, which `make lint` brings")

ROOT = Path(__file__).resolve().parent.parent
DOWNSTREAM = """
from collections.abc import Iterator

import fomm_lite
import torch
from fomm_lite import FirstOrderModel, Keypoints, ModelConfig, animate, load_model

model = load_model("faces-64")
reveal_type(model)
keypoints = model.detect(torch.rand(1, 3, 64, 64))
reveal_type(keypoints.positions)
frames = animate(model, torch.rand(3, 64, 64), [torch.rand(3, 64, 64)])
reveal_type(frames)
reveal_type(fomm_lite.evaluation.evaluate(model, []).total.l1)
wrong: int = ModelConfig().temperature
load_model(3)
"""


def test_a_downstream_type_checker_sees_the_types(tmp_path):
    (tmp_path / "downstream.py").write_text(DOWNSTREAM, encoding="utf-8")
    # by the project's own settings, so that what `make lint` has found out of torch need not be found out again
    command = [sys.executable, "-m", "mypy", str(tmp_path / "downstream.py")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    said = ran.stdout.splitlines()
    revealed = [line.split('"')[1] for line in said if "Revealed type" in line]
    assert revealed == [
        "fomm_lite.model.FirstOrderModel",
        "torch._tensor.Tensor",
        "typing.Iterator[torch._tensor.Tensor]",
        "float",
    ], ran.stdout + ran.stderr
    errors = [line for line in said if "error:" in line]
    assert len(errors) == 2
    assert 'expression has type "float", variable has type "int"' in errors[0]
    assert 'Argument 1 to "load_model"' in errors[1]
