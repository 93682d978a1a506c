"""Before and after in one picture: a line, left of it the one, right of it the other."""

from collections.abc import Mapping
from typing import Any, ClassVar

import ipywidgets as widgets
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.beyond_core import Handle, Place
from fomm_lite.course.kit.controls import slider

WIPE = "wipe"


def wipe_slider(other: str, covered: str = "prediction") -> widgets.FloatSlider:
    """How much of a picture another one covers, from the left.

    Args:
        other: its name.
        covered: the name of the one that it covers.
    """
    return slider(f"wipe: {other} over {covered}", 0.0, 0.0, 1.0, 0.01, "0: none")


def wipe_handle(share: float) -> dict[str, Handle]:
    """The handle on the line between both."""
    return {WIPE: Handle((2 * share - 1, 0.0), "line between both pictures")}


def wipe_to(place: Place) -> dict[str, float]:
    """What the slider says when the line is pulled to a place."""
    return {WIPE: round((place[0] + 1) / 2, 2)}


def wiped(picture: Float[Tensor, "3 h w"], other: Float[Tensor, "3 h w"], share: float) -> Float[Tensor, "3 h w"]:
    """Another picture over the left part of one, and a dark line between them.

    Args:
        picture: in [0, 1].
        other: likewise.
        share: of the width that the other covers; 0 leaves the picture as it is.
    """
    made, edge = picture.clone(), round(share * picture.shape[2])
    made[:, :, :edge] = other[:, :, :edge]
    if 0 < edge < picture.shape[2]:
        made[:, :, edge - 1] = 0.0
    return made


class Wiped:
    """Of an explorer whose only handle is the line of a wipe, which a control of the name :data:`WIPE` moves as well.

    Attributes:
        wiped: the number of the picture that the line stands on.
    """

    wiped: ClassVar[int]

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:
        """The line of the wipe."""
        return {self.wiped: wipe_handle(state[WIPE])}

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:  # noqa: ARG002 - there is one handle
        """The wipe goes there."""
        return wipe_to(place)
