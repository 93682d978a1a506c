import dataclasses
import weakref

import pytest
import torch

from fomm_lite import weights, worlds
from fomm_lite.animation import animate, animation_frames, best_frame
from fomm_lite.config import GeneratorConfig, HourglassConfig, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.transfer import Smoother, transfer
from fomm_lite.types import Keypoints

SMALL = HourglassConfig(block_expansion=4, max_features=8, num_blocks=2, head_kernel=3, head_padding=1)
CONFIG = ModelConfig(
    num_keypoints=4,
    motion_size=32,
    jacobian_kernel=3,
    detector=SMALL,
    dense_motion=SMALL,
    generator=GeneratorConfig(block_expansion=4, max_features=8, num_bottleneck_blocks=1, edge_kernel=3),
)


@pytest.fixture
def model() -> FirstOrderModel:
    torch.manual_seed(1)
    model = FirstOrderModel(CONFIG)
    with torch.no_grad():  # keypoints that follow the picture, and jacobians that are not all the identity
        model.detector.confidence_head.weight.mul_(10)
        assert model.detector.jacobian_head is not None
        model.detector.jacobian_head.weight.normal_(std=0.05)
    return model.eval()


@pytest.fixture
def source() -> torch.Tensor:
    return torch.rand(3, 32, 32)


@pytest.fixture
def driver() -> torch.Tensor:
    return torch.rand(7, 3, 32, 32)


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("adapt_scale", [True, False])
def test_streaming_gives_what_the_model_gives_at_once(model, source, driver, relative, adapt_scale):
    streamed = torch.stack(list(animate(model, source, driver, relative, adapt_scale)))
    with torch.no_grad():
        kp_source, kp_driving = model.detect(source[None]), model.detect(driver)
        moved = transfer(kp_source, kp_driving, kp_driving[:1], relative, adapt_scale)
        whole = model(source.expand(7, -1, -1, -1), kp_source.expand(7), moved).prediction
    torch.testing.assert_close(streamed, whole, atol=1e-5, rtol=0)


def test_smoothing_moves_the_source_by_smoothed_keypoints(model, source, driver):
    plain = list(animation_frames(model, source, driver))
    smooth = list(animation_frames(model, source, driver, smooth=3.0, batch=2))
    wanted = Smoother(3.0)(Keypoints.cat([frame.kp_driving for frame in plain]))
    for index, frame in enumerate(smooth):
        torch.testing.assert_close(frame.kp_driving.positions[0], wanted.positions[index], atol=1e-5, rtol=1e-4)
    with pytest.raises(InputError, match="smooth"):
        animation_frames(model, source, driver, smooth=-1.0)


@pytest.mark.parametrize("batch", [2, 4, 7, 20])
def test_the_batch_does_not_change_the_frames(model, source, driver, batch):
    single, batched = (torch.stack(list(animate(model, source, driver, batch=n))) for n in (1, batch))
    torch.testing.assert_close(batched, single, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("batch", "read"), [(1, [1, 2, 3, 4]), (3, [1, 4, 4, 4])])  # the first frame is alone
def test_driving_frames_are_read_when_they_are_needed(model, source, batch, read):
    count = 0

    def endless():
        nonlocal count
        while True:
            count += 1
            yield torch.rand(3, 32, 32)

    frames = animate(model, source, endless(), batch=batch)
    assert count == 0
    counts = []
    for _ in range(4):
        next(frames)
        counts.append(count)
    assert counts == read


def test_frames_are_let_go(model, source):
    alive = weakref.WeakSet()
    most = 0

    def driver():
        nonlocal most
        for _ in range(12):
            frame = torch.rand(3, 32, 32)
            alive.add(frame)
            most = max(most, len(alive))
            yield frame
            del frame

    for _ in animate(model, source, driver(), batch=2):
        pass
    assert most <= 5  # the batch, the one before, and the one being made


def test_the_source_is_encoded_and_detected_once(model, source, driver, monkeypatch):
    encoded, detected = [], []
    encode, detect = model.encode, model.detect
    monkeypatch.setattr(model, "encode", lambda picture: encoded.append(len(picture)) or encode(picture))
    monkeypatch.setattr(model, "detect", lambda picture: detected.append(len(picture)) or detect(picture))
    list(animate(model, source, driver, batch=7))
    assert encoded == [1]
    assert detected == [1] * 8  # the source once, and each frame of the driver on its own


def test_relative_motion_starts_from_the_source_itself(model, source, driver):
    first = next(animation_frames(model, source, driver))
    torch.testing.assert_close(first.kp_moved.positions, first.kp_source.positions)
    assert (first.kp_driving.positions - first.kp_source.positions).abs().max() > 0.01


def test_absolute_motion_copies_the_driver(model, source, driver):
    for frame in animation_frames(model, source, driver, relative=False):
        assert torch.equal(frame.kp_moved.positions, frame.kp_driving.positions)


@pytest.mark.parametrize("batch", [1, 3])
def test_frames_show_what_led_to_them(model, source, driver, batch):
    frames = list(animation_frames(model, source, driver, batch=batch))
    predictions = torch.stack(list(animate(model, source, driver)))
    assert torch.equal(torch.stack([frame.driving for frame in frames]), driver)
    torch.testing.assert_close(torch.stack([frame.prediction for frame in frames]), predictions, atol=1e-5, rtol=0)
    for frame in frames:
        assert torch.equal(frame.source, source)
        again = model.motion(source[None], frame.kp_source, frame.kp_moved)
        torch.testing.assert_close(frame.motion.deformation, again.deformation, atol=1e-5, rtol=0)
        assert len(frame.motion.masks) == len(frame.motion.sparse_motions) == len(frame.kp_driving) == 1


def test_the_best_frame_becomes_the_initial_one_and_the_order_stays(model, source, driver):
    frames = list(animation_frames(model, source, driver, best_frame=3, batch=2))
    assert torch.equal(torch.stack([frame.driving for frame in frames]), driver)
    torch.testing.assert_close(frames[3].kp_moved.positions, frames[3].kp_source.positions)
    assert (frames[0].kp_moved.positions - frames[0].kp_source.positions).abs().max() > 0.01


@pytest.mark.parametrize("batch", [1, 3])
def test_the_best_frame_is_the_one_posed_like_the_source(model, source, driver, batch):
    driver[4] = source
    assert best_frame(model, source, iter(driver), batch=batch) == 4


def test_the_first_of_equally_good_frames_is_taken(model, source):
    assert best_frame(model, source, [source] * 3) == 0


def test_a_training_model_is_borrowed_in_evaluation_mode_and_given_back(model, source, driver):
    expected = torch.stack(list(animate(model, source, driver)))
    model.train()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    frames = []
    for frame in animate(model, source, driver):
        assert model.training  # whoever takes the frames may train between them
        frames.append(frame)
    torch.testing.assert_close(torch.stack(frames), expected)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())


def test_frames_carry_no_gradients_but_can_be_computed_with(model, source, driver):
    frame = next(animate(model, source, driver))
    assert not frame.requires_grad
    weight = torch.ones(3, 1, 1, requires_grad=True)
    (frame * weight).sum().backward()
    torch.testing.assert_close(weight.grad, frame.sum((1, 2), keepdim=True))


def test_a_source_may_have_a_batch_axis(model, source, driver):
    assert torch.equal(next(animate(model, source[None], driver)), next(animate(model, source, driver)))


def test_zero_order_models_and_models_without_occlusion_map_animate(source, driver):
    plain = FirstOrderModel(dataclasses.replace(CONFIG, estimate_jacobian=False, estimate_occlusion_map=False)).eval()
    frame = next(animation_frames(plain, source, driver))
    assert frame.motion.occlusion_map is None
    assert torch.equal(frame.kp_driving.jacobians, torch.eye(2).expand(1, 4, 2, 2))


PICTURE = torch.rand(3, 32, 32)


@pytest.mark.parametrize(
    ("source", "driver", "options", "said"),
    [
        (PICTURE, [], {}, "no driving frames"),
        (PICTURE, [], {"best_frame": 1}, "no driving frames"),
        (PICTURE, [torch.rand(3, 64, 64)], {}, "driving frame 0 of shape (3, 64, 64)"),
        (PICTURE, [PICTURE, torch.rand(3, 64, 64)], {"batch": 2}, "driving frame 1 of shape (3, 64, 64)"),
        (PICTURE, [torch.zeros(3, 32, 32, dtype=torch.uint8)], {}, "uint8"),
        (PICTURE, [PICTURE], {"batch": 0}, "batch of 0"),
        (PICTURE, [PICTURE], {"best_frame": -1}, "best frame -1"),
        (PICTURE, [PICTURE, PICTURE], {"best_frame": 2}, "best frame 2 of 2 driving frames; expected 0 to 1"),
        (PICTURE, iter([PICTURE, PICTURE]), {"best_frame": 1}, "read once"),
        (torch.rand(3, 40, 40), [PICTURE], {}, "size 40"),
        (torch.rand(3, 32, 64), [PICTURE], {}, "64 x 32"),
        (torch.rand(1, 32, 32), [PICTURE], {}, "shape (1, 32, 32)"),
        (torch.rand(2, 3, 32, 32), [PICTURE], {}, "shape (2, 3, 32, 32)"),
    ],
)
def test_bad_input_is_told_in_one_line(model, source, driver, options, said):
    with pytest.raises(InputError) as caught:
        list(animate(model, source, driver, **options))
    assert said in str(caught.value)


def test_no_best_frame_without_frames(model, source):
    with pytest.raises(InputError, match="no driving frames"):
        best_frame(model, source, [])


@pytest.mark.parametrize("name", weights.shipped())
def test_a_batch_changes_no_pixel_of_shipped_models(name: str) -> None:
    model = weights.load_model(name).to(memory_format=torch.channels_last)
    for seed in range(3):
        clip = (worlds.faces if name.startswith("faces") else worlds.puppets)(seed, frames=8).frames
        alone = torch.stack(list(animate(model, clip[0], clip)))
        together = torch.stack(list(animate(model, clip[0], clip, batch=8)))
        assert (alone - together).abs().max() < 1e-5
