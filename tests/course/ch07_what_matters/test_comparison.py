"""Comparing models: measures against truth, and intervals against what is known of them."""

import pytest
import torch

from fomm_lite.config import TINY
from fomm_lite.course.ch07_what_matters.ablations import REPORTED, ROWS
from fomm_lite.course.ch07_what_matters.comparison import (
    MEASURES,
    HeldOut,
    identity_error,
    landmark_errors,
    measure,
    table,
    true_motion,
)
from fomm_lite.model import FirstOrderModel
from fomm_lite.types import Keypoints


@pytest.fixture(scope="module")
def held_out() -> HeldOut:
    return HeldOut.draw("puppets", 3, frames=3, stride=8, lessons=12)


def test_every_measure_has_one_number_a_clip(held_out: HeldOut) -> None:
    found = measure(FirstOrderModel(TINY).eval(), held_out)
    assert set(found) == set(MEASURES)
    assert all(values.shape == (3,) and values.isfinite().all() for values in found.values())


def test_a_model_that_never_moves_makes_the_errors_of_the_identity(held_out: HeldOut) -> None:
    model = FirstOrderModel(TINY).eval()
    with torch.no_grad():
        model.dense_motion.mask_head.weight.zero_()
        assert model.dense_motion.mask_head.bias is not None
        model.dense_motion.mask_head.bias.copy_(torch.tensor([50.0] + [0.0] * TINY.num_keypoints))
    found = measure(model, held_out)
    assert float(found["deformation"].mean()) == pytest.approx(identity_error(held_out), rel=1e-3)


def test_untrained_jacobians_are_identities_and_miss_a_warp_by_the_warp(held_out: HeldOut) -> None:
    found = measure(FirstOrderModel(TINY).eval(), held_out)
    assert 0.05 < float(found["equivariance"].mean()) < 0.3  # entries off by 0.15 and a little bending


def test_true_motion_agrees_with_the_true_deformation(held_out: HeldOut) -> None:
    clip = held_out.clips[0]
    rows, columns = held_out.on_figure[0][0].nonzero().T
    chosen = torch.stack([columns, rows], dim=-1)[::17]
    points = chosen.float() / 15.5 - 1
    places, jacobians, on_part = true_motion(clip, 1, points)
    assert on_part.all()
    flow = held_out.deformations[0][0]
    torch.testing.assert_close(places, flow[chosen[:, 1], chosen[:, 0]], atol=1e-4, rtol=0)
    assert float(torch.linalg.det(jacobians).min()) > 0.3  # parts turn and bend, they are not mirrored


def test_truth_of_the_background_is_the_identity(held_out: HeldOut) -> None:
    places, jacobians, on_part = true_motion(held_out.clips[0], 1, torch.tensor([[-1.0, -1.0], [1.2, -1.0]]))
    assert not on_part.any()
    torch.testing.assert_close(places, torch.tensor([[-1.0, -1.0], [1.2, -1.0]]))
    torch.testing.assert_close(jacobians, torch.eye(2).expand(2, 2, 2), atol=1e-3, rtol=0)


def test_landmarks_are_read_exactly_from_keypoints_that_are_a_linear_map_of_them(
    held_out: HeldOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FirstOrderModel(TINY).eval()
    clips = [*held_out.clips, *held_out.lessons]
    answers = {frame.numpy().tobytes(): clip.landmarks[i] for clip in clips for i, frame in enumerate(clip.frames)}

    def oracle(frames: torch.Tensor) -> Keypoints:
        positions = 0.5 * torch.stack([answers[frame.numpy().tobytes()] for frame in frames]) + 0.1
        return Keypoints(positions, torch.eye(2).expand(*positions.shape, 2))

    monkeypatch.setattr(model, "detect", oracle)
    assert float(landmark_errors(model, held_out).max()) < 0.01


def test_a_table_has_columns() -> None:
    assert table({"a": ["1", "22"], "bbb": ["3", "4"]}, ["", "x", "y"]).splitlines() == [
        "     x  y",
        "a    1  22",
        "bbb  3  4",
    ]


def test_each_row_of_the_ablation_changes_one_thing() -> None:
    assert [row.label for row in ROWS] == list(REPORTED)
    for before, after in zip(ROWS, ROWS[1:], strict=False):
        old, new = ({**row.model.to_dict(), **vars(row.weights)} for row in (before, after))
        assert sum(old[name] != new[name] for name in old) == 1
