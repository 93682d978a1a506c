"""The composed model: shapes, what each switch does, and properties that hold for any weights."""

import dataclasses
import math

import pytest
import torch

from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.layers import antialias_downsample, antialias_kernel

SMALL = ModelConfig(
    num_keypoints=4,
    detector=HourglassConfig(block_expansion=4, max_features=16, num_blocks=2, scale_factor=0.5),
    dense_motion=HourglassConfig(block_expansion=4, max_features=16, num_blocks=2, scale_factor=0.5),
    generator=GeneratorConfig(block_expansion=4, max_features=16, num_bottleneck_blocks=1),
)
LIGHT = dataclasses.replace(
    SMALL,
    motion_size=16,
    jacobian_kernel=1,
    detector=HourglassConfig(4, 16, 2, head_kernel=3, head_padding=1, light_blocks=True),
    dense_motion=HourglassConfig(4, 16, 2, head_kernel=3, head_padding=1, light_blocks=True),
    generator=GeneratorConfig(4, 16, 2, 1, 3, light_blocks=True, warped_skips=True, blend_deformed=True),
)


@pytest.mark.parametrize("config", [SMALL, LIGHT], ids=["original", "light"])
@pytest.mark.parametrize("size", [16, 32, 48])
@pytest.mark.parametrize("count", [1, 4, 11])
def test_shapes_of_everything(config: ModelConfig, size: int, count: int) -> None:
    model = FirstOrderModel(dataclasses.replace(config, num_keypoints=count)).eval()
    images = torch.rand(2, 3, size, size)
    keypoints = model.detect(images)
    assert keypoints.positions.shape == (2, count, 2)
    assert keypoints.jacobians.shape == (2, count, 2, 2)
    out = model(images, keypoints, keypoints)
    small = config.motion_size or size // 2
    assert out.prediction.shape == out.deformed.shape == (2, 3, size, size)
    assert out.motion.heatmaps.shape == out.motion.masks.shape == (2, count + 1, small, small)
    assert out.motion.sparse_motions.shape == (2, count + 1, small, small, 2)
    assert out.motion.deformed_sources.shape == (2, count + 1, 3, small, small)
    assert out.motion.deformation.shape == (2, small, small, 2)
    assert out.motion.occlusion_map is not None
    assert out.motion.occlusion_map.shape == (2, 1, small, small)
    assert 0 <= out.prediction.min() <= out.prediction.max() <= 1
    torch.testing.assert_close(out.motion.masks.sum(1), torch.ones(2, small, small))


def test_head_padding_zero_shrinks_the_maps() -> None:
    unpadded = dataclasses.replace(SMALL, detector=dataclasses.replace(SMALL.detector, head_padding=0))
    model = FirstOrderModel(unpadded).eval()
    features = model.detector.features(torch.rand(1, 3, 64, 64))
    maps = model.detector.confidence_maps(features)
    assert maps.shape == (1, 4, 26, 26)  # 32 - 6
    torch.testing.assert_close(maps.sum((2, 3)), torch.ones(1, 4))


def test_untrained_jacobians_are_identities() -> None:
    for config in (SMALL, LIGHT, dataclasses.replace(SMALL, single_jacobian_map=True)):
        jacobians = FirstOrderModel(config).detect(torch.rand(2, 3, 32, 32)).jacobians
        torch.testing.assert_close(jacobians, torch.eye(2).expand(2, 4, 2, 2))


def test_zero_order_keeps_identity_jacobians_and_has_no_head() -> None:
    model = FirstOrderModel(dataclasses.replace(SMALL, estimate_jacobian=False))
    torch.testing.assert_close(model.detect(torch.rand(2, 3, 32, 32)).jacobians, torch.eye(2).expand(2, 4, 2, 2))
    assert not [name for name, _ in model.named_parameters() if "jacobian" in name]


@pytest.mark.parametrize("single", [False, True])
def test_pooling_before_a_1x1_jacobian_head_changes_nothing(single: bool) -> None:
    config = dataclasses.replace(LIGHT, single_jacobian_map=single)
    model = FirstOrderModel(config).double().eval()
    head = model.detector.jacobian_head
    assert head is not None
    torch.nn.init.normal_(head.weight)
    images = torch.rand(2, 3, 16, 16, dtype=torch.float64)
    features = model.detector.features(images)
    maps = model.detector.confidence_maps(features)
    slowly = (maps[:, :, None] * head(features).unflatten(1, (-1, 4))).sum((3, 4)).unflatten(2, (2, 2))
    torch.testing.assert_close(model.detect(images).jacobians, slowly)


def test_without_occlusion_map() -> None:
    model = FirstOrderModel(dataclasses.replace(SMALL, estimate_occlusion_map=False)).eval()
    images = torch.rand(1, 3, 32, 32)
    keypoints = model.detect(images)
    assert model(images, keypoints, keypoints).motion.occlusion_map is None


@torch.no_grad()
def test_an_unshuffling_detector_sees_every_pixel_of_a_block_as_a_channel() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(dataclasses.replace(LIGHT, motion_size=32, detector_unshuffle=2)).eval()
    picture = torch.rand(1, 3, 64, 64)
    channels = [picture[:, colour, row::2, column::2] for colour in range(3) for row in (0, 1) for column in (0, 1)]
    detector = model.detector
    assert torch.equal(detector.features(picture), detector.hourglass(torch.stack(channels, 1)))
    assert detector.confidence_maps(detector.features(picture)).shape[2:] == (32, 32)


@torch.no_grad()
def test_shuffled_masks_say_every_pixel_of_a_block() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(dataclasses.replace(LIGHT, motion_size=32, motion_shuffle=2)).eval()
    network, count, heard = model.dense_motion, LIGHT.num_keypoints + 1, []
    network.mask_head.weight.mul_(10)
    network.mask_head.register_forward_hook(lambda _module, _given, out: heard.append(out))
    source, driving = torch.rand(2, 1, 3, 64, 64)
    kp_source, kp_driving = model.detect(source), model.detect(driving)
    motion = model.motion(source, kp_source, kp_driving)
    assert motion.heatmaps.shape[2:] == motion.deformed_sources.shape[3:] == (32, 32)
    assert motion.occlusion_map.shape == (1, 1, 64, 64) and motion.masks.std() > 0.01
    for row, column in ((0, 0), (1, 0), (20, 33), (63, 62)):
        said = heard[0][0, :, row // 2, column // 2].view(count, 2, 2)[:, row % 2, column % 2]
        torch.testing.assert_close(motion.masks[0, :, row, column], said.softmax(0))
        place = torch.tensor([column, row]) * 2 / 63 - 1
        looks = [place]
        for k in range(count - 1):
            turn = kp_source.jacobians[0, k] @ torch.linalg.inv(kp_driving.jacobians[0, k])
            looks.append(kp_source.positions[0, k] + turn @ (place - kp_driving.positions[0, k]))
        mixed = (said.softmax(0)[:, None] * torch.stack(looks)).sum(0)
        torch.testing.assert_close(motion.deformation[0, row, column], mixed, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("open_skips", [False, True])
def test_what_is_to_be_painted_is_seen_by_the_decoder_through_open_skips_only(open_skips: bool, hidden: bool) -> None:
    """Eq. 8 at a map of zeros: no feature of the source gets through, but by the skips that it leaves alone."""
    generator = dataclasses.replace(LIGHT.generator, open_skips=open_skips)
    model = FirstOrderModel(dataclasses.replace(LIGHT, generator=generator)).eval()
    images = torch.rand(2, 3, 32, 32)
    keypoints = model.detect(images[:1])
    motion = model.motion(images[:1], keypoints, keypoints)
    motion = dataclasses.replace(motion, occlusion_map=torch.full_like(motion.occlusion_map, 0.0 if hidden else 1.0))
    one, other = (model.generator(image[None], model.encode(image[None]), motion).painted for image in images)
    assert torch.equal(one, other) == (hidden and not open_skips)


@torch.no_grad()
def test_a_fine_block_looks_at_single_pixels_before_the_last_layer() -> None:
    """The last layer sees what the block saw, and beside it what the block makes of it, at the picture's own size."""
    torch.manual_seed(0)
    generator = dataclasses.replace(LIGHT.generator, fine_block=True)
    model = FirstOrderModel(dataclasses.replace(LIGHT, generator=generator)).eval()
    heard = []
    model.generator.final.register_forward_hook(lambda _module, given, _out: heard.append(given[0]))
    images = torch.rand(2, 3, 32, 32)
    model(images[:1], model.detect(images[:1]), model.detect(images[1:]))
    conv = model.generator.fine.conv
    seen, made = heard[0].tensor_split([conv.in_channels], dim=1)
    assert made.shape == (1, LIGHT.generator.block_expansion, 32, 32) and made.std() > 0
    for row, column in ((1, 1), (17, 30)):
        around = seen[0, :, row - 1 : row + 2, column - 1 : column + 2]
        by_hand = ((conv.weight * around).sum((1, 2, 3)) + conv.bias).clamp(min=0)
        torch.testing.assert_close(made[0, :, row, column], by_hand, atol=1e-6, rtol=1e-4)


def test_same_keypoints_mean_no_motion() -> None:
    """Source and driving keypoints alike: every local map is the identity, whatever the weights and masks."""
    for config in (SMALL, LIGHT):
        model = FirstOrderModel(config).double().eval()
        images = torch.rand(1, 3, 32, 32, dtype=torch.float64)
        keypoints = model.detect(images)
        out = model(images, keypoints, keypoints)
        assert out.motion.heatmaps.abs().max() == 0
        torch.testing.assert_close(out.deformed, images)


def test_encoding_once_is_the_same_as_encoding_each_time() -> None:
    model = FirstOrderModel(LIGHT).eval()
    images = torch.rand(3, 3, 32, 32)
    keypoints = model.detect(images)
    features = model.encode(images[:1])
    for i in range(3):
        motion = model.motion(images[:1], keypoints[:1], keypoints[i : i + 1])
        apart = model.render(images[:1], features, motion).prediction
        torch.testing.assert_close(apart, model(images[:1], keypoints[:1], keypoints[i : i + 1]).prediction)


def test_motion_size_makes_keypoints_independent_of_the_picture_size() -> None:
    model = FirstOrderModel(LIGHT).eval()
    large = torch.nn.functional.interpolate(torch.rand(1, 3, 4, 4), size=(128, 128), mode="bicubic").clamp(0, 1)
    at_128 = model.detect(large).positions
    at_64 = model.detect(antialias_downsample(large, 0.5)).positions
    torch.testing.assert_close(at_128, at_64, atol=0.05, rtol=0)


def test_downsampling_keeps_means_and_removes_what_would_alias() -> None:
    constant = antialias_downsample(torch.ones(1, 3, 64, 64), 0.25)
    assert constant.shape == (1, 3, 16, 16)
    torch.testing.assert_close(constant[..., 4:-4, 4:-4], torch.ones(1, 3, 8, 8))
    stripes = (torch.arange(64) % 2).float().expand(1, 3, 64, 64)
    assert antialias_downsample(stripes, 0.25)[..., 4:-4, 4:-4].std() < 0.001
    assert torch.equal(antialias_downsample(stripes, 1), stripes)


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.125])
def test_downsampling_equals_blur_with_the_whole_kernel_then_slicing(scale: float) -> None:
    image = torch.rand(2, 3, 48, 48)
    sigma = (1 / scale - 1) / 2
    reach = round(4 * sigma)
    kernel = torch.tensor(
        [
            [math.exp(-(x * x + y * y) / (2 * sigma**2)) for x in range(-reach, reach + 1)]
            for y in range(-reach, reach + 1)
        ]
    )
    kernel = (kernel / kernel.sum()).expand(3, 1, -1, -1)
    step = round(1 / scale)
    slowly = torch.nn.functional.conv2d(image, kernel, padding=reach, groups=3)[:, :, ::step, ::step]
    torch.testing.assert_close(antialias_downsample(image, scale), slowly, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3, 30, 30), (1, 3, 32, 64)])
def test_wrong_sizes_are_refused_in_one_line(shape: tuple[int, ...]) -> None:
    model = FirstOrderModel(LIGHT)
    with pytest.raises(InputError) as error:
        model.detect(torch.rand(shape))
    assert "\n" not in str(error.value)


def test_every_parameter_gets_a_gradient() -> None:
    for config in (SMALL, LIGHT):
        model = FirstOrderModel(config)
        source, driving = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
        keypoints = model.detect(torch.cat([source, driving]))
        model(source, keypoints[:2], keypoints[2:]).prediction.mean().backward()
        lost = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
        assert not lost


def test_what_was_cached_without_gradients_serves_with_them() -> None:
    antialias_kernel.cache_clear()
    picture = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        antialias_downsample(picture, 0.5)
    antialias_downsample(picture.requires_grad_(), 0.5).sum().backward()
    assert picture.grad is not None
    antialias_kernel.cache_clear()
    with torch.device("meta"):
        antialias_downsample(torch.rand(1, 3, 16, 16), 0.5)
    assert antialias_downsample(picture, 0.5).isfinite().all()
