"""Explorers without a browser: controls are set, the picture follows, errors are shown and raised."""

import io
import time
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pytest
import torch
from PIL import Image

from fomm_lite.config import TINY
from fomm_lite.course.explorers.ablation import AblationExplorer
from fomm_lite.course.explorers.base import Explorer
from fomm_lite.course.explorers.controls import slider
from fomm_lite.course.explorers.equivariance import EquivarianceExplorer
from fomm_lite.course.explorers.monitor import TrainingMonitor
from fomm_lite.course.explorers.motion import MotionExplorer, remix
from fomm_lite.course.explorers.occlusion import OcclusionExplorer
from fomm_lite.course.explorers.panels import curves, flow_colours
from fomm_lite.course.explorers.puppet import PuppetExplorer
from fomm_lite.course.explorers.scene import Scene
from fomm_lite.course.explorers.temperature import TemperatureExplorer
from fomm_lite.course.explorers.transfer import TransferExplorer
from fomm_lite.data.pairs import WorldClips
from fomm_lite.data.worlds import faces
from fomm_lite.errors import InputError
from fomm_lite.geometry import coordinate_grid
from fomm_lite.training import TrainingConfig

ALL = (
    TemperatureExplorer, EquivarianceExplorer, MotionExplorer, OcclusionExplorer, TransferExplorer, AblationExplorer,
)  # fmt: skip


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
    if "used" in explorer.controls:
        explorer.controls["used"].value = "truth"  # else there is nothing of which to take more or less
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
    assert figure.alt == "what is to be seen" and figure.data.startswith(b"\x89PNG")


def test_labels_are_words(explorer: Explorer) -> None:
    assert all(control.description for control in explorer.controls.values())


def test_an_error_is_shown_and_raised() -> None:
    class Broken(Explorer):
        def compute(self, x: float) -> tuple[np.ndarray, str]:
            if x > 0.5:
                raise InputError("got <too much>", "less", "move back")
            return np.zeros((4, 4, 3), np.uint8), "fine"

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


def test_flow_has_no_colour_where_nothing_moves() -> None:
    grid = coordinate_grid(5, 5)
    assert (flow_colours(grid) == 1).all()
    right, left = flow_colours(grid + torch.tensor([0.5, 0.0])), flow_colours(grid - torch.tensor([0.5, 0.0]))
    assert (right - left).abs().max() > 0.5


def test_curves_with_names_at_one_height_are_drawn() -> None:
    picture = curves({name: [(0.0, 0.1), (10.0, 0.1)] for name in "abcdef"})
    assert picture.shape == (3, 260, 640) and len(picture.flatten(1).unique(dim=1)[0]) > 5


@pytest.fixture(params=[None, False], ids=["canvas", "sliders"])
def puppet(request: pytest.FixtureRequest) -> PuppetExplorer:
    frames = faces(3, frames=5, size=64).frames
    return PuppetExplorer(frames[0], driving=list(frames), canvas=request.param)


def test_dragging_moves_the_puppet_and_reset_brings_it_back(puppet: PuppetExplorer) -> None:
    start, pose = puppet.render(puppet.state), puppet.puppet.pose(0).positions.clone()
    x, y, *jacobian = puppet.puppet.points(0)[0]
    puppet.drag(0, [x + 0.2, y, *jacobian])
    moved = puppet.puppet.pose(0).positions - pose
    assert abs(float(moved[0, 0, 0]) - 0.2) < 1e-5 and float(moved[0, 1:].abs().max()) < 1e-6
    assert not np.array_equal(puppet.render(puppet.state), start)
    puppet.buttons["reset"].click()
    assert np.array_equal(puppet.render(puppet.state), start)


def test_the_hand_holds_while_the_driver_moves(puppet: PuppetExplorer) -> None:
    x, y, *jacobian = puppet.puppet.points(0)[2]
    puppet.drag(2, [x, y + 0.1, *jacobian])
    puppet.controls["frame"].value = 4
    expected = puppet.puppet.base(4).positions[0, 2] + torch.tensor([0.0, 0.1])
    torch.testing.assert_close(puppet.puppet.pose(4).positions[0, 2], expected.clamp(-1, 1))


def test_sliders_turn_a_jacobian(puppet: PuppetExplorer) -> None:
    puppet.hand["turn"].value = 90.0
    turned = puppet.puppet.pose(0).jacobians[0, 0]
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    torch.testing.assert_close(turned, quarter @ puppet.puppet.base(0).jacobians[0, 0], atol=1e-5, rtol=0)


def test_a_jacobian_cannot_be_squashed_flat_nor_made_of_nonsense(puppet: PuppetExplorer) -> None:
    before = puppet.puppet.pose(0).jacobians.clone()
    x, y, *_ = puppet.puppet.points(0)[0]
    puppet.drag(0, [x, y, 1.0, 1.0, 1.0, 1.0])
    torch.testing.assert_close(puppet.puppet.pose(0).jacobians, before)
    with pytest.raises(InputError):
        puppet.drag(0, [float("nan")] * 6)
    with pytest.raises(InputError):
        puppet.drag(99, [0.0] * 6)


def test_messages_of_the_canvas_are_answered_whatever_happens() -> None:
    frames = faces(3, frames=2, size=64).frames
    puppet = PuppetExplorer(frames[0], canvas=True)
    point = puppet.puppet.points(0)[0]
    puppet._heard(None, {"kind": "drag", "k": 0, "point": point, "sequence": 7}, [])
    assert puppet.canvas.answered == 7 and puppet.canvas.picture == bytes(puppet.image.value)
    with pytest.raises(InputError):
        puppet._heard(None, {"kind": "drag", "k": 0, "point": point[:3], "sequence": 8}, [])
    assert puppet.canvas.answered == 8
    pixels = (frames[1].permute(1, 2, 0) * 255).byte()
    rgba = torch.cat([pixels, torch.full((64, 64, 1), 255, dtype=torch.uint8)], dim=2).numpy().tobytes()
    puppet._heard(None, {"kind": "camera", "size": 64}, [rgba])
    assert puppet.canvas.camera_answered == 1
    with pytest.raises(InputError):
        puppet._heard(None, {"kind": "camera", "size": 64}, [b"short"])


def test_what_was_recorded_is_saved(puppet: PuppetExplorer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recording"):
        puppet.save(tmp_path / "nothing.mp4")
    puppet.recording.value = True
    for _ in range(3):
        puppet.buttons["random motion"].click()
    saved = puppet.save(tmp_path / "puppet.gif")
    with Image.open(saved) as film:
        assert film.n_frames == 3


def test_a_stopped_training_leaves_a_checkpoint(tmp_path: Path) -> None:
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    config = TrainingConfig(size=32, steps=10_000, batch_size=2)
    monitor = TrainingMonitor(clips, TINY, config, tmp_path / "run")
    monitor.start_button.click()
    deadline = time.monotonic() + 60
    while not monitor.curves_image.value and time.monotonic() < deadline:
        time.sleep(0.05)
    monitor.stop_button.click()
    monitor.join()
    assert (tmp_path / "run" / "checkpoint.pt").exists()
    assert "stopped" in monitor.readout.value and monitor.samples_image.value


def test_what_ends_a_training_early_is_shown_and_raised(tmp_path: Path) -> None:
    clips = WorldClips("faces", "train", 4, frames=4, size=32, stride=4)
    monitor = TrainingMonitor(clips, TINY, TrainingConfig(size=33, steps=1), tmp_path / "run")
    with pytest.raises(InputError):
        monitor.join()
    assert "InputError" in monitor.readout.value
