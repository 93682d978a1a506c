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
