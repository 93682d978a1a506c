"""Buttons for a picture file and for a still of the camera: picture_input.js is the browser's half."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget


class PictureInput(anywidget.AnyWidget):
    """What it hears is a file, in parts and in order, or why there is none.

    Args:
        given: called with the name and the bytes of a file.
        refused: called with a line.
    """

    _esm: Any = Path(__file__).with_name("picture_input.js")

    def __init__(self, given: Callable[[str, bytes], None], refused: Callable[[str], None]) -> None:
        super().__init__()
        self._given, self._refused = given, refused
        self._file = bytearray()
        self.on_msg(self._heard)

    def _heard(self, _: object, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        """A message from the page."""
        if content["kind"] == "refused":
            self._refused(str(content["why"])[:300])
            return
        if content["at"] == 0:
            self._file.clear()
        self._file += buffers[0]
        if len(self._file) >= content["size"]:
            whole = bytes(self._file)
            self._file.clear()
            self._given(str(content["name"]), whole)
