"""Weights taken over into a wider architecture, which begins about where the narrower one stood.

What is new sees zeros: channels are appended at the end of an input, and their weights start at zero, as the layers
that only the wider architecture has do by themselves. A decoder that is to paint from what it is now told must be
alive, which after a long training without norms it need not be: of the decoder of the first ``faces-64`` no channel was
ever above zero at 32 pixels, and all levels below it painted in vain. So its levels but the finest are drawn anew, by
weights that keep a signal's size from level to level (PyTorch's own halve it).
"""

import dataclasses

import torch
from torch import nn

from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel
from fomm_lite.networks.generator import Generator

_SOFTLY = 0.2  # what is added to something that works starts small


def widened(model: FirstOrderModel, config: ModelConfig) -> FirstOrderModel:
    """A model of another configuration with the weights of this one.

    Args:
        model: what is known already.
        config: the same, but that ``jacobian_heatmaps`` and the generator's ``motion_features`` may be added. With the
            latter a generator without norms is revived.

    Raises:
        InputError: a configuration that differs elsewhere.
    """
    own = model.config
    added = dataclasses.replace(
        own,
        jacobian_heatmaps=own.jacobian_heatmaps or config.jacobian_heatmaps,
        generator=dataclasses.replace(
            own.generator, motion_features=own.generator.motion_features or config.generator.motion_features
        ),
    )
    if added != config:
        raise InputError("got weights of another architecture", "the same, or one that lacks hints only", "start anew")
    wide = FirstOrderModel(config)
    state = wide.state_dict()  # its tensors are the model's own
    for name, tensor in model.state_dict().items():
        if state[name].shape != tensor.shape:
            state[name].zero_()
        state[name][tuple(slice(length) for length in tensor.shape)] = tensor
    if config.generator != own.generator and not config.generator.batch_norm:
        revive(wide.generator)
    return wide


@torch.no_grad()
def revive(generator: Generator) -> None:
    """Draw all of a generator anew but its finest level at either end, so that every level has a say.

    The finest levels keep their weights, and what reaches them from the others starts small.
    """
    downs, ups = list(generator.down_blocks), list(generator.up_blocks)
    for block in downs[1:]:
        _draw(block.conv)
    for block in generator.bottleneck:
        _draw(block.conv1)
        _draw(block.conv2, _SOFTLY)
    for block in ups[:-2]:
        _draw(block.conv)
    for block in ups[-2:-1]:
        _draw(block.conv, _SOFTLY)


def _draw(conv: nn.Conv2d, size: float = 1.0) -> None:
    """He initialisation: behind a relu the signal is as large as before."""
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    conv.weight *= size
    assert conv.bias is not None
    nn.init.zeros_(conv.bias)
