"""Which chapter, a folder of the course, holds the exercises and the quiz of which topic."""

from importlib import import_module
from types import ModuleType

# in the order of the course
TOPICS = {
    "start": "ch00_start_here",
    "autoencoders": "ch01_autoencoders_and_gans",
    "first_order": "ch02_first_order_motion",
    "keypoints": "ch03_keypoints_without_labels",
    "dense_motion": "ch04_dense_motion",
    "occlusion": "ch05_occlusion_and_generator",
    "training": "ch06_losses_and_training",
    "ablations": "ch07_what_matters",
    "animation": "ch08_full_animation",
    "forensics": "ch09_detecting_and_defending",
    "scaling": "ch10_scaling_up",
    "capstone": "ch11_build_it_yourself",
    "further": "ch12_going_further",
}


def checks_of(topic: str) -> ModuleType:
    """The module with the ``EXERCISES`` and the ``QUIZ`` of a topic."""
    return import_module(f"fomm_lite.course.{TOPICS[topic]}.checks")
