"""The generator with parts switched off."""

import pytest
import torch

from fomm_lite import geometry, load_model
from fomm_lite.course.ch05_occlusion_and_generator import generator_parts as parts
from fomm_lite.worlds import faces
from fomm_lite.worlds.expression import expression_region


def test_parts_are_replaced_and_nothing_else() -> None:
    model, clip = load_model("faces-64"), faces(3, frames=6, size=64)
    source = clip.frames[:1]
    with torch.no_grad():
        keypoints = model.detect(clip.frames)
        motion = model.motion(source, keypoints[:1], keypoints[5:6])
        features = model.encode(source)
        still = model.render(source, features, parts.standing_still(motion))
    torch.testing.assert_close(still.deformed, source, atol=1e-4, rtol=0)
    assert parts.standing_still(motion).occlusion_map is motion.occlusion_map
    whole = parts.with_occlusion(motion, torch.ones(1, 1, 64, 64))
    assert whole.deformation is motion.deformation
    assert whole.occlusion_map is not None and whole.occlusion_map.min() > 0.999
    emptied = parts.without_skips(features)
    assert emptied[-1] is features[-1] and not any(level.any() for level in emptied[:-1])
    grid = geometry.resize_grid(motion.deformation, (64, 64))
    painted = parts.decoded_then_warped(model, source, motion)
    assert (painted - geometry.warp(source, grid)).abs().mean() < 0.05


def test_every_way_is_measured_against_copying() -> None:
    model, clip = load_model("faces-64"), faces(3, frames=6, size=64)
    ratios = parts.compare_parts(model, [clip], (5,))
    source, driving = clip.frames[:1], clip.frames[5:6]
    with torch.no_grad():
        made = model(source, model.detect(source), model.detect(driving)).prediction
    expected = float((made - driving).abs().sum() / (source - driving).abs().sum())
    assert abs(ratios["whole model"] - expected) < 1e-3
    assert 0.95 < ratios["no deformation"] < 1.2


def test_painting_sizes_are_measured_inside_mouth_and_eyes_too() -> None:
    model, clip = load_model("faces-64"), faces(3, frames=6, size=128)
    found = parts.compare_painting_sizes(model, [clip], (64, 128), (3, 5))
    shares = {64: [0.0, 0.0], 128: [0.0, 0.0]}
    copied = [0.0, 0.0]
    inside = expression_region(clip)
    for frame in (3, 5):
        source, driving = clip.frames[:1], clip.frames[frame : frame + 1]
        for size, sums in {**shares, 0: copied}.items():
            with torch.no_grad():
                kp_source, kp_driving = model.detect(source), model.detect(driving)
                made = parts.painting_at(model, size)(source, kp_source, kp_driving).prediction if size else source
            sums[0] += float((made - driving).abs().sum())
            sums[1] += float(((made - driving).abs() * inside[frame]).sum())
    for size, sums in shares.items():
        assert found[size] == pytest.approx([sums[0] / copied[0], sums[1] / copied[1]], rel=1e-4)
    assert parts.painting_at(model, 64).config == model.config
