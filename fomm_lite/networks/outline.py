"""Networks without their numbers: names and shapes cost no memory, and tell whether a network can be built at all."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

from fomm_lite.errors import InputError

MOST_PARAMETERS = 250_000_000  # a gigabyte; the largest official model has 60 million

Network = TypeVar("Network", bound=nn.Module)


def outlined(build: Callable[[], Network]) -> Network:
    """A network on the meta device: every name and shape, and no number; nothing random is drawn.

    Args:
        build: makes the network.

    Returns:
        What ``build`` makes; ``to_empty`` gives it memory.

    Raises:
        InputError: more parameters than :data:`MOST_PARAMETERS`.

    Example:
        >>> outlined(lambda: nn.Linear(1000, 1000)).weight.shape
        torch.Size([1000, 1000])
    """
    with torch.device("meta"):
        network = build()
    count = sum(parameter.numel() for parameter in network.parameters())
    if count > MOST_PARAMETERS:
        raise InputError(
            f"got an architecture of {count / 1e6:,.0f} million parameters",
            f"at most {MOST_PARAMETERS / 1e6:,.0f} million",
            "use a smaller block_expansion, max_features or number of blocks",
        )
    return network
