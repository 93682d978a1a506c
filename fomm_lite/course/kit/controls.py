"""Controls in words: labels that are never cut off, ranges that cannot be left, all reachable by keyboard."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

ECHO = 1e-9  # a change of a number that is none
_WORDS = {"description_width": "initial"}  # an explorer's style sheet puts labels above their controls


def _wide() -> widgets.Layout:
    return widgets.Layout(width="auto", max_width="100%")


def slider(label: str, value: float, low: float, high: float, step: float, unit: str = "") -> widgets.FloatSlider:
    """A number, shown with as many decimals as its step has; the unit stands in the label."""
    decimals = max(0, math.ceil(-math.log10(step) - 1e-9))
    return widgets.FloatSlider(
        value=value,
        min=low,
        max=high,
        step=step,
        description=_named(label, unit),
        readout_format=f".{decimals}f",
        style=_WORDS,
        layout=_wide(),
    )


def log_slider(label: str, value: float, low: float, high: float, unit: str = "") -> widgets.FloatLogSlider:
    """A number above 0 whose powers of ten are equally far apart."""
    return widgets.FloatLogSlider(
        value=value,
        min=math.log10(low),
        max=math.log10(high),
        step=0.05,
        description=_named(label, unit),
        readout_format=".2g",
        style=_WORDS,
        layout=_wide(),
    )


def whole(label: str, value: int, low: int, high: int, unit: str = "") -> widgets.IntSlider:
    """A whole number."""
    return widgets.IntSlider(
        value=value, min=low, max=high, description=_named(label, unit), style=_WORDS, layout=_wide()
    )


def switch(label: str, value: bool) -> widgets.Checkbox:
    """On or off."""
    return widgets.Checkbox(value=value, description=label, indent=False)


def choice(label: str, options: Sequence[tuple[str, Any]], value: Any = None) -> widgets.Dropdown:
    """One of some; the first to begin with, unless a value is given."""
    start = options[0][1] if value is None else value
    return widgets.Dropdown(options=list(options), value=start, description=label, style=_WORDS, layout=_wide())


def several(label: str, options: Sequence[tuple[str, Any]]) -> widgets.SelectMultiple:
    """Any of some; none to begin with."""
    rows = min(len(options), 5)
    return widgets.SelectMultiple(
        options=list(options), value=(), description=label, rows=rows, style=_WORDS, layout=_wide()
    )


def _named(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label


class Together:
    """Controls that tell of a change once, however many of them are set at once.

    Args:
        controls: by name.
        changed: called when one was moved, and once by :meth:`put`.
    """

    def __init__(self, controls: Mapping[str, widgets.Widget], changed: Callable[[], None]) -> None:
        self._controls, self._changed, self._held = controls, changed, False
        for control in controls.values():
            control.observe(self._moved, names="value")

    def put(self, values: Mapping[str, Any]) -> None:
        """Set some of them.

        Args:
            values: by the names of the controls.
        """
        self._held = True
        try:
            for name, value in values.items():
                self._controls[name].value = value
        finally:
            self._held = False
        self._changed()

    def _moved(self, change: Mapping[str, Any]) -> None:
        if not self._held and not _echo(change["old"], change["new"]):
            self._changed()


def _echo(old: object, new: object) -> bool:
    """Whether a page only says again what it was told: its sliders count in steps, and round otherwise."""
    return isinstance(old, float) and isinstance(new, float) and abs(new - old) < ECHO
