"""The reader's own picture: a file or a still of the camera, and the square of it that is used."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.beyond_core import Handle, Place, core_widgets_only
from fomm_lite.course.kit.controls import Together, slider
from fomm_lite.course.kit.panel_view import classed, encode, in_red
from fomm_lite.course.kit.show import as_bytes
from fomm_lite.errors import InputError
from fomm_lite.media.crop import CropBox, cut, outlined
from fomm_lite.media.draw import enlarge
from fomm_lite.media.read import read_uncut

ZOOM = 4.0  # at most; so many times finer than needed the picture is kept
_MIDDLE = "middle"


class OwnPicture:
    """Buttons that ask for a picture, and once there is one, sliders and a handle for the square to be cut out of it.

    Args:
        size: side of the square that is handed on, in pixels.
        taken: called with the square, (3 size size) in [0, 1], for each new picture and each move of its square.

    Attributes:
        widget: the buttons, and below them what was wrong.
        crop: the picture with its square, and the sliders; hidden until there is a picture.
        controls: across, down (0 to 1) and zoom.
        message: one line, or nothing.
        preview: the picture with its square.
    """

    def __init__(self, size: int, taken: Callable[[Float[Tensor, "3 h w"]], None]) -> None:
        self.size, self._taken = size, taken
        self._picture: Float[Tensor, "3 h w"] | None = None
        self.message, self.preview = widgets.HTML(), widgets.Image(format="jpeg")
        self.controls = {
            "across": slider("square, across", 0.5, 0.0, 1.0, 0.01),
            "down": slider("square, down", 0.5, 0.0, 1.0, 0.01),
            "zoom": slider("zoom", 1.0, 1.0, ZOOM, 0.05, "times"),
        }
        self._all = Together(self.controls, self._show)
        seen, self.layer = [self.preview], None
        if core_widgets_only():
            asked = widgets.FileUpload(accept="image/*", multiple=False, description="your own picture")
            asked.layout.width = "auto"
            asked.observe(self._uploaded, names="value")
        else:
            from fomm_lite.course.kit.handles import HandleLayer
            from fomm_lite.course.kit.picture_input import PictureInput

            asked = PictureInput(self.read, self.refuse)
            self.layer = HandleLayer(self._pulled, lambda _: None)
            seen.append(self.layer)
        self.widget = widgets.VBox([asked, self.message])
        held = classed(widgets.VBox(seen), "fomm-lite-held")
        self.crop = classed(widgets.HBox([held, widgets.VBox(list(self.controls.values()))]), "fomm-lite-crop")
        self.open(False)

    def open(self, wanted: bool) -> None:
        """Show the square and its sliders, if there is a picture, or hide them; what was wrong is over."""
        self.message.value = ""
        self.crop.layout.display = "flex" if wanted and self._picture is not None else "none"

    def read(self, name: str, data: bytes) -> None:
        """Take a picture file; whatever is wrong with it is said in a line.

        Args:
            name: of the file.
            data: its bytes.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "picture"
            path.write_bytes(data)
            try:
                picture = read_uncut(path, self.size)
            except InputError as error:
                self.refuse(str(error).replace(str(path), name))
                return
        least = round(ZOOM * self.size)
        scale = least / min(picture.shape[1:])
        self._picture = enlarge(picture, round(scale * max(picture.shape[1:]))) if scale < 1 else picture
        self.message.value = ""
        self._all.put({"across": 0.5, "down": 0.5, "zoom": 1.0})

    def refuse(self, why: str) -> None:
        """Say in a line why there is no picture."""
        self.message.value = in_red(why)

    def box(self) -> CropBox:
        """The square, in pixels of the picture.

        Raises:
            InputError: there is no picture.
        """
        if self._picture is None:
            raise InputError("got no picture", "one", "choose one first")
        height, width = self._picture.shape[1:]
        across, down, zoom = (control.value for control in self.controls.values())
        side = max(1, round(min(height, width) / zoom))
        return CropBox(round(across * (width - side)), round(down * (height - side)), side, side)

    def _show(self) -> None:
        """The present square, to see and to use, once there is a picture."""
        if self._picture is None:
            return
        box = self.box()
        height, width = self._picture.shape[1:]
        self.preview.value = encode(as_bytes(outlined(self._picture, box)))
        if self.layer is not None:
            at = (2 * (box.x + box.width / 2) / width - 1, 2 * (box.y + box.height / 2) / height - 1)
            self.layer.show({_MIDDLE: Handle(at, "middle of the square")})
        self._taken(cut(self._picture, box, self.size))

    def _pulled(self, _: str, place: Place) -> None:
        """The square's middle goes there, or as near as it can."""
        box = self.box()
        assert self._picture is not None
        values = {}
        for name, part, length in zip(("across", "down"), place, self._picture.shape[:0:-1], strict=True):
            room = length - box.width
            start = (part + 1) / 2 * length - box.width / 2
            values[name] = round(min(max(start / room, 0.0), 1.0), 2) if room else 0.5
        self._all.put(values)

    def _uploaded(self, change: Mapping[str, Any]) -> None:
        """A file of the core widget; ipywidgets 7 has them by name, 8 one after the other."""
        files = change["new"]
        named = files.items() if isinstance(files, Mapping) else [(file["name"], file) for file in files]
        for name, file in named:
            self.read(name, bytes(file["content"]))
