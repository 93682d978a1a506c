"""The explorer of the ablation: what it has drawn in advance is what its models draw."""

import torch

from fomm_lite.course.ch07_what_matters.explorer import AblationExplorer
from fomm_lite.course.kit.panel_view import pixels_of
from fomm_lite.course.kit.scene import Scene
from fomm_lite.media.draw import enlarge


def test_its_pictures_are_what_each_model_makes_of_that_frame() -> None:
    explorer = AblationExplorer()
    for clip, frame in ((0, 3), (2, 11)):
        panels = [pixels_of(each) for each in explorer.compute(clip, frame, keypoints=False, wipe=0.0).panels.values()]
        for number, scene in enumerate(explorer.scenes[clip], 1):
            made = scene.paint(scene.motion(frame))
            side = panels[number].shape[-1]
            torch.testing.assert_close(panels[number], enlarge(made.prediction[0], side), atol=1e-4, rtol=0)
            torch.testing.assert_close(panels[number + 6], made.deformed[0], atol=1e-4, rtol=0)


def test_a_film_is_each_of_its_frames() -> None:
    scene = Scene(frames=4)
    film = scene.film()
    for frame in range(4):
        made = scene.paint(scene.motion(frame))
        torch.testing.assert_close(film.prediction[frame], made.prediction[0], atol=1e-4, rtol=0)
        torch.testing.assert_close(film.motion.masks[frame], made.motion.masks[0], atol=1e-4, rtol=0)
