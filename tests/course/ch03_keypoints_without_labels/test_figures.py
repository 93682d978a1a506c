"""Figures of notebook 03, by what is drawn in them."""

import numpy as np
import torch

from fomm_lite.course.ch03_keypoints_without_labels import figures
from fomm_lite.course.ch03_keypoints_without_labels.skips import Outlines
from fomm_lite.course.ch03_keypoints_without_labels.trained_temperatures import Trained
from fomm_lite.media.draw import draw_keypoints, enlarge, keypoint_colour
from fomm_lite.types import Keypoints


def some(count: int = 3) -> Keypoints:
    return Keypoints(torch.rand(1, count, 2) - 0.5, torch.eye(2).repeat(1, count, 1, 1))


def marked(image: torch.Tensor, kp: Keypoints) -> torch.Tensor:
    return draw_keypoints(enlarge(image, 280), kp.positions[0], kp.jacobians[0]).permute(1, 2, 0)


def test_each_confidence_map_has_its_own_keypoint(panels):
    maps, positions = torch.rand(3, 8, 8), torch.rand(3, 2) - 0.5
    shown = figures.confidence(torch.rand(3, 16, 16), maps, positions, [2, 0])
    picture, *rest = panels(shown)
    for panel, k in zip(rest, (2, 0), strict=True):
        np.testing.assert_allclose(panel.images[0], maps[k])
        np.testing.assert_allclose(panel.dots[0], positions[k : k + 1])
        assert tuple(panel.axes.collections[0].get_facecolor()[0][:3]) == keypoint_colour(k)
        assert panel.title == f"confidence map {k + 1}\nyellow: {float(maps[k].max()):.2f}"
    np.testing.assert_allclose(np.concatenate(picture.dots), positions[[2, 0]])
    assert "3, 1" in shown.alt


def test_entropy_left_and_bias_right_over_the_temperature(panels):
    values = torch.logspace(-1, 1, 5)
    shown = figures.temperatures(values, 2 * values, values / 10, 0.3)
    left, right = panels(shown)
    np.testing.assert_allclose(left.lines[0], torch.stack([values, 2 * values], 1))
    np.testing.assert_allclose(right.lines[0], torch.stack([values, values / 10], 1))
    assert left.labels[1] == "entropy (bits)" and right.labels[1].startswith("bias")
    assert left.lines[1][0, 0] == right.lines[1][0, 0] == 0.3
    assert "20.0 bits" in shown.alt and "1.00" in shown.alt


def test_jacobian_maps_stand_row_by_row_with_what_is_read(panels):
    image, kp, maps, confidence = torch.rand(3, 16, 16), some(), torch.rand(2, 2, 8, 8) - 0.3, torch.rand(8, 8) / 32
    shown = figures.jacobian_maps(image, kp, maps, confidence, 1)
    first, *entries = panels(shown)
    np.testing.assert_allclose(first.images[0], marked(image, kp))
    for place, panel in enumerate(entries[:4]):
        row, column = divmod(place, 2)
        np.testing.assert_allclose(panel.images[0], maps[row, column])
        read = float((confidence * maps[row, column]).sum())
        assert panel.title == f"row {row + 1}, column {column + 1}:\nread as {read:.2f}"
        np.testing.assert_allclose(panel.dots[0], kp.positions[0, 1:2])
    assert "keypoint 2" in shown.alt


def test_slopes_of_the_second_peak_over_the_temperature(panels):
    values, slopes = torch.tensor([0.1, 1.0, 10.0]), torch.tensor([0.0, 2.0, 0.5])
    shown = figures.second_peak_slopes(values, slopes, 0.1)
    (panel,) = panels(shown)
    np.testing.assert_allclose(panel.lines[0], torch.stack([values, slopes], 1))
    assert "temperature 1.00" in shown.alt


def test_trained_temperatures_are_dots_around_their_means(panels):
    models = [Trained(t, seed, 0.5 + t + 0.1 * seed, 0.8, 0.2 * t, 1.0) for t in (0.1, 1.0) for seed in (0, 2)]
    shown = figures.trained_temperatures(models, 0.1)
    left, right = panels(shown)
    np.testing.assert_allclose(left.lines[0], [[0.1, 0.7], [1.0, 1.6]])
    np.testing.assert_allclose(left.dots[0], [[0.1, 0.6], [0.1, 0.8], [1.0, 1.5], [1.0, 1.7]])
    np.testing.assert_allclose(right.named["before training"], [[0.1, 0.8], [1.0, 0.8]])
    np.testing.assert_allclose(right.named["after it"], [[0.1, 0.02], [1.0, 0.2]])
    assert "0.1: L1 0.70 of copying, maps 0.02; 1: L1 1.60 of copying, maps 0.20" in shown.alt


def test_columns_of_products_lie_around_those_of_the_identity(panels):
    matrices = torch.tensor([[1.0, 0.2], [0.0, 3.0]]).repeat(3, 1, 1)
    shown = figures.products({"exact": torch.eye(2).repeat(3, 1, 1), "sheared": matrices})
    exact, sheared = panels(shown)
    assert exact.dots[0].tolist() == [[1, 0]] * 3 and exact.dots[1].tolist() == [[0, 1]] * 3
    np.testing.assert_allclose(sheared.dots[1], [[0.2, 3.0]] * 3)
    assert sheared.dots[2].tolist() == [[1, 0], [0, 1]]
    assert exact.title == "exact: Eq. 13 is 0.000" and sheared.title == "sheared: Eq. 13 is 0.550"


def test_keypoints_carried_over_are_shown_on_the_picture_itself(panels):
    image, warped = torch.rand(2, 3, 32, 32)
    found, there, carried = some(), some(), some()
    seen = panels(figures.equivariance(image, warped, found, there, carried))
    for panel, picture, kp in zip(seen, (image, warped, image), (found, there, carried), strict=True):
        np.testing.assert_allclose(panel.images[0], marked(picture, kp))
    assert [panel.title.split(",")[0] for panel in seen] == [
        "found in the picture", "found in the transformed", "the latter",
    ]  # fmt: skip


def test_true_landmarks_are_joined_with_what_was_read(panels):
    truth, guess = torch.rand(2, 5, 2)
    shown = figures.landmarks(torch.rand(3, 32, 32), truth, guess, 1.25, 3.5)
    left, right = panels(shown)
    np.testing.assert_allclose(left.dots[0], truth)
    np.testing.assert_allclose(left.dots[1], guess)
    for line, a, b in zip(left.lines, truth, guess, strict=True):
        np.testing.assert_allclose(line, torch.stack([a, b]))
    assert [bar[3] for bar in right.bars] == [3.5, 1.25]
    assert [tick.get_text() for tick in right.axes.get_xticklabels()] == ["mean landmark", "read from keypoints"]
    assert "1.25" in shown.alt and "3.50" in shown.alt


def test_patches_stand_in_rows_of_pictures_and_columns_of_keypoints(panels):
    rows = {"one": list(torch.rand(2, 3, 9, 9)), "two": list(torch.rand(2, 3, 9, 9))}
    shown = figures.reference_patches(rows, [0, 4])
    seen = panels(shown)
    assert [panel.title for panel in seen] == [f"{name}, keypoint {k}" for name in rows for k in (1, 5)]
    for panel, patch in zip(seen, [*rows["one"], *rows["two"]], strict=True):
        np.testing.assert_allclose(panel.images[0], patch.permute(1, 2, 0))
    assert "keypoints 1, 5" in shown.alt


def test_outlines_stand_beside_their_picture_with_the_share_of_hits():
    drawn = {"with": torch.rand(2, 8, 8), "without": torch.rand(2, 8, 8)}
    truth = torch.rand(2, 8, 8) > 0.5
    found = Outlines(torch.rand(2, 3, 8, 8), truth, drawn, {"with": 0.75, "without": 0.5})
    shown = figures.outlines(found, [1])
    ((_, row),) = shown.rows
    assert [name for name, _ in row] == ["picture", "true outline", "with: 75 % hit", "without: 50 % hit"]
    np.testing.assert_allclose(row[0][1], found.pictures[1])
    np.testing.assert_allclose(row[1][1][2], truth[1].float())
    np.testing.assert_allclose(row[3][1][0], drawn["without"][1])
    assert "with 75%, without 50%" in shown.alt


def test_local_motions_say_their_determinants_and_a_flat_one_smears():
    image, eye, flat = torch.rand(3, 9, 9), torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    shown = figures.local_motions(image, {"alike": (eye, eye), "flat": (flat, eye), "no way back": (eye, flat)})
    ((_, row),) = shown.rows
    names, made = zip(*row, strict=True)
    assert names[1:3] == ("alike: det A 1, det B 1", "flat: det A 0, det B 1")
    for same in (made[1], made[3]):  # without an inverse the identity
        np.testing.assert_allclose(same, image, atol=1e-5)
    np.testing.assert_allclose(made[2], image[:, 4:5].expand(3, 9, 9), atol=1e-5)  # all look along the middle row
