"""What all explorers share: controls, one picture, one line of numbers, and a place for errors.

An explorer is a pure function of its state: ``compute(**state)`` gives a picture and a text. Widgets hold the state and
observe it; nothing else does. So an explorer can be tested without a browser, and drawn without widgets
(:meth:`Explorer.figure`) for readers of a page without a kernel.

Only what ipywidgets 7.7.1 and 8 have in common is used: the former is what hosted notebooks run.
"""

import io
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import Image as PageImage
from jaxtyping import Float, UInt8
from PIL import Image as PillowImage
from torch import Tensor

from fomm_lite.course.kit.show import page_image
from fomm_lite.errors import InputError

Picture = UInt8[np.ndarray, "h w 3"]
JPEG_QUALITY = 88


class Explorer:
    """Controls above a picture that follows them.

    A subclass makes its controls, hands them over by the names of its state, and defines ``compute``.

    Args:
        title: above the controls.
        controls: the state's names and the widgets that hold it, in the order shown.

    Attributes:
        title: as given.
        controls: as given.
        image: the picture.
        text: the numbers below it.
        readout: shows them.
        message: an error, or nothing.
        widget: all of it; what a notebook shows.
        compute: picture and line of numbers for a state, given by the controls' names; defined by each subclass.
    """

    compute: Callable[..., tuple[Picture, str]]

    def __init__(self, title: str, controls: Mapping[str, widgets.Widget]) -> None:
        self.title, self.controls = title, dict(controls)
        self.text = ""
        self.image = picture_box()
        self.readout = widgets.HTML()
        self.message = widgets.HTML()
        self.widget = widgets.VBox(
            [
                widgets.HTML(f"<b>{escape(title)}</b>"),
                widgets.VBox(list(self.controls.values())),
                self.message,
                self.image,
                self.readout,
            ]
        )
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        self.update()

    @property
    def state(self) -> dict[str, Any]:
        """The controls' values."""
        return {name: control.value for name, control in self.controls.items()}

    def render(self, state: Mapping[str, Any]) -> Picture:
        """The picture for a state, whatever the controls say."""
        return self.compute(**state)[0]

    def update(self) -> None:
        """Draw the present state; an error is shown in words, and raised."""
        try:
            picture, text = self.compute(**self.state)
        except Exception as error:
            self.message.value = in_words(error)
            raise
        self.message.value, self.text = "", text
        self.present(picture)
        self.readout.value = f"<pre>{escape(text)}</pre>"

    def present(self, picture: Picture) -> None:
        """Put the picture where the reader sees it."""
        self.image.value = encode(picture)

    def figure(self, alt: str, **state: Any) -> PageImage:
        """The picture as it is, for pages without a kernel.

        Args:
            alt: what it shows, in words.
            state: what differs from the controls.
        """
        return on_page(PillowImage.fromarray(self.render(self.state | state)), alt)

    def at(self, **values: Any) -> str:
        """Move controls, read the numbers below the picture, and put the controls back.

        Args:
            values: by the names of the controls.

        Returns:
            The line of numbers that stood there.

        Raises:
            InputError: no control has that name.
        """
        if unknown := sorted(set(values) - set(self.controls)):
            raise InputError(f"got {', '.join(unknown)}", f"some of {', '.join(self.controls)}", "choose from these")
        before = {name: self.controls[name].value for name in values}
        try:
            for name, value in values.items():
                self.controls[name].value = value
            return self.text
        finally:
            for name, value in before.items():
                self.controls[name].value = value

    def _changed(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - the state is read from the controls
        self.update()


def picture_box() -> widgets.Image:
    """A place for a JPEG at its own size, smaller only where the page is narrow."""
    return widgets.Image(format="jpeg", layout=widgets.Layout(max_width="100%", align_self="flex-start"))


def in_words(error: Exception) -> str:
    """An error in a line, for a widget that shows HTML."""
    what = " ".join(str(error).split())
    return f'<span style="color:#c03020">{type(error).__name__}: {escape(what)}</span>'


def on_page(picture: PillowImage.Image, alt: str) -> PageImage:
    """A picture as the output of a cell, with words for those who cannot see it."""
    data = io.BytesIO()
    picture.save(data, format="PNG", optimize=True)
    return page_image(data.getvalue(), alt, picture.width)


def encode(picture: Picture) -> bytes:
    """A picture as JPEG: ten times faster than PNG, and a tenth of its size."""
    data = io.BytesIO()
    PillowImage.fromarray(picture).save(data, format="JPEG", quality=JPEG_QUALITY)
    return data.getvalue()


def as_bytes(picture: Float[Tensor, "3 h w"]) -> Picture:
    """A picture in [0, 1] as bytes (h w 3)."""
    return (picture.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
