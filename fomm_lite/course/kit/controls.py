"""Controls in words: labels that are never cut off, ranges that cannot be left, all reachable by keyboard."""

import math
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

_WORDS = {"description_width": "23em"}


def _wide() -> widgets.Layout:
    return widgets.Layout(width="43em", max_width="100%")


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
