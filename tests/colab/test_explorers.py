"""Every explorer and the puppet on ipywidgets 7.7.1, which Colab has: they are built, moved, and seen to change.

There an unknown keyword of a widget is a DeprecationWarning and forgotten, and nothing but core widgets is shown.
"""

import sys
import types
import warnings
from importlib.machinery import ModuleSpec

import ipywidgets as widgets
import pytest

from fomm_lite.course.explorers import NAMES, explorer
from fomm_lite.course.kit.explorer import Explorer

pytestmark = pytest.mark.skipif(
    not widgets.__version__.startswith("7."), reason="for the environment of `make test-colab`"
)

# without these nothing is there of which to take more or less
NEEDED = {"used": "truth", "amount": 1.0}
FORGOTTEN = "Passing unrecognized arguments"


@pytest.fixture(scope="module", params=NAMES)
def made(request: pytest.FixtureRequest) -> Explorer:
    """As on Colab, where handles and canvas are left out."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.filterwarnings("error", FORGOTTEN)
        colab = types.ModuleType("google.colab")
        colab.__spec__ = ModuleSpec("google.colab", None)  # which accelerate looks at
        patch.setitem(sys.modules, "google.colab", colab)
        return explorer(request.param)


def other(control: widgets.Widget) -> object:
    """Something else than a control says."""
    if isinstance(control, widgets.FloatSlider | widgets.IntSlider | widgets.FloatLogSlider):
        ends = [control.min, control.max]
        if isinstance(control, widgets.FloatLogSlider):
            ends = [control.base**end for end in ends]
        return ends[0] if abs(control.value - ends[1]) < abs(control.value - ends[0]) else ends[1]
    if isinstance(control, widgets.Checkbox):
        return not control.value
    values = [value for _, value in control.options]
    if isinstance(control, widgets.SelectMultiple):
        return tuple(values)
    return next(value for value in values if value != control.value)


def seen(made: Explorer) -> list[object]:
    """What the page is told: the pictures, and the numbers."""
    return [*(bytes(image.value) for image in made.view.images), made.readout.value]


def test_each_control_changes_what_is_seen(made: Explorer) -> None:
    assert made.layers == {} and seen(made)
    made.put({name: value for name, value in NEEDED.items() if name in made.controls})
    for name, control in made.controls.items():
        before, start = seen(made), control.value
        with warnings.catch_warnings():
            warnings.filterwarnings("error", FORGOTTEN)
            control.value = other(control)
        assert not made.message.value
        assert seen(made) != before, name
        control.value = start
        assert seen(made) == before, name


def test_each_button_does_what_it_names(made: Explorer) -> None:
    made.reset()
    start = made.state
    for name, values in made.presets.items():
        made.buttons[name].click()
        assert made.state == start | dict(values)
        made.buttons["reset"].click()
        assert made.state == start


def test_only_core_widgets_reach_the_page(made: Explorer) -> None:
    found, todo = set(), [made.widget]
    while todo:
        widget = todo.pop()
        found.add(widget._view_module)
        todo.extend(getattr(widget, "children", ()))
    assert found <= {"@jupyter-widgets/controls", "@jupyter-widgets/base"}
