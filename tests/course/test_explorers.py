"""Explorers without a browser: controls are set, the picture follows, errors are shown and raised."""

import dataclasses
import io
import re

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from PIL import Image

from fomm_lite.course.ch02_first_order_motion.explorer import TaylorExplorer, bent
from fomm_lite.course.ch03_keypoints_without_labels.equivariance_explorer import EquivarianceExplorer
from fomm_lite.course.ch03_keypoints_without_labels.temperature_explorer import TemperatureExplorer
from fomm_lite.course.ch04_dense_motion.explorer import MotionExplorer, remix
from fomm_lite.course.ch05_occlusion_and_generator.explorer import OcclusionExplorer
from fomm_lite.course.ch07_what_matters import explorer as ablation
from fomm_lite.course.ch07_what_matters.explorer import AblationExplorer
from fomm_lite.course.ch08_full_animation.explorer import TransferExplorer
from fomm_lite.course.ch09_detecting_and_defending.explorer import CAMERA, ForgeryExplorer, travel
from fomm_lite.course.kit.controls import slider
from fomm_lite.course.kit.explorer import Explorer
from fomm_lite.course.kit.scene import Scene
from fomm_lite.errors import InputError
from fomm_lite.forensics import Detector
from fomm_lite.forensics.cues import clip_cues
from fomm_lite.geometry import coordinate_grid
from fomm_lite.transfer import hull_area
from fomm_lite.worlds import faces

ALL = (
    TaylorExplorer, TemperatureExplorer, EquivarianceExplorer, MotionExplorer, OcclusionExplorer, TransferExplorer,
    AblationExplorer, ForgeryExplorer,
)  # fmt: skip
# without these nothing is there of which to take more or less
NEEDED = {"used": "truth", "amount": 1.0}


@pytest.fixture(scope="module", params=ALL, ids=lambda each: each.__name__)
def explorer(request: pytest.FixtureRequest) -> Explorer:
    return request.param()


def extremes(control: widgets.Widget) -> list[object]:
    """The ends of what a control can say."""
    if isinstance(control, widgets.FloatLogSlider):
        return [10**control.min, 10**control.max]
    if isinstance(control, widgets.FloatSlider | widgets.IntSlider):
        return [control.min, control.max]
    if isinstance(control, widgets.Checkbox):
        return [True, False]
    values = [value for _, value in control.options]
    return [tuple(values), ()] if isinstance(control, widgets.SelectMultiple) else values


def test_every_control_can_go_to_its_ends_and_changes_the_picture(explorer: Explorer) -> None:
    for name in NEEDED.keys() & explorer.controls.keys():
        explorer.controls[name].value = NEEDED[name]
    for name, control in explorer.controls.items():
        before, seen = control.value, set()
        for value in extremes(control):
            control.value = value
            assert not explorer.message.value
            seen.add((bytes(explorer.image.value), explorer.readout.value))
        control.value = before
        assert len(seen) > 1, name


def test_the_picture_depends_on_the_state_alone(explorer: Explorer) -> None:
    once, again = explorer.render(explorer.state), explorer.render(explorer.state)
    assert np.array_equal(once, again) and once.dtype == np.uint8
    shown = Image.open(io.BytesIO(bytes(explorer.image.value)))
    assert shown.size == (once.shape[1], once.shape[0])


def test_a_static_figure_has_words(explorer: Explorer) -> None:
    figure = explorer.figure("what is to be seen")
    assert figure.alt == "what is to be seen" and figure.data[8:12] == b"WEBP"


def test_labels_are_words(explorer: Explorer) -> None:
    assert all(control.description for control in explorer.controls.values())


def test_controls_that_are_moved_for_a_look_are_put_back(explorer: Explorer) -> None:
    before, text = explorer.state, explorer.text
    name = next(
        name
        for name, control in explorer.controls.items()
        if isinstance(control, widgets.FloatSlider | widgets.IntSlider)
    )
    explorer.at(**{name: explorer.controls[name].min})
    assert explorer.state == before and explorer.text == text
    with pytest.raises(InputError, match="nonsense"):
        explorer.at(nonsense=1)


def test_an_affine_map_is_its_own_first_order_approximation() -> None:
    explorer = TaylorExplorer()
    assert "exact" in explorer.at(curvature=0.0)
    assert "exact" in explorer.at(curvature=0.0, order=2)
    assert "exact" not in explorer.at(curvature=0.0, order=0)


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("x", [-0.5, 0.35])
def test_the_error_of_an_order_grows_with_the_next_power(order: int, x: float) -> None:
    told = re.search(r"grows with power ([\d.]+)", TaylorExplorer().at(order=order, x=x))
    assert told is not None and abs(float(told[1]) - (order + 1)) < 0.15


def test_the_bent_map_has_the_jacobian_that_differences_give() -> None:
    point = torch.tensor([0.3, -0.2], dtype=torch.float64)
    step = 1e-5 * torch.eye(2, dtype=torch.float64)
    columns = [(bent(point + each, 1.0) - bent(point - each, 1.0)) / 2e-5 for each in step]
    told = re.search(r"\[\[(\S+), (\S+)\], \[(\S+), (\S+)\]\]", TaylorExplorer().at(x=0.3, y=-0.2))
    assert told is not None
    torch.testing.assert_close(
        torch.tensor([float(entry) for entry in told.groups()], dtype=torch.float64).view(2, 2),
        torch.stack(columns, dim=-1), atol=0.0051, rtol=0,
    )  # fmt: skip


def test_a_trip_without_stations_changes_nothing_and_each_station_something() -> None:
    clip = faces(3, frames=4, size=64).frames
    same, cues = travel(clip, CAMERA, 1.0, 0.0)
    assert torch.equal(same, clip) and torch.equal(cues, clip_cues(clip))
    for trip in ((45, 1.0, 0.0), (CAMERA, 0.5, 0.0), (CAMERA, 1.0, 1.0)):
        changed, cues = travel(clip, *trip)
        assert changed.shape == clip.shape and not torch.equal(changed, clip)
        assert torch.equal(cues, clip_cues(changed))


def test_what_is_said_of_a_clip_is_what_the_detector_says() -> None:
    detector = Detector(torch.zeros(9), torch.ones(9), torch.eye(9)[0], torch.tensor(0.25))
    real, fake = faces(3, frames=4, size=64).frames, faces(4, frames=4, size=64).frames
    explorer = ForgeryExplorer(detector, real, fake)
    for name, clip in (("real", real), ("fake", fake)):
        score = float(detector.scores(clip_cues(clip)[None])[0])
        assert f"{name}: score {score:+.1f}, called {'fake' if score > 0 else 'real'}" in explorer.text


@pytest.mark.parametrize(("step", "shown"), [(1.0, ".0f"), (0.1, ".1f"), (0.05, ".2f"), (0.001, ".3f")])
def test_a_slider_shows_every_step(step: float, shown: str) -> None:
    assert slider("x", 0.0, 0.0, 2.0, step).readout_format == shown


def test_an_error_is_shown_and_raised() -> None:
    class Broken(Explorer):
        def compute(self, x: float) -> tuple[torch.Tensor, str]:
            if x > 0.5:
                raise InputError("got <too much>", "less", "move back")
            return torch.zeros(3, 4, 4), "fine"

    broken = Broken("broken", {"x": slider("x", 0.0, 0.0, 1.0, 0.1)})
    with pytest.raises(InputError):
        broken.controls["x"].value = 1.0
    assert "&lt;too much&gt;" in broken.message.value
    broken.controls["x"].value = 0.0
    assert not broken.message.value and "fine" in broken.readout.value


def test_switched_off_keypoints_leave_their_pixels_to_the_others() -> None:
    motion = Scene().motion(5)
    off = remix(motion, [2, 3], hard=False)
    assert off.masks[:, [2, 3]].abs().max() == 0
    torch.testing.assert_close(off.masks.sum(1), torch.ones(1, 32, 32))
    assert remix(motion, [], hard=True).masks.unique().tolist() == [0, 1]


def test_a_scene_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="faces, puppets"):
        Scene(world="horses")
    with pytest.raises(InputError, match="0 or more"):
        Scene(clip=-1)


def test_models_without_jacobians_are_shown_without_crosses(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer, crossed = AblationExplorer(), []

    def note(image: torch.Tensor, positions: torch.Tensor, jacobians: torch.Tensor | None) -> torch.Tensor:
        crossed.append(jacobians is not None)
        return image

    monkeypatch.setattr(ablation, "draw_keypoints", note)
    explorer.render(explorer.state)
    assert crossed == [False, False, False, True, True]


def test_with_every_keypoint_switched_off_nothing_moves() -> None:
    motion = Scene().motion(8)
    for hard in (False, True):
        still = remix(motion, range(1, motion.masks.shape[1]), hard).deformation[0]
        torch.testing.assert_close(still, coordinate_grid(*still.shape[:2]), atol=1e-5, rtol=0)
    told = re.search(
        r"pixels ([\d.]+) px \(not moving at all: ([\d.]+) px\)", MotionExplorer().at(off=tuple(range(1, 11)))
    )
    assert told is not None and told[1] == told[2]
    faint = dataclasses.replace(motion, masks=torch.where(motion.masks == motion.masks[:, :1], 0.0, motion.masks))
    assert bool((remix(faint, range(1, motion.masks.shape[1]), hard=False).masks[:, 0] == 1).all())


def test_two_peaks_of_one_height_are_both_the_highest() -> None:
    explorer = TemperatureExplorer()
    told = re.search(r"highest peak ([\d.]+)", explorer.at(height=1.0, distance=1.0))
    assert told is not None and float(told[1]) == 0.5  # the mean of both lies half a distance from either


def test_what_is_said_of_hidden_places_is_the_error_there() -> None:
    explorer = OcclusionExplorer()
    told = re.search(r"L1 (\S+), where hidden (\S+), where visible (\S+)", explorer.at(frame=10))
    assert told is not None
    scene = explorer.scene
    error = (scene.paint(scene.motion(10)).prediction[0] - scene.driving(10)).abs().mean(0)
    hidden = scene.clip.occlusion(0, 10) < 0.5
    expected = [float(each) for each in (error.mean(), error[hidden].mean(), error[~hidden].mean())]
    assert [float(each) for each in told.groups()] == pytest.approx(expected, abs=6e-5)
    assert expected[1] > 1.2 * expected[2]  # so that one in the place of the other would be seen


def test_the_ratio_of_sizes_is_that_of_the_source_to_the_initial_frame() -> None:
    explorer = TransferExplorer()
    for source in (0, 3):
        told = re.search(r"ratio of sizes (\S+)", explorer.at(source=source, initial=5))
        areas = [
            hull_area(kp.positions[0])
            for kp in (explorer.kp_sources[source : source + 1], explorer.scene.keypoints[5:6])
        ]
        assert told is not None and float(told[1]) == pytest.approx((areas[0] / areas[1]) ** 0.5, abs=0.006)
        assert abs(areas[0] / areas[1] - 1) > 0.05  # the other way round would be another number
