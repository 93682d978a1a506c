"""Figures of notebook 04, by what is drawn in them."""

import numpy as np
import pytest
import torch
from torch import Tensor

from fomm_lite import geometry, load_model
from fomm_lite.course.ch04_dense_motion import figures
from fomm_lite.course.kit.panels import flow_colours
from fomm_lite.media.draw import BACKGROUND_COLOUR, draw_masks, keypoint_colour
from fomm_lite.types import DenseMotion, Keypoints
from fomm_lite.worlds import faces


@pytest.fixture(scope="module")
def moved() -> tuple[DenseMotion, Keypoints]:
    model, frames = load_model("faces-64"), faces(1, frames=6, size=64).frames
    with torch.no_grad():
        keypoints = model.detect(frames)
        return model.motion(frames[:1], keypoints[:1], keypoints[5:6]), keypoints[5:6]


def as_shown(picture: Tensor) -> Tensor:
    return picture.permute(1, 2, 0)


def test_both_gaussians_their_sum_and_their_difference(panels):
    driving, source = torch.rand(2, 8, 8)
    seen = panels(figures.heatmap_kinds(driving, source))
    for panel, values in zip(seen, (driving, source, driving + source, driving - source), strict=False):
        np.testing.assert_allclose(panel.images[0], values)
    assert [panel.title.split()[0] for panel in seen[:4]] == ["driving", "source", "sum", "heatmap"]
    assert seen[3].axes.images[0].get_clim() == (-1, 1)


def test_steps_say_their_largest_values(panels):
    maps = {"1 pixel": torch.full((8, 8), 0.25), "4 pixels": torch.rand(8, 8)}
    shown = figures.heatmap_steps(maps)
    for panel, (name, values) in zip(panels(shown), maps.items(), strict=False):
        np.testing.assert_allclose(panel.images[0], values)
        assert panel.title == f"{name}: largest {float(values.max()):.2f}"
    assert "1 pixel 0.25" in shown.alt


def test_a_row_for_each_local_motion(panels, moved):
    motion, kp = moved
    shown = figures.local_motions(motion, [0, 3], kp)
    seen = panels(shown)
    for number, row in ((0, seen[:4]), (3, seen[4:8])):  # two bars of colours come after them
        heatmap, sparse, deformed, mask = row
        assert len({panel.title.split(":")[0] for panel in row}) == 1  # each says whose it is: a telephone parts them
        np.testing.assert_allclose(heatmap.images[0], motion.heatmaps[0, number])
        np.testing.assert_allclose(deformed.images[0], as_shown(motion.deformed_sources[0, number]), atol=1e-6)
        np.testing.assert_allclose(mask.images[0], motion.masks[0, number])
        rows, columns = sparse.lines[0:18:2], sparse.lines[1:18:2]
        np.testing.assert_allclose(rows[0], motion.sparse_motions[0, number, 0])
        np.testing.assert_allclose(columns[-1], motion.sparse_motions[0, number, :, -1])
        dots = [kp.positions[:, 2].tolist()] if number else []
        assert [each.tolist() for each in heatmap.dots] == [each.tolist() for each in deformed.dots] == dots
    assert "keypoint 3" in shown.alt and "background" in shown.alt


def test_opinions_are_as_large_as_their_masks_and_eq_7_is_their_mean(panels, moved):
    motion, _ = moved
    grid = geometry.coordinate_grid(*motion.masks.shape[2:])
    seen = panels(figures.opinions(torch.rand(3, 32, 32), motion, grid, {"one": (3, 4), "two": (15, 6)}))
    for panel, (row, column) in zip(seen, ((3, 4), (15, 6)), strict=True):
        *opinions, mixed, true = panel.axes.collections
        shares = motion.masks[0, :, row, column]
        np.testing.assert_allclose(np.concatenate(panel.dots[:-2]), motion.sparse_motions[0, :, row, column])
        np.testing.assert_allclose([dot.get_sizes()[0] for dot in opinions[:11]], 15 + 500 * shares, rtol=1e-5)
        colours = [BACKGROUND_COLOUR, *(keypoint_colour(k) for k in range(10))]
        assert [tuple(dot.get_facecolor()[0][:3]) for dot in opinions] == colours
        np.testing.assert_allclose(mixed.get_offsets()[0], motion.deformation[0, row, column])
        np.testing.assert_allclose(true.get_offsets()[0], grid[row, column])
        assert panel.axes.yaxis_inverted() and not panel.axes.xaxis_inverted()


def test_flow_beside_true_flow_and_a_wheel_that_says_the_directions(panels, moved):
    motion, kp = moved
    grid, (driving, prediction) = geometry.coordinate_grid(32, 32), torch.rand(2, 3, 32, 32)
    seen = panels(figures.mixture(driving, prediction, motion, 0.9 * grid, 1.1 * grid, kp))
    np.testing.assert_allclose(seen[0].images[0], as_shown(driving))
    np.testing.assert_allclose(np.concatenate(seen[0].dots), kp.positions[0])
    np.testing.assert_allclose(seen[1].images[0], as_shown(draw_masks(prediction, motion.masks[0])), atol=1e-6)
    np.testing.assert_allclose(seen[2].images[0], as_shown(flow_colours(0.9 * grid, 0.3)), atol=1e-6)
    np.testing.assert_allclose(seen[3].images[0], as_shown(flow_colours(1.1 * grid, 0.3)), atol=1e-6)
    wheel = seen[4]
    for text, x, y in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
        at = next(each for each in wheel.axes.texts if each.get_text() == text).get_position()
        assert at == (0.75 * x, 0.75 * y)
        row, column = round(32 + 30 * y), round(32 + 30 * x)
        looks = geometry.coordinate_grid(65, 65) + torch.tensor([x, y]) * 0.3 * 30 / 32
        np.testing.assert_allclose(wheel.images[0][row, column], flow_colours(looks, 0.3)[:, 0, 0], atol=1e-5)


def test_end_point_errors_of_two_worlds(panels):
    rows = {"faces": {"identity": 2.0, "model": 0.5}, "puppets": {"identity": 1.0, "model": 0.9}}
    shown = figures.endpoint_errors(rows)
    (panel,) = panels(shown)
    assert [bar[3] for bar in panel.bars] == [2.0, 0.5, 1.0, 0.9]
    lefts = [bar[0] for bar in panel.bars]
    assert lefts[0] < lefts[2] < lefts[1] < lefts[3]
    assert [tick.get_text() for tick in panel.axes.get_xticklabels()] == ["identity", "model"]
    assert [text.get_text() for text in panel.axes.get_legend().texts] == ["faces", "puppets"]
    assert "faces: identity 2.00, model 0.50" in shown.alt


def test_overlaps_have_parts_as_rows_and_masks_as_columns(panels):
    values = torch.tensor([[0.1, 0.8, 0.0], [0.6, 0.2, 0.1]])
    shown = figures.overlaps(values, ["nose", "hair"])
    panel = panels(shown)[0]
    np.testing.assert_allclose(panel.images[0], values)
    assert [tick.get_text() for tick in panel.axes.get_yticklabels()] == ["nose", "hair"]
    assert [tick.get_text() for tick in panel.axes.get_xticklabels()] == ["back-\nground", "1", "2"]
    assert "nose is 1 (0.80)" in shown.alt


def test_the_error_stands_beside_driving_and_deformed_source(panels):
    driving, error, deformed = torch.rand(3, 16, 16), torch.rand(16, 16), torch.rand(3, 16, 16)
    seen = panels(figures.boundary(driving, error, deformed))
    np.testing.assert_allclose(seen[0].images[0], as_shown(driving))
    np.testing.assert_allclose(seen[1].images[0], as_shown(deformed))
    np.testing.assert_allclose(seen[2].images[0], error)
    assert [panel.title for panel in seen[:2]] == ["driving", "deformed source"]
