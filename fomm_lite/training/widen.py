"""Weights taken over into a wider architecture, which then computes what the narrower one did.

What is new sees zeros: channels are appended at the end of an input, and their weights start at zero, as the layers
that only the wider architecture has do by themselves. Training goes on from where it stood.
"""

from fomm_lite.config import ModelConfig
from fomm_lite.errors import InputError
from fomm_lite.model import FirstOrderModel


def widened(model: FirstOrderModel, config: ModelConfig) -> FirstOrderModel:
    """A model of another configuration with the weights of this one.

    Args:
        model: what is known already.
        config: the same architecture but for ``jacobian_heatmaps`` and ``motion_features``, which may be added.

    Raises:
        InputError: a configuration that differs elsewhere.
    """
    wide = FirstOrderModel(config)
    old, new = model.state_dict(), wide.state_dict()
    for name, tensor in new.items():
        if name not in old and name.startswith("generator.hints."):
            continue
        if (
            name not in old
            or old[name].dim() != tensor.dim()
            or any(was > now for was, now in zip(old[name].shape, tensor.shape, strict=True))
        ):
            raise InputError(f"got weights that do not fit into {name}", "an architecture that only adds", "start anew")
        known = tuple(slice(length) for length in old[name].shape)
        if tensor.shape != old[name].shape:
            tensor.zero_()
        tensor[known] = old[name]
    wide.load_state_dict(new)
    return wide
