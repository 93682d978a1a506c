"""fomm_lite: the First Order Motion Model, small enough to read and exact enough to trust.

A source picture and a driving video become a video of the source doing the driver's motion
(Siarohin et al., NeurIPS 2019, arXiv 2003.00196).

    >>> from fomm_lite import FirstOrderModel, ModelConfig
    >>> model = FirstOrderModel(ModelConfig())
    >>> model.config.num_keypoints
    10
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for editors and type checkers; at run time see __getattr__
    from fomm_lite import animation as animation
    from fomm_lite import config as config
    from fomm_lite import errors as errors
    from fomm_lite import evaluation as evaluation
    from fomm_lite import geometry as geometry
    from fomm_lite import training as training
    from fomm_lite import transfer as transfer
    from fomm_lite import weights as weights
    from fomm_lite import worlds as worlds
    from fomm_lite.animation import animate as animate
    from fomm_lite.config import ModelConfig as ModelConfig
    from fomm_lite.model import FirstOrderModel as FirstOrderModel
    from fomm_lite.types import DenseMotion as DenseMotion
    from fomm_lite.types import Keypoints as Keypoints
    from fomm_lite.types import Reconstruction as Reconstruction
    from fomm_lite.weights import load_model as load_model

__version__ = "0.1.0"

_HOMES = {
    "DenseMotion": "types",
    "FirstOrderModel": "model",
    "Keypoints": "types",
    "ModelConfig": "config",
    "Reconstruction": "types",
    "animate": "animation",
    "load_model": "weights",
}
_MODULES = {"animation", "config", "errors", "evaluation", "geometry", "training", "transfer", "weights", "worlds"}
__all__ = [*_HOMES, *sorted(_MODULES)]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: torch takes seconds, and `fomm-lite --help` should not."""
    if name in _MODULES:
        return import_module(f"fomm_lite.{name}")
    if name in _HOMES:
        return getattr(import_module(f"fomm_lite.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fomm_lite' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
