"""What the explorer of transfer says in numbers."""

import re

import matplotlib.tri
import pytest
import torch
from torch import Tensor

from fomm_lite.course.ch08_full_animation.explorer import SOURCES, TransferExplorer


@pytest.fixture(scope="module")
def explorer() -> TransferExplorer:
    return TransferExplorer()


def area(points: Tensor) -> float:
    """Of the convex hull, as the triangles that fill it."""
    triangles = matplotlib.tri.Triangulation(*points.double().T.numpy()).triangles
    sides = points.double()[torch.as_tensor(triangles).long()]
    return 0.5 * float(torch.linalg.det(sides[:, 1:] - sides[:, :1]).abs().sum())


def test_the_ratio_of_sizes_is_that_of_the_source_to_the_initial_frame(explorer: TransferExplorer) -> None:
    ratios = []
    for initial in (0, 5):
        driver = area(explorer.scene.keypoints.positions[initial])
        for source in range(SOURCES):
            ratios.append((area(explorer.kp_sources.positions[source]) / driver) ** 0.5)
            told = re.search(r"ratio of sizes ([\d.]+)", explorer.at(source=source, initial=initial))
            assert told is not None and float(told[1]) == pytest.approx(ratios[-1], abs=0.006)
    assert max(ratios) > 1.05 or min(ratios) < 0.95  # else the wrong way round would look the same


def test_the_ratio_is_said_to_be_used_where_it_is(explorer: TransferExplorer) -> None:
    for relative in (True, False):
        for adapt in (True, False):
            told = explorer.at(relative=relative, adapt_scale=adapt)
            assert ("(not used)" in told) != (relative and adapt)


def test_how_far_it_moves_and_from_the_source_is_said(explorer: TransferExplorer) -> None:
    moved = [float(re.search(r"moved by ([\d.]+)", explorer.at(amount=amount))[1]) for amount in (0.0, 1.0, 2.0)]
    assert moved[0] == 0 and moved[1] > 0.02 and moved[2] == pytest.approx(2 * moved[1], abs=0.0011)
    panels = explorer.compute(**explorer.state).panels
    l1 = float(re.search(r"L1 of prediction and source ([\d.]+)", explorer.text)[1])
    block = panels["prediction"].shape[1] // 64  # pixels of the picture as drawn, for one of the source
    source = explorer.sources[explorer.state["source"]].repeat_interleave(block, 1).repeat_interleave(block, 2)
    assert l1 == pytest.approx(float((panels["prediction"] - source).abs().mean()), abs=1e-4)
