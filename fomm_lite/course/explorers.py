"""The explorers by name, each as it is without a notebook around it; nothing heavy is loaded for the names."""

import importlib
from typing import TYPE_CHECKING

from fomm_lite.errors import InputError
from fomm_lite.files.shipped import asset

if TYPE_CHECKING:
    from fomm_lite.course.kit.explorer import Explorer

PUPPET = "puppet"
_PLACES = {
    "taylor": "ch02_first_order_motion.explorer.TaylorExplorer",
    "temperature": "ch03_keypoints_without_labels.temperature_explorer.TemperatureExplorer",
    "equivariance": "ch03_keypoints_without_labels.equivariance_explorer.EquivarianceExplorer",
    "motion": "ch04_dense_motion.explorer.MotionExplorer",
    "occlusion": "ch05_occlusion_and_generator.explorer.OcclusionExplorer",
    "ablation": "ch07_what_matters.explorer.AblationExplorer",
    "transfer": "ch08_full_animation.explorer.TransferExplorer",
    "forgery": "ch09_detecting_and_defending.explorer.ForgeryExplorer",
}
NAMES = (PUPPET, *_PLACES)
_EACH = 3  # one frame of so many of the puppet's driver


def known(name: str) -> str:
    """The name, if an explorer has it.

    Raises:
        InputError: none has.
    """
    if name not in NAMES:
        raise InputError(f"got explorer {name!r}", f"one of {', '.join(NAMES)}", "choose one of these")
    return name


def explorer(name: str) -> "Explorer":
    """An explorer, or the live puppet as in notebook 00.

    Args:
        name: one of NAMES.

    Raises:
        InputError: no such explorer.
    """
    if known(name) == PUPPET:
        return _puppet()
    module, _, kind = _PLACES[name].rpartition(".")
    return getattr(importlib.import_module(f"fomm_lite.course.{module}"), kind)()


def _puppet() -> "Explorer":
    """The shipped source, and its driver beneath the hand."""
    from fomm_lite.course.live_puppet.explorer import PuppetExplorer
    from fomm_lite.media.read import read_image, stream_frames

    driving = list(stream_frames(asset("drivers/face.mp4"), size=128))
    return PuppetExplorer(read_image(asset("sources/face.png"), size=128), driving=driving[::_EACH])
