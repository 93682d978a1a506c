"""The puppet's scripts, without a browser: their algebra, poses and pictures against the library's."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fomm_lite.config import ModelConfig, preset
from fomm_lite.course.kit.panels import flow_colours
from fomm_lite.course.live_puppet.state import PuppetState
from fomm_lite.geometry import coordinate_grid, invert_2x2, is_singular_2x2, relative_jacobians, resize_grid
from fomm_lite.media.draw import draw_masks, draw_occlusion, keypoint_colour
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import hull_area, transfer
from fomm_lite.types import Keypoints

HERE = Path(__file__).parent
K, SIZE, SMALL = 4, 12, 5


def keypoints(spread: float = 0.6) -> Keypoints:
    """Random ones; the first mirrors."""
    jacobians = torch.eye(2) + 0.3 * torch.randn(1, K, 2, 2)
    jacobians[0, 0, 0] *= -1
    return Keypoints(spread * (2 * torch.rand(1, K, 2) - 1), jacobians)


def numbers(given: Keypoints) -> dict[str, list[list[float]]]:
    return {"positions": given.positions[0].tolist(), "jacobians": given.jacobians[0].flatten(1).tolist()}


def matrices() -> list[dict[str, object]]:
    """Ordinary ones, and two that are singular: one exactly, one by rounding."""
    firsts, seconds = torch.randn(6, 2, 2), torch.randn(6, 2, 2)
    seconds[4] = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    seconds[5] = torch.tensor([[0.1, 0.3], [0.2, 0.6 + 1e-8]])
    return [
        {
            "a": a.flatten().tolist(),
            "b": b.flatten().tolist(),
            "ab": (a @ b).flatten().tolist(),
            "inverse": invert_2x2(b).flatten().tolist(),
            "singular": bool(is_singular_2x2(b)),
            "relative": relative_jacobians(a, b).flatten().tolist(),
        }
        for a, b in zip(firsts, seconds, strict=True)
    ]


def transfers() -> list[dict[str, object]]:
    source, driving, initial = keypoints(), keypoints(0.9), keypoints(0.3)
    flat = Keypoints(initial.positions, initial.jacobians.clone())
    flat.jacobians[0, 1] = torch.tensor([[1.0, 2.0], [2.0, 4.0]])
    line = Keypoints(torch.stack([torch.linspace(-1, 1, K)] * 2, -1)[None], initial.jacobians)
    return [
        {
            "source": numbers(source),
            "driving": numbers(driving),
            "initial": numbers(first),
            "relative": relative,
            "adaptScale": adapt,
            "moved": numbers(transfer(source, driving, first, relative, adapt)),
        }
        for first in (initial, flat, line)
        for relative, adapt in ((True, False), (True, True), (False, False))
    ]


class Posed(PuppetState):
    """The notebooks' puppet, told where keypoints are instead of finding them."""

    def __init__(self, source: Keypoints, driver: list[Keypoints]) -> None:
        config: ModelConfig = preset("lean")
        super().__init__(FirstOrderModel(config), torch.rand(3, 64, 64), None)
        self.kp_source, self.count = source, K
        self.driven = [transfer(source, each, driver[0]) for each in driver]
        self.reset()


def poses(source: Keypoints) -> list[dict[str, object]]:
    """Drags, the last of which would squash the plane flat."""
    driver = [keypoints() for _ in range(3)]
    drags = [(0, 1), (2, 0), (2, 2), (0, 2)]
    told = []
    for drives in (True, False):
        state, steps = Posed(source, driver), []
        if not drives:
            state.driven = []
        for step, (k, frame) in enumerate(drags):
            jacobian = torch.randn(4) if step < 3 else torch.zeros(4)
            point = [*(2.4 * torch.rand(2) - 1.2).tolist(), *jacobian.tolist()]
            state.take(k, point, frame)
            steps.append({"k": k, "point": point, "frame": frame, "points": state.points(frame)})
        told.append(
            {"source": numbers(source), "driver": [numbers(each) for each in driver], "drives": drives, "steps": steps}
        )
    return told


def busiest(source: Keypoints, masks: Tensor) -> int:
    """The rule of :meth:`PuppetState.busiest` on given masks."""
    inside = source.positions[0].abs().amax(-1) < 0.8
    return int((masks[1:].mean((1, 2)) + inside).argmax())


def drawn() -> dict[str, object]:
    masks = torch.randn(K + 1, SMALL, SMALL).softmax(0)
    prediction, occlusion = torch.rand(3, SIZE, SIZE), torch.rand(1, SMALL, SMALL)
    deformation = coordinate_grid(SMALL, SMALL) + 0.3 * torch.randn(SMALL, SMALL, 2)
    codes = ["#" + "".join(f"{round(255 * part):02x}" for part in keypoint_colour(index)) for index in range(K)]
    return {
        "size": SIZE,
        "prediction": prediction.flatten().tolist(),
        "masks": masks.flatten().tolist(),
        "deformation": deformation.flatten().tolist(),
        "occlusion": occlusion.flatten().tolist(),
        "colours": codes,
        "drawn": {
            "masks": draw_masks(prediction, masks).flatten().tolist(),
            "flow": flow_colours(resize_grid(deformation[None], (SIZE, SIZE))[0]).flatten().tolist(),
            "occlusion": draw_occlusion(occlusion, (SIZE, SIZE)).flatten().tolist(),
        },
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node, as the live puppet of `make site` does")
def test_the_scripts_compute_what_the_library_does(tmp_path):
    source, pictures = keypoints(), drawn()
    points = [torch.rand(7, 2), torch.tensor([[0.0, 0], [2, 0], [0, 2], [2, 2], [1, 1]]), torch.ones(3, 2)]
    masks = torch.tensor(pictures["masks"]).view(K + 1, SMALL, SMALL)
    told = {
        "matrices": matrices(),
        "hulls": [{"points": each.tolist(), "area": hull_area(each)} for each in points],
        "transfers": transfers(),
        "poses": poses(source),
        "handedness": [1 if area >= 0 else -1 for area in torch.det(source.jacobians[0]).tolist()],
        "pictures": pictures,
        "busiest": busiest(source, masks),
    }
    path = tmp_path / "numbers.json"
    path.write_text(json.dumps(told), encoding="utf-8")
    done = subprocess.run(
        ["node", "--test", str(HERE / "algebra.test.js")],
        env={**os.environ, "NUMBERS": str(path)}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "# fail 0" in done.stdout and "# tests 11" in done.stdout
