"""Warp a picture by a known map: keypoints and jacobians must follow (Eqs. 10-13)."""

import torch

from fomm_lite.course.kit.controls import slider, switch, whole
from fomm_lite.course.kit.explorer import Drawn, Explorer
from fomm_lite.course.kit.scene import Scene
from fomm_lite.media.draw import draw_keypoints, enlarge, sheet
from fomm_lite.training import losses
from fomm_lite.training.random_warp import RandomWarp


class EquivarianceExplorer(Explorer):
    """A picture, its warped copy, and the keypoints found in each, carried over by the warp.

    Args:
        scene: model and clip; drawn faces by default.
    """

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene()
        super().__init__(
            "Do keypoints follow a known warp?",
            {
                "affine": slider("affine part", 0.05, 0.0, 0.3, 0.01, "standard deviation"),
                "bend": slider("thin-plate part", 0.005, 0.0, 0.03, 0.001, "standard deviation"),
                "seed": whole("another warp", 0, 0, 20),
                "frame": whole("frame", 0, 0, len(self.scene.clip.frames) - 1),
                "backwards": switch("carry the points the wrong way round", False),
            },
        )

    def compute(self, affine: float, bend: float, seed: int, frame: int, backwards: bool) -> Drawn:
        """Original and transformed picture with keypoints, and both losses.

        Args:
            affine: spread of the affine part around the identity.
            bend: spread of the thin-plate weights.
            seed: of the warp.
            frame: of the clip.
            backwards: carry the original's keypoints by T instead of those of the transformed picture, which is wrong:
                the picture is sampled backwards.
        """
        model, image = self.scene.model, self.scene.clip.frames[frame : frame + 1]
        generator = torch.Generator().manual_seed(seed)
        warp = RandomWarp.sample(1, sigma_affine=affine, sigma_tps=bend, generator=generator)
        transformed = warp.image(image)
        found = self.scene.keypoints[frame : frame + 1]
        with torch.no_grad():
            there = model.detect(transformed)
        start, goal = (found, there) if backwards else (there, found)
        carried = warp.points(start.positions)
        slope = warp.jacobians(start.positions)
        positions = float(losses.equivariance_positions(goal.positions, carried))
        jacobians = float(losses.equivariance_jacobians(goal.jacobians, start.jacobians, slope))
        side = 256
        panels = [
            draw_keypoints(enlarge(image[0], side), found.positions[0], found.jacobians[0]),
            draw_keypoints(enlarge(transformed[0], side), there.positions[0], there.jacobians[0]),
            draw_keypoints(
                enlarge((transformed if backwards else image)[0], side), carried[0], (slope @ start.jacobians)[0]
            ),
        ]
        last = "original's, carried by T: wrong" if backwards else "transformed ones, carried by T"
        text = f"Eq. 11, positions: {positions:.4f} normalised units\nEq. 13, jacobians: {jacobians:.4f}"
        return sheet([panels], ["found in the original", "found in the transformed", last], side), text
