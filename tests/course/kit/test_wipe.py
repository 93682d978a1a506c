"""A wipe: which picture is seen where, and that line, slider and handle agree."""

import pytest
import torch

from fomm_lite.course.ch04_dense_motion.explorer import MotionExplorer
from fomm_lite.course.ch05_occlusion_and_generator.explorer import OcclusionExplorer
from fomm_lite.course.ch07_what_matters.explorer import AblationExplorer
from fomm_lite.course.ch08_full_animation.explorer import TransferExplorer
from fomm_lite.course.ch09_detecting_and_defending.explorer import ForgeryExplorer
from fomm_lite.course.kit.explorer import Explorer
from fomm_lite.course.kit.panel_view import pixels_of
from fomm_lite.course.kit.wipe import WIPE, wipe_handle, wipe_to, wiped
from fomm_lite.forensics import Detector
from fomm_lite.media.draw import enlarge
from fomm_lite.worlds import faces


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_left_of_the_line_is_the_other_picture(share: float) -> None:
    picture, other = torch.full((3, 8, 8), 0.25), torch.full((3, 8, 8), 0.75)
    columns = wiped(picture, other, share)[0, 0].tolist()
    edge = int(8 * share)
    assert columns[edge:] == [0.25] * (8 - edge)
    assert columns[: max(edge - 1, 0)] == [0.75] * max(edge - 1, 0)
    assert (0.0 in columns) == (0 < share < 1)
    assert picture.unique().tolist() == [0.25]


def test_the_handle_stands_on_the_line() -> None:
    assert wipe_to(wipe_handle(0.3)[WIPE].at) == {WIPE: 0.3}
    assert wipe_to((1.0, 0.4)) == {WIPE: 1.0}


@pytest.mark.parametrize(
    ("kind", "number", "other"),
    [(OcclusionExplorer, 4, 0), (TransferExplorer, 4, None), (MotionExplorer, 9, None)],
)
def test_explorers_wipe_the_prediction(kind: type[Explorer], number: int, other: int | None) -> None:
    explorer = kind()
    plain, over = wiped_by_hand(explorer, number)
    same = [torch.equal(a, b) for a, b in zip(plain, over, strict=True)]
    assert [index for index, each in enumerate(same) if not each] == [number]
    if other is not None:
        torch.testing.assert_close(over[number], enlarge(plain[other], over[number].shape[-1]))


def test_under_the_wipe_of_motion_lies_the_driving_frame_and_a_look_at_its_line_changes_nothing() -> None:
    explorer = MotionExplorer()
    _, over = wiped_by_hand(explorer, 9)
    assert torch.equal(over[9], explorer.scene.driving(8))
    state = explorer.state
    explorer.layers[9]._heard(None, {"sequence": 2, "kind": "look", "name": WIPE, "at": [1.0, 0.0]}, [])
    assert explorer.state == state


def test_all_models_of_the_ablation_are_wiped_at_once() -> None:
    explorer = AblationExplorer()
    explorer.controls["keypoints"].value = False
    plain, over = wiped_by_hand(explorer, 1)
    driving = enlarge(plain[0], over[1].shape[-1])
    assert all(torch.equal(each, driving) for each in over[1:6])
    assert all(torch.equal(a, b) for a, b in zip(plain[6:], over[6:], strict=True))


def test_a_forgerys_trip_is_wiped_away() -> None:
    real, fake = (faces(seed, frames=4, size=64).frames for seed in (3, 4))
    detector = Detector(torch.zeros(9), torch.ones(9), torch.eye(9)[0], torch.tensor(0.0))
    explorer = ForgeryExplorer(detector, real, fake)
    before, _ = wiped_by_hand(explorer, 1)
    explorer.put({WIPE: 0.0, "share": 0.5})
    after, over = wiped_by_hand(explorer, 1)
    for number in range(2):
        assert not torch.equal(after[number], before[number])
        assert torch.equal(over[number], before[number])


def wiped_by_hand(explorer: Explorer, number: int) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """All pictures as they are, and with the line of the wipe pulled to the right side of one."""
    plain = [pixels_of(each) for each in explorer.compute(**explorer.state).panels.values()]
    explorer.layers[number]._heard(None, {"sequence": 1, "kind": "pull", "name": WIPE, "at": [1.0, 0.0]}, [])
    assert explorer.state[WIPE] == 1.0
    return plain, [pixels_of(each) for each in explorer.compute(**explorer.state).panels.values()]
