"""The live puppet: take hold of a keypoint, turn and stretch its jacobian, and the picture follows.

The pose of the puppet is where the driver (nobody, a clip, or a camera) puts it, changed by what the hand did. Where
anywidget is installed the hand is a pointer on a canvas; elsewhere it is sliders. Both do the same through
:class:`~fomm_lite.course.live_puppet.state.PuppetState`.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit import equations
from fomm_lite.course.kit.beyond_core import core_widgets_only, has_anywidget
from fomm_lite.course.kit.controls import choice, slider, switch, whole
from fomm_lite.course.kit.explorer import FRAME, FRAMES_A_SECOND, Drawn, Explorer, button, in_words
from fomm_lite.course.kit.own_picture import OwnPicture
from fomm_lite.course.kit.panel_view import Panel, classed, encode, pixels_of
from fomm_lite.course.kit.panels import flow_colours
from fomm_lite.course.kit.scene import drawn_sources
from fomm_lite.course.kit.show import Picture, as_bytes, show_picture
from fomm_lite.course.kit.thumbnails import Thumbnails
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
OTHERS = 4  # drawn sources beside the first
LONGEST = 600  # frames of a recording


class PuppetExplorer(Explorer):
    """A picture with handles.

    Args:
        source: (3 h w) in [0, 1].
        model: a model, or the name of shipped weights.
        driving: frames that a click on play lets the puppet follow; None for no such control.
        world: of the drawn sources that are offered beside the first.
        canvas: whether to use the canvas; None does where anywidget is installed. On Colab None takes the sliders: its
            own manager shows core widgets only, and the kernel cannot tell that a canvas stayed empty.

    Raises:
        InputError: ``canvas=True`` without anywidget.
    """

    about = (
        "Eqs. 4-7 with your hand as the driver: A is the source's jacobian at the keypoint held last, M what your "
        "hand made of it, and the picture around it is looked up by A M^-1. Drag a dot, turn and stretch its bars; "
        "then let the clip drive beneath your hand."
    )
    columns = 1

    def __init__(
        self,
        source: Float[Tensor, "3 h w"],
        model: FirstOrderModel | str = "faces-64",
        driving: Sequence[Float[Tensor, "3 h w"]] | Float[Tensor, "t 3 h w"] | None = None,
        *,
        world: str = "faces",
        canvas: bool | None = None,
    ) -> None:
        self.puppet = PuppetState(load_model(model) if isinstance(model, str) else model, source, driving)
        self._sources = [source, *drawn_sources(world, OTHERS, self.puppet.size)]
        self._names = ["the first source", *(f"drawn source {number}" for number in range(1, OTHERS + 1))]
        self.sources = Thumbnails("source", self._sources, self._names)
        self.own = OwnPicture(self.puppet.size, self._taken)
        self._held_last = self.puppet.busiest()
        self.canvas = _make_canvas(canvas, self.puppet, self._held_last)
        self.recording, self.camera = switch("record", False), switch("drive by camera", False)
        self.recording.observe(self._record_anew, names="value")
        self.saved = widgets.HTML()
        self._recorded: list[Picture] = []
        self._quiet = False
        controls: dict[str, widgets.Widget] = {"overlay": choice("show", OVERLAYS)}
        if self.puppet.driven:
            controls[FRAME] = whole("driving frame", 0, 0, len(self.puppet.driven) - 1)
        names = [(str(index + 1), index) for index in range(self.puppet.count)]
        self.keypoint = choice("keypoint", names, self._held_last)
        self.hand = {
            "x": slider("right", 0.0, -1.0, 1.0, 0.01, "normalised units"),
            "y": slider("down", 0.0, -1.0, 1.0, 0.01, "normalised units"),
            "turn": slider("turn", 0.0, -180.0, 180.0, 1.0, "degrees"),
            "stretch": slider("stretch", 1.0, 0.3, 3.0, 0.05, "times"),
        }
        super().__init__("The live puppet", controls)
        self._show_hand(None)
        self.sources.observe(self._source_chosen, names="value")
        self.keypoint.observe(self._chosen, names="value")
        for control in self.hand.values():
            control.observe(self._moved_by_sliders, names="value")
        if self.canvas is not None:
            self.canvas.on_msg(self._heard)
            self.camera.observe(self._camera_switched, names="value")

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
        hand = equations.relative_jacobian(*self.puppet.jacobians(self._held_last, frame), ("A", "M"), self._held_last)
        return Drawn({"": enlarge(pictures[overlay](), SIDE)}, self.puppet.words(frame), hand)

    def present(self, panels: Mapping[str, Panel]) -> None:
        """Show the present pose, and keep it while recording."""
        picture = as_bytes(pixels_of(panels[""]))
        if self.canvas is None:
            super().present(panels)
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
        return show_picture(self.marked(**state), alt, width=SIDE)

    def marked(self, **state: Any) -> Float[Tensor, "3 h w"]:
        """The picture with its keypoints and their jacobians.

        Args:
            state: what differs from the controls.
        """
        state = self.state | state
        pose = self.puppet.pose(state.get("frame", 0))
        return draw_keypoints(pixels_of(self.compute(**state).panels[""]), pose.positions[0], pose.jacobians[0])

    def drag(self, keypoint: int, point: Sequence[float]) -> None:
        """Put a keypoint somewhere by hand.

        Args:
            keypoint: its index, from 0.
            point: x, y and the four entries of the jacobian, row by row.
        """
        self.puppet.take(keypoint, point, self._frame)
        self._held_last = keypoint
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
        return int(self.controls[FRAME].value) if FRAME in self.controls else 0

    def stage(self) -> widgets.Widget:
        """The canvas, where there is one; below it the own picture with its square."""
        if self.canvas is not None:
            return classed(widgets.VBox([self.canvas, self.own.crop]), "fomm-lite-stage")
        self.view.below = (self.own.crop,)
        return self.view.widget

    def below_buttons(self) -> list[widgets.Widget]:
        """The hand's sliders where there is no canvas, what is recorded, and who drives."""
        more: dict[str, Callable[[], None]] = {
            "random motion": self._shake,
            "save MP4": partial(self._save, "puppet.mp4"),
            "save GIF": partial(self._save, "puppet.gif"),
        }
        self.buttons |= {name: button(name, action) for name, action in more.items()}
        row = classed(widgets.HBox([self.buttons[name] for name in more]), "fomm-lite-buttons")
        if self.canvas is None:
            hand = classed(widgets.VBox([self.keypoint, *self.hand.values()]), "fomm-lite-controls")
            return [self.sources, self.own.widget, hand, row, self.recording, self.saved]
        self.buttons["this is my neutral pose"] = button("this is my neutral pose", self._neutral)
        driven = classed(widgets.HBox([self.camera, self.buttons["this is my neutral pose"]]), "fomm-lite-buttons")
        return [self.sources, self.own.widget, row, self.recording, driven, self.saved]

    def reset(self) -> None:
        """Let go of everything; whoever drives goes on."""
        self.puppet.reset()
        self._refresh()

    def _taken(self, picture: Float[Tensor, "3 h w"]) -> None:
        """The reader's own picture is the last of the sources, and the one that is shown."""
        self._sources[1 + OTHERS :] = [picture]
        self.sources.show(self._sources, [*self._names, "your own picture"])
        if self.sources.value == 1 + OTHERS:
            self._source_chosen(None)
        else:
            self.sources.value = 1 + OTHERS

    def _source_chosen(self, _: object) -> None:
        """Another source in the same hands."""
        self.own.open(self.sources.value == 1 + OTHERS)
        self.puppet.show(self._sources[self.sources.value])
        if self.canvas is not None:
            self.canvas.handedness = self.puppet.handedness()
        self._refresh()

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

    def _chosen(self, _: object) -> None:
        self._held_last = self.keypoint.value
        self._refresh()

    def _moved_by_sliders(self, _: object) -> None:
        if self._quiet:
            return
        values = {name: control.value for name, control in self.hand.items()}
        self.puppet.set_hand(self.keypoint.value, values, self._frame)
        self.update()

    def _changed(self) -> None:
        self._show_hand(None)
        super()._changed()

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

    def _neutral(self) -> None:
        """From here on the source stands as it is while the camera sees this pose."""
        try:
            self.puppet.neutral()
        except InputError as error:
            self.message.value = in_words(error)
            return
        self.update()

    def _shake(self) -> None:
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
    if wanted is False or (wanted is None and core_widgets_only()):
        return None
    if not has_anywidget():
        raise InputError("got canvas=True without anywidget", "anywidget", "pip install anywidget")
    from fomm_lite.course.live_puppet.canvas import PuppetCanvas

    return PuppetCanvas(
        side=SIDE,
        colours=[keypoint_code(index) for index in range(puppet.count)],
        points=puppet.points(0),
        handedness=puppet.handedness(),
        chosen=chosen,
        camera_size=puppet.size,
    )
