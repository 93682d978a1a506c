"""Where figures are cut for narrow pages: between panels, through nothing, and side by side they are whole again."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch
from PIL import Image

from benchmarks.picture_words import bare_pictures
from fomm_lite.course.kit.columns import holds
from fomm_lite.course.kit.show import SMALLEST, PagePicture
from fomm_lite.course.kit.style import CHART, drawing, picture_row, scalar_map

IMG = re.compile(r'<img ([^>]*)src="data:image/webp;base64,([^"]+)">')


def panels_of(shown: PagePicture) -> list[tuple[str, np.ndarray]]:
    """Attributes and pixels of each element, from left to right."""
    return [
        (about, np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))))
        for about, data in IMG.findall(shown._repr_html_())
    ]


def charts(count: int, **options: float) -> PagePicture:
    """Charts side by side, each with a title, labels and a legend."""
    with drawing("some lines that rise", **options) as made:
        for number, axes in enumerate(made.figure.subplots(1, count, squeeze=False)[0]):
            axes.plot([0, 1], [0, 10**number], label="rising")
            axes.set(title=f"line {number}", xlabel="time", ylabel="height")
            axes.legend()
    return made.shown


@pytest.mark.parametrize("count", [2, 3, 4])
def test_panels_side_by_side_are_the_figure_to_the_pixel(count: int) -> None:
    shown = charts(count)
    panels = panels_of(shown)
    assert len(panels) == count
    whole = np.asarray(Image.open(io.BytesIO(shown.data)))
    np.testing.assert_array_equal(np.concatenate([pixels for _, pixels in panels], axis=1), whole)
    for _, pixels in panels:
        assert (pixels[:, [0, -1]] == 255).all()  # nothing was cut through
        assert (pixels < 255).any()


def test_panels_are_as_wide_as_they_were_and_shrink_only_so_far() -> None:
    abouts = [about for about, _ in panels_of(charts(3))]
    widths = [int(re.search(r'width="(\d+)"', about)[1]) for about in abouts]  # type: ignore[index]
    assert sum(widths) == 900
    for width, about in zip(widths, abouts, strict=True):
        assert f"flex-basis:{SMALLEST * width:.0f}px" in about and f"max-width:{width}px" in about
        assert SMALLEST * width < 344  # so it is read on a telephone


def test_the_words_are_read_once() -> None:
    shown = charts(3)
    said = [re.search(r'alt="([^"]*)"', about)[1] for about, _ in panels_of(shown)]  # type: ignore[index]
    assert said == ["some lines that rise", "", ""]
    assert ["aria-hidden" in about for about, _ in panels_of(shown)] == [False, True, True]
    assert bare_pictures(shown._repr_html_()) == []


def test_columns_of_rows_stay_together() -> None:
    with drawing("two rows of three maps", height=6) as made:
        for axes in made.figure.subplots(2, 3).flat:
            scalar_map(axes, torch.rand(4, 4), "a map")
    assert len(panels_of(made.shown)) == 3


def test_a_bar_of_colours_stays_with_its_map_and_a_legend_beside_with_the_last_panel() -> None:
    with drawing("two maps and their colours") as made:
        both = made.figure.subplots(1, 2)
        for axes in both:
            seen = scalar_map(axes, torch.rand(4, 4), "a map")
        made.figure.colorbar(seen, ax=both, label="a long word that says what is measured")
    assert len(made.shown.cuts) == 1
    with drawing("two lines and their names") as made:
        for axes in made.figure.subplots(1, 2):
            axes.plot([0, 1], label="a line")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    assert len(made.shown.cuts) == 1


def test_what_joins_panels_keeps_the_figure_whole() -> None:
    def pair(joined: str) -> PagePicture:
        with drawing("two panels and what joins them") as made:
            left, right = made.figure.subplots(1, 2)
            for axes in (left, right):
                axes.plot([0, 1], label="a line")
            if joined == "arrow":
                made.figure.add_artist(ConnectionPatch((0.5, 0.5), (0.5, 0.5), "data", "data", axesA=left, axesB=right))
            elif joined == "title":
                made.figure.suptitle("one title above both of the panels")
            elif joined == "legend":
                made.figure.legend(*left.get_legend_handles_labels(), loc="outside upper center")
        return made.shown

    assert len(pair("nothing").cuts) == 1
    for joined in ("arrow", "title", "legend"):
        assert pair(joined).cuts == []
        assert pair(joined)._repr_html_().count("<img") == 1


def test_a_lone_chart_is_narrow_unless_that_crowds_it() -> None:
    assert charts(1).width == 100 * CHART and charts(1, width=4).width == 400
    assert charts(1)._repr_html_().count("<img") == 1
    with drawing("six long names in a row") as made:
        made.figure.subplots().bar([f"a name that is long {number}" for number in range(6)], range(6))
    assert made.shown.width == 900
    with drawing("a line below a long legend") as made:
        axes = made.figure.subplots()
        axes.plot([0, 1], label="a name so long that it needs the whole width of the widest paper")
        made.figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center")
    assert made.shown.width == 900


def test_numbers_need_a_space_between_them() -> None:
    figure = Figure(figsize=(6, 3), dpi=100)
    canvas, axes = FigureCanvasAgg(figure), figure.subplots()
    axes.set_xticks([0.2, 0.8], ["0.000", "0.025"])
    canvas.draw()
    number, whole = axes.get_xticklabels()[0].get_window_extent().width, axes.bbox.width
    for space, enough in ((-1, False), (1, False), (number, True)):
        axes.set_xticks([0.2, 0.2 + (number + space) / whole], ["0.000", "0.025"])
        axes.set_xlim(0, 1)
        canvas.draw()
        assert holds(canvas) is enough


def test_a_picture_keeps_its_width() -> None:
    assert picture_row({"noise": torch.rand(3, 8, 8)}, "one field of noise").width == 900


def test_each_panel_carries_what_stands_beside_the_first() -> None:
    """Looked for on the page: left of every panel's picture something is written, as left of the first one's."""

    def ink(shown: PagePicture) -> list[int]:
        return [int((pixels[:, : pixels.shape[1] // 8] < 200).any(2).sum()) for _, pixels in panels_of(shown)]

    with drawing("two rows of two white maps", width=6, height=6) as made:
        for row in made.figure.subplots(2, 2):
            for axes in row:
                scalar_map(axes, torch.zeros(4, 4), signed=True, limit=1.0)
            row[0].set_ylabel("a row")
    first, second = ink(made.shown)
    assert first > 50 and second == pytest.approx(first, rel=0.3)

    with drawing("two charts of one scale") as made:
        left, right = made.figure.subplots(1, 2, sharey=True)
        for axes in (left, right):
            axes.plot([1000, 2000])
        left.set_ylabel("height")
    first, second = ink(made.shown)
    assert second == pytest.approx(first, rel=0.3)


def test_pictures_stay_with_the_level_name_of_their_row() -> None:
    with drawing("a chart, and three rows of three maps") as made:
        beside, rows = made.figure.subfigures(1, 2)
        beside.subplots().plot([0, 1])
        for row in rows.subplots(3, 3):
            for axes in row:
                scalar_map(axes, torch.ones(4, 4))
            row[0].set_ylabel("name", rotation=0, ha="right")
    assert len(made.shown.cuts) == 1
