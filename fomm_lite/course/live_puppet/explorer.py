"""The live puppet: take hold of a keypoint, turn and stretch its jacobian, and the picture follows.

The pose of the puppet is where the driver (nobody, a clip, or a camera) puts it, changed by what the hand did. Where
anywidget is installed the hand is a pointer on a canvas; elsewhere it is sliders. Both do the same through
:class:`~fomm_lite.course.live_puppet.state.PuppetState`.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.controls import choice, slider, switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer, encode
from fomm_lite.course.kit.panels import flow_colours
from fomm_lite.course.kit.show import Picture, show_picture
from fomm_lite.course.live_puppet.film import film_box
from fomm_lite.course.live_puppet.state import PuppetState
from fomm_lite.errors import InputError
from fomm_lite.geometry import resize_grid
from fomm_lite.media.draw import draw_keypoints, draw_masks, draw_occlusion, enlarge, keypoint_code
from fomm_lite.media.write import write_video
from fomm_lite.model import FirstOrderModel
from fomm_lite.weights import load_model

OVERLAYS = [
    ("picture", "picture"),
    ("deformed source", "deformed"),
    ("flow", "flow"),
    ("masks", "masks"),
    ("occlusion map", "occlusion"),
]
SIDE = 384
FRAMES_A_SECOND = 12
LONGEST = 600  # frames of a recording


class PuppetExplorer(Explorer):
    """A picture with handles.

    Args:
        source: (3 h w) in [0, 1].
        model: a model, or the name of shipped weights.
        driving: frames that a click on play lets the puppet follow; None for no such control.
        canvas: whether to use the canvas; None does where anywidget is installed. On Colab None takes the sliders: its
            own manager shows core widgets only, and the kernel cannot tell that a canvas stayed empty.

    Raises:
        InputError: ``canvas=True`` without anywidget.
    """

    def __init__(
        self,
        source: Float[Tensor, "3 h w"],
        model: FirstOrderModel | str = "faces-64",
        driving: Sequence[Float[Tensor, "3 h w"]] | Float[Tensor, "t 3 h w"] | None = None,
        *,
        canvas: bool | None = None,
    ) -> None:
        self.puppet = PuppetState(load_model(model) if isinstance(model, str) else model, source, driving)
        busiest = self.puppet.busiest()
        self.canvas = _make_canvas(canvas, self.puppet, busiest)
        self.recording, self.camera = switch("record", False), switch("drive by camera", False)
        self.recording.observe(self._record_anew, names="value")
        self._recorded: list[Picture] = []
        self._quiet = False
        count = self.puppet.count
        controls: dict[str, widgets.Widget] = {"overlay": choice("show", OVERLAYS)}
        if self.puppet.driven:
            controls["frame"] = whole("driving frame", 0, 0, len(self.puppet.driven) - 1)
        self.keypoint = choice("keypoint", [(str(index + 1), index) for index in range(count)], busiest)
        self.hand = {
            "x": slider("right", 0.0, -1.0, 1.0, 0.01, "normalised units"),
            "y": slider("down", 0.0, -1.0, 1.0, 0.01, "normalised units"),
            "turn": slider("turn", 0.0, -180.0, 180.0, 1.0, "degrees"),
            "stretch": slider("stretch", 1.0, 0.3, 3.0, 0.05, "times"),
        }
        super().__init__("The live puppet", controls)
        self._assemble()
        self._show_hand(None)
        self.keypoint.observe(self._show_hand, names="value")
        for control in self.hand.values():
            control.observe(self._moved_by_sliders, names="value")

    def compute(self, overlay: str, frame: int = 0) -> Drawn:
        """The puppet in its present pose.

        Args:
            overlay: what is shown of it.
            frame: of the driving clip.
        """
        made = self.puppet.draw(frame)
        size = (made.prediction.shape[2], made.prediction.shape[3])
        motion = made.motion
        occlusion = motion.occlusion_map
        pictures = {
            "picture": lambda: made.prediction[0],
            "deformed": lambda: made.deformed[0],
            "flow": lambda: flow_colours(resize_grid(motion.deformation, size)[0]),
            "masks": lambda: draw_masks(made.prediction[0], motion.masks[0]),
            "occlusion": lambda: draw_occlusion(None if occlusion is None else occlusion[0], size),
        }
        return enlarge(pictures[overlay](), SIDE), self.puppet.words(frame)

    def present(self, picture: Picture) -> None:
        """Show the present pose, and keep it while recording."""
        if self.canvas is None:
            super().present(picture)
        else:
            self.canvas.picture = encode(picture)
            self.canvas.points = self.puppet.points(self._frame)
        if self.recording.value and len(self._recorded) < LONGEST:
            self._recorded.append(picture)

    def figure(self, alt: str, **state: Any) -> Image:
        """The picture with its keypoints and their jacobians, for pages without a kernel.

        Args:
            alt: what it shows, in words.
            state: what differs from the controls.
        """
        state = self.state | state
        pose = self.puppet.pose(state.get("frame", 0))
        marked = draw_keypoints(self.compute(**state)[0], pose.positions[0], pose.jacobians[0])
        return show_picture(marked, alt, width=SIDE)

    def drag(self, keypoint: int, point: Sequence[float]) -> None:
        """Put a keypoint somewhere by hand.

        Args:
            keypoint: its index, from 0.
            point: x, y and the four entries of the jacobian, row by row.
        """
        self.puppet.take(keypoint, point, self._frame)
        self._refresh()

    def save(self, path: str | Path) -> Path:
        """Write what was recorded, as an MP4 or a GIF by the name's ending; it can be written again in another format.

        Raises:
            InputError: nothing was recorded.
        """
        if not self._recorded:
            raise InputError("got no recorded pictures", "a recording", "switch recording on, and move the puppet")
        path = Path(path)
        frames = (torch.from_numpy(picture).permute(2, 0, 1).float() / 255 for picture in self._recorded)
        write_video(path, frames, FRAMES_A_SECOND)
        return path

    @property
    def _frame(self) -> int:
        return int(self.controls["frame"].value) if "frame" in self.controls else 0

    def _assemble(self) -> None:
        """Buttons and switches around the picture; the canvas or the sliders."""
        buttons = {
            "reset": self._reset,
            "random motion": self._shake,
            "save MP4": lambda _: self._save("puppet.mp4"),
            "save GIF": lambda _: self._save("puppet.gif"),
        }
        row: list[widgets.Widget] = []
        for name, action in buttons.items():
            button = widgets.Button(description=name)
            button.on_click(action)
            row.append(button)
        self.buttons = dict(zip(buttons, row, strict=True))
        if self.puppet.driven:
            last = len(self.puppet.driven) - 1
            play = widgets.Play(min=0, max=last, interval=1000 // FRAMES_A_SECOND)
            widgets.link((play, "value"), (self.controls["frame"], "value"))
            row.insert(0, play)
        switches: list[widgets.Widget] = [self.recording]
        stage: list[widgets.Widget] = [self.keypoint, *self.hand.values(), self.image]
        if self.canvas is not None:
            stage = [self.canvas]
            switches.append(self.camera)
            self.canvas.on_msg(self._heard)
            self.camera.observe(self._camera_switched, names="value")
        title, controls, message, _, readout = self.widget.children
        self.saved = widgets.HTML()
        lower = [widgets.HBox(row), widgets.HBox(switches), self.saved]
        self.widget.children = (title, widgets.VBox(stage), controls, *lower, message, readout)

    def _refresh(self) -> None:
        self._show_hand(None)
        self.update()

    def _show_hand(self, _: object) -> None:
        """Set the sliders to the chosen keypoint without moving anything; a canvas has handles instead."""
        if self.canvas is not None:
            return
        self._quiet, before = True, self._quiet
        try:
            for name, value in self.puppet.hand(self.keypoint.value, self._frame).items():
                control = self.hand[name]
                control.value = min(max(value, control.min), control.max)
        finally:
            self._quiet = before

    def _moved_by_sliders(self, _: object) -> None:
        if self._quiet:
            return
        values = {name: control.value for name, control in self.hand.items()}
        self.puppet.set_hand(self.keypoint.value, values, self._frame)
        self.update()

    def _changed(self, change: Mapping[str, Any]) -> None:
        self._show_hand(None)
        super()._changed(change)

    def _heard(self, _: object, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """A message from the canvas."""
        try:
            if content["kind"] == "drag":
                self.drag(int(content["k"]), content["point"])
            elif content["kind"] == "camera":
                self.puppet.see(bytes(buffers[0]), int(content["size"]))
                self.update()
            elif content["kind"] == "camera_refused":
                self.camera.value = False
                self.message.value = f"no camera: {content['why'][:120]}"
        finally:  # whatever happened: the canvas must not wait for ever
            if content["kind"] == "drag":
                self.canvas.answered = int(content["sequence"])
            elif content["kind"] == "camera":
                self.canvas.camera_answered += 1

    def _camera_switched(self, change: Mapping[str, Any]) -> None:
        self.puppet.forget_camera()
        self.canvas.camera = bool(change["new"])
        self.update()

    def _reset(self, _: object) -> None:
        self.puppet.reset()
        self._refresh()

    def _shake(self, _: object) -> None:
        self.puppet.shake()
        self._refresh()

    def _save(self, name: str) -> None:
        """Write the recording into a new folder beside the notebook, show it, and offer it for download."""
        folder = Path(tempfile.mkdtemp(prefix="puppet-", dir="."))
        try:
            path = self.save(folder / name)
        except InputError as error:
            folder.rmdir()
            self.saved.value = str(error)
            return
        self.saved.value = film_box(path, len(self._recorded))

    def _record_anew(self, change: Mapping[str, Any]) -> None:
        """A recording lasts until the next one begins."""
        if change["new"]:
            self._recorded.clear()


def _make_canvas(wanted: bool | None, puppet: PuppetState, chosen: int) -> Any:
    """The canvas, or None where sliders must do."""
    if wanted is False or (wanted is None and "google.colab" in sys.modules):
        return None
    try:
        from fomm_lite.course.live_puppet.canvas import PuppetCanvas
    except ImportError:
        if wanted:
            raise InputError("got canvas=True without anywidget", "anywidget", "pip install anywidget") from None
        return None
    return PuppetCanvas(
        side=SIDE,
        colours=[keypoint_code(index) for index in range(puppet.count)],
        points=puppet.points(0),
        handedness=puppet.handedness(),
        chosen=chosen,
        camera_size=puppet.size,
    )
