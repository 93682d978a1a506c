"""What all explorers share: controls and numbers beside pictures that follow them, handles, presets, play, errors.

An explorer is a pure function of its state: ``compute(**state)`` gives pictures and a text. Widgets hold the state and
observe it; nothing else does. So an explorer can be tested without a browser, and drawn without widgets
(:meth:`Explorer.figure`) for readers of a page without a kernel.

Only what ipywidgets 7.7.1 and 8 have in common is used: the former is what hosted notebooks run. Handles on the
pictures come on top where anywidget is installed; whatever they do, controls do as well.
"""

from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import ipywidgets as widgets
import torch
from IPython.display import Image
from jaxtyping import Float
from torch import Tensor

from fomm_lite.course.kit.beyond_core import Handle, Place, core_widgets_only
from fomm_lite.course.kit.controls import Together, switch
from fomm_lite.course.kit.panel_view import Chart, Panel, PanelView, classed, in_red, over, pixels_of, style_sheet
from fomm_lite.course.kit.sheets import Sheet
from fomm_lite.course.kit.show import Picture, as_bytes
from fomm_lite.errors import InputError
from fomm_lite.media.draw import album, enlarge

if TYPE_CHECKING:
    from fomm_lite.course.kit.handles import HandleLayer

FRAME = "frame"  # the name of the control that a clip can play
FRAMES_A_SECOND = 12  # when a clip is played; where the kernel is slower, frames are left out


class Drawn(NamedTuple):
    """What an explorer shows in one state.

    Attributes:
        panels: name -> picture in [0, 1]; their number never changes.
        text: the numbers.
        equation: HTML of the equation with the present numbers in it, or nothing.
    """

    panels: Mapping[str, Panel]
    text: str
    equation: str = ""


class Explorer:
    """Controls beside pictures that follow them.

    A subclass makes its controls, hands them over by the names of its state, and defines ``compute``. A control named
    "frame" can be played.

    Args:
        title: above the controls.
        controls: the state's names and the widgets that hold it, in the order shown.

    Attributes:
        about: what to try, and which equation it is; behind the "?".
        presets: name -> the controls that a click on it sets.
        columns: how many pictures stand side by side, at most.
        kept: the numbers of charts whose lines can stay, faint, while controls move: what has changed is seen.
        title: as given.
        controls: as given.
        buttons: the presets' and "reset", by name.
        layers: the handles, by the number of the picture that they lie on; none without anywidget.
        keep: the switch that does so, in the page of those that have such charts.
        view: the pictures.
        text: the numbers beside them.
        equation: HTML above the numbers.
        readout: shows both.
        message: an error, or nothing.
        side: what stands beside the pictures.
        widget: all of it; what a notebook shows.
        compute: pictures and numbers for a state, given by the controls' names; defined by each subclass.
    """

    about: ClassVar[str] = ""
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    columns: ClassVar[int] = 3
    kept: ClassVar[tuple[int, ...]] = ()

    compute: Callable[..., Drawn]

    def __init__(self, title: str, controls: Mapping[str, widgets.Widget]) -> None:
        self.title, self.controls = title, dict(controls)
        self.text = self.equation = ""
        self.layers = self._make_layers()
        self.view = PanelView(self.columns, self.layers)
        self.readout, self.message = widgets.HTML(), widgets.HTML()
        self.keep = switch("keep these lines, faint, behind the next", False)
        self.keep.observe(self._keep, names="value")
        self._behind: dict[int, Chart] = {}
        self._labels = {name: control.description for name, control in self.controls.items()}
        self._start = self.state
        shown = list(self.controls.values())
        if FRAME in self.controls:
            shown.insert(shown.index(self.controls[FRAME]) + 1, _play(self.controls[FRAME]))
        self.buttons = {name: button(name, partial(self.put, values)) for name, values in self.presets.items()}
        self.buttons["reset"] = button("reset", self.reset)
        self.side = classed(
            widgets.VBox(
                [
                    widgets.HTML(style_sheet() + _heading(title, self.about)),
                    classed(widgets.VBox(shown), "fomm-lite-controls"),
                    classed(widgets.HBox(list(self.buttons.values())), "fomm-lite-buttons"),
                    *([self.keep] if self.kept else []),
                    *self.below_buttons(),
                    self.message,
                    self.readout,
                ]
            ),
            "fomm-lite-side",
        )
        body = classed(widgets.HBox([self.side, self.stage()]), "fomm-lite-body")
        self.widget = classed(widgets.VBox([body]), "fomm-lite-explorer")
        self._all = Together(self.controls, self._changed)
        self.update()

    @property
    def state(self) -> dict[str, Any]:
        """The controls' values."""
        return {name: control.value for name, control in self.controls.items()}

    def idle(self, state: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG002 - nothing is idle in most explorers
        """Controls that change nothing in a state: their names, and why; they are greyed."""
        return {}

    def handles(self, state: Mapping[str, Any]) -> dict[int, dict[str, Handle]]:  # noqa: ARG002
        """What can be dragged on the pictures in a state: by the picture's number, always the same, and by name."""
        return {}

    def pull(self, name: str, place: Place) -> Mapping[str, Any]:
        """What controls must say for a handle to be where a hand wants it, or as near as they can.

        Args:
            name: of the handle.
            place: normalised (x, y) on its picture.
        """
        raise NotImplementedError(f"{type(self).__name__} has handles and does not say what {name} at {place} means")

    def look(self, name: str) -> Mapping[str, Any]:  # noqa: ARG002 - most explorers show all there is anyway
        """What controls must say for a handle's subject to be shown."""
        return {}

    def stage(self) -> widgets.Widget:
        """What stands beside the controls."""
        return self.view.widget

    def below_buttons(self) -> list[widgets.Widget]:
        """More that can be done."""
        return []

    def reset(self) -> None:
        """Everything as it was at the beginning."""
        self.keep.value = False
        self.put(self._start)

    def put(self, values: Mapping[str, Any]) -> None:
        """Set some controls at once, and draw once.

        Args:
            values: by the names of the controls.
        """
        self._all.put(values)

    def render(self, state: Mapping[str, Any]) -> Picture:
        """All pictures of a state in one, whatever the controls say."""
        return as_bytes(self._together(self.compute(**state)))

    def update(self) -> None:
        """Draw the present state; an error is shown in words, and raised."""
        state = self.state
        reasons = self.idle(state)
        for name, control in self.controls.items():
            control.disabled = name in reasons
            control.description = self._labels[name] + (f" ({reasons[name]})" if name in reasons else "")
        try:
            drawn = self.compute(**state)
        except Exception as error:
            self.message.value = in_words(error)
            raise
        self.message.value, self.text, self.equation = "", drawn.text, drawn.equation
        self._drawn = drawn
        self.present(
            {
                name: over(panel, self._behind[number])
                if isinstance(panel, Chart) and number in self._behind
                else panel
                for number, (name, panel) in enumerate(drawn.panels.items())
            }
        )
        for number, handles in self.handles(state).items() if self.layers else ():
            self.layers[number].show(handles)
        self.readout.value = f"{self.equation}<pre>{escape(self.text)}</pre>"

    def present(self, panels: Mapping[str, Panel]) -> None:
        """Put the pictures where the reader sees them."""
        self.view.show(panels)

    def figure(self, alt: str, *, before: Mapping[str, Any] | None = None, **state: Any) -> Image:
        """The pictures as they are, for pages without a kernel.

        Args:
            alt: what they show, in words.
            before: what differs from the controls in an earlier state; of that, what ``state`` changes stands above.
            state: what differs from the controls.

        Raises:
            InputError: ``state`` changes nothing.
        """
        wide, rest = _by_width(self.compute(**self.state | state).panels)
        side = max(max(picture.shape[1:]) for picture in rest.values())

        def enlarged(pictures: Mapping[str, Tensor]) -> list[tuple[str, Tensor]]:
            return [(name, enlarge(picture.detach().cpu(), side)) for name, picture in pictures.items()]

        fine = enlarged(rest)
        rows = [("", fine[first : first + self.columns]) for first in range(0, len(fine), self.columns)]
        if before is not None:
            _, was = _by_width(self.compute(**{**self.state, **before}).panels)
            changed = [one for one, other in zip(enlarged(was), fine, strict=True) if not torch.equal(one[1], other[1])]
            rows = [("before", changed), ("after", rows[0][1]), *rows[1:]]
        return Sheet([*rows, *(("", [(name, panel.picture)]) for name, panel in wide.items())], alt)

    def at(self, **values: Any) -> str:
        """Move controls, read the numbers beside the pictures, and put the controls back.

        Args:
            values: by the names of the controls.

        Returns:
            The lines of numbers that stood there.

        Raises:
            InputError: no control has that name.
        """
        if unknown := sorted(set(values) - set(self.controls)):
            raise InputError(f"got {', '.join(unknown)}", f"some of {', '.join(self.controls)}", "choose from these")
        before = {name: self.controls[name].value for name in values}
        try:
            self.put(values)
            return self.text
        finally:
            self.put(before)

    def _make_layers(self) -> "dict[int, HandleLayer]":
        """An empty layer for each picture with handles, where there can be any."""
        held = self.handles(self.state)
        if not held or core_widgets_only():
            return {}
        from fomm_lite.course.kit.handles import HandleLayer

        return {number: HandleLayer(self._pulled, self._looked) for number in held}

    def _pulled(self, name: str, place: Place) -> None:
        self.put(self.pull(name, place))

    def _looked(self, name: str) -> None:
        if values := self.look(name):
            self.put(values)

    def _together(self, drawn: Drawn) -> Float[Tensor, "3 h w"]:
        """The pictures on one sheet; a single one without a name stays as it is."""
        wide, rest = _by_width(drawn.panels)
        if list(rest) == [""]:
            return rest[""]
        columns, named = self.columns - sum(panel.span for panel in wide.values()), list(rest.items())
        rows = [dict(named[first : first + columns]) for first in range(0, len(named), columns)]
        sheet = album(rows, max(max(picture.shape[1:]) for picture in rest.values()))
        return torch.cat([sheet, *(enlarge(panel.picture, sheet.shape[1]) for panel in wide.values())], dim=2)

    def _keep(self, change: Mapping[str, Any]) -> None:
        """The lines that are there stay behind all others, until the switch is off again."""
        charts = {n: panel for n, panel in enumerate(self._drawn.panels.values()) if isinstance(panel, Chart)}
        self._behind = {number: charts[number] for number in self.kept} if change["new"] else {}
        self.update()

    def _changed(self) -> None:
        """Controls were moved."""
        self.update()


def button(name: str, action: Callable[[], None]) -> widgets.Button:
    """A button that does something."""
    made = widgets.Button(description=name)
    made.on_click(lambda _: action())
    return made


def in_words(error: Exception) -> str:
    """An error in a line, for a widget that shows HTML."""
    return in_red(f"{type(error).__name__}: {' '.join(str(error).split())}")


def _by_width(panels: Mapping[str, Panel]) -> tuple[dict[str, Chart], dict[str, Float[Tensor, "3 _ _"]]]:
    """Charts that are wider than a column, and all other pictures."""
    wide = {name: panel for name, panel in panels.items() if isinstance(panel, Chart) and panel.span > 1}
    return wide, {name: pixels_of(panel) for name, panel in panels.items() if name not in wide}


def _play(frame: widgets.IntSlider) -> widgets.Play:
    """A button that moves a slider; linked by Python, which works everywhere."""
    play = widgets.Play(min=frame.min, max=frame.max, value=frame.value, interval=1000 // FRAMES_A_SECOND)
    widgets.link((play, "value"), (frame, "value"))
    return play


def _heading(title: str, about: str) -> str:
    """The title, and a "?" that opens what to try."""
    more = f'<details><summary title="what to try">?</summary><p>{escape(about)}</p></details>' if about else ""
    return f"<b>{escape(title)}</b>{more}"
