"""Models against copying the source, a bar each."""

from collections.abc import Mapping
from textwrap import fill

from IPython.display import Image

from fomm_lite.course.kit.style import BLUE, GREY, drawing


def held_out_ratios(values: Mapping[str, float]) -> Image:
    """Held-out L1 as a share of copying, one bar a model."""
    said = ", ".join(f"{name} {value:.2f}" for name, value in values.items())
    with drawing(f"Held-out L1 as a share of copying: {said}", width=7.5, height=0.5 * len(values) + 1.1) as made:
        axes = made.figure.subplots()
        names = [fill(name, 18) for name in values]
        bars = axes.barh(names[::-1], list(values.values())[::-1], color=BLUE)
        axes.bar_label(bars, fmt="%.2f", padding=3)
        axes.axvline(1, color=GREY, linestyle="--", linewidth=1)
        axes.set(xlim=(0, 1.15), xlabel="L1 as a share of copying the source\n(dashed: copying)")
    return made.shown
