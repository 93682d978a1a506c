"""Beyond the core widgets: whether the page can show more, and what a handle on a picture is."""

import importlib.util
import sys
from typing import NamedTuple

Place = tuple[float, float]


class Handle(NamedTuple):
    """What can be dragged on a picture.

    Attributes:
        at: normalised (x, y) on its picture.
        label: what it is, for those who do not see it.
        chosen: whether it stands out from the others.
    """

    at: Place
    label: str
    chosen: bool = False


def has_anywidget() -> bool:
    """Whether anywidget is installed."""
    return importlib.util.find_spec("anywidget") is not None


def core_widgets_only() -> bool:
    """Without anywidget, and on Colab: its own manager shows nothing else, and the kernel cannot tell."""
    return not has_anywidget() or "google.colab" in sys.modules
