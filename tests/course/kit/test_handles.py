"""Handles on pictures: where they stand, what pulling them does to the controls, that the page is always answered."""

import sys
from types import ModuleType
from typing import Any

import pytest
import torch

from fomm_lite.course.ch02_first_order_motion.explorer import TaylorExplorer
from fomm_lite.course.ch03_keypoints_without_labels.equivariance_explorer import EquivarianceExplorer, warp_of
from fomm_lite.course.ch03_keypoints_without_labels.temperature_explorer import TemperatureExplorer
from fomm_lite.course.ch04_dense_motion.explorer import DRIVING, MotionExplorer
from fomm_lite.course.kit.explorer import Explorer
from fomm_lite.errors import InputError

PULLED: list[tuple[type[Explorer], int, str, tuple[float, float]]] = [
    (TaylorExplorer, 2, "point", (-0.31, 0.42)),
    (TaylorExplorer, 0, "value", (0.2, 0.15)),
    (TemperatureExplorer, 0, "left", (-0.3, 0.0)),
    (TemperatureExplorer, 0, "right", (0.7, 0.0)),
    (TemperatureExplorer, 2, "top", (0.4, 0.1)),
    (EquivarianceExplorer, 0, "warp", (0.2, -0.5)),
    (MotionExplorer, DRIVING, "7", (0.1, -0.2)),
]


@pytest.fixture(scope="module")
def explorers() -> dict[type[Explorer], Explorer]:
    """One of each, for the whole module."""
    return {kind: kind() for kind in {each[0] for each in PULLED}}


def send(explorer: Explorer, number: int, **message: Any) -> None:
    """What the page would say."""
    explorer.layers[number]._heard(None, {"sequence": 7} | message, [])


def place(explorer: Explorer, number: int, name: str) -> list[float]:
    """Where the page is told that a handle stands."""
    return next(each["at"] for each in explorer.layers[number].handles if each["name"] == name)


@pytest.mark.parametrize(("kind", "number", "name", "there"), PULLED, ids=lambda each: getattr(each, "__name__", None))
def test_a_handle_stands_where_it_was_pulled(
    explorers: dict[type[Explorer], Explorer], kind: type[Explorer], number: int, name: str, there: tuple[float, float]
) -> None:
    explorer = explorers[kind]
    explorer.reset()
    pictures = [bytes(image.value) for image in explorer.view.images]
    assert max(abs(a - b) for a, b in zip(place(explorer, number, name), there, strict=True)) > 0.1
    send(explorer, number, kind="pull", name=name, at=list(there))
    assert place(explorer, number, name) == pytest.approx(there, abs=0.015)
    assert [bytes(image.value) for image in explorer.view.images] != pictures
    assert explorer.layers[number].answered == 7
    values = explorer.state
    send(explorer, number, kind="pull", name=name, at=place(explorer, number, name))
    for control, value in explorer.state.items():  # pulled to where it stands already
        assert value == pytest.approx(values[control], abs=0.06), control
    explorer.reset()


@pytest.mark.parametrize("far", [(-1.0, -1.0), (1.0, 1.0), (1.0, -1.0)])
def test_a_handle_pulled_too_far_goes_as_far_as_its_controls(
    explorers: dict[type[Explorer], Explorer], far: tuple[float, float]
) -> None:
    for kind, number, name, _ in PULLED:
        explorer = explorers[kind]
        send(explorer, number, kind="pull", name=name, at=list(far))
        assert not explorer.message.value
        for control in explorer.controls.values():
            assert not hasattr(control, "max") or control.min <= control.value <= control.max
        explorer.reset()


def test_handles_follow_the_controls(explorers: dict[type[Explorer], Explorer]) -> None:
    taylor = explorers[TaylorExplorer]
    taylor.put({"x": -0.6, "y": 0.25})
    assert place(taylor, 2, "point") == [-0.6, 0.25]
    taylor.reset()
    assert place(taylor, 2, "point") == [0.35, -0.3]


def test_pointing_at_a_keypoint_shows_its_maps_and_takes_back_what_was_moved(
    explorers: dict[type[Explorer], Explorer],
) -> None:
    motion = explorers[MotionExplorer]
    assert isinstance(motion, MotionExplorer)
    motion.reset()
    send(motion, DRIVING, kind="pull", name="2", at=[0.0, 0.0])
    assert motion.state["k"] == 2 and motion.state["right"] != 0
    send(motion, DRIVING, kind="look", name="2", at=[0.0, 0.0])
    assert motion.state["right"] != 0  # it is shown already
    send(motion, DRIVING, kind="look", name="5", at=[0.0, 0.0])
    assert motion.state["k"] == 5 and motion.state["right"] == motion.state["down"] == 0
    chosen = [each["name"] for each in motion.layers[DRIVING].handles if each["chosen"]]
    assert chosen == ["5"]
    assert "keypoint 5" in motion.readout.value.split("<pre>")[0] and "mask of keypoint 5" in motion.text
    motion.reset()


def test_a_moved_keypoint_takes_along_what_its_mask_holds() -> None:
    motion = MotionExplorer()
    k = motion.controls["k"].value
    still, moved = (
        motion.scene.model.motion(motion.scene.source, motion.scene.kp_source, motion._driving(8, k, right, 0.0))
        for right in (0.0, 0.2)
    )
    shift = (moved.sparse_motions - still.sparse_motions).abs().amax((0, 2, 3, 4))
    assert [index for index, each in enumerate(shift.tolist()) if each > 1e-4] == [k]


@pytest.mark.parametrize("wrong", [{"name": "nobody", "at": [0.0, 0.0]}, {"name": "point", "at": [float("nan"), 0.0]}])
def test_what_is_no_handle_is_refused_and_answered(
    explorers: dict[type[Explorer], Explorer], wrong: dict[str, Any]
) -> None:
    taylor = explorers[TaylorExplorer]
    before = taylor.state
    with pytest.raises(InputError, match="a handle that is there"):
        send(taylor, 2, kind="pull", sequence=11, **wrong)
    assert taylor.layers[2].answered == 11 and taylor.state == before


@pytest.mark.parametrize(("module", "value"), [("anywidget", None), ("google.colab", ModuleType("google.colab"))])
def test_where_the_page_shows_core_widgets_alone_there_are_none(
    monkeypatch: pytest.MonkeyPatch, module: str, value: object
) -> None:
    monkeypatch.setitem(sys.modules, module, value)
    explorer = TaylorExplorer()
    assert explorer.layers == {}
    before = bytes(explorer.view.images[0].value)
    explorer.put({"x": 0.0})
    assert bytes(explorer.view.images[0].value) != before


def test_the_frame_in_the_original_is_what_the_transformed_picture_shows(
    explorers: dict[type[Explorer], Explorer],
) -> None:
    picture = explorers[MotionExplorer].scene.clip.frames[0]
    turned = warp_of(0.0, 0.0, 0, 90.0, 1.0).image(picture[None])[0]
    torch.testing.assert_close(turned, picture.rot90(1, (1, 2)), atol=1e-4, rtol=0)
    explorer = explorers[EquivarianceExplorer]
    grip = explorer.handles(explorer.state | {"affine": 0.0, "bend": 0.0, "turn": 90.0})[0]["warp"]
    assert grip.at == pytest.approx((0.0, 0.6), abs=1e-6)
