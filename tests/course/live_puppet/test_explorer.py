"""The live puppet without a browser: the hand, the driver, the canvas's messages, recordings."""

import base64
import io
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from fomm_lite.course.kit.panel_view import encode
from fomm_lite.course.live_puppet.explorer import PuppetExplorer
from fomm_lite.course.live_puppet.film import MOST, film_box
from fomm_lite.course.live_puppet.state import PuppetState
from fomm_lite.errors import InputError
from fomm_lite.media.draw import keypoint_colour
from fomm_lite.weights import load_model
from fomm_lite.worlds import faces


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


def test_a_source_that_is_not_square_is_refused() -> None:
    with pytest.raises(InputError, match="one square picture"):
        PuppetExplorer(torch.zeros(3, 64, 96))


def test_on_colab_there_are_sliders_unless_a_canvas_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    source = faces(3, frames=1, size=64).frames[0]
    assert PuppetExplorer(source).canvas is None
    assert PuppetExplorer(source, canvas=True).canvas is not None


def test_a_static_figure_shows_the_keypoints_where_they_were_dragged(puppet: PuppetExplorer) -> None:
    x, y, *jacobian = puppet.puppet.points(0)[0]
    puppet.drag(0, [0.5 * x, 0.5 * y, *jacobian])
    figure = puppet.figure("a face with dots")
    pixels = np.asarray(Image.open(io.BytesIO(figure.data)).convert("RGB"))
    column, row = (round((0.5 * part + 1) / 2 * 383) for part in (x, y))
    assert figure.alt == "a face with dots"
    assert tuple(pixels[row, column]) == tuple(round(255 * part) for part in keypoint_colour(0))


def test_without_anywidget_there_are_sliders_and_a_canvas_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "fomm_lite.course.live_puppet.canvas", raising=False)
    source = faces(3, frames=1, size=64).frames[0]
    assert PuppetExplorer(source).canvas is None
    with pytest.raises(InputError, match="pip install anywidget"):
        PuppetExplorer(source, canvas=True)


def test_driving_frames_may_be_one_tensor() -> None:
    frames = faces(3, frames=3, size=64).frames
    assert len(PuppetExplorer(frames[0], driving=frames, canvas=False).puppet.driven) == 3


def test_the_hand_holds_while_the_driver_moves(puppet: PuppetExplorer) -> None:
    x, y, *jacobian = puppet.puppet.points(0)[2]
    puppet.drag(2, [x, y + 0.1, *jacobian])
    puppet.controls["frame"].value = 4
    expected = puppet.puppet.base(4).positions[0, 2] + torch.tensor([0.0, 0.1])
    torch.testing.assert_close(puppet.puppet.pose(4).positions[0, 2], expected.clamp(-1, 1))


def test_sliders_turn_a_jacobian() -> None:
    puppet = PuppetExplorer(faces(3, frames=2, size=64).frames[0], canvas=False)
    puppet.keypoint.value = 0
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
    assert puppet.canvas.answered == 7 and puppet.canvas.picture == encode(puppet.render(puppet.state))
    with pytest.raises(InputError):
        puppet._heard(None, {"kind": "drag", "k": 0, "point": point[:3], "sequence": 8}, [])
    assert puppet.canvas.answered == 8
    pixels = (frames[1].permute(1, 2, 0) * 255).byte()
    rgba = torch.cat([pixels, torch.full((64, 64, 1), 255, dtype=torch.uint8)], dim=2).numpy().tobytes()
    puppet._heard(None, {"kind": "camera", "size": 64}, [rgba])
    assert puppet.canvas.camera_answered == 1
    with pytest.raises(InputError):
        puppet._heard(None, {"kind": "camera", "size": 64}, [b"short"])


def test_a_neutral_pose_is_the_one_in_which_the_source_stands_as_it_is() -> None:
    frames = faces(3, frames=9, size=64).frames
    puppet = PuppetExplorer(frames[0], canvas=True)
    puppet.buttons["this is my neutral pose"].click()
    assert "switch `drive by camera` on first" in puppet.message.value
    for frame in (frames[0], frames[8]):
        pixels = (frame.permute(1, 2, 0) * 255).byte()
        rgba = torch.cat([pixels, torch.full((64, 64, 1), 255, dtype=torch.uint8)], dim=2).numpy().tobytes()
        puppet._heard(None, {"kind": "camera", "size": 64}, [rgba])
    still = puppet.puppet.kp_source.positions
    assert (puppet.puppet.pose(0).positions - still).abs().max() > 0.05
    puppet.buttons["this is my neutral pose"].click()
    torch.testing.assert_close(puppet.puppet.pose(0).positions, still)
    assert not puppet.message.value


def test_what_was_recorded_is_saved(puppet: PuppetExplorer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="recording"):
        puppet.save(tmp_path / "nothing.mp4")
    puppet.recording.value = True
    for _ in range(3):
        puppet.buttons["random motion"].click()
    saved = puppet.save(tmp_path / "puppet.gif")
    with Image.open(saved) as film:
        assert film.n_frames == 3


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_a_click_saves_the_recording_and_says_where(
    puppet: PuppetExplorer, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    puppet.buttons[f"save {kind.upper()}"].click()
    assert "recording" in puppet.saved.value and not list(tmp_path.iterdir())
    puppet.recording.value = True
    puppet.buttons["random motion"].click()
    puppet.buttons[f"save {kind.upper()}"].click()
    (film,) = tmp_path.glob(f"puppet-*/puppet.{kind}")
    assert film.name in puppet.saved.value and film.stat().st_size > 0


def test_a_recording_is_kept_for_a_second_format_until_the_next_begins(
    puppet: PuppetExplorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    puppet.recording.value = True
    puppet.buttons["random motion"].click()
    for kind, shown in (("mp4", "<video"), ("gif", "<img")):
        puppet.buttons[f"save {kind.upper()}"].click()
        (film,) = tmp_path.glob(f"puppet-*/puppet.{kind}")
        told = puppet.saved.value
        assert "1 picture in" in told and f'download="puppet.{kind}"' in told and shown in told
        link = re.search(r'href="data:[a-z0-9/]+;base64,([^"]+)"', told)
        assert link is not None and base64.b64decode(link[1]) == film.read_bytes()
    puppet.recording.value = False
    puppet.recording.value = True
    puppet.buttons["save GIF"].click()
    assert "got no recorded pictures" in puppet.saved.value


def test_a_film_too_long_for_the_page_is_only_named(tmp_path: Path) -> None:
    path = tmp_path / "long.gif"
    path.write_bytes(bytes(MOST + 1))
    assert "base64" not in film_box(path, 600) and "600 pictures in" in film_box(path, 600)


def test_the_first_keypoint_stands_well_inside_and_mirrors_are_told_from_turns() -> None:
    state = PuppetState(load_model("faces-64"), faces(3, frames=1, size=64).frames[0], None)
    assert state.kp_source.positions[0, state.busiest()].abs().max() < 0.8
    signs = torch.linalg.det(state.kp_source.jacobians[0].double()).sign()
    assert state.handedness() == signs.int().tolist()
    state.kp_source.positions[0, state.busiest()] = 0.95  # now another is the first
    assert state.kp_source.positions[0, state.busiest()].abs().max() < 0.8


def test_a_canvas_may_ask_whether_anybody_is_there() -> None:
    puppet = PuppetExplorer(faces(3, frames=1, size=64).frames[0], canvas=True)
    puppet._heard(None, {"kind": "there?"}, [])
    assert puppet.canvas.answered == 0 and puppet.canvas.camera_answered == 0


def test_handles_of_the_canvas_stand_where_the_pose_is() -> None:
    puppet = PuppetExplorer(faces(3, frames=2, size=64).frames[0], canvas=True)
    x, y, *_ = puppet.puppet.points(0)[1]
    puppet.drag(1, [x, y, 1.0, 1.0, 1.0, 1.0])  # squashed flat, which is not done
    assert puppet.canvas.points == puppet.puppet.points(0)
    puppet.drag(1, [x + 0.1, y, 1.0, 0.0, 0.0, 1.0])
    assert puppet.canvas.points == puppet.puppet.points(0)
    assert abs(puppet.canvas.points[1][0] - x - 0.1) < 1e-5
