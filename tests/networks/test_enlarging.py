"""Pictures larger than those a generator paints."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from fomm_lite import geometry, load_model
from fomm_lite.config import LEAN, ModelConfig, preset
from fomm_lite.course.kit.same_weights import same_weights
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.enlarging import enlarged, painting_size, shrunk
from fomm_lite.networks.folded import folded
from fomm_lite.types import DenseMotion, Keypoints, Reconstruction
from fomm_lite.worlds import faces, seeds

SPEAKING = preset("speaking")


def painting(config: ModelConfig, size: int | None) -> ModelConfig:
    return dataclasses.replace(config, generator=dataclasses.replace(config.generator, painting_size=size))


def random_model(config: ModelConfig) -> FirstOrderModel:
    torch.manual_seed(0)
    model = FirstOrderModel(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    return model


def a_move(model: FirstOrderModel, size: int) -> tuple[torch.Tensor, Keypoints, Keypoints]:
    source, driving = torch.rand(2, 1, 3, size, size, generator=torch.Generator().manual_seed(1))
    return source, model.detect(source), model.detect(driving)


@pytest.mark.parametrize(
    ("size", "most", "painted"),
    [(64, 64, 64), (64, 128, 64), (128, 64, 64), (256, 64, 64), (192, 128, 96), (192, 64, 48), (1024, 64, 64),
     (192, 16, 24), (256, None, 256), (8, 4, 8)],
)  # fmt: skip
def test_a_picture_is_halved_until_it_fits_and_as_long_as_the_generator_can_take_it(size, most, painted):
    config = painting(LEAN, most)  # halves three times: 24 pixels are three of its smallest maps
    assert painting_size(config, size) == painted
    assert shrunk(torch.rand(1, 3, size, size), config).shape[2:] == (painted, painted)


@torch.no_grad()
def test_pictures_that_fit_are_painted_as_ever():
    free = random_model(SPEAKING)
    bound = same_weights(free, painting(SPEAKING, 64))
    source, kp_source, kp_driving = a_move(free, 64)
    assert free(source, kp_source, kp_driving).prediction.equal(bound(source, kp_source, kp_driving).prediction)


@torch.no_grad()
def test_a_larger_picture_is_painted_small_and_gets_the_detail_of_what_is_kept():
    """The rule once more, place after place, from the small model's own output and the full-size warp."""
    model = load_model("faces-64")
    frames = faces(3, frames=6, size=128).frames
    source, kp_source, kp_driving = frames[:1], model.detect(frames[:1]), model.detect(frames[5:])
    out = model(source, kp_source, kp_driving)

    small_source = source.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))
    motion = model.motion(source, kp_source, kp_driving)
    heard: list[torch.Tensor] = []
    handle = model.generator.final.register_forward_hook(lambda _, __, made: heard.append(made))
    small = model.render(small_source, model.encode(small_source), motion)
    handle.remove()
    assert motion.occlusion_map is not None
    keep = heard[0][:, 3:].sigmoid() * geometry.resize(motion.occlusion_map, (64, 64), align_corners=True)
    grid = geometry.resize_grid(motion.deformation, (128, 128), align_corners=True)
    full = geometry.warp(source, grid, align_corners=True, padding_mode="border")

    def large(maps: torch.Tensor, mode: str = "bicubic") -> torch.Tensor:
        return F.interpolate(maps, scale_factor=2, mode=mode, align_corners=False)

    detail = full - large(small.deformed)
    expected = large(small.prediction) + large(torch.minimum(2 * keep, torch.ones(())), "bilinear") * detail
    assert keep.min() < 0.4 < 0.6 < keep.max()  # else only one side of the rule was seen
    torch.testing.assert_close(out.prediction, expected.clamp(0, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(out.deformed, full, atol=1e-5, rtol=0)
    assert out.painted.shape == source.shape


def a_still(keep: float, small: torch.Tensor, full: torch.Tensor) -> torch.Tensor:
    """A prediction where the same share is kept everywhere and nothing was painted differently."""
    no, motions = torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, 2)
    motion = DenseMotion(no, motions, motions.view(1, 1, 2, 1, 1), no, motions[0], None, None)
    return enlarged(Reconstruction(small, small, small, motion), torch.full_like(small[:, :1], keep), full).prediction


def test_what_is_kept_is_as_sharp_as_the_source_and_what_is_painted_as_smooth_as_the_painting():
    full = torch.rand(1, 3, 32, 32)
    small = F.avg_pool2d(full, 2)
    torch.testing.assert_close(a_still(1.0, small, full), full, atol=1e-6, rtol=0)
    torch.testing.assert_close(a_still(0.5, small, full), full, atol=1e-6, rtol=0)
    smooth = F.interpolate(small, scale_factor=2, mode="bicubic", align_corners=False).clamp(0, 1)
    torch.testing.assert_close(a_still(0.0, small, full), smooth, atol=1e-6, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("size", [128, 192, 256])
def test_the_fast_blocks_enlarge_alike(size):
    model = random_model(painting(SPEAKING, 64))
    source, kp_source, kp_driving = a_move(model, size)
    plain, fast = (each(source, kp_source, kp_driving) for each in (model, folded(model)))
    torch.testing.assert_close(fast.prediction, plain.prediction, atol=1e-4, rtol=0)
    torch.testing.assert_close(fast.painted, plain.painted, atol=1e-4, rtol=0)
    torch.testing.assert_close(fast.deformed, plain.deformed, atol=1e-4, rtol=0)


def test_gradients_reach_every_parameter_of_a_model_that_enlarges():
    model = random_model(painting(SPEAKING, 64))
    source, driving = torch.rand(2, 1, 3, 128, 128)
    model(source, model.detect(source), model.detect(driving)).prediction.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


@torch.no_grad()
@pytest.mark.parametrize("name", ["faces-64", "faces-128"])
def test_what_is_hidden_or_opens_comes_nearer_to_the_truth_at_twice_the_size(name):
    model = load_model(name)
    trained = model.config.generator.painting_size
    assert trained == int(name.split("-")[1])
    free = same_weights(model, painting(model.config, None))
    errors = {model: 0.0, free: 0.0}
    for seed in seeds("validation", 3):
        frames = faces(seed, frames=9, size=2 * trained, stride=6).frames
        keypoints = model.detect(frames)
        for frame in (4, 8):
            for each in errors:
                made = each(frames[:1], keypoints[:1], keypoints[frame : frame + 1]).prediction
                errors[each] += float((made - frames[frame]).square().mean())
    assert errors[model] < 0.95 * errors[free]


def test_what_keeps_nothing_cannot_be_enlarged():
    with pytest.raises(InputError, match="painting_size = 64 without blend_deformed"):
        painting(ModelConfig(), 64)
    with pytest.raises(InputError, match="painting_size = 0"):
        painting(LEAN, 0)


def test_a_training_leaves_a_model_that_paints_at_its_size():
    assert LEAN.trained_at(64).generator.painting_size == 64
    assert painting(LEAN, 32).trained_at(64).generator.painting_size == 32
    assert ModelConfig().trained_at(64) == ModelConfig()
