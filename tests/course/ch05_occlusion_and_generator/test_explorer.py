"""What the explorer of occlusion says in numbers."""

import re

import pytest
import torch

from fomm_lite.course.ch05_occlusion_and_generator.explorer import OcclusionExplorer
from fomm_lite.errors import InputError
from fomm_lite.media.draw import enlarge


@pytest.fixture(scope="module")
def explorer() -> OcclusionExplorer:
    return OcclusionExplorer()


def told(text: str) -> list[str]:
    found = re.fullmatch(r"L1 (.+), where hidden (.+), where visible (.+)", text)
    assert found is not None, text
    return list(found.groups())


@pytest.mark.parametrize("frame", [3, 8])
def test_errors_are_means_over_all_over_what_the_source_does_not_show_and_over_what_it_does(
    explorer: OcclusionExplorer, frame: int
) -> None:
    scene, all_of_it, hidden, visible = explorer.scene, [], [], []
    prediction = scene.paint(scene.motion(frame)).prediction[0]
    seen = scene.clip.occlusion(0, frame)  # 1: the source shows it
    for i in range(64):
        for j in range(64):
            error = sum(abs(float(prediction[c, i, j] - scene.driving(frame)[c, i, j])) for c in range(3)) / 3
            all_of_it.append(error)
            (visible if seen[i, j] >= 0.5 else hidden).append(error)
    assert min(len(hidden), len(visible)) > 10
    expected = [f"{sum(errors) / len(errors):.4f}" for errors in (all_of_it, hidden, visible)]
    assert told(explorer.at(frame=frame)) == expected
    assert expected[1] != expected[2]


def test_what_a_control_changes_is_seen_before_and_after(explorer: OcclusionExplorer) -> None:
    before, after, rest = explorer.figure("a puppet, and a blur instead", before={}, used="paint").rows
    assert (before[0], after[0], rest[0]) == ("before", "after", "")
    assert [name for name, _ in before[1]] == ["occlusion map", "prediction", "error; yellow: 0.25"]
    own, painted = (
        explorer.compute(**explorer.state).panels,
        explorer.compute(**explorer.state | {"used": "paint"}).panels,
    )
    for row, panels in ((before[1], own), (after[1] + rest[1], painted)):
        for name, picture in row:
            assert torch.equal(picture, enlarge(panels[name], picture.shape[-1])), name
    with pytest.raises(InputError):
        explorer.figure("nothing changed", before={})
