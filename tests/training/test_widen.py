"""A wider model with a narrower one's weights: it begins where the other stood, and can learn more."""

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from fomm_lite.config import LEAN, ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.training.widen import revive, widened

SMALL = dataclasses.replace(LEAN, num_keypoints=3, generator=dataclasses.replace(LEAN.generator, max_features=32))


def wider(config: ModelConfig, *, deep_norm: bool = True) -> ModelConfig:
    generator = dataclasses.replace(config.generator, motion_features=True, deep_norm=deep_norm)
    return dataclasses.replace(config, generator=generator)


def test_the_wider_model_computes_the_same_at_first_and_learns_through_what_is_new() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(SMALL).eval()
    wide = widened(model, wider(SMALL, deep_norm=False)).eval()
    source, driving = torch.rand(2, 2, 3, 64, 64).unbind(0)
    keypoints = model.detect(source), model.detect(driving)
    old, new = model(source, *keypoints), wide(source, wide.detect(source), wide.detect(driving))
    assert torch.allclose(old.prediction, new.prediction, atol=1e-6)
    new.prediction.square().mean().backward()
    for hint in wide.generator.hints:
        assert hint.weight.grad.abs().amax() > 0


def test_skips_may_be_opened_with_the_weights_that_are_there() -> None:
    model = FirstOrderModel(SMALL).eval()
    opened = dataclasses.replace(SMALL, generator=dataclasses.replace(SMALL.generator, open_skips=True))
    wide = widened(model, opened)
    assert wide.config == opened
    for name, values in wide.state_dict().items():
        assert torch.equal(values, model.state_dict()[name])
    with pytest.raises(InputError, match="another architecture"):
        widened(wide, SMALL)


@pytest.mark.parametrize("jacobians", [True, False])
@torch.no_grad()
def test_an_unshuffling_detector_begins_with_what_is_known(jacobians: bool) -> None:
    """Of a picture whose pixels are doubled it sees each block's mean, the picture itself."""
    torch.manual_seed(0)
    small = dataclasses.replace(SMALL, estimate_jacobian=jacobians)
    model = FirstOrderModel(small).eval()
    wide = widened(model, dataclasses.replace(small, detector_unshuffle=2)).eval()
    pictures = torch.rand(2, 3, 32, 32)
    known, seen = model.detect(pictures), wide.detect(pictures.repeat_interleave(2, 2).repeat_interleave(2, 3))
    torch.testing.assert_close(seen.positions, known.positions)
    torch.testing.assert_close(seen.jacobians, known.jacobians)
    with pytest.raises(InputError, match="another architecture"):
        widened(wide, dataclasses.replace(small, detector_unshuffle=4))


@torch.no_grad()
def test_shuffled_masks_begin_with_the_same_in_each_block_and_can_tell_pixels_apart() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(SMALL).eval()
    for head in (model.dense_motion.mask_head, model.dense_motion.occlusion_head):
        head.weight.mul_(5)
    wide = widened(model, dataclasses.replace(SMALL, motion_shuffle=2)).eval()
    pictures = torch.rand(2, 3, 64, 64)
    keypoints = model.detect(pictures), model.detect(pictures.flip(0))
    known, seen = model.motion(pictures, *keypoints), wide.motion(pictures, *keypoints)
    for coarse, fine in ((known.masks, seen.masks), (known.occlusion_map, seen.occlusion_map)):
        torch.testing.assert_close(fine, coarse.repeat_interleave(2, 2).repeat_interleave(2, 3))
        assert coarse.std() > 0.01
    mixed = (seen.masks[..., None] * seen.sparse_motions).sum(1)
    torch.testing.assert_close(seen.deformation, mixed)
    with torch.enable_grad():
        wide.motion(pictures, *keypoints).deformation.square().mean().backward()
    read = wide.dense_motion.mask_head.weight.grad[:, wide.dense_motion.hourglass.outputs :]
    assert read.abs().amax() > 0  # what reads the new layer, which starts at zero


def learn_from_the_same_start(
    model: FirstOrderModel, wide: FirstOrderModel
) -> tuple[Callable[[FirstOrderModel], Tensor], Tensor]:
    """Both predict the same; gradients for the wide one, then what predicts and what was predicted."""
    pictures = torch.rand(2, 3, 64, 64)
    keypoints = model.detect(pictures), model.detect(pictures.flip(0))

    def predict(either: FirstOrderModel) -> Tensor:
        return either(pictures, *keypoints).prediction

    known, seen = predict(model), predict(wide)
    torch.testing.assert_close(seen, known)
    seen.square().mean().backward()
    return predict, known


@pytest.mark.parametrize("norm", [False, True])
def test_a_fine_block_says_nothing_at_first_and_can_learn_to(norm: bool) -> None:
    torch.manual_seed(0)
    small = dataclasses.replace(SMALL, generator=dataclasses.replace(SMALL.generator, batch_norm=norm))
    model = FirstOrderModel(small).eval()
    wide = widened(
        model, dataclasses.replace(small, generator=dataclasses.replace(small.generator, fine_block=True))
    ).eval()
    predict, known = learn_from_the_same_start(model, wide)
    assert wide.generator.fine is not None
    own = wide.generator.fine.conv.out_channels
    assert wide.generator.final.weight.grad[:, -own:].abs().amax() > 0
    with torch.no_grad():
        wide.generator.final.weight[:, -own:] = 0.1
    assert (predict(wide) - known).abs().amax() > 0.01


def test_an_embedding_of_keypoints_says_nothing_at_first_and_can_learn_to() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(SMALL).eval()
    wide = widened(model, dataclasses.replace(SMALL, keypoint_embedding=True)).eval()
    learn_from_the_same_start(model, wide)
    assert wide.dense_motion.embedding is not None
    assert wide.dense_motion.embedding.layers[-1].weight.grad.abs().amax() > 0
    with pytest.raises(InputError, match="another architecture"):
        widened(wide, SMALL)


def alive(model: FirstOrderModel, level: int) -> float:
    """The share of a decoder level's channels that are ever above zero."""
    seen = []
    handle = model.generator.up_blocks[level].register_forward_hook(lambda _module, _given, out: seen.append(out))
    pictures = torch.rand(4, 3, 64, 64)
    keypoints = model.detect(pictures)
    model(pictures, keypoints, keypoints)
    handle.remove()
    return float((seen[0].amax((0, 2, 3)) > 0).float().mean())


@torch.no_grad()
def test_a_dead_decoder_is_revived_without_a_change_of_what_works() -> None:
    torch.manual_seed(0)
    model = FirstOrderModel(SMALL).eval()
    model.generator.up_blocks[1].conv.bias.fill_(-1e3)
    assert alive(model, 1) == 0
    wide = widened(model, wider(SMALL)).eval()
    assert alive(wide, 0) > 0.8 and alive(wide, 1) > 0.8
    pictures = torch.rand(4, 3, 64, 64)
    keypoints = model.detect(pictures), model.detect(pictures.flip(0))
    before, after = (each(pictures, *keypoints).prediction for each in (model, wide))
    assert torch.allclose(before, after, atol=1e-6)


def test_weights_of_the_same_architecture_are_taken_over_as_they_are() -> None:
    model = FirstOrderModel(SMALL)
    same = widened(model, SMALL).state_dict()
    assert all(torch.equal(same[name], tensor) for name, tensor in model.state_dict().items())


@torch.no_grad()
def test_reviving_spares_the_finest_levels() -> None:
    model = FirstOrderModel(SMALL)
    before = {name: tensor.clone() for name, tensor in model.generator.state_dict().items()}
    revive(model.generator)
    kept = {name for name, tensor in model.generator.state_dict().items() if torch.equal(tensor, before[name])}
    assert {name.split(".conv")[0].split(".weight")[0].split(".bias")[0] for name in kept} == {
        "first", "down_blocks.0", "up_blocks.2", "final",
    }  # fmt: skip
    last, width = model.generator.up_blocks[2].conv.weight, model.generator.up_blocks[1].conv.out_channels
    assert torch.equal(last[:, width:], before["up_blocks.2.conv.weight"][:, width:]) and not last[:, :width].any()


def test_an_architecture_that_takes_away_is_refused() -> None:
    fewer = dataclasses.replace(SMALL, num_keypoints=2)
    with pytest.raises(InputError, match="another architecture"):
        widened(FirstOrderModel(SMALL), fewer)
    with pytest.raises(InputError, match="another architecture"):
        widened(FirstOrderModel(wider(SMALL)), SMALL)
