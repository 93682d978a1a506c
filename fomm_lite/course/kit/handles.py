"""Handles over an explorer's pictures, which are dragged where something is seen: handles.js is the browser's half."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.errors import InputError


class HandleLayer(anywidget.AnyWidget):
    """Lies over a picture, which stays what it is; where anywidget is missing, the picture alone is there.

    Args:
        pulled: called with a handle's name and the place where a hand wants it.
        looked: called with a handle's name when it is pointed at, or reached by keyboard.

    Attributes:
        handles: name, at, label and chosen of each.
        answered: number of the request that was answered last; numbers come from the page.
    """

    _esm: Any = Path(__file__).with_name("handles.js")
    handles: Any = traitlets.List().tag(sync=True)
    answered = traitlets.Int(0).tag(sync=True)

    def __init__(self, pulled: Callable[[str, Place], None], looked: Callable[[str], None]) -> None:
        super().__init__()
        self._pulled, self._looked = pulled, looked
        self.add_class("fomm-lite-layer")
        self.on_msg(self._heard)

    def show(self, handles: Mapping[str, Handle]) -> None:
        """Put handles where they belong.

        Args:
            handles: by their names.
        """
        self.handles = [
            {"name": name, "at": list(handle.at), "label": handle.label, "chosen": handle.chosen}
            for name, handle in handles.items()
        ]

    def _heard(self, _: object, content: Mapping[str, Any], buffers: Sequence[Any]) -> None:  # noqa: ARG002
        """A message from the page."""
        try:
            name = content["name"]
            x, y = (float(part) for part in content["at"])
            if all(each["name"] != name for each in self.handles) or not (math.isfinite(x) and math.isfinite(y)):
                raise InputError(f"got handle {name!r} at ({x}, {y})", "a handle that is there", "run this cell again")
            if content["kind"] == "pull":
                self._pulled(name, (x, y))
            else:
                self._looked(name)
        finally:  # whatever happened: the page must not wait for ever
            self.answered = int(content["sequence"])
