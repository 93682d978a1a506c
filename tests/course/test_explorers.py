"""Explorers without a browser: controls are set, the picture follows, errors are shown and raised."""

import base64
import dataclasses
import html
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
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.panel_view import Chart, pixels_of
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


def shown(explorer: Explorer) -> tuple[bytes, ...]:
    """The pictures as they are sent to the page."""
    return tuple(bytes(image.value) for image in explorer.view.images)


def test_every_control_can_go_to_its_ends_and_changes_the_picture(explorer: Explorer) -> None:
    for name in NEEDED.keys() & explorer.controls.keys():
        explorer.controls[name].value = NEEDED[name]
    for name, control in explorer.controls.items():
        before, seen = control.value, set()
        for value in extremes(control):
            control.value = value
            assert not explorer.message.value
            seen.add((*shown(explorer), explorer.readout.value))
        control.value = before
        assert len(seen) > 1, name


def test_the_picture_depends_on_the_state_alone(explorer: Explorer) -> None:
    once, again = explorer.render(explorer.state), explorer.render(explorer.state)
    assert np.array_equal(once, again) and once.dtype == np.uint8
    panels = explorer.compute(**explorer.state).panels
    for data, panel in zip(shown(explorer), panels.values(), strict=True):
        kind, _, letters = data.partition(b",")
        assert kind == b"data:image/jpeg;base64"
        assert Image.open(io.BytesIO(base64.b64decode(letters))).size == pixels_of(panel).shape[:0:-1]


def test_a_preset_sets_what_it_names_and_reset_sets_all(explorer: Explorer) -> None:
    explorer.reset()
    start, pictures = explorer.state, shown(explorer)
    for name, values in explorer.presets.items():
        explorer.buttons[name].click()
        assert explorer.state == start | dict(values)
        explorer.buttons["reset"].click()
        assert explorer.state == start and shown(explorer) == pictures


def test_the_question_mark_says_what_to_try(explorer: Explorer) -> None:
    told = explorer.side.children[0].value
    assert f"<b>{html.escape(explorer.title)}</b>" in told and html.escape(explorer.about) in told
    assert len(explorer.about.split()) > 20


def test_greyed_controls_do_nothing_and_say_why(explorer: Explorer) -> None:
    explorer.reset()
    for values in ({}, {"used": "truth"}, {"relative": False}, {"amount": 0.0}, {"affine": 0.0, "bend": 0.0}):
        explorer.put({name: value for name, value in values.items() if name in explorer.controls})
        idle = {name for name, control in explorer.controls.items() if control.disabled}
        assert idle == explorer.idle(explorer.state).keys()
        for name in idle:
            control, pictures = explorer.controls[name], shown(explorer)
            assert explorer.idle(explorer.state)[name] in control.description
            for value in extremes(control):
                explorer.put({name: value})
                assert shown(explorer) == pictures
    explorer.reset()


def test_a_frame_can_be_played(explorer: Explorer) -> None:
    plays = [each for each in explorer.side.children[1].children if isinstance(each, widgets.Play)]
    assert len(plays) == ("frame" in explorer.controls)
    for play in plays:
        play.value = play.max
        assert explorer.controls["frame"].value == play.max == explorer.controls["frame"].max
        explorer.reset()
        assert play.value == explorer.controls["frame"].value


def test_charts_follow_the_theme_and_the_number_of_pictures_stays(explorer: Explorer) -> None:
    panels = explorer.compute(**explorer.state).panels
    for cell, panel in zip(explorer.view.cells, panels.values(), strict=True):
        assert ("fomm-lite-chart" in cell._dom_classes) == isinstance(panel, Chart)


def test_several_controls_are_set_at_once_and_drawn_once() -> None:
    class Counting(Explorer):
        drawn = 0

        def compute(self, x: float, y: float) -> Drawn:
            self.drawn += 1
            return Drawn({"": torch.zeros(3, 4, 4)}, f"{x + y}", "<i>x + y</i>")

    counting = Counting("count", {name: slider(name, 0.0, 0.0, 1.0, 0.1) for name in ("x", "y")})
    counting.put({"x": 1.0, "y": 0.5})
    assert counting.drawn == 2 and counting.text == "1.5"
    counting.controls["y"].value += 1e-15  # what a page's slider makes of it
    assert counting.drawn == 2
    counting.controls["y"].value += 1e-3
    assert counting.drawn == 3
    assert counting.readout.value.startswith("<i>x + y</i>")


def test_a_static_figure_has_words(explorer: Explorer) -> None:
    figure = explorer.figure("what is to be seen")
    assert figure.alt == "what is to be seen"
    panels = explorer.compute(**explorer.state).panels
    page = figure._repr_html_()
    assert page.count("<img") == len(panels) and page.count('alt="what is to be seen"') == 1
    for name in panels:
        assert f">{html.escape(name)}</div>" in page
    for data, width in re.findall(r'width="(\d+)".*?base64,([^"]+)"', page):
        assert Image.open(io.BytesIO(base64.b64decode(width))).width >= 2 * int(data) - 1


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
        def compute(self, x: float) -> Drawn:
            if x > 0.5:
                raise InputError("got <too much>", "less", "move back")
            return Drawn({"black": torch.zeros(3, 4, 4)}, "fine")

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
    torch.testing.assert_close(off.masks.sum(1), torch.ones(1, 64, 64))
    assert remix(motion, [], hard=True).masks.unique().tolist() == [0, 1]


def test_a_scene_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="faces, puppets"):
        Scene(world="horses")
    with pytest.raises(InputError, match="0 or more"):
        Scene(clip=-1)


def test_models_without_jacobians_are_shown_without_crosses(monkeypatch: pytest.MonkeyPatch) -> None:
    explorer, crossed = AblationExplorer(), []

    def note(image: torch.Tensor, positions: torch.Tensor, jacobians: torch.Tensor | None, **_: bool) -> torch.Tensor:
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


def test_both_ways_round_are_said_at_once() -> None:
    explorer = EquivarianceExplorer()
    number = r"([\d.]+)"
    pattern = rf"positions: {number} .*\n.*jacobians: {number}\ncarried the other way: {number} and {number}"
    right, wrong = (re.search(pattern, explorer.at(affine=0.1, backwards=way)).groups() for way in (False, True))
    assert right == (*wrong[2:], *wrong[:2]) and float(right[0]) < 0.5 * float(right[2])


def test_the_best_and_the_worst_are_marked_under_their_pictures() -> None:
    explorer = AblationExplorer()
    names = [*explorer.compute(**explorer.state).panels][1:6]
    errors = [float(re.search(r"L1 ([\d.]+)", name)[1]) for name in names]
    assert [name.endswith("(best)") for name in names] == [error == min(errors) for error in errors]
    assert [name.endswith("(worst)") for name in names] == [error == max(errors) for error in errors]
