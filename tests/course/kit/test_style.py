"""How every figure is drawn and handed over."""

import io

import numpy as np
import torch
from PIL import Image

from fomm_lite.course.kit import style
from fomm_lite.media.draw import keypoint_colour


def pixels(shown: object) -> np.ndarray:
    """The picture's colours (h w 3)."""
    return np.asarray(Image.open(io.BytesIO(shown.data)).convert("RGB"))  # type: ignore[attr-defined]


def test_a_figure_is_a_picture_with_words_on_white_paper() -> None:
    with style.drawing("a falling line", width=4, height=2) as made:
        made.figure.subplots().plot([1, 0])
    seen = pixels(made.shown)
    assert seen.shape == (400, 800, 3)
    assert made.shown.width == 400 and made.shown.height == 200  # two pixels for each one of the page
    assert (seen[0, 0] == 255).all()
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) > 2
    assert made.shown.alt == "a falling line"


def test_figures_leave_matplotlib_as_it_was() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    with style.drawing("nothing") as made:
        made.figure.subplots()
    assert dict(mpl.rcParams) == before


def test_lines_of_given_colours_are_told_apart_in_grey() -> None:
    with style.drawing("six level lines", width=4, height=3) as made:
        axes = made.figure.subplots()
        for height, colour in enumerate(style.LINES):
            axes.plot([0, 1], [height, height], color=colour)
        axes.set_axis_off()
    ink = pixels(made.shown).min(2) < 160
    rows = [run for run in np.split(ink, np.flatnonzero(~ink.any(1))) if run.any()]
    assert len(rows) == 6

    def gaps(row: np.ndarray) -> tuple[int, ...]:
        """How long the line's pieces are, and how many."""
        along = np.flatnonzero(np.diff(np.pad(row.any(0).astype(int), 1)))
        lengths = along[1::2] - along[::2]
        return len(lengths), int(lengths.max()), int(lengths.min())

    seen = [gaps(row) for row in rows[::-1]]
    assert seen[0][0] == 1 and len(set(seen)) == 6
    assert all(count > 10 for count, _, _ in seen[1:])


def test_keypoints_lie_where_the_picture_has_them() -> None:
    with style.drawing("one keypoint", width=3, height=3) as made:
        axes = made.figure.subplots()
        style.picture(axes, torch.zeros(3, 9, 9))
        style.keypoint_dots(axes, torch.tensor([[0.5, -0.5]]))
    inside = axes.transData.transform((0.5, -0.5))  # the layout is settled only when the figure is drawn
    seen = pixels(made.shown)
    x, y = round(float(inside[0])), seen.shape[0] - round(float(inside[1]))
    np.testing.assert_allclose(seen[y, x] / 255, keypoint_colour(0), atol=0.02)


def test_a_pixel_of_a_map_is_centred_on_its_coordinate() -> None:
    with style.drawing("one bright pixel", width=3, height=3) as made:
        axes = made.figure.subplots()
        values = torch.zeros(5, 5)
        values[0, 4] = 1
        style.scalar_map(axes, values)
    corner, beside = axes.transData.transform((1, -1)), axes.transData.transform((0.5, -1))
    seen = pixels(made.shown).astype(int)
    at = [tuple(seen[seen.shape[0] - round(float(y)), round(float(x))]) for x, y in (corner, beside)]
    assert at[0] != at[1]
    assert sum(at[0]) > sum(at[1])  # viridis grows lighter


def test_a_row_of_pictures_and_maps(panels) -> None:  # type: ignore[no-untyped-def]
    colours, grey = torch.rand(3, 8, 8), torch.rand(8, 8)
    seen = panels(style.picture_row({"colours": colours, "grey": grey}, "a picture and a map"))
    np.testing.assert_allclose(seen[0].images[0], colours.permute(1, 2, 0))
    np.testing.assert_allclose(seen[1].images[0], grey[:, :, None].expand(-1, -1, 3))
    assert [panel.title for panel in seen] == ["colours", "grey"]
    assert all(spine.get_visible() for spine in seen[1].axes.spines.values())
    (bare,) = panels(style.picture_row({"grey": grey}, "one bare map", height=2.0, framed=False))
    assert not any(spine.get_visible() for spine in bare.axes.spines.values())
    assert bare.axes.figure.get_size_inches().tolist() == [9, 2]
