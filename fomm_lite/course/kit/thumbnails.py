"""Pictures to choose from by a click, made of core widgets only: buttons that a style sheet paints."""

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets
import traitlets
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.panel_view import classed, encode
from fomm_lite.course.kit.show import as_bytes
from fomm_lite.media.draw import enlarge

_FINE = 96  # pixels of a picture that is seen at 44: sharp on fine screens too


class Thumbnails(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """One of some pictures; a control of an explorer like others.

    Args:
        label: above them.
        pictures: in [0, 1].
        names: what each is called.
        value: the number of the first one chosen, from 0.

    Attributes:
        value: the number of the chosen one.
        description: the label.
        disabled: whether clicks do nothing.
        options: names and numbers.
    """

    value = traitlets.Int(0)
    description = traitlets.Unicode()
    disabled = traitlets.Bool(False)

    def __init__(
        self, label: str, pictures: Sequence[Float[Tensor, "3 h w"]], names: Sequence[str], value: int = 0
    ) -> None:
        self._label, self._style = widgets.Label(), widgets.HTML()
        self._row = classed(widgets.HBox(), "fomm-lite-thumbnails")
        self._buttons: list[widgets.Button] = []
        super().__init__([self._label, self._row])
        self.add_class("fomm-lite-choice")
        self.show(pictures, names)
        self.value, self.description = value, label

    @property
    def options(self) -> list[tuple[str, int]]:
        """Names and numbers."""
        return [(button.tooltip, number) for number, button in enumerate(self._buttons)]

    def show(self, pictures: Sequence[Float[Tensor, "3 h w"]], names: Sequence[str]) -> None:
        """Offer these from now on.

        Args:
            pictures: in [0, 1].
            names: as many.
        """
        rules = []
        while len(self._buttons) < len(pictures):
            made = widgets.Button()
            made.on_click(partial(self._clicked, len(self._buttons)))
            self._buttons.append(classed(made, f"fomm-lite-{made.model_id}"))
        for button, picture, name in zip(self._buttons, pictures, names, strict=True):
            data = base64.b64encode(encode(as_bytes(enlarge(picture, _FINE)))).decode("ascii")
            rules.append(f".fomm-lite-{button.model_id} {{ background-image: url(data:image/jpeg;base64,{data}); }}")
            button.tooltip = name
        self._style.value = f"<style>{' '.join(rules)}</style>"
        self._row.children = (*self._buttons, self._style)
        self._mark()

    @traitlets.validate("value")
    def _there(self, proposal: Any) -> int:
        """One of those that are there."""
        return int(min(max(proposal["value"], 0), len(self._buttons) - 1))

    @traitlets.observe("value", "disabled")
    def _mark(self, _: object = None) -> None:
        """The chosen one has a frame, and says so where nobody sees it."""
        for number, button in enumerate(self._buttons):
            chosen = number == self.value
            (button.add_class if chosen else button.remove_class)("fomm-lite-chosen")
            button.description = f"{button.tooltip} (chosen)" if chosen else button.tooltip
            button.disabled = self.disabled

    @traitlets.observe("description")
    def _relabel(self, _: object) -> None:
        self._label.value = self.description

    def _clicked(self, number: int, _: object) -> None:
        self.value = number
