"""Weights taken over into a wider architecture, which begins about where the narrower one stood.

What is new starts at zero, and says nothing until it has learnt to. Where ``deep_norm`` is added, the levels that get
norms are drawn anew: after a long training without norms they need not be alive. Of the decoder of the first
``faces-64`` no channel was ever above zero at 32 pixels, and all levels below it painted in vain.
"""

import dataclasses

import torch
from torch import nn

from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.generator import Generator
from fomm_lite.networks.layers import ConvBlock, ResBlock

_SOFTLY = 0.2  # what a residual block adds starts small
_ADDED = ("motion_features", "deep_norm", "open_skips", "fine_block")  # what a generator may get


def widened(model: FirstOrderModel, config: ModelConfig) -> FirstOrderModel:
    """A model of another configuration with the weights of this one.

    Args:
        model: what is known already.
        config: the same, but that ``motion_features``, ``deep_norm``, ``open_skips`` and ``fine_block`` of the
            generator and ``keypoint_embedding`` may be added, pixels unshuffled for the detector, and masks shuffled;
            and that it may paint at another size.
            With ``deep_norm`` the generator is revived; with ``open_skips`` it no longer computes the same where
            something is hidden; an unshuffling detector begins by seeing the mean of each block of pixels, and shuffled
            masks by saying the same in each block.

    Raises:
        InputError: a configuration that differs elsewhere.
    """
    own = model.config
    added = dataclasses.replace(
        own,
        detector_unshuffle=max(own.detector_unshuffle, config.detector_unshuffle),
        motion_shuffle=max(own.motion_shuffle, config.motion_shuffle),
        keypoint_embedding=own.keypoint_embedding or config.keypoint_embedding,
        generator=dataclasses.replace(
            own.generator,
            **{name: True for name in _ADDED if getattr(config.generator, name)},
            painting_size=config.generator.painting_size,  # has no weights
        ),
    )
    folds = [(model.detector_unshuffle, model.motion_shuffle) for model in (own, config)]
    if added != config or any(before not in (1, after) for before, after in zip(*folds, strict=True)):
        raise InputError(
            "got weights of another architecture", "the same, or one that lacks what may be added", "start anew"
        )
    wide = FirstOrderModel(config)
    state, fresh = model.state_dict(), wide.state_dict()
    new_readers: list[str] = []
    if own.detector_unshuffle == 1 != config.detector_unshuffle:
        blocks = config.detector_unshuffle**2
        for name in ("hourglass.down_blocks.0.conv", "confidence_head", "jacobian_head"):
            if (weight := state.get(f"detector.{name}.weight")) is not None:
                # the hourglass hands its input on, behind its own features
                features, pixels = weight.tensor_split([-own.num_channels], dim=1)
                spread = pixels.repeat_interleave(blocks, 1) / blocks
                state[f"detector.{name}.weight"] = torch.cat([features, spread], 1)
    if own.motion_shuffle == 1 != config.motion_shuffle:
        blocks = config.motion_shuffle**2
        for name in ("dense_motion.mask_head", "dense_motion.occlusion_head"):
            for part in (f"{name}.weight", f"{name}.bias"):
                if part in state:
                    state[part] = state[part].repeat_interleave(blocks, 0)
            new_readers.append(f"{name}.weight")
    if config.generator.fine_block and not own.generator.fine_block:
        new_readers.append("generator.final.weight")
    for name in new_readers:
        if name in state:
            silent = torch.zeros_like(fresh[name])  # zeros stay where it reads the new layer
            silent[:, : state[name].shape[1]] = state[name]
            state[name] = silent
    wide.load_state_dict(fresh | state)
    if config.generator.deep_norm and not own.generator.deep_norm:
        revive(wide.generator)
    return wide


@torch.no_grad()
def revive(generator: Generator) -> None:
    """Draw all of a generator anew but its finest level at either end, so that every level has a say.

    The finest levels keep their weights, but that nothing of the others reaches the last block at first: what it learnt
    to expect from a dead level is arbitrary, and would only teach the new one to be silent.
    """
    # what a ModuleList holds is a Module for the type checker
    downs = [block for block in generator.down_blocks if isinstance(block, ConvBlock)]
    ups = [block for block in generator.up_blocks if isinstance(block, ConvBlock)]
    for block in (*downs[1:], *ups[:-1]):
        _draw(block.conv)
    for residual in generator.bottleneck:
        assert isinstance(residual, ResBlock)
        _draw(residual.conv1)
        _draw(residual.conv2, _SOFTLY)
    if len(ups) > 1:
        ups[-1].conv.weight[:, : ups[-2].conv.out_channels] = 0


def _draw(conv: nn.Conv2d, size: float = 1.0) -> None:
    """He initialisation: behind a relu the signal is as large as before."""
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    conv.weight *= size
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
