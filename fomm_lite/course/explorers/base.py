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
        readout: the numbers below it.
        message: an error, or nothing.
        widget: all of it; what a notebook shows.
        compute: picture and line of numbers for a state, given by the controls' names; defined by each subclass.
    """

    compute: Callable[..., tuple[Picture, str]]

    def __init__(self, title: str, controls: Mapping[str, widgets.Widget]) -> None:
        self.title, self.controls = title, dict(controls)
        self.image = widgets.Image(format="jpeg", layout=widgets.Layout(max_width="100%"))
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
            what = " ".join(str(error).split())
            self.message.value = f'<span style="color:#c03020">{type(error).__name__}: {escape(what)}</span>'
            raise
        self.message.value = ""
        self.image.value = encode(picture)
        self.readout.value = f"<pre>{escape(text)}</pre>"

    def figure(self, alt: str, **state: Any) -> PageImage:
        """The picture as it is, for pages without a kernel.

        Args:
            alt: what it shows, in words.
            state: what differs from the controls.
        """
        picture = self.render(self.state | state)
        data = io.BytesIO()
        PillowImage.fromarray(picture).save(data, format="PNG", optimize=True)
        return PageImage(data=data.getvalue(), format="png", alt=alt, width=picture.shape[1])

    def _changed(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - the state is read from the controls
        self.update()


def encode(picture: Picture) -> bytes:
    """A picture as JPEG: ten times faster than PNG, and a tenth of its size."""
    data = io.BytesIO()
    PillowImage.fromarray(picture).save(data, format="JPEG", quality=JPEG_QUALITY)
    return data.getvalue()


def as_bytes(picture: Float[Tensor, "3 h w"]) -> Picture:
    """A picture in [0, 1] as bytes (h w 3)."""
    return (picture.detach().cpu().clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
