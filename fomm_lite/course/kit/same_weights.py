"""A trained model under another configuration: what a switch does to weights that were trained without it."""

from fomm_lite.config import ModelConfig
from fomm_lite.model import FirstOrderModel


def same_weights(model: FirstOrderModel, config: ModelConfig) -> FirstOrderModel:
    """A model of a configuration that has the same parameters, with this one's weights, in evaluation mode.

    Raises:
        RuntimeError: parameters of other names or shapes.
    """
    other = FirstOrderModel(config).eval()
    other.load_state_dict(model.state_dict())
    return other
